import { kindOf } from "../../../lib/runtime/kubernetes-types";
import { change } from "../../../sandbox/cluster/requests";
import { conform, type ValueObject } from "../../../sandbox/provider/values";
import { Catalog } from "../../../sandbox/schema/catalog";

const catalog = new Catalog("kubernetes");

/** What is sent to get from one value to another. */
function patch(type: string, before: ValueObject, after: ValueObject, config: ValueObject = {}) {
  const name = `kubernetes_${type}`;
  expect(kindOf(name)).toBeDefined();
  const [prior, planned] = [before, after].map((value) =>
    conform(catalog.schema("resource", name)!, { metadata: [{ name: "x", namespace: "y" }], ...value }),
  ) as [ValueObject, ValueObject];
  const sent = change(name, { prior, planned, config });
  return "patch" in sent ? sent.patch : sent.object.object;
}

const metadata = (labels: Record<string, string>) => ({ metadata: [{ name: "x", namespace: "y", labels }] });

describe("metadata", () => {
  it("is patched key by key, so that others' keys stay", () => {
    const sent = patch(
      "namespace_v1",
      metadata({ a: "1", b: "2", "c/d": "3" }),
      metadata({ b: "4", e: "5", "c/d": "3" }),
    );
    expect(sent).toEqual([
      { path: "/metadata/labels/a", op: "remove" },
      { path: "/metadata/labels/b", value: "4", op: "replace" },
      { path: "/metadata/labels/e", value: "5", op: "add" },
    ]);
  });

  it("is added whole where there was none, and escaped where a key has a slash", () => {
    expect(patch("namespace_v1", {}, metadata({ a: "1" }))).toEqual([
      { path: "/metadata/labels", value: { a: "1" }, op: "add" },
    ]);
    expect(patch("namespace_v1", metadata({ a: "1", "b/c": "2" }), metadata({ a: "1" }))).toEqual([
      { path: "/metadata/labels/b~1c", op: "remove" },
    ]);
  });
});

describe("a Deployment", () => {
  const spec = (type: string, rolling_update: ValueObject[]) => ({ spec: [{ strategy: [{ type, rolling_update }] }] });

  it("gets a whole spec", () => {
    expect(patch("deployment_v1", { spec: [{ replicas: "1" }] }, { spec: [{ replicas: "2" }] })).toMatchObject([
      { path: "/spec", value: { replicas: 2, progressDeadlineSeconds: 600 }, op: "replace" },
    ]);
  });

  it("loses its rolling update when it becomes one that is recreated", () => {
    const rolling = [{ max_surge: "1", max_unavailable: "0" }];
    const sent = patch("deployment_v1", spec("RollingUpdate", rolling), spec("Recreate", rolling));
    expect(sent).toMatchObject([{ path: "/spec" }, { path: "/spec/strategy/rollingUpdate", op: "remove" }]);
  });
});

it("a StatefulSet gets only what can be changed of it", () => {
  const spec = (replicas: string, image: string) => ({
    spec: [{ replicas, template: [{ metadata: [{}], spec: [{ container: [{ name: "a", image }] }] }] }],
  });
  const sent = patch("stateful_set_v1", spec("1", "a:1"), spec("2", "a:2"));
  expect(sent).toMatchObject([
    { path: "/spec/replicas", value: 2, op: "replace" },
    { path: "/spec/template", value: { spec: { containers: [{ image: "a:2" }] } }, op: "replace" },
  ]);
});

it("a NetworkPolicy gets its rules whole, added where there were none", () => {
  const spec = (ingress: ValueObject[], egress: ValueObject[]) => ({
    spec: [{ pod_selector: [{}], ingress, egress, policy_types: ["Ingress"] }],
  });
  expect(patch("network_policy_v1", spec([{}], []), spec([{}, {}], [{}]))).toEqual([
    { path: "/spec/ingress", value: [{}, {}], op: "replace" },
    { path: "/spec/egress", value: [{}], op: "add" },
  ]);
});

it("a Service that is no longer open on nodes loses their ports", () => {
  const spec = (type: string) => ({ spec: [{ type, port: [{ port: 80, node_port: 30_000, target_port: "80" }] }] });
  expect(patch("service_v1", spec("NodePort"), spec("ClusterIP"))).toEqual([
    { path: "/spec/ports", value: [{ port: 80, protocol: "TCP", targetPort: 80 }], op: "replace" },
    { path: "/spec/type", value: "ClusterIP", op: "replace" },
  ]);
});

it("a Secret gets what is write-only when its revision changes", () => {
  const config = { data_wo: { TOKEN: "abc" } };
  expect(patch("secret_v1", { data_wo_revision: 1 }, { data_wo_revision: 2 }, config)).toEqual([
    { path: "/data", value: { TOKEN: "YWJj" }, op: "add" },
  ]);
  expect(patch("secret_v1", { data_wo_revision: 1 }, { data_wo_revision: 1 }, config)).toEqual([]);
});

it("a claim gets its size, an autoscaler its bounds, a Job its deadline", () => {
  const claim = (storage: string) => ({ spec: [{ resources: [{ requests: { storage } }] }] });
  expect(patch("persistent_volume_claim_v1", claim("1Gi"), claim("2Gi"))).toEqual([
    { path: "/spec/resources/requests", value: { storage: "2Gi" }, op: "replace" },
  ]);
  const scaler = (max_replicas: number) => ({ spec: [{ min_replicas: 1, max_replicas }] });
  expect(patch("horizontal_pod_autoscaler_v2", scaler(2), scaler(4))).toEqual([
    { path: "/spec/maxReplicas", value: 4, op: "replace" },
  ]);
  const job = (active_deadline_seconds: number) => ({ spec: [{ active_deadline_seconds }] });
  expect(patch("job_v1", job(60), job(90))).toEqual([
    { path: "/spec/activeDeadlineSeconds", value: 90, op: "replace" },
  ]);
});

it("an Ingress is put in place whole, with an empty status", () => {
  const spec = (host: string) => ({ spec: [{ rule: [{ host }] }] });
  expect(patch("ingress_v1", spec("a"), spec("b"))).toMatchObject({
    kind: "Ingress",
    spec: { rules: [{ host: "b" }] },
    status: { loadBalancer: {} },
  });
});
