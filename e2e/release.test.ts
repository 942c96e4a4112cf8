import { Builds, PREPARATION_MINUTES } from "./build/builds";
import { type Pin, ReleasedFleet } from "./release/released-fleet";
import { timed } from "./release/stopwatch";
import { setVersion } from "./release/version";
import { BUILD_MACHINE } from "./tools/build-machine";
import { CLUSTER, type Cluster, type KubernetesObject, startCluster } from "./tools/cluster";
import { addEchoApp } from "./tools/echo-app";
import { describeLoad, Load } from "./tools/load";
import { describeWith, testWith } from "./tools/needs";
import { kubernetesProvider } from "./tools/provider-mirror";
import { terraform } from "./tools/terraform";

const HOST = "web.example.com";
const NAMESPACE = "web-production";

describeWith([...BUILD_MACHINE, ...CLUSTER, terraform], "a release", () => {
  let builds: Builds;
  let cluster: Cluster;
  let fleet: ReleasedFleet;

  beforeAll(async () => {
    builds = await Builds.start();
    cluster = await timed("a cluster is started", () => startCluster({ registry: builds.machine.registry }));
    fleet = new ReleasedFleet(cluster, APPS);
  }, PREPARATION_MINUTES * 60_000);

  afterAll(async () => {
    fleet?.remove();
    await cluster?.stop();
    await builds?.stop();
  });

  test("goes from a commit to an answer", async () => {
    await timed("an app without a release is deployed", () => fleet.deployed("web"));
    expect((await cluster.ask(HOST)).status).toBe(503);
    const pin = await timed("the first commit is checked, built and pushed", () => build("0.3.1"));
    fleet.pin("web", pin);
    await timed("its pin is deployed", () => fleet.deployed("web"));
    await timed("it answers", () => cluster.askUntil(({ body }) => body.includes('"version":"0.3.1"'), HOST));
    const answer = JSON.parse((await cluster.ask(HOST)).body);
    expect(answer).toMatchObject({ name: "web", user: 65532, writable: ["/tmp"] });
  });

  testWith([kubernetesProvider], "is deployed by the real Kubernetes provider", async () => {
    expect(fleet.hasUsedRealProvider("web")).toBe(true);
  });

  test("changes only the image and what follows from it, and loses no request", async () => {
    fleet.pin("web", await timed("a second commit is checked, built and pushed", () => build("0.3.2")));
    const plan = (await fleet.diff("web")).output;
    expect(plan).toContain("Plan: 0 to add, 2 to change, 0 to destroy");
    const changed = [...plan.matchAll(/# (\S+?)\.\S+ \(\S+\) will be updated in-place/g)].map(([, type]) => type);
    expect(changed).toEqual(["kubernetes_deployment_v1", "terraform_data"]);
    // The hash of the configuration stands for itself, and for nothing else.
    expect(changedFields(plan)).toEqual(["app.kubernetes.io/version", "image", "input", "output"]);

    const before = await cluster.requestsByPod();
    const failures = await underLoad("the second pin is deployed under load", () => fleet.deployed("web"));
    expect(failures).toEqual([{}, {}]);
    expect(await version()).toBe("0.3.2");
    const shares = await sharesSince(before);
    expect(shares).toHaveLength(2);
    for (const share of shares) expect(share).toBeGreaterThan(0);
  });

  test("goes back by a revert of its pin, without a build", async () => {
    const tags = builds.machine.registry.tags("web");
    const [first = ""] = tags;
    const reverted = { tag: first, digest: builds.machine.registry.digest("web", first)! };
    const second = fleet.pin("web", reverted);
    expect(await underLoad("the pin is reverted under load", () => fleet.deployed("web"))).toEqual([{}, {}]);
    expect(await version()).toBe("0.3.1");
    expect(builds.machine.registry.tags("web")).toEqual(tags);
    fleet.pin("web", second!);
    await fleet.deployed("web");
  });

  test.each([9090, undefined])("changes its port to %s, and loses no request", async (port) => {
    fleet.change([{ ...APPS[0], processes: { web: { port } } }]);
    expect(await underLoad("another port is deployed under load", () => fleet.deployed("web"))).toEqual([{}, {}]);
    const { spec } = await cluster.get("deployment", "web", "--namespace", NAMESPACE);
    expect(spec.template.spec.containers[0].ports).toEqual([expect.objectContaining({ containerPort: port ?? 8080 })]);
  });

  test("survives that its nodes are drained, one after the other, under load", async () => {
    const failures = await underLoad("both nodes are drained", async () => {
      for (const { name } of cluster.network.nodes) {
        await cluster.drain(name);
        await cluster.uncordon(name);
        await cluster.rolledOut(NAMESPACE, "deployment/web");
      }
    });
    expect(failures).toEqual([{}, {}]);
  });

  describe("that is broken leaves the old one answering, and says why:", () => {
    /** The release that answers. */
    let good: Pin;
    /** An image of one program that does as it is told by the entry. */
    let echo: Pin;

    beforeAll(async () => {
      const { registry } = builds.machine;
      const digest = await addEchoApp(registry, "web", "e".repeat(40));
      echo = { tag: "e".repeat(40), digest };
      const tag = registry.tags("web")[1]!;
      good = { tag, digest: registry.digest("web", tag)! };
    });

    afterEach(async () => {
      fleet.change(APPS);
      fleet.pin("web", good);
      await timed("the good pin is deployed again", () => fleet.deployed("web"));
      expect((await fleet.why("web")).output).toContain("all is well");
    });

    const crash = ["/echo", "get", "http://127.0.0.1:1/"];

    test("a failing migration", async () => {
      fleet.change([{ ...APPS[0], migrate: crash }]);
      fleet.pin("web", echo);
      await expectBroken("a failing migration", /job\/migrate-\w+: failed/, /end of its log\n.*connection refused/);
    });

    test("pods that lack a migration, which is let through as what mends them", async () => {
      const web = { startTimeout: 20, command: ["/echo", "sleep", "1h"] };
      fleet.change([{ ...APPS[0], processes: { web } }]);
      fleet.pin("web", echo);
      await expectBroken("never ready", /is not ready/);
      fleet.change([{ ...APPS[0], processes: { web }, migrate: ["/echo", "sleep", "1s"] }]);
      // The pods are what they were, so they are told again; the plan is not refused.
      const { code } = await timed("its migration is deployed", () => fleet.deploy("web"));
      expect(code).not.toBe(0);
      const jobs = await cluster.kubectl(
        "get",
        "jobs",
        "--namespace",
        NAMESPACE,
        "--output",
        "jsonpath={..conditions[*].type}",
      );
      expect(jobs).toContain("Complete");
    });

    async function expectBroken(name: string, ...says: RegExp[]): Promise<void> {
      const { code } = await timed(`${name}: the deploy fails`, () => fleet.deploy("web"));
      expect(code).not.toBe(0);
      expect(await version()).toBe("0.3.2");
      const why = await fleet.why("web");
      expect(why.code).toBe(1);
      for (const text of says) expect(why.output).toMatch(text);
    }
  });

  /** Builds the fixture as of a version: the commit of that version. */
  async function build(wanted: string): Promise<Pin> {
    const { commit } = await builds.green("web", {}, { change: (checkout) => setVersion(checkout, wanted) });
    return { tag: commit, digest: builds.machine.registry.digest("web", commit)! };
  }

  async function version(): Promise<string> {
    return JSON.parse((await cluster.ask(HOST)).body).version;
  }

  /** Does something while requests come in, on kept and on fresh connections, and returns how many failed of each. */
  async function underLoad(what: string, action: () => Promise<unknown>): Promise<Readonly<Record<string, number>>[]> {
    const where = { address: cluster.network.ingress, host: HOST, rate: 80 };
    const loads = (["kept", "fresh"] as const).map((connections) => new Load({ ...where, connections }));
    await timed(what, action).catch(async (error) => {
      await Promise.all(loads.map((load) => load.stop()));
      throw error;
    });
    const results = await Promise.all(loads.map((load) => load.stop()));
    for (const result of results) process.stderr.write(`           ${describeLoad(result)}\n`);
    return results.map(({ failures }) => failures);
  }

  /** How many requests each pod that runs has answered meanwhile. */
  async function sharesSince(before: Readonly<Record<string, number>>): Promise<number[]> {
    const { items } = await cluster.get<{ items: KubernetesObject[] }>("pods", "--namespace", NAMESPACE);
    const after = await cluster.requestsByPod();
    const names = items.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.name);
    return names.map((name) => (after[`${NAMESPACE}/${name}`] ?? 0) - (before[`${NAMESPACE}/${name}`] ?? 0));
  }
});

const APPS = [{ name: "Web", language: "rust" }];

/** Names of the fields that a plan changes, without what is read again. */
function changedFields(plan: string): string[] {
  const lines = [...plan.matchAll(/~ "?([\w./-]+)"? += "/g)].map(([, name = ""]) => name);
  return [...new Set(lines)].sort();
}
