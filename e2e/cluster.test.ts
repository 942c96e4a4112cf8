import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { ROOT } from "../__tests__/support/program";
import { recordedRefusal, recording } from "../__tests__/support/recordings";
import { manifestsOf } from "../lib/runtime/manifests";
import { CLUSTER, type Cluster, type KubernetesObject, startCluster } from "./tools/cluster";
import { kubernetesPrograms } from "./tools/kubernetes";
import { describeLoad, Load } from "./tools/load";
import { describeWith } from "./tools/needs";
import { ECR_HOST } from "./tools/registry";

/** What the restricted Pod Security Standard asks of a pod and of a container. */
const RESTRICTED_POD = { runAsNonRoot: true, fsGroup: 65532, seccompProfile: { type: "RuntimeDefault" } };
const RESTRICTED_CONTAINER = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

const CGROUPS = "/sys/fs/cgroup";

const NAMESPACE = "demo";
const HOST = "web.example.com";

describeWith(CLUSTER, "a cluster", () => {
  let cluster: Cluster;
  let image: string;

  beforeAll(async () => {
    const { echo } = await kubernetesPrograms();
    cluster = await startCluster();
    image = `${ECR_HOST}/echo@${await cluster.registry.addProgram("echo", "one", echo)}`;
    await cluster.apply(namespace(NAMESPACE), deployment("web", { replicas: 2 }), service("web"), ingress());
    await cluster.rolledOut(NAMESPACE, "deployment/web");
  }, 45 * 60_000); // building Kubernetes takes a while, once

  afterAll(() => cluster?.stop());

  test("has two nodes in two zones", async () => {
    const nodes = (await cluster.get<{ items: KubernetesObject[] }>("nodes")).items;
    expect(nodes.map(({ metadata }) => metadata.labels?.["topology.kubernetes.io/zone"])).toEqual(["node-1", "node-2"]);
    expect(nodes.map(({ status }) => status.nodeInfo.kubeletVersion)).toEqual(["v1.35.4", "v1.35.4"]);
  });

  test("runs pods of ECR's images, spread over its nodes", async () => {
    const pods = await podsOf("web");
    expect(pods.map(({ spec }) => spec.containers[0].image)).toEqual([image, image]);
    expect(new Set(pods.map(({ spec }) => spec.nodeName)).size).toBe(2);
  });

  test("refuses a pod that asks for more than its namespace allows", async () => {
    const greedy = pod("greedy", { securityContext: { privileged: true } });
    const { code, output } = await cluster.tryApply(greedy);
    expect(code).not.toBe(0);
    expect(output).toContain('violates PodSecurity "restricted');
  });

  test("refuses the pods of the real provider's Deployment without runAsNonRoot, in the recorded words", async () => {
    const objects = manifestsOf(recording("refused/1-create").resources).map(({ object }) => object);
    await cluster.apply(...objects);
    const failure = async () => {
      const { status } = await cluster.get("deployment", "web", "-n", "bot-production");
      const conditions: { type: string; message: string }[] = status?.conditions ?? [];
      return conditions.find(({ type }) => type === "ReplicaFailure");
    };
    await until(async () => (await failure()) !== undefined);
    // The hash in the name of the ReplicaSet is that of the pod template: it is the recorded one to the last field.
    const named = (message: string) => message.replace(/(web-[a-z0-9]+)-[a-z0-9]{5}/, "$1-*****");
    const recorded = recordedRefusal("refused/1-create");
    expect(await failure()).toMatchObject({ ...recorded, message: expect.any(String) });
    expect(named((await failure())!.message)).toBe(named(recorded.message));
    await cluster.kubectl("delete", "namespace", "bot-production");
  });

  test("tells of an image that is not there", async () => {
    await cluster.apply(pod("missing", { image: `${ECR_HOST}/nowhere:1` }));
    const reason = async () =>
      (await cluster.get("pod", "missing", "-n", NAMESPACE)).status.containerStatuses?.[0].state.waiting?.reason;
    await until(async () => ["ErrImagePull", "ImagePullBackOff"].includes(await reason()));
    expect(await cluster.report(NAMESPACE)).toMatch(/Failed to pull image .*nowhere:1.*not found/);
    await cluster.kubectl("delete", "pod", "missing", "-n", NAMESPACE, "--now");
  });

  test("resolves the names of Services, and balances between their pods", async () => {
    const [first] = await podsOf("web");
    const answers = new Set<string>();
    for (let count = 0; count < 20; count++) {
      const url = count % 2 === 0 ? "http://web/" : `http://web.${NAMESPACE}.svc.cluster.local/`;
      answers.add((await execIn(first!, "get", url)).split(" ")[0]!);
    }
    expect([...answers].sort()).toEqual((await podsOf("web")).map(({ metadata }) => metadata.name));
  });

  test("lets pods reach the API server under the name that clients expect", async () => {
    const [first] = await podsOf("web");
    const { output } = await tryExecIn(first!, "get", "https://kubernetes.default.svc/version");
    expect(output).toContain("certificate");
  });

  test("answers the Ingress's host and path, and counts requests by pod", async () => {
    await cluster.askUntil(({ status }) => status === 200, HOST, "/hello");
    const before = await cluster.requestsByPod();
    for (let count = 0; count < 10; count++) {
      expect((await cluster.ask(HOST, "/hello")).body).toContain(` ${HOST} /hello`);
    }
    const after = await cluster.requestsByPod();
    const counts = (await podsOf("web")).map(({ metadata: { name } }) => {
      const key = `${NAMESPACE}/${name}`;
      return (after[key] ?? 0) - (before[key] ?? 0);
    });
    expect(counts).toEqual([5, 5]);
    expect((await cluster.ask(HOST, "/private")).status).toBe(404);
    expect((await cluster.ask("other.example.com", "/hello")).status).toBe(404);
    const { status } = await cluster.get("ingress", "web", "-n", NAMESPACE);
    expect(status.loadBalancer.ingress).toEqual([{ ip: cluster.network.ingress }]);
  });

  test("keeps what is written to a volume when its pod goes to another node", async () => {
    await cluster.apply(statefulSet("store"), service("store"));
    await cluster.rolledOut(NAMESPACE, "statefulset/store");
    const [asking] = await podsOf("web");
    const visits = async () => {
      // The nodes learn in their own time where a Service leads to.
      await until(async () => (await tryExecIn(asking!, "get", "http://store/")).code === 0);
      return execIn(asking!, "get", "http://store/visits");
    };
    expect(await visits()).toBe("1\n");
    expect(await visits()).toBe("2\n");

    const [before] = await podsOf("store");
    await cluster.kubectl("cordon", before!.spec.nodeName);
    await cluster.kubectl("delete", "pod", before!.metadata.name, "-n", NAMESPACE);
    await cluster.rolledOut(NAMESPACE, "statefulset/store");
    await cluster.uncordon(before!.spec.nodeName);
    const [after] = await podsOf("store");
    expect(after!.spec.nodeName).not.toBe(before!.spec.nodeName);
    expect(await visits()).toBe("3\n");

    const claimed = (await cluster.get<{ items: KubernetesObject[] }>("pv")).items;
    await cluster.kubectl("delete", "statefulset/store", "pvc", "--all", "-n", NAMESPACE).catch(() => {});
    expect(claimed).toHaveLength(1);
    expect(existsSync(claimed[0]!.spec.local.path)).toBe(true);
  });

  test("replaces pods under load without a failed request, and lets a slow one end", async () => {
    const where = { address: cluster.network.ingress, host: HOST, path: "/hello", rate: 100 };
    const loads = (["kept", "fresh"] as const).map((connections) => new Load({ ...where, connections }));
    const slow = cluster.ask(HOST, "/hello/slow?for=8s");
    await delay(500);
    const before = await podsOf("web");
    await cluster.kubectl("rollout", "restart", "deployment/web", "-n", NAMESPACE);
    await cluster.rolledOut(NAMESPACE, "deployment/web");
    expect((await slow).body).toBe("slept\n");
    const results = await Promise.all(loads.map((load) => load.stop()));
    for (const result of results) process.stderr.write(`rollout: ${describeLoad(result)}\n`);
    expect(results.map(({ failures }) => failures)).toEqual([{}, {}]);
    const names = (pods: KubernetesObject[]) => pods.map(({ metadata }) => metadata.name);
    expect(names(await podsOf("web")).some((name) => names(before).includes(name))).toBe(false);
  });

  test("drains a node", async () => {
    await cluster.drain("node-2");
    const nodes = (await podsOf("web")).map(({ spec }) => spec.nodeName);
    expect(nodes).toEqual(["node-1", "node-1"]);
    await cluster.uncordon("node-2");
  });

  test("ends a container that takes more memory than it may", async () => {
    const resources = { limits: { memory: "32Mi" } };
    await cluster.apply(pod("hungry", { args: ["allocate", "256"], resources }));
    const ended = async () => (await cluster.get("pod", "hungry", "-n", NAMESPACE)).status.containerStatuses?.[0];
    await until(async () => (await ended())?.state.terminated !== undefined);
    expect((await ended()).state.terminated).toMatchObject({ reason: "OOMKilled", exitCode: 137 });
    await cluster.kubectl("delete", "pod", "hungry", "-n", NAMESPACE);
  });

  test("enforces network policies", async () => {
    await cluster.apply(namespace("stranger"), pod("stranger", {}, "stranger"));
    await cluster.kubectl("wait", "--for=condition=Ready", "pod/stranger", "-n", "stranger", "--timeout=60s");
    const stranger = await cluster.get("pod", "stranger", "-n", "stranger");
    const [friend] = await podsOf("web");
    const url = `http://web.${NAMESPACE}/`;
    const reaches = async (from: KubernetesObject) => (await tryExecIn(from, "get", url)).code === 0;
    expect([await reaches(friend!), await reaches(stranger)]).toEqual([true, true]);

    await cluster.apply({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "web", namespace: NAMESPACE },
      spec: {
        podSelector: { matchLabels: { app: "web" } },
        policyTypes: ["Ingress"],
        ingress: [{ from: [{ podSelector: {} }, { ipBlock: { cidr: `${cluster.network.ingress}/32` } }] }],
      },
    });
    await until(async () => !(await reaches(stranger)));
    expect(await reaches(friend!)).toBe(true);
    expect((await cluster.ask(HOST, "/hello")).status).toBe(200);
  });

  test("leaves nothing behind when its test is killed", async () => {
    const child = spawn(process.execPath, ["bin/run.js", "e2e/tools/cluster/main.ts"], {
      cwd: ROOT,
      stdio: ["pipe", "pipe", "inherit"],
    });
    const line = await new Promise<string>((resolve) => createInterface(child.stdout).once("line", resolve));
    const { folder, device } = JSON.parse(line) as { folder: string; device: string };
    expect(tracesOf(folder, device)).not.toEqual([]);
    child.kill("SIGKILL");
    await until(async () => tracesOf(folder, device).length === 0);
  });

  test("leaves nothing behind when it is stopped", async () => {
    const { folder, network } = cluster;
    expect(tracesOf(folder, network.device).length).toBeGreaterThan(10);
    await cluster.stop();
    expect(tracesOf(folder, network.device)).toEqual([]);
  });

  async function podsOf(app: string): Promise<KubernetesObject[]> {
    const { items } = await cluster.get<{ items: KubernetesObject[] }>("pods", "-n", NAMESPACE, "-l", `app=${app}`);
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  async function execIn(pod: KubernetesObject, ...args: string[]): Promise<string> {
    const { code, output, stdout } = await tryExecIn(pod, ...args);
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
    return stdout;
  }

  function tryExecIn({ metadata: { name, namespace } }: KubernetesObject, ...args: string[]) {
    return cluster.tryKubectl("exec", name, "--namespace", namespace!, "--", "/echo", ...args);
  }

  function pod(name: string, container: object, inNamespace = NAMESPACE): object {
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace: inNamespace, labels: { app: name } },
      spec: { restartPolicy: "Never", ...podSpec(container) },
    };
  }

  function podSpec(container: object = {}) {
    return {
      automountServiceAccountToken: false,
      securityContext: RESTRICTED_POD,
      terminationGracePeriodSeconds: 20,
      containers: [
        {
          name: "echo",
          image,
          ports: [{ name: "http", containerPort: 8080 }],
          readinessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 1 },
          lifecycle: { preStop: { exec: { command: ["/echo", "sleep", "3s"] } } },
          resources: { requests: { cpu: "100m" } },
          securityContext: RESTRICTED_CONTAINER,
          ...container,
        },
      ],
    };
  }

  function deployment(name: string, { replicas }: { replicas: number }): object {
    const labels = { app: name };
    const spread = { maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" };
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: NAMESPACE },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: {
          metadata: { labels },
          spec: { ...podSpec(), topologySpreadConstraints: [{ ...spread, labelSelector: { matchLabels: labels } }] },
        },
      },
    };
  }

  function statefulSet(name: string): object {
    const labels = { app: name };
    return {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name, namespace: NAMESPACE },
      spec: {
        serviceName: name,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: podSpec({ volumeMounts: [{ name: "data", mountPath: "/data" }] }),
        },
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        ],
      },
    };
  }
});

function namespace(name: string): object {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

function service(name: string): object {
  const ports = [{ name: "http", port: 80, targetPort: "http" }];
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: NAMESPACE },
    spec: { selector: { app: name }, ports },
  };
}

function ingress(): object {
  const backend = { service: { name: "web", port: { name: "http" } } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "web", namespace: NAMESPACE },
    spec: { rules: [{ host: HOST, http: { paths: [{ path: "/hello", pathType: "Prefix", backend }] } }] },
  };
}

/** What there is of a cluster on this machine: processes, mounts, its network, its control groups, its folder. */
function tracesOf(folder: string, device: string): string[] {
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
  return [
    ...readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && commandOf(entry).includes(folder)),
    ...mounts.filter((mount) => mount.includes(folder)),
    ...["", ...readdirSync(CGROUPS)].map((name) => join(CGROUPS, name, device)).filter((path) => existsSync(path)),
    ...[`/sys/class/net/${device}`, folder].filter((path) => existsSync(path)),
    // The namespaces are named where only the cluster sees it.
    ...(existsSync("/run/netns") ? readdirSync("/run/netns") : []),
  ];
}

function commandOf(process: string): string {
  try {
    return readFileSync(`/proc/${process}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** Waits for something that a cluster does in its own time. */
async function until(isSo: () => Promise<boolean>, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`it is not so after ${seconds} s`);
    await delay(200);
  }
}
