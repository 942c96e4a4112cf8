import { setTimeout as delay } from "node:timers/promises";
import { ReleasedFleet } from "./release/released-fleet";
import { timed } from "./release/stopwatch";
import { CLUSTER, type Cluster, type KubernetesObject, startCluster } from "./tools/cluster";
import { addEchoApp, ECHO_APP } from "./tools/echo-app";
import { describeLoad, Load } from "./tools/load";
import { describeWith } from "./tools/needs";
import { terraform } from "./tools/terraform";

const TAG = "a".repeat(40);
const HOST = "podcast.example.com";
const NAMESPACE = "podcast-production";
const HERE = ["--namespace", NAMESPACE];

/** Begins the readiness gates of the AWS Load Balancer Controller. */
const GATES = "target-health.elbv2.k8s.aws/";

/** Seconds after which the load balancer learns of a ready pod. */
const REGISTRATION_SECONDS = 3;

/** The default drain of the class: the load balancer sends requests to a pod for 10 s after its deletion. */
const DRAIN_SECONDS = 20;

/** A small app, whose release anything in the variable changes. */
function podcast(release: string): object {
  const web = { command: ["/echo"], startTimeout: 20, gracePeriod: 5 };
  return { name: "Podcast", language: "rust", env: { RELEASE: release }, processes: { web } };
}

describeWith([...CLUSTER, ...ECHO_APP, terraform], "a release behind an ALB", () => {
  let cluster: Cluster;
  let fleet: ReleasedFleet;

  beforeAll(async () => {
    cluster = await timed("a cluster is started", () => startCluster({ albCertificates: ["*.example.com"] }));
    const digest = await addEchoApp(cluster.registry, "podcast", TAG);
    fleet = new ReleasedFleet(cluster, [podcast("one")], { ingress: { class: "alb" } });
    fleet.pin("podcast", { tag: TAG, digest });
  }, 45 * 60_000); // building Kubernetes takes a while, once

  afterAll(async () => {
    fleet?.remove();
    await cluster?.stop();
  });

  test("is done when the load balancer has its pods", async () => {
    await timed("the first release", () => fleet.deployed("podcast"));
    expect(await cluster.ask(HOST)).toMatchObject({ status: 200 });
    const { status } = await cluster.get("ingress", "web", ...HERE);
    expect(status.loadBalancer.ingress).toEqual([{ ip: cluster.network.ingress }]);
    expect((await fleet.why("podcast")).output).toContain("all is well");
  });

  test("waits for the load balancer with each pod", async () => {
    await expectGated(await readyPods());
  });

  test("replaces the one before, and loses no request", async () => {
    const before = await readyPods();
    fleet.change([podcast("two")]);
    await underLoad("a release under load", async () => {
      await fleet.deployed("podcast");
      await gone(before);
    });
    const after = await readyPods();
    expect(after.map(drainOf)).toEqual([DRAIN_SECONDS, DRAIN_SECONDS].map(String));
    await expectGated(after);
  });

  test("loses no request when a node is drained", async () => {
    const [pod] = await readyPods();
    const { nodeName } = pod!.spec;
    await underLoad("a node is drained", async () => {
      await cluster.drain(nodeName);
      await cluster.uncordon(nodeName);
      await cluster.rolledOut(NAMESPACE, "deployment/web");
    });
    const after = await readyPods();
    expect(after.map(({ metadata }) => metadata.name)).not.toContain(pod!.metadata.name);
    await expectGated(after);
  });

  test("can't change the load balancer while a host of another app has no certificate, as why says", async () => {
    const late = "late.example.com";
    await cluster.kubectl("create", "namespace", "other");
    await cluster.apply(ingress("refused", "refused.example.org"), ingress("late", late));
    const refused = /Ingress refused in other: no certificate covers refused\.example\.org/;
    await until(async () => refused.test((await fleet.why("podcast")).output));
    expect(await cluster.ask(late)).toMatchObject({ status: 404 });
    // What has been set up works on.
    expect(await cluster.ask(HOST)).toMatchObject({ status: 200 });

    await cluster.kubectl("delete", "ingress", "refused", "--namespace", "other");
    // Its Service does not exist.
    await cluster.askUntil(({ status }) => status === 503, late);
    await until(async () => (await fleet.why("podcast")).output.includes("all is well"));
  });

  /** An Ingress of another app in the same group. */
  function ingress(name: string, host: string): object {
    const backend = { service: { name, port: { number: 80 } } };
    const rule = { host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } };
    return {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name, namespace: "other" },
      spec: { ingressClassName: "alb", rules: [rule] },
    };
  }

  /** Each pod became ready when the load balancer had it, and that took a while. */
  async function expectGated(pods: readonly KubernetesObject[]): Promise<void> {
    expect(pods).toHaveLength(2);
    for (const { spec, status } of pods) {
      expect(spec.readinessGates).toEqual([{ conditionType: expect.stringContaining(GATES) }]);
      const since = (wanted: string) => {
        const condition = status.conditions.find(({ type }: { type: string }) => type === wanted);
        expect(condition).toMatchObject({ type: wanted, status: "True" });
        return Date.parse(condition.lastTransitionTime);
      };
      const gate = since(spec.readinessGates[0].conditionType);
      // Times are whole seconds.
      expect(gate - since("ContainersReady")).toBeGreaterThanOrEqual((REGISTRATION_SECONDS - 1) * 1000);
      expect(since("Ready")).toBeGreaterThanOrEqual(gate);
    }
  }

  function drainOf({ spec }: KubernetesObject): string {
    return spec.containers[0].lifecycle.preStop.exec.command.at(-1);
  }

  /** The pods that are to stay. */
  async function readyPods(): Promise<KubernetesObject[]> {
    await cluster.rolledOut(NAMESPACE, "deployment/web");
    const { items } = await cluster.get<{ items: KubernetesObject[] }>("pods", ...HERE);
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  /** Waits until pods have ended: a load has to go on for so long. */
  async function gone(pods: readonly KubernetesObject[]): Promise<void> {
    const names = pods.map(({ metadata }) => `pod/${metadata.name}`);
    await cluster.kubectl("wait", ...names, ...HERE, "--for=delete", "--timeout=180s");
  }

  async function underLoad(what: string, action: () => Promise<unknown>): Promise<void> {
    const load = new Load({ address: cluster.network.ingress, host: HOST, rate: 50 });
    const acted = timed(what, action);
    const result = await acted.then(
      () => load.stop(),
      async (error) => {
        await load.stop();
        throw error;
      },
    );
    process.stderr.write(`           ${describeLoad(result)}\n`);
    expect(result.failures).toEqual({});
  }

  async function until(isSo: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 120_000;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`not so after two minutes:\n${await cluster.report(NAMESPACE)}`);
      await delay(1000);
    }
  }
});
