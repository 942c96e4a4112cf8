import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PIN, PLATFORM } from "../__tests__/support/fleet-files";
import { ROOT } from "../__tests__/support/program";
import { Fleet } from "./fleet";
import { CLUSTER, type Cluster, type KubernetesObject, startCluster } from "./tools/cluster";
import { kubernetesPrograms } from "./tools/kubernetes";
import { describeWith } from "./tools/needs";
import { type RunResult, run } from "./tools/process";
import { ECR_HOST } from "./tools/registry";

const NAMESPACE = "podcore-production";

/** Pods of one Deployment, more than `kubectl logs` follows by default. */
const MANY = 6;

/** A readiness gate of the AWS Load Balancer Controller. */
const GATE = "target-health.elbv2.k8s.aws/k8s-podcore-gated-0123456789";

/** A workload that does not work, what `why` says of it, and what it says to do. */
interface Broken {
  readonly object: object;
  readonly says: readonly (string | RegExp)[];
}

describeWith(CLUSTER, "npm run why, on a cluster", () => {
  let cluster: Cluster;
  let fleet: Fleet;
  let image: string;
  let broken: Readonly<Record<string, Broken>>;
  let told: RunResult;

  beforeAll(async () => {
    const { echo } = await kubernetesPrograms();
    cluster = await startCluster();
    const digest = await cluster.registry.addProgram("podcore", "one", echo);
    image = `${ECR_HOST}/podcore@${digest}`;
    const production = { domain: "example.com", context: cluster.context, kubeconfig: cluster.kubeconfig };
    fleet = new Fleet({
      apps: [{ name: "Podcore", language: "rust" }],
      platform: { ...PLATFORM, environments: { production } },
      releases: { production: { podcore: { ...PIN, digest } } },
    });
  }, 45 * 60_000);

  afterAll(async () => {
    fleet?.remove();
    await cluster?.stop();
  });

  test("says that nothing is there before the first deploy", async () => {
    const { code, output } = await why();
    expect(code).toBe(1);
    expect(output).toContain(
      "podcore-production does not exist yet; create it:\n    npx cdktf deploy podcore-production",
    );
  });

  test("says that all is well", async () => {
    const labels = { "pod-security.kubernetes.io/enforce": "baseline" };
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE, labels } };
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "podcore", namespace: NAMESPACE } };
    await cluster.apply(namespace, secret, deployment("web", {}), deployment("image", {}));
    await Promise.all(["web", "image"].map((name) => cluster.rolledOut(NAMESPACE, `deployment/${name}`)));
    const { code, output } = await why();
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining("all is well") });
  });

  describe("names the cause and the remedy of", () => {
    beforeAll(async () => {
      broken = brokenWorkloads();
      await cluster.apply(...Object.values(broken).map(({ object }) => object));
      await cluster.rolledOut(NAMESPACE, "deployment/alone");
      await cluster.apply(alone("B"));
      await Promise.all([evict("evicted"), failHealthCheck("gated"), stopGroup("web")]);
      const deadline = Date.now() + 120_000;
      do {
        await delay(1000);
        told = await why();
      } while (Object.entries(broken).some(([name]) => !isTold(name)) && Date.now() < deadline);
    }, 180_000);

    test.each([
      "an image that isn't there",
      "a crash at start",
      "a program that isn't there",
      "a process that is never ready",
      "a process that answers 500",
      "lack of memory",
      "a missing secret",
      "a Secret without the key",
      "a failing migration",
      "a migration over which the database has gone",
      "a pod that the cluster refuses",
      "a pod for which there is no room",
      "a program with a hostile name",
      "a volume that doesn't exist",
      "a pod that the load balancer finds unhealthy",
      "a single worker whose predecessor has not ended",
      "a disrupted Job",
      "a Job that exceeds its deadline",
      "a suspended CronJob",
      "a claim without a class",
      "a claim of an unknown class",
      "an autoscaler without metrics",
      "an autoscaler without a target",
      "an Ingress whose group another app stops",
    ])("%s", (name) => {
      const { says } = broken[name]!;
      const section = sectionOf(name);
      for (const text of says)
        expect(section).toEqual(typeof text === "string" ? expect.stringContaining(text) : expect.stringMatching(text));
    });

    test("and nothing about what works", () => {
      expect(told.code).toBe(1);
      expect(told.output).not.toContain("deployment/web:");
    });

    test("without a character that a terminal acts on", () => {
      expect(told.output).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
    });

    test("and how to go back, by commands that name the cluster", () => {
      expect(told.output).toMatch(/git log --oneline -S sha256:[0-9a-f]{64} -- releases\.json/);
      const commands = told.output.split("\n").filter((line) => line.includes("kubectl "));
      expect(commands.length).toBeGreaterThan(3);
      const access = `kubectl --kubeconfig ${cluster.kubeconfig} --context ${cluster.context} --namespace `;
      expect(commands.filter((line) => !line.includes(access))).toEqual([]);
    });
  });

  test("the stack's output follows the logs of more than five pods", async () => {
    await fleet.synthesize();
    const stack = join(fleet.output, "stacks/podcore-production/cdk.tf.json");
    const command = JSON.parse(readFileSync(stack, "utf8")).output.logs.value as string;
    const follow = (text: string, seconds: number) => run("timeout", [String(seconds), "sh", "-c", text]);
    const podsOf = (output: string) => new Set(output.match(/pod\/many-[\w-]+(?=\/many\])/g)).size;
    // It never ends by itself; on a busy machine the streams take long to start.
    let pods = 0;
    for (let seconds = 4; pods < MANY && seconds < 100; seconds *= 2) {
      pods = podsOf((await follow(command, seconds)).output);
    }
    expect(pods).toBe(MANY);
    // What the option is for.
    const limited = await follow(command.replace(/ --max-log-requests \d+/, ""), 100);
    expect(limited.output).toContain("maximum allowed concurrency is 5");
  });

  /** Whether everything that is expected of a workload has been noted by the cluster. */
  function isTold(name: string): boolean {
    const section = sectionOf(name);
    return broken[name]!.says.every((text) => (typeof text === "string" ? section.includes(text) : text.test(section)));
  }

  function sectionOf(name: string): string {
    const { kind, metadata } = broken[name]!.object as KubernetesObject & { kind: string };
    const sections = told.output.split(/^[✗!] /m);
    return sections.find((section) => section.startsWith(`${kind.toLowerCase()}/${metadata.name}:`)) ?? "";
  }

  /** Evicts the only pod of a Job, as a drain does. */
  async function evict(name: string): Promise<void> {
    const { metadata } = await podOf(name);
    const file = join(fleet.folder, "eviction.json");
    writeFileSync(file, JSON.stringify({ apiVersion: "policy/v1", kind: "Eviction", metadata }));
    const path = `/api/v1/namespaces/${NAMESPACE}/pods/${metadata.name}/eviction`;
    await cluster.kubectl("create", "--raw", path, "--filename", file);
  }

  /** Says of a pod what the AWS Load Balancer Controller says of one whose health check fails. */
  async function failHealthCheck(name: string): Promise<void> {
    const { metadata } = await podOf(name);
    const reason = "Target.ResponseCodeMismatch";
    const condition = { type: GATE, status: "False", reason, message: "Health checks failed with these codes: [500]" };
    await cluster.kubectl(
      ...["patch", "pod", metadata.name, "--namespace", NAMESPACE, "--subresource", "status"],
      ...["--patch", JSON.stringify({ status: { conditions: [condition] } })],
    );
  }

  /** Notes what that controller notes of each Ingress of a group, one of which has no certificate. */
  async function stopGroup(name: string): Promise<void> {
    const { metadata } = await cluster.get("ingress", name, "--namespace", NAMESPACE);
    const { uid } = metadata as { uid?: string };
    const now = new Date().toISOString().replace(/\.\d+/, "");
    await cluster.apply({
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: `${name}.1`, namespace: NAMESPACE },
      involvedObject: { apiVersion: "networking.k8s.io/v1", kind: "Ingress", namespace: NAMESPACE, name, uid },
      type: "Warning",
      reason: "FailedBuildModel",
      message:
        "Failed build model due to ingress: other-production/web: no certificate found for host: other.example.org",
      ...{ source: { component: "ingress" }, firstTimestamp: now, lastTimestamp: now, count: 1 },
    });
  }

  async function podOf(name: string): Promise<KubernetesObject> {
    const deadline = Date.now() + 120_000;
    for (;;) {
      const { items } = await cluster.get<{ items: KubernetesObject[] }>("pods", "--namespace", NAMESPACE);
      const running = items.find(({ metadata, status }) => {
        return metadata.name.startsWith(`${name}-`) && status?.phase === "Running";
      });
      if (running !== undefined) return { metadata: { name: running.metadata.name, namespace: NAMESPACE } };
      if (Date.now() > deadline) throw new Error(`no pod of ${name} runs:\n${await cluster.report(NAMESPACE)}`);
      await delay(500);
    }
  }

  function why(): Promise<RunResult> {
    const { DROVER_PLATFORM: _, ...env } = process.env;
    const program = [`${ROOT}/bin/run.js`, `${ROOT}/cli/main.ts`];
    return run(process.execPath, [...program, "why", "podcore"], { cwd: fleet.folder, env: { ...env, NO_COLOR: "1" } });
  }

  function brokenWorkloads(): Readonly<Record<string, Broken>> {
    const missing = `${ECR_HOST}/podcore@sha256:${"0".repeat(64)}`;
    const variable = (name: string) => ({
      env: [{ name: "API_KEY", valueFrom: { secretKeyRef: { name, key: "API_KEY" } } }],
    });
    const nobody = ["/echo", "get", "http://127.0.0.1:1/"];
    return {
      "an image that isn't there": {
        object: deployment("image", { image: missing }),
        says: [
          "0 of 1 pod ready; 1 pod of the previous release still runs",
          `can't pull its image ${missing}`,
          /Failed: .*not found/,
          "aws ecr describe-images --repository-name podcore",
          /Progressing is False: ProgressDeadlineExceeded/,
        ],
      },
      "a crash at start": {
        object: deployment("crash", { command: nobody }),
        says: [
          /exited with code 1, \d+ restarts?/,
          /end of its log\n {4}│ .*connection refused/,
          "fix what the log above shows",
        ],
      },
      "a program that isn't there": {
        object: deployment("program", { command: ["/serve"] }),
        says: [
          /can't start \/serve\n {4}│ exec: "\/serve".* no such file or directory/,
          '"command" of process "program"',
        ],
      },
      "a process that is never ready": {
        object: deployment("silent", { command: ["/echo", "sleep", "1h"] }),
        says: [/is not ready: GET \/ on port 8080 fails\n {4}│ .*connection refused/, "0.0.0.0, not 127.0.0.1"],
      },
      "a process that answers 500": {
        object: deployment("unready", {
          readinessProbe: { httpGet: { path: "/visits", port: "http" }, periodSeconds: 1 },
        }),
        says: [/GET \/visits on port 8080 fails\n {4}│ HTTP probe failed with statuscode: 500/, '"readiness"'],
      },
      "lack of memory": {
        object: deployment("memory", {
          command: ["/echo", "allocate", "256"],
          resources: { limits: { memory: "32Mi" } },
        }),
        says: ["ran out of memory: its limit is 32Mi", "raise its limit above 32Mi"],
      },
      "a missing secret": {
        object: deployment("secret", variable("nowhere")),
        says: [/lacks a value\n {4}│ secret "nowhere" not found/, "npx cdktf deploy podcore-production"],
      },
      "a Secret without the key": {
        object: deployment("key", variable("podcore")),
        says: [
          /lacks a value\n {4}│ couldn't find key API_KEY in Secret podcore-production\/podcore/,
          "aws secretsmanager create-secret --name production/podcore/API_KEY",
        ],
      },
      "a failing migration": {
        object: job("migrate-1", nobody),
        says: [/: failed$/m, "exited with code 1", /end of its log\n {4}│ .*connection refused/],
      },
      "a migration over which the database has gone": {
        object: job("migrate-2", ["/echo", "get", "unknown://migration 3 was previously applied but is missing"]),
        says: ['"migrate": false', "releases.json"],
      },
      "a pod that the cluster refuses": {
        object: deployment("refused", { securityContext: { privileged: true } }),
        says: [
          /ReplicaFailure is True: FailedCreate, .*violates PodSecurity "baseline/,
          "the conditions and events above",
        ],
      },
      "a pod for which there is no room": {
        object: deployment("room", { resources: { requests: { cpu: "1000" } } }),
        says: [/fits on no node\n {4}│ .*Insufficient cpu/, "add a node"],
      },
      "more than five pods": { object: deployment("many", { command: nobody }, { replicas: MANY }), says: [] },
      "a program with a hostile name": {
        object: deployment("hostile", { command: ["/serve\u001b]52;c;eA==\u0007\r✗ deployment/none: fine"] }),
        says: ["can't start /serve\\u{1b}]52;c;eA==\\u{7}\\r✗ deployment/none: fine\n"],
      },
      "a volume that doesn't exist": {
        object: deployment(
          "mount",
          { volumeMounts: [{ name: "data", mountPath: "/data" }] },
          {},
          {
            volumes: [{ name: "data", configMap: { name: "nowhere" } }],
          },
        ),
        says: [/can't mount a volume\n {4}│ .*configmap "nowhere" not found/],
      },
      "a pod that the load balancer finds unhealthy": {
        object: deployment("gated", {}, {}, { readinessGates: [{ conditionType: GATE }] }),
        says: [
          "0 of 1 pod ready; nothing of it runs",
          /is not healthy for the load balancer, which sends GET \/healthy to port 8080\n {4}│ False, Target\.ResponseCodeMismatch/,
          'answer GET /healthy to port 8080 with a status of 200-499; "readiness" of process "gated"',
        ],
      },
      "a single worker whose predecessor has not ended": {
        object: alone("A"),
        says: [/0 of 1 pod ready; its previous pod alone-\S+ has until \S+ to end/, "wait until"],
      },
      "a disrupted Job": {
        object: job("evicted", ["/echo", "sleep", "1h"]),
        says: ["failed: its pod was deleted before it finished", "or run it now"],
      },
      "a Job that exceeds its deadline": {
        object: job("slow", ["/echo", "sleep", "1h"], { activeDeadlineSeconds: 3 }),
        says: [
          "failed: it exceeded its deadline",
          "do less in one run: it has not finished within its deadline of 3 s",
        ],
      },
      "a suspended CronJob": {
        object: {
          apiVersion: "batch/v1",
          kind: "CronJob",
          metadata: { name: "suspended", namespace: NAMESPACE },
          spec: { schedule: "0 3 * * *", suspend: true, jobTemplate: { spec: job("suspended", nobody).spec } },
        },
        says: ["is suspended, so no run starts; none has succeeded yet", "patch cronjob suspended --patch"],
      },
      "a claim without a class": {
        object: claim("classless", ""),
        says: [
          "has no volume: it names no StorageClass, and none is the default",
          "│ FailedBinding: no persistent volumes available for this claim and no storage class is set",
          '"storageClass" of production in platform.json',
        ],
      },
      "a claim of an unknown class": {
        object: claim("unknown", "nowhere"),
        says: ["has no volume: StorageClass nowhere does not exist", "get storageclass"],
      },
      "an autoscaler without metrics": {
        object: autoscaler("web"),
        says: [
          "gets no metrics; the number of pods stays at 1",
          /│ ScalingActive is False: FailedGetResourceMetric, .*could not find the requested resource/,
          "--namespace kube-system get deployment metrics-server",
        ],
      },
      "an autoscaler without a target": {
        object: autoscaler("gone"),
        says: ["has no target: Deployment gone does not exist", "npx cdktf deploy podcore-production"],
      },
      "an Ingress whose group another app stops": {
        object: ingress("web"),
        says: [
          "is stopped by Ingress web in other-production: no certificate covers other.example.org",
          "│ FailedBuildModel: Failed build model due to ingress: other-production/web: no certificate found",
          "--namespace other-production describe ingress web",
        ],
      },
      "the Ingress of a health check": { object: ingress("gated"), says: [] },
    };
  }

  function deployment(name: string, container: object, spec: object = {}, pod: object = {}): object {
    const labels = { "app.kubernetes.io/name": "podcore", "app.kubernetes.io/component": name };
    const own = {
      name,
      image,
      ports: [{ name: "http", containerPort: 8080 }],
      readinessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 1 },
      ...container,
    };
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: NAMESPACE },
      spec: {
        replicas: 1,
        progressDeadlineSeconds: 10,
        strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        selector: { matchLabels: labels },
        ...spec,
        template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, ...pod, containers: [own] } },
      },
    };
  }

  /** A single worker whose pod takes long to end. */
  function alone(release: string): object {
    const lifecycle = { preStop: { exec: { command: ["/echo", "sleep", "10m"] } } };
    const container = { lifecycle, env: [{ name: "RELEASE", value: release }] };
    return deployment("alone", container, { strategy: { type: "Recreate" } }, { terminationGracePeriodSeconds: 600 });
  }

  function claim(name: string, storageClassName: string): object {
    const spec = { accessModes: ["ReadWriteOnce"], storageClassName, resources: { requests: { storage: "1Gi" } } };
    return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name, namespace: NAMESPACE }, spec };
  }

  function autoscaler(name: string): object {
    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name };
    const resource = { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } };
    return {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name, namespace: NAMESPACE },
      spec: { scaleTargetRef, maxReplicas: 3, metrics: [{ type: "Resource", resource }] },
    };
  }

  function ingress(process: string): object {
    const annotations = {
      "alb.ingress.kubernetes.io/healthcheck-path": "/healthy",
      "alb.ingress.kubernetes.io/success-codes": "200-499",
    };
    const backend = { service: { name: process, port: { name: "http" } } };
    const rule = { host: `${process}.example.com`, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } };
    return {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: process, namespace: NAMESPACE, annotations },
      spec: { ingressClassName: "alb", rules: [rule] },
    };
  }

  function job(name: string, command: readonly string[], spec: object = {}) {
    const containers = [{ name: "migrate", image, command }];
    return {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name, namespace: NAMESPACE },
      spec: {
        backoffLimit: 0,
        ...spec,
        template: { spec: { terminationGracePeriodSeconds: 0, restartPolicy: "Never", containers } },
      },
    };
  }
});
