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
    ])("%s", (name) => {
      const { says } = broken[name]!;
      const section = sectionOf(name);
      for (const text of says)
        expect(section).toEqual(typeof text === "string" ? expect.stringContaining(text) : expect.stringMatching(text));
    });

    test("and nothing about what works", () => {
      expect(told.code).toBe(1);
      expect(told.output).not.toContain("deployment/web");
    });
  });

  /** Whether everything that is expected of a workload has been noted by the cluster. */
  function isTold(name: string): boolean {
    const section = sectionOf(name);
    return broken[name]!.says.every((text) => (typeof text === "string" ? section.includes(text) : text.test(section)));
  }

  function sectionOf(name: string): string {
    const { kind, metadata } = broken[name]!.object as KubernetesObject & { kind: string };
    const sections = told.output.split(/^✗ /m);
    return sections.find((section) => section.startsWith(`${kind.toLowerCase()}/${metadata.name}:`)) ?? "";
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
    };
  }

  function deployment(name: string, container: object): object {
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
        template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [own] } },
      },
    };
  }

  function job(name: string, command: readonly string[]): object {
    const containers = [{ name: "migrate", image, command }];
    return {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name, namespace: NAMESPACE },
      spec: { backoffLimit: 0, template: { spec: { restartPolicy: "Never", containers } } },
    };
  }
});
