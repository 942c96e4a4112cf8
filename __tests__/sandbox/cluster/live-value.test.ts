import { liveValue } from "../../../sandbox/cluster/live-value";
import { conform, UNKNOWN, type ValueObject } from "../../../sandbox/provider/values";
import { Catalog } from "../../../sandbox/schema/catalog";

const catalog = new Catalog("kubernetes");
const block = (type: string) => catalog.schema("resource", `kubernetes_${type}`)!;

/** A Deployment, as the API server shows it. */
const LIVE = {
  metadata: {
    name: "web",
    namespace: "x",
    labels: { app: "web" },
    annotations: { "deployment.kubernetes.io/revision": "1", "acme/note": "ours" },
    generation: 7,
  },
  spec: {
    replicas: 2,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 } },
    template: {
      metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "now", "acme/note": "ours" } },
      spec: {
        containers: [{ name: "web", image: "podcore:1", imagePullPolicy: "IfNotPresent", stdin: true }],
        volumes: [{ name: "tmp", emptyDir: {} }],
        restartPolicy: "Always",
      },
    },
  },
};

const read = (known: ValueObject = {}, live: object = LIVE, type = "deployment_v1", structure = "AppsV1Deployment") =>
  liveValue(block(type), structure, conform(block(type), known), live as Record<string, unknown>);

// biome-ignore lint/suspicious/noExplicitAny: a value is looked into
const specOf = (value: ValueObject) => (value.spec as any)[0];

describe("an object is read whole, whoever has set what", () => {
  it("with the cluster's defaults and the changes of others", () => {
    const { template, ...spec } = specOf(read());
    expect(spec).toMatchObject({
      replicas: "2",
      strategy: [{ type: "RollingUpdate", rolling_update: [{ max_surge: "25%", max_unavailable: "0" }] }],
    });
    expect(template[0].spec[0]).toMatchObject({
      container: [{ name: "web", image: "podcore:1", image_pull_policy: "IfNotPresent", stdin: true }],
      volume: [{ name: "tmp", empty_dir: [{}] }],
      restart_policy: "Always",
    });
  });

  it("whatever a state or a plan says of it", () => {
    const known: ValueObject = { metadata: [{ name: UNKNOWN, uid: UNKNOWN }], spec: [{ replicas: "5", paused: true }] };
    expect(read(known).metadata).toMatchObject([{ name: "web", uid: null, generation: 7 }]);
    expect(specOf(read(known))).toMatchObject({ replicas: "2", paused: null });
  });

  it("but for what Kubernetes does not know", () => {
    expect(read({ wait_for_rollout: false }).wait_for_rollout).toBe(false);
    expect(read({ timeouts: { create: "1m" } }).timeouts).toMatchObject({ create: "1m" });
  });
});

describe("annotations", () => {
  it("of others are read, and those of Kubernetes are not", () => {
    expect(read().metadata).toMatchObject([{ annotations: { "acme/note": "ours" } }]);
  });

  it("of Kubernetes are read where the configuration has them", () => {
    const annotations = { "deployment.kubernetes.io/revision": "0" };
    expect(read({ metadata: [{ annotations }] }).metadata).toMatchObject([
      { annotations: { "deployment.kubernetes.io/revision": "1" } },
    ]);
  });

  it("of a pod template are all read", () => {
    expect(specOf(read()).template[0].metadata[0].annotations).toEqual({
      "kubectl.kubernetes.io/restartedAt": "now",
      "acme/note": "ours",
    });
  });
});

it("the labels that every Job gets are not read", () => {
  const labels = { app: "a", "batch.kubernetes.io/job-name": "x", "job-name": "x", "controller-uid": "1" };
  const job = { metadata: { name: "x", labels }, spec: { template: { metadata: { labels }, spec: {} } } };
  const value = read({}, job, "job_v1", "BatchV1Job");
  expect(value.metadata).toMatchObject([{ labels: { app: "a" } }]);
  expect(specOf(value).template[0].metadata[0].labels).toEqual({ app: "a" });
});

it("the update strategy of a StatefulSet is read only where the configuration has one", () => {
  const live = { metadata: { name: "x" }, spec: { updateStrategy: { type: "RollingUpdate" } } };
  const strategy = (known: ValueObject) =>
    specOf(read(known, live, "stateful_set_v1", "AppsV1StatefulSet")).update_strategy;
  expect(strategy({})).toEqual([]);
  expect(strategy({ spec: [{ update_strategy: [{ type: "OnDelete" }] }] })).toMatchObject([{ type: "RollingUpdate" }]);
});

it("an argument that was not sent because of another one reads as its default", () => {
  const service = (spec: object) =>
    specOf(read({}, { metadata: { name: "x" }, spec }, "service_v1", "CoreV1Service"))
      .allocate_load_balancer_node_ports;
  expect(service({ type: "ClusterIP" })).toBe(true);
  expect(service({ type: "LoadBalancer", allocateLoadBalancerNodePorts: false })).toBe(false);
});

it("file modes are told in octal, as the provider does", () => {
  const volumes = [{ name: "password", secret: { secretName: "a", defaultMode: 0o440 } }];
  const value = read({}, { metadata: { name: "x" }, spec: { volumes } }, "pod_v1", "CoreV1Pod");
  expect(specOf(value).volume).toMatchObject([{ secret: [{ default_mode: "0440" }] }]);
});
