import { sameValue, withDefaults } from "../../../sandbox/cluster/difference";
import { conform, UNKNOWN, type ValueObject } from "../../../sandbox/provider/values";
import { Catalog } from "../../../sandbox/schema/catalog";

const block = new Catalog("kubernetes").schema("resource", "kubernetes_deployment_v1")!;

const container = { name: "web", resources: [{ limits: { cpu: "0.5" } }] };
const CONFIG = conform(block, {
  metadata: [{ name: "web" }],
  spec: [{ template: [{ spec: [{ container: [container] }] }] }],
});

const plan = (proposed: ValueObject, prior: ValueObject | null = null) =>
  withDefaults(block, "AppsV1Deployment", proposed, prior);

// biome-ignore lint/suspicious/noExplicitAny: a value is looked into
const specOf = (value: ValueObject) => (value.spec as any)[0];
const podOf = (value: ValueObject) => specOf(value).template[0].spec[0];

describe("what is planned", () => {
  it("has the provider's defaults, and nothing for what the cluster decides", () => {
    const planned = plan(CONFIG);
    expect(planned.metadata).toMatchObject([{ namespace: "default" }]);
    expect(specOf(planned)).toMatchObject({ progress_deadline_seconds: 600, replicas: null, paused: null });
    expect(podOf(planned)).toMatchObject({ dns_policy: "ClusterFirst", restart_policy: "Always" });
    expect(specOf(planned).template[0].metadata).toEqual([]);
    expect(podOf(planned).container[0]).toMatchObject({ termination_message_path: "/dev/termination-log" });
  });

  it("is the object as it is, where only the writing differs", () => {
    const prior = structuredClone(plan(CONFIG)) as ValueObject;
    specOf(prior).paused = false;
    podOf(prior).container[0].resources[0].limits.cpu = "500m";
    podOf(prior).subdomain = "";
    expect(plan(CONFIG, prior)).toEqual(prior);
  });

  it("keeps a block of the cluster's that the configuration leaves to it", () => {
    const prior = structuredClone(plan(CONFIG)) as ValueObject;
    specOf(prior).strategy = [{ type: "RollingUpdate", rolling_update: [] }];
    expect(specOf(plan(CONFIG, prior)).strategy).toEqual(specOf(prior).strategy);
  });

  it("differs where the cluster has more or something else", () => {
    const prior = structuredClone(plan(CONFIG)) as ValueObject;
    podOf(prior).host_network = true;
    podOf(prior).container.push({ name: "more" });
    podOf(prior).restart_policy = "Never";
    const pod = podOf(plan(CONFIG, prior));
    expect([pod.host_network, pod.container.length, pod.restart_policy]).toEqual([null, 1, "Always"]);
  });
});

it.each([
  ["", null, false, true],
  ["", "", 0, true],
  ["string", "a", "b", false],
  ["number", 0, 1, false],
  ["quantity", "1Gi", "1024Mi", true],
  ["{}string", { a: "" }, {}, false],
  ["{}string", { a: "b" }, { a: "c" }, false],
  ["{}quantity", { memory: "1Gi" }, { memory: "1024Mi" }, true],
  ["[]string", ["a"], ["a", ""], false],
  ["[]string", [], null, true],
  ["", { a: null, b: 1 }, { b: 1 }, true],
  ["", UNKNOWN, UNKNOWN, false],
] as const)("%s %p and %p are the same to the provider: %s", (type, one, other, same) => {
  expect(sameValue(type, one as never, other as never)).toBe(same);
});
