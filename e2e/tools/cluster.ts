import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CONTEXT, PAUSE, writeClusterFiles } from "./cluster/files";
import { type ClusterNetwork, chooseNetwork } from "./cluster/network";
import { SCRIPT, SCRIPTS } from "./cluster/script";
import { type DebianPackage, debianPackage, installDebianPackages } from "./debian-packages";
import { go } from "./go-module";
import { Guard } from "./guard";
import { isolation } from "./isolation";
import { kubectl } from "./kubectl";
import { type KubernetesPrograms, kubernetesPrograms } from "./kubernetes";
import type { Need } from "./needs";
import { type RunResult, run, runOrFail } from "./process";
import { Registry } from "./registry";

const PACKAGES: readonly DebianPackage[] = [
  "containerd",
  "containernetworking-plugins",
  "docker-registry",
  "iproute2",
  "ipset",
  "iptables",
  "nftables",
  "runc",
];

/** What {@link startCluster} can't do without. */
export const CLUSTER: readonly Need[] = [isolation, go, kubectl, ...PACKAGES.map(debianPackage)];

/** How long a cluster may take until pods can be started; on two idle cores it takes about 6. */
const START_SECONDS = 180;

/** How a cluster differs from the usual one. */
export interface ClusterOptions {
  /** Another machine's registry, to share its images. @default - its own */
  readonly registry?: Registry;
  /**
   * Names that the certificates of an ALB cover. With it, the load balancer behaves as an ALB for Ingress objects of the
   * class "alb": it learns of pods late, checks their health in intervals, lets requests end, opens readiness gates, and
   * changes nothing while one of its hosts has no certificate.
   *
   * @default - no ALB: the load balancer treats all classes alike
   */
  readonly albCertificates?: readonly string[];
}

/** What a load balancer has answered. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * A whole Kubernetes of two nodes: real containers under real limits, Services, DNS, volumes, network policies, and a
 * load balancer for its Ingress objects. Its images come from a registry that answers under ECR's name.
 */
export class Cluster {
  /** Holds everything; gone after the end. */
  readonly folder = mkdtempSync(join(tmpdir(), "drover-cluster-"));
  readonly network: ClusterNetwork = chooseNetwork(2);
  /** Where the nodes get their images. */
  readonly registry: Registry;
  /** Path of the kubeconfig of an administrator. */
  readonly kubeconfig = join(this.folder, "kubeconfig");
  /** The name of the cluster in the kubeconfig. */
  readonly context = CONTEXT;
  private readonly guard: Guard;

  constructor(programs: KubernetesPrograms, { registry, albCertificates = [] }: ClusterOptions = {}) {
    const { network, folder } = this;
    this.registry =
      registry ?? new Registry(`${network.controlPlane}:80`, join(folder, "registry"), join(folder, "registry.log"));
    writeClusterFiles(folder, network, this.registry);
    this.guard = new Guard(SCRIPT, {
      ...process.env,
      ...SCRIPTS,
      CERTIFICATES: albCertificates.join(","),
      CGROUPS: "/sys/fs/cgroup",
      COMPONENTS: programs.components,
      CONTROL_PLANE: network.controlPlane,
      COREDNS: programs.coredns,
      DEVICE: network.device,
      FOLDER: folder,
      INGRESS: network.ingress,
      MACHINE: network.machine,
      NODES: network.nodes.map(({ name, address, pods }) => [name, address, pods].join(",")).join(" "),
      RANGE: network.range,
      SERVICES: network.services,
    });
  }

  /** Waits until pods can be started. */
  async ready(): Promise<void> {
    const late = delay(START_SECONDS * 1000, undefined, { ref: false }).then(() => {
      throw new Error(`the cluster is not ready after ${START_SECONDS} s:\n${this.logs()}`);
    });
    await Promise.race([this.start(), late]);
  }

  /** Runs `kubectl`, which has to succeed, and returns what it prints. */
  kubectl(...args: string[]): Promise<string> {
    return runOrFail("kubectl", ["--kubeconfig", this.kubeconfig, ...args]);
  }

  /** Runs `kubectl`; a bad exit code is the caller's to judge. */
  tryKubectl(...args: string[]): Promise<RunResult> {
    return run("kubectl", ["--kubeconfig", this.kubeconfig, ...args]);
  }

  /** Reads objects, by the arguments of `kubectl get`. */
  async get<T = KubernetesObject>(...args: string[]): Promise<T> {
    return JSON.parse(await this.kubectl("get", ...args, "--output", "json")) as T;
  }

  /** Applies objects as `kubectl apply` does. */
  async apply(...objects: object[]): Promise<void> {
    await this.kubectl("apply", "--filename", this.fileOf(objects));
  }

  /** Applies objects that may be refused; a bad exit code is the caller's to judge. */
  tryApply(...objects: object[]): Promise<RunResult> {
    return this.tryKubectl("apply", "--filename", this.fileOf(objects));
  }

  /** Waits until a Deployment or StatefulSet has rolled out. */
  async rolledOut(namespace: string, workload: string, seconds = 120): Promise<void> {
    const { code, output } = await this.tryKubectl(
      ...["rollout", "status", workload, "--namespace", namespace, "--timeout", `${seconds}s`],
    );
    if (code !== 0) throw new Error(`${workload} is not rolled out: ${output}\n${await this.report(namespace)}`);
  }

  /** Asks the load balancer: by GET, or by POST with something as JSON. */
  ask(host: string, path = "/", body?: object): Promise<Answer> {
    return ask(this.network.ingress, host, path, body);
  }

  /** Asks the load balancer until it has the answer, and returns that. */
  async askUntil(isRight: (answer: Answer) => boolean, host: string, path = "/", seconds = 60): Promise<Answer> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const answer = await this.ask(host, path);
      if (isRight(answer)) return answer;
      if (Date.now() > deadline) {
        throw new Error(`http://${host}${path} answers ${answer.status} after ${seconds} s: ${answer.body}`);
      }
      await delay(100);
    }
  }

  /** How many requests the load balancer has sent to each pod since the start; the keys are "namespace/pod". */
  async requestsByPod(): Promise<Record<string, number>> {
    const response = await fetch(`http://${this.network.controlPlane}:8081/`);
    return (await response.json()) as Record<string, number>;
  }

  /** Moves all pods off a node, as before its replacement, and returns what was done. */
  drain(node: string, seconds = 120): Promise<string> {
    const options = ["--ignore-daemonsets", "--delete-emptydir-data", "--timeout", `${seconds}s`];
    return this.kubectl("drain", node, ...options);
  }

  /** Lets pods come to a drained node again. */
  async uncordon(node: string): Promise<void> {
    await this.kubectl("uncordon", node);
  }

  /** Lets a node stop answering for good. Its containers run on, as where its network is cut. */
  vanish(node: string): void {
    const place = `${join(this.folder, node)}/kubelet`;
    const isKubelet = (id: string) => {
      const command = readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0");
      return command.includes("kubelet") && command.includes(place);
    };
    for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        if (isKubelet(id)) process.kill(Number(id), "SIGKILL");
      } catch {
        // A process that has ended since.
      }
    }
  }

  /** Everything that tells why something in a namespace does not work. */
  async report(namespace: string): Promise<string> {
    const inNamespace = ["--namespace", namespace];
    const pods = (await this.get<{ items: KubernetesObject[] }>("pods", ...inNamespace)).items;
    const parts = await Promise.all([
      this.tryKubectl("get", "all,ingress,networkpolicy,pvc", ...inNamespace, "--output", "wide"),
      this.tryKubectl("get", "events", ...inNamespace, "--sort-by", ".lastTimestamp"),
      ...pods.map(({ metadata: { name } }) =>
        this.tryKubectl("logs", name, ...inNamespace, "--all-containers", "--prefix", "--tail", "20"),
      ),
    ]);
    return parts.map(({ output }) => output).join("\n");
  }

  /** The last lines of what the cluster's own programs have said, for a look after a failure. */
  logs(): string {
    const folders = ["", ...this.network.nodes.map(({ name }) => name)];
    const files = folders.flatMap((folder) =>
      readdirSync(join(this.folder, folder))
        .filter((name) => name.endsWith(".log"))
        .map((name) => join(folder, name)),
    );
    const ends = files.map((file) => `== ${file}\n${readFileSync(join(this.folder, file), "utf8").slice(-1500)}`);
    return ends.join("\n");
  }

  /** Ends everything and removes the folder; happens by itself when the test dies. */
  async stop(): Promise<void> {
    await this.guard.end();
  }

  private async start(): Promise<void> {
    await this.guard.answer();
    // On a busy machine the API server is slow to answer at first.
    while ((await this.tryApply(...baseObjects(this.network))).code !== 0) await delay(200);
    for (;;) {
      const { items } = await this.get<{ items: KubernetesObject[] }>("nodes");
      if (items.filter(isReady).length === this.network.nodes.length) return;
      await delay(200);
    }
  }

  private fileOf(objects: readonly object[]): string {
    const file = join(this.folder, `apply-${++this.files}.json`);
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
    return file;
  }

  private files = 0;
}

/** What is asked of any object. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever it is about
  readonly spec?: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  readonly status?: any;
}

/** Starts a cluster. */
export async function startCluster(options?: ClusterOptions): Promise<Cluster> {
  await installDebianPackages(PACKAGES);
  const programs = await kubernetesPrograms();
  const cluster = new Cluster(programs, options);
  try {
    await cluster.registry.addProgram(PAUSE.repository, PAUSE.tag, programs.pause);
    await cluster.ready();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/** What a cluster's provider puts into it: a class of volumes, and a name server. */
function baseObjects(network: ClusterNetwork): object[] {
  const metadata = { name: "kube-dns", namespace: "kube-system" };
  const ports = ["UDP", "TCP"].map((protocol) => ({ name: `dns-${protocol.toLowerCase()}`, port: 53, protocol }));
  return [
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "drover.test/folder",
      volumeBindingMode: "WaitForFirstConsumer",
    },
    { apiVersion: "v1", kind: "Service", metadata, spec: { clusterIP: network.dns, ports } },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...metadata, labels: { "kubernetes.io/service-name": metadata.name } },
      addressType: "IPv4",
      endpoints: [{ addresses: [network.controlPlane] }],
      ports,
    },
  ];
}

function isReady({ status }: KubernetesObject): boolean {
  const conditions: { type: string; status: string }[] = status?.conditions ?? [];
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

/** Unlike `fetch`, with a Host of one's own. */
function ask(address: string, host: string, path: string, sent?: object): Promise<Answer> {
  const json = sent && { "content-type": "application/json" };
  const options = { method: sent ? "POST" : "GET", host: address, path, headers: { host, ...json }, agent: false };
  return new Promise((resolve, reject) => {
    const asked = request(options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (data: string) => {
        body += data;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end(sent && JSON.stringify(sent));
  });
}
