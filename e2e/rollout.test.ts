import { type Pin, ReleasedFleet } from "./release/released-fleet";
import { timed } from "./release/stopwatch";
import { CLUSTER, type Cluster, type KubernetesObject, startCluster } from "./tools/cluster";
import { kubernetesPrograms } from "./tools/kubernetes";
import { describeWith } from "./tools/needs";
import { terraform } from "./tools/terraform";

const TAG = "e".repeat(40);

/** What every process of these tests has: it starts, and fails to, within seconds. */
const QUICK = { startTimeout: 20, drainDelay: 0, gracePeriod: 0 };

/** A process that answers, and one that works. */
const SERVES = { ...QUICK, command: ["/echo"] };
const WORKS = { ...QUICK, command: ["/echo", "sleep", "1h"] };

/** A process that dies soon after its start. */
const DIES = { ...QUICK, command: ["/echo", "die", "4s"] };

/** The kinds of processes: name, entry of a good release, and how many pods it has. */
const KINDS = {
  web: { process: "web", entry: SERVES, pods: 2 },
  private: { process: "api", entry: { ...SERVES, port: 8080 }, pods: 2 },
  worker: { process: "work", entry: WORKS, pods: 1 },
  workers: { process: "work", entry: { ...WORKS, replicas: 3 }, pods: 3 },
} as const;
type Kind = keyof typeof KINDS;

interface Death {
  /** What its entry says instead. @default the image is missing */
  readonly entry?: object;
  /** What `why` says. */
  readonly cause: RegExp;
  readonly remedy: RegExp;
  /** @default all kinds */
  readonly kinds?: readonly Kind[];
}

const DEATHS: Readonly<Record<string, Death>> = {
  exit: {
    entry: { command: ["/echo", "get", "http://127.0.0.1:1/"] },
    cause: /exited with code 1/,
    remedy: /connection refused/,
  },
  late: { entry: { command: DIES.command }, cause: /exited with code 1/, remedy: /died after 4s/ },
  memory: { entry: { command: ["/echo", "allocate", "400"] }, cause: /memory/, remedy: /"memory/ },
  unready: {
    entry: { command: WORKS.command },
    cause: /is not ready/,
    remedy: /0\.0\.0\.0, not 127\.0\.0\.1/,
    kinds: ["web", "private"],
  },
  image: { cause: /can't pull its image/, remedy: /aws ecr describe-images/ },
};

/** Every kind of process with every kind of death: an app each. */
const CASES = Object.entries(DEATHS).flatMap(([death, { kinds = Object.keys(KINDS) as Kind[], ...rest }]) =>
  kinds.map((kind) => ({ slug: `${death}-${kind}`, death, kind, ...KINDS[kind], change: rest.entry, ...says(rest) })),
);

function says({ cause, remedy }: Death) {
  return { cause, remedy };
}

describeWith([...CLUSTER, terraform], "a rollout", () => {
  let cluster: Cluster;
  let fleet: ReleasedFleet;
  let pin: Pin;

  beforeAll(async () => {
    cluster = await timed("a cluster is started", () => startCluster());
    fleet = new ReleasedFleet(cluster, [app("placeholder", {})]);
  }, 30 * 60_000);

  afterAll(async () => {
    fleet?.remove();
    await cluster?.stop();
  });

  /** Pins the image of a program that does as it is told by the entry. */
  async function pinned(slug: string): Promise<void> {
    const digest = await cluster.registry.addProgram(slug, TAG, (await kubernetesPrograms()).echo);
    pin = { tag: TAG, digest };
    fleet.pin(slug, pin);
  }

  function deploymentOf(slug: string, process: string): Promise<KubernetesObject> {
    return cluster.get("deployment", process, "--namespace", `${slug}-production`);
  }

  describe("that fails leaves the previous release serving, where there is more than a single worker:", () => {
    const slugs = CASES.map(({ slug }) => slug);
    const before = new Map<string, readonly string[]>();
    let failed: { code: number | null; output: string };

    beforeAll(async () => {
      fleet.change(CASES.map(({ slug, process, entry }) => app(slug, { [process]: entry })));
      for (const slug of slugs) await pinned(slug);
      await timed(`${slugs.length} apps are released`, () => fleet.deployed(...slugs));
      for (const slug of slugs) before.set(slug, await readyPods(slug));

      fleet.change(CASES.map(({ slug, process, entry, change }) => app(slug, { [process]: { ...entry, ...change } })));
      for (const { slug, death } of CASES) {
        if (death === "image") fleet.pin(slug, { ...pin, digest: `sha256:${"0".repeat(64)}` });
      }
      failed = await timed("their broken releases fail", () => fleet.deploy(...slugs));
    }, 15 * 60_000);

    test.each(CASES)("$kind: $death", async ({ slug, death, kind, pods, process, cause, remedy }) => {
      expect(failed.code).not.toBe(0);
      // Each short readiness counts as progress, so Terraform's timeout may end the apply: the next plan finds it, too.
      if (death === "late") expect(flat((await fleet.diff(slug)).output)).toContain(`${process}: its new pods failed;`);
      else expect(isRolledOut(await deploymentOf(slug, process))).toBe(false);
      const left = await readyPods(slug);
      if (kind === "worker") expect(left.filter((name) => before.get(slug)?.includes(name))).toEqual([]);
      else expect(left).toEqual(expect.arrayContaining([...(before.get(slug) as string[])]));
      expect(before.get(slug)).toHaveLength(pods);

      const why = await fleet.why(slug);
      expect(why.code).toBe(1);
      expect(why.output).toMatch(cause);
      expect(why.output).toMatch(remedy);
    });

    test("names the failed Deployment, in the words of the provider", () => {
      expect(failed.output).toContain("Deployment exceeded its progress deadline");
      expect(failed.output).toMatch(/with\s+kubernetes_deployment_v1\.process-web_deployment/);
    });

    /** Names of the pods that are ready and stay. */
    async function readyPods(slug: string): Promise<string[]> {
      const { items } = await cluster.get<{ items: KubernetesObject[] }>("pods", "--namespace", `${slug}-production`);
      return items.flatMap(({ metadata, status }) => {
        const isReady = status.conditions?.some(
          ({ type, status }: { type: string; status: string }) => type === "Ready" && status === "True",
        );
        return isReady && metadata.deletionTimestamp === undefined ? [metadata.name] : [];
      });
    }
  });

  describe("of a process that fails blocks nothing else:", () => {
    const SLUG = "shop";
    const HOST = "shop.example.com";
    const NAMESPACE = "shop-production";
    const web = SERVES;
    const api = { ...SERVES, port: 8080, hosts: ["api.example.com"], replicas: 1 };
    const work = WORKS;
    const processes = { web, api, work };
    const schedule = { report: { cron: "0 3 1 1 *", command: ["/echo"] } };
    const later = { report: { cron: "0 4 1 1 *", command: ["/echo"] } };
    const BROKEN = { ...api, command: DIES.command };

    const change = (processes: object, more: object = {}) =>
      fleet.change([{ ...app(SLUG, processes), schedule, ...more }]);
    const deploy = (what: string) => timed(what, () => fleet.deploy(SLUG));
    const commandOfWork = async () => (await deploymentOf(SLUG, "work")).spec.template.spec.containers[0].command;

    beforeAll(async () => {
      fleet.remove();
      fleet = new ReleasedFleet(cluster, [app(SLUG, processes)]);
      change(processes);
      await pinned(SLUG);
      await timed("an app of three processes is released", () => fleet.deployed(SLUG));
    }, 10 * 60_000);

    const REFUSAL =
      "processes in shop-production failed: api: its new pods failed; pods still ready: 1 To find out why:";

    test("in the apply in which it fails, private processes, workers and schedules keep their release", async () => {
      const other = { ...work, command: ["/echo", "sleep", "2h"] };
      change({ ...processes, api: BROKEN, work: other }, { schedule: later });
      const { code, output } = await deploy("a public process fails");
      expect(code).not.toBe(0);
      expect(flat(output)).toMatch(/with kubernetes_deployment_v1\.process-api_deployment/);
      expect(await commandOfWork()).toEqual(work.command);
      const { spec } = await cluster.get("cronjob", "report", "--namespace", NAMESPACE);
      expect(spec.schedule).toBe(schedule.report.cron);
    });

    test("another process and a schedule change in the next apply, which still fails", async () => {
      const other = { ...work, command: ["/echo", "sleep", "3h"] };
      change({ ...processes, api: BROKEN, work: other }, { schedule: later });
      const { code, output } = await deploy("another process changes");
      expect(code).not.toBe(0);
      expect(flat(output)).toContain(REFUSAL);
      expect(await commandOfWork()).toEqual(other.command);
      const { spec } = await cluster.get("cronjob", "report", "--namespace", NAMESPACE);
      expect(spec.schedule).toBe(later.report.cron);
    });

    test("where nothing is to change, the plan is refused, with the process and what to do", async () => {
      const { code, output } = await timed("a plan without a change", () => fleet.diff(SLUG));
      expect(code).not.toBe(0);
      expect(flat(output)).toContain(REFUSAL);
      expect(flat(output)).toContain("npm run why -- shop production");
      expect(flat(output)).toContain("npx cdktf deploy shop-production");
    });

    test.each<[string, object, object]>([
      ["a schedule is removed", { ...processes, api: BROKEN }, { schedule: undefined }],
      ["a host is removed", { web, api: { ...BROKEN, hosts: undefined }, work }, { schedule: undefined }],
      ["a process is removed", { web, api: { ...BROKEN, hosts: undefined } }, { schedule: undefined }],
    ])("%s, in a later apply, which still fails", async (what, changed, more) => {
      change(changed, more);
      const { code, output } = await deploy(what);
      expect(code).not.toBe(0);
      expect(flat(output)).toContain(REFUSAL);
      const kinds = "deployments,cronjobs,ingresses";
      const left = await cluster.kubectl("get", kinds, "--namespace", NAMESPACE, "--output", "name");
      expect(left.split("\n").filter(Boolean).sort()).toEqual(
        {
          "a schedule is removed": [...DEPLOYMENTS, "deployment.apps/work", ...INGRESSES],
          "a host is removed": [...DEPLOYMENTS, "deployment.apps/work", INGRESSES[1]],
          "a process is removed": [...DEPLOYMENTS, INGRESSES[1]],
        }[what],
      );
    });

    test("the stack is destroyed", async () => {
      change({ web, api: BROKEN }, { schedule: undefined, retiring: true });
      await deploy("the guards are lifted");
      const { code, output } = await timed("the stack is destroyed", () => fleet.destroy(SLUG));
      expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
      expect((await cluster.tryKubectl("get", "namespace", NAMESPACE)).code).not.toBe(0);
    });

    test("a first release that keeps failing is passed by zero replicas", async () => {
      change({ web: { ...web, command: DIES.command }, work });
      expect((await deploy("the first release fails")).code).not.toBe(0);
      expect((await cluster.tryKubectl("get", "deployment", "work", "--namespace", NAMESPACE)).code).not.toBe(0);
      change({ web: { ...web, command: DIES.command, replicas: 0 }, work });
      const { code, output } = await deploy("the rest is released");
      expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
      expect((await deploymentOf(SLUG, "work")).status.availableReplicas).toBe(1);
      expect((await cluster.ask(HOST)).status).toBe(503);
      expect((await timed("a plan without a change", () => fleet.diff(SLUG))).output).toContain("No changes");
    });
  });
});

/** Whether all pods of a Deployment are of its newest release, and available. */
function isRolledOut({ spec, status }: KubernetesObject): boolean {
  return [status.replicas, status.updatedReplicas, status.availableReplicas].every((count) => count === spec.replicas);
}

const DEPLOYMENTS = ["deployment.apps/api", "deployment.apps/web"];
const INGRESSES = ["ingress.networking.k8s.io/api", "ingress.networking.k8s.io/web"];

function app(slug: string, processes: object): object {
  return { name: slug, slug, language: "rust", processes };
}

/** What Terraform says, without the frame that it draws and the breaks that it makes. */
function flat(output: string): string {
  return output.replaceAll(/[│╷╵]/g, "").replaceAll(/\s+/g, " ");
}
