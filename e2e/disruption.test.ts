import { setTimeout as delay } from "node:timers/promises";
import { type PodLife, PodLives } from "./release/pod-lives";
import { ReleasedFleet } from "./release/released-fleet";
import { timed } from "./release/stopwatch";
import { CLUSTER, type Cluster, type KubernetesObject, startCluster } from "./tools/cluster";
import { addEchoApp, ECHO_APP } from "./tools/echo-app";
import { describeWith } from "./tools/needs";
import { terraform } from "./tools/terraform";

const NAMESPACE = "podcast-production";
const HERE = ["--namespace", NAMESPACE];
const TAG = "0123456789abcdef0123456789abcdef01234567";

/** A server, which on SIGTERM answers what is under way, and exits with 0. */
const SERVE = ["/echo"];

/** Seconds that the worker takes to end. Two workers at once would be seen as long. */
const LAST_JOB = 8;

const PODCAST = {
  name: "Podcast",
  language: "rust",
  processes: {
    web: { command: SERVE, replicas: { min: 1, max: 2 }, resources: { cpu: "100m" } },
    work: { command: SERVE, gracePeriod: 10 },
    crawl: { command: SERVE },
  },
  migrate: ["/echo", "sleep", "15s"],
  schedule: {
    report: { cron: "0 3 1 1 *", command: SERVE },
    fail: { cron: "0 3 1 1 *", command: ["/echo", "get", "nowhere"] },
  },
};

describeWith([...CLUSTER, ...ECHO_APP, terraform], "pods that are disrupted", () => {
  let cluster: Cluster;
  let fleet: ReleasedFleet;

  beforeAll(async () => {
    cluster = await timed("a cluster is started", () => startCluster());
    const digest = await addEchoApp(cluster.registry, "podcast", TAG);
    fleet = new ReleasedFleet(cluster, [PODCAST]);
    fleet.pin("podcast", { tag: TAG, digest });
  }, 45 * 60_000); // building Kubernetes takes a while, once

  afterAll(async () => {
    fleet?.remove();
    await cluster?.stop();
  });

  describe("of a Job", () => {
    test("a migration goes on elsewhere, and its release succeeds", async () => {
      const deploy = timed("a release whose migration is evicted", () => fleet.deployed("podcast"));
      const ended = deploy.then(() => Promise.reject(new Error("nothing was evicted")));
      const before = await Promise.race([workingPod("migrate", undefined, 300), ended]);
      await drained(before.spec.nodeName, () => workingPod("migrate", before));
      await deploy;
      const [job] = await jobs("migrate");
      // Neither counts the pod that was evicted.
      expect(job?.status).toMatchObject({ succeeded: 1 });
      expect(job?.status.failed).toBeUndefined();
    });

    test("a program that exits with 0 when it is told to end is not done", async () => {
      await cluster.kubectl("create", "job", "report-now", "--from", "cronjob/report", ...HERE);
      const before = await workingPod("report");
      const { events } = await drained(before.spec.nodeName, () => workingPod("report", before));
      expect(events).toContain(before.metadata.name);
      const { status } = await cluster.get("job", "report-now", ...HERE);
      expect(status).toMatchObject({ active: 1 });
      expect(status).not.toHaveProperty("succeeded");
      expect(status).not.toHaveProperty("failed");
      // Nor is it done where somebody deletes its pod.
      const [pod] = await podsOf("report");
      await cluster.kubectl("delete", "pod", pod!.metadata.name, ...HERE);
      await cluster.kubectl("wait", "job/report-now", "--for=condition=Failed", "--timeout=60s", ...HERE);
    });

    test("a program that fails is not started again", async () => {
      await cluster.kubectl("create", "job", "fail-now", "--from", "cronjob/fail", ...HERE);
      await cluster.kubectl("wait", "job/fail-now", "--for=condition=Failed", "--timeout=60s", ...HERE);
      expect(await cluster.kubectl("logs", "job/fail-now", ...HERE)).toContain('Get "nowhere"');
      expect(await podsOf("fail")).toHaveLength(1);
    });
  });

  describe("of a migration that is done", () => {
    test("another deadline or more memory repeats nothing", async () => {
      const [before] = await jobs("migrate");
      fleet.change([
        { ...PODCAST, migrate: { command: PODCAST.migrate, resources: { memory: "32Mi" }, deadline: 60 } },
      ]);
      await timed("a deploy with another deadline", () => fleet.deployed("podcast"));
      expect(await jobs("migrate")).toEqual([before]);
    });

    test("another command is another migration", async () => {
      const [before] = await jobs("migrate");
      const migrate = { command: ["/echo", "sleep", "1s"], deadline: 60 };
      const processes = { ...PODCAST.processes, crawl: { command: SERVE, replicas: 2 } };
      fleet.change([{ ...PODCAST, processes, migrate }]);
      await timed("a deploy with another migration, and a second worker", () => fleet.deployed("podcast"));
      const [job, ...others] = await jobs("migrate");
      expect(others).toEqual([]);
      expect(job?.metadata.name).not.toBe(before?.metadata.name);
      // Terraform ignores changes of the spec, but not in a Job that it makes.
      expect(job?.spec.activeDeadlineSeconds).toBe(60);
      expect(job?.spec.template.spec.initContainers.at(-1).command).toEqual(migrate.command);
    });
  });

  test("of a single worker that got a second one by that deploy, the first kept it out of no node", async () => {
    expect(await podsOf("crawl")).toHaveLength(2);
  });

  describe("of a single worker", () => {
    let watch: PodLives;

    beforeAll(() => {
      watch = new PodLives(cluster, NAMESPACE, "work");
    });

    afterAll(() => watch?.stop());

    test.each<[string, (worker: KubernetesObject) => Promise<unknown>]>([
      ["a rollout", () => cluster.kubectl("rollout", "restart", "deployment/work", ...HERE)],
      ["a deletion", ({ metadata }) => cluster.kubectl("delete", "pod", metadata.name, "--wait=false", ...HERE)],
      ["a drain", ({ spec }) => drained(spec.nodeName, () => runningPod("work"))],
    ])("one runs at any time, in %s", async (what, disrupt) => {
      const worker = await runningPod("work");
      await beginJob(worker);
      await timed(`${what} of a worker`, async () => {
        await disrupt(worker);
        await runningPod("work", worker);
      });
      await expectNoTwo(watch, worker);
    });
  });

  test("of an autoscaled process, one pod may be evicted even where there is only one", async () => {
    const { spec, status } = await cluster.get("poddisruptionbudget", "web", ...HERE);
    expect(spec).toMatchObject({ maxUnavailable: 1 });
    expect(status).toMatchObject({ expectedPods: 1, disruptionsAllowed: 1 });
    const pod = await runningPod("web");
    await drained(pod.spec.nodeName, () => runningPod("web", pod));
  });

  // Last, as the node does not come back.
  test("of a node that vanishes, a single worker starts elsewhere only when the node is removed", async () => {
    const worker = await runningPod("work");
    const { nodeName } = worker.spec;
    cluster.vanish(nodeName);
    // What the cluster itself does five minutes after a node stopped answering.
    await cluster.kubectl("delete", "pod", worker.metadata.name, "--wait=false", ...HERE);
    await until(async () => (await podsOf("work")).some(({ metadata }) => metadata.name !== worker.metadata.name));
    await delay((GRACE_SECONDS + 5) * 1000);
    const phases = (await podsOf("work", true)).map(({ status }) => status.phase).sort();
    expect(phases).toEqual(["Pending", "Running"]);
    expect((await fleet.why("podcast")).output).toContain(worker.metadata.name);

    await cluster.kubectl("delete", "node", nodeName);
    const next = await timed("a worker starts after its node is removed", () => runningPod("work", worker, 120));
    expect(next.spec.nodeName).not.toBe(nodeName);
  });

  /** Drains a node until something is so, and lets pods come to it again. */
  async function drained<T>(node: string, until: () => Promise<T>): Promise<{ events: string; result: T }> {
    const events = await cluster.drain(node);
    try {
      return { events, result: await until() };
    } finally {
      await cluster.uncordon(node);
    }
  }

  /** Pods that are to stay, or all. */
  async function podsOf(component: string, all = false): Promise<KubernetesObject[]> {
    const selector = ["--selector", `app.kubernetes.io/component=${component}`];
    const { items } = await cluster.get<{ items: KubernetesObject[] }>("pods", ...HERE, ...selector);
    return items.filter(({ metadata }) => all || metadata.deletionTimestamp === undefined);
  }

  async function jobs(component: string): Promise<KubernetesObject[]> {
    const selector = ["--selector", `app.kubernetes.io/component=${component}`];
    return (await cluster.get<{ items: KubernetesObject[] }>("jobs", ...HERE, ...selector)).items;
  }

  /** The pod of a Job whose command runs. */
  function workingPod(component: string, otherThan?: KubernetesObject, seconds = 60): Promise<KubernetesObject> {
    return podThat(component, ({ status }) => status.initContainerStatuses?.at(-1)?.state.running, otherThan, seconds);
  }

  /** The ready pod of a process. */
  function runningPod(process: string, otherThan?: KubernetesObject, seconds = 60): Promise<KubernetesObject> {
    return podThat(process, ({ status }) => status.containerStatuses?.[0]?.ready, otherThan, seconds);
  }

  async function podThat(
    component: string,
    isSo: (pod: KubernetesObject) => unknown,
    otherThan?: KubernetesObject,
    seconds = 60,
  ): Promise<KubernetesObject> {
    let found: KubernetesObject | undefined;
    await until(async () => {
      const pods = await podsOf(component).catch(() => []);
      found = pods.find((pod) => pod.metadata.name !== otherThan?.metadata.name && isSo(pod));
      return found !== undefined;
    }, seconds);
    return found!;
  }

  /** Gives a worker something to do, which it ends before itself. */
  async function beginJob(worker: KubernetesObject): Promise<void> {
    const url = `http://127.0.0.1:8080/slow?for=${LAST_JOB}s`;
    // Whoever asks goes away after three seconds, and the job goes on.
    const { output } = await cluster.tryKubectl("exec", worker.metadata.name, ...HERE, "--", "/echo", "get", url);
    expect(output).toContain("Client.Timeout");
  }

  /** Each pod started when the one before had ended. */
  async function expectNoTwo(watch: PodLives, first: KubernetesObject): Promise<void> {
    const own = () => watch.lives().slice(watch.lives().findIndex(({ pod }) => pod === first.metadata.name));
    await until(async () => own().length > 1);
    const [before, after] = own() as [PodLife, PodLife];
    expect(before.pod).toBe(first.metadata.name);
    expect(before.end).toBeDefined();
    expect(after.start).toBeGreaterThanOrEqual(before.end!);
  }
});

/** The worker's grace period in all, in seconds. */
const GRACE_SECONDS = PODCAST.processes.work.gracePeriod + 5;

/** Waits for something that happens in its own time. */
async function until(isSo: () => Promise<boolean>, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`it is not so after ${seconds} s`);
    await delay(200);
  }
}
