import { setTimeout as delay } from "node:timers/promises";
import { Builds, PREPARATION_MINUTES } from "./build/builds";
import { ReleasedFleet } from "./release/released-fleet";
import { timed } from "./release/stopwatch";
import { WatchedPod } from "./release/watched-pod";
import { BUILD_MACHINE } from "./tools/build-machine";
import { CLUSTER, type Cluster, type KubernetesObject, startCluster } from "./tools/cluster";
import { addEchoApp } from "./tools/echo-app";
import { describeLoad, Load } from "./tools/load";
import { describeWith, testWith } from "./tools/needs";
import { kubernetesProvider } from "./tools/provider-mirror";
import { terraform } from "./tools/terraform";

const HOST = "podcast.example.com";
const API_HOST = "api.example.com";
const NAMESPACE = "podcast-production";
const HERE = ["--namespace", NAMESPACE];

/** What a worker's longest job may take, in seconds. */
const GRACE_PERIOD = 15;

const PODCAST = {
  name: "Podcast",
  language: "rust",
  processes: {
    web: { args: ["web"] },
    api: { args: ["api"], port: 8082, hosts: [HOST, API_HOST], paths: ["/api"] },
    queue: { args: ["queue"], port: 7000, replicas: 1 },
    crawl: { args: ["crawl"] },
    work: { args: ["work"], gracePeriod: GRACE_PERIOD },
  },
  migrate: ["podcast", "migrate"],
  schedule: { report: { cron: "0 3 * * *", args: ["report"] } },
};

/** Another app of the same environment, whose only pod asks what a test wants to know. */
const NEIGHBOUR = { name: "Neighbour", language: "rust", processes: { ask: { command: ["/echo", "sleep", "1h"] } } };

describeWith([...BUILD_MACHINE, ...CLUSTER, terraform], "an app of five processes", () => {
  let builds: Builds;
  let cluster: Cluster;
  let fleet: ReleasedFleet;

  beforeAll(async () => {
    builds = await Builds.start();
    cluster = await timed("a cluster is started", () => startCluster({ registry: builds.machine.registry }));
    fleet = new ReleasedFleet(cluster, [PODCAST, NEIGHBOUR]);
  }, PREPARATION_MINUTES * 60_000);

  afterAll(async () => {
    fleet?.remove();
    await cluster?.stop();
    await builds?.stop();
  });

  test("is built as one image, and deployed", async () => {
    const { commit } = await timed("the commit is checked, built and pushed", () => builds.green("podcast"));
    fleet.pin("podcast", { tag: commit, digest: builds.machine.registry.digest("podcast", commit)! });
    await timed("its pin is deployed", () => fleet.deployed("podcast"));
    const images = (await podsOf()).map(({ spec }) => spec.containers[0].image);
    expect(new Set(images).size).toBe(1);
    expect((await fleet.why("podcast")).output).toContain("all is well");
  });

  testWith([kubernetesProvider], "is deployed by the real Kubernetes provider", async () => {
    expect(fleet.hasUsedRealProvider("podcast")).toBe(true);
  });

  test("has migrated before", async () => {
    const log = await cluster.kubectl("logs", ...HERE, "--selector", "app.kubernetes.io/component=migrate");
    expect(log).toBe("podcast 1.0.0: nothing to migrate\n");
  });

  test.each([
    [HOST, "/", "web"],
    [HOST, "/apis", "web"],
    [HOST, "/api", "api"],
    [HOST, "/api/episodes", "api"],
    [API_HOST, "/api", "api"],
  ])("answers %s%s by the process %s", async (host, path, process) => {
    const { body } = await cluster.askUntil(({ status }) => status === 200, host, path);
    expect(JSON.parse(body)).toEqual({ process, version: "1.0.0", url: path });
  });

  test.each([
    [API_HOST, "/"],
    ["podcast-queue.example.com", "/"],
    [`queue.${NAMESPACE}`, "/"],
    ["queue", "/"],
  ])("answers nothing at %s%s", async (host, path) => {
    expect((await cluster.ask(host, path)).status).toBe(404);
  });

  test("has workers that find jobs and do them", async () => {
    const before = await queue();
    await until(async () => (await queue()).done >= before.done + 2);
  });

  test("does at its time what is scheduled", async () => {
    await cluster.kubectl("create", "job", "report-now", "--from", "cronjob/report", ...HERE);
    await cluster.kubectl("wait", "job/report-now", "--for=condition=Complete", "--timeout=60s", ...HERE);
    expect(await cluster.kubectl("logs", "job/report-now", ...HERE)).toMatch(/^report: \{"process":"queue",/);
  });

  test("lets requests of ten seconds end when a release replaces their pods", async () => {
    fleet.change([{ ...PODCAST, env: { STATION: "second" } }, NEIGHBOUR]);
    const pods = (await podsOf("web")).map((pod) => new WatchedPod(cluster, pod));
    const result = await underSlowRequests("a release replaces all pods", () => fleet.deployed("podcast"));
    expect(result.failures).toEqual({});
    for (const { log, exitCode } of await Promise.all(pods.map((pod) => pod.end()))) {
      expect(log).toMatch(/told to end, requests under way: [1-9]\d*\ndone\n$/);
      expect(exitCode).toBe(0);
    }
  });

  test("lets requests of ten seconds end when their node is drained", async () => {
    const [pod] = await podsOf("web");
    const watched = new WatchedPod(cluster, pod!);
    const result = await underSlowRequests("a node is drained", async () => {
      await cluster.drain(pod!.spec.nodeName);
      await cluster.uncordon(pod!.spec.nodeName);
    });
    expect(result.failures).toEqual({});
    expect(await watched.end()).toMatchObject({
      log: expect.stringMatching(/told to end, requests under way: [1-9]\d*\ndone\n$/),
      exitCode: 0,
    });
  });

  test("lets a worker end its job before it is replaced", async () => {
    await cluster.rolledOut(NAMESPACE, "deployment/queue");
    const { job, pod } = await begunJob(10);
    expect(pod.spec.terminationGracePeriodSeconds).toBe(GRACE_PERIOD + 5);
    const watched = new WatchedPod(cluster, pod);
    const started = Date.now();
    await cluster.kubectl("rollout", "restart", "deployment/work", ...HERE);
    const { log, exitCode } = await timed("a worker ends, after its job", () => watched.end());
    expect(log).toMatch(new RegExp(`job ${job}: begun\ntold to end\njob ${job}: done\ndone\n$`));
    expect(exitCode).toBe(0);
    expect(Date.now() - started).toBeGreaterThan(8000);
    await cluster.rolledOut(NAMESPACE, "deployment/work");
  });

  test("ends a worker that takes longer than its grace period", async () => {
    const { job, pod } = await begunJob(60);
    const watched = new WatchedPod(cluster, pod);
    await cluster.kubectl("rollout", "restart", "deployment/work", ...HERE);
    const { log, exitCode } = await timed("a worker is killed, within its job", () => watched.end());
    expect(log).toMatch(new RegExp(`job ${job}: begun\ntold to end\n$`));
    expect(exitCode).toBe(137);
    await cluster.rolledOut(NAMESPACE, "deployment/work");
  });

  describe("keeps to itself:", () => {
    const QUEUE = `http://queue.${NAMESPACE}/`;
    const API_SERVER = "https://kubernetes.default.svc/version";

    beforeAll(async () => {
      const tag = "e".repeat(40);
      const digest = await addEchoApp(builds.machine.registry, "neighbour", tag);
      fleet.pin("neighbour", { tag, digest });
      await timed("another app is deployed", () => fleet.deployed("neighbour"));
      const [{ spec }] = (await podsOf("ask", "neighbour-production")) as [KubernetesObject];
      await cluster.apply(
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "stranger" } },
        podOf("stranger", "stranger", spec),
      );
      await cluster.kubectl("wait", "--for=condition=Ready", "pod/stranger", "-n", "stranger", "--timeout=60s");
    });

    test("another app of the environment reaches its processes, public or not", async () => {
      await until(async () => (await ask("neighbour", QUEUE)).code === 0);
      expect((await ask("neighbour", QUEUE)).stdout).toContain('"process":"queue"');
      expect((await ask("neighbour", `http://web.${NAMESPACE}/`)).stdout).toContain('"process":"web"');
    });

    test("a pod of another namespace reaches none", async () => {
      await until(async () => (await ask("stranger", QUEUE)).code !== 0);
      expect((await ask("stranger", `http://web.${NAMESPACE}/`)).code).not.toBe(0);
      // It is not that it reaches nothing.
      expect((await ask("stranger", API_SERVER)).output).toContain("certificate");
    });

    test("an app does not reach what is private beyond the fleet", async () => {
      const { code, output } = await ask("neighbour", API_SERVER);
      expect(code).not.toBe(0);
      expect(output).not.toContain("certificate");
    });

    test("a pod that asks for more than the restricted standard is refused", async () => {
      const [{ spec }] = (await podsOf("ask", "neighbour-production")) as [KubernetesObject];
      const { code, output } = await cluster.tryApply(podOf("greedy", NAMESPACE, spec, { runAsUser: 0 }));
      expect(code).not.toBe(0);
      expect(output).toContain('violates PodSecurity "restricted');
    });

    function ask(app: "neighbour" | "stranger", url: string) {
      const place = {
        neighbour: ["deployment/ask", "--namespace", "neighbour-production"],
        stranger: ["stranger", "--namespace", "stranger"],
      };
      return cluster.tryKubectl("exec", ...place[app], "--", "/echo", "get", url);
    }
  });

  /** Pods that are to stay, of a process or of all. */
  async function podsOf(process?: string, namespace = NAMESPACE): Promise<KubernetesObject[]> {
    const selector = process === undefined ? [] : ["--selector", `app.kubernetes.io/component=${process}`];
    const { items } = await cluster.get<{ items: KubernetesObject[] }>("pods", "--namespace", namespace, ...selector);
    return items.filter(({ metadata, status }) => !metadata.deletionTimestamp && status.phase === "Running");
  }

  async function queue(): Promise<{ queued: number; begun: number; done: number }> {
    return JSON.parse((await cluster.askUntil(({ status }) => status === 200, API_HOST, "/api/queue")).body);
  }

  /** Queues a job, and waits until the worker has begun with it. */
  async function begunJob(seconds: number): Promise<{ job: string; pod: KubernetesObject }> {
    const { body: job } = await cluster.ask(API_HOST, `/api/jobs?seconds=${seconds}`, {});
    expect(job).toMatch(/^\d+$/);
    const [pod] = await podsOf("work");
    const log = () => cluster.kubectl("logs", pod!.metadata.name, ...HERE);
    await until(async () => (await log()).includes(`job ${job}: begun\n`));
    return { job, pod: pod! };
  }

  /** Does something while there are always about twenty requests under way, each of which takes ten seconds. */
  async function underSlowRequests(what: string, action: () => Promise<unknown>) {
    const address = cluster.network.ingress;
    const load = new Load({
      address,
      host: HOST,
      path: "/slow?seconds=10",
      rate: 2,
      timeout: 30,
      connections: "fresh",
    });
    await delay(2000);
    await timed(what, action).catch(async (error) => {
      await load.stop();
      throw error;
    });
    const result = await load.stop();
    process.stderr.write(`           ${describeLoad(result)}\n`);
    return result;
  }
});

/** A pod without an app, as confined as those of an app unless it is told otherwise. */
function podOf(
  name: string,
  namespace: string,
  { securityContext, containers: [{ image, command, securityContext: confined }] }: KubernetesObject["spec"],
  own: object = {},
): object {
  const containers = [{ name, image, command, securityContext: { ...confined, ...own } }];
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace }, spec: { securityContext, containers } };
}

/** Waits for something that happens in its own time. */
async function until(isSo: () => Promise<boolean>, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`it is not so after ${seconds} s`);
    await delay(200);
  }
}
