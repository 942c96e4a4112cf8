import { sameQuantity } from "../../../lib/runtime/quantity";
import { liveValue } from "../../../sandbox/cluster/live-value";
import { elementKeys, ownedFields } from "../../../sandbox/cluster/owned-fields";
import { conform, UNKNOWN, type ValueObject } from "../../../sandbox/provider/values";
import { Catalog } from "../../../sandbox/schema/catalog";

const catalog = new Catalog("kubernetes");
const block = catalog.schema("resource", "kubernetes_deployment_v1")!;

const container = {
  name: "web",
  image: "podcore:1",
  image_pull_policy: "IfNotPresent",
  env: [{ name: "PORT", value: "80" }],
  resources: [{ limits: { cpu: "0.5" } }],
};
const KNOWN = conform(block, {
  metadata: [{ name: "web", namespace: "x", labels: { app: "web" }, generation: 1 }],
  spec: [
    {
      replicas: "2",
      paused: false,
      template: [{ metadata: [{}], spec: [{ container: [container], volume: [{ name: "tmp", empty_dir: [{}] }] }] }],
    },
  ],
});

/** What the API server shows of it, with the defaults that it gives. */
function live(
  change: { replicas?: number; image?: string; env?: object[]; containers?: object[]; labels?: object } = {},
) {
  const { replicas = 2, image = "podcore:1", env = [{ name: "PORT", value: "80" }], labels = { app: "web" } } = change;
  const web = { name: "web", image, imagePullPolicy: "IfNotPresent", env, resources: { limits: { cpu: "500m" } } };
  const { containers = [web] } = change;
  return {
    metadata: {
      name: "web",
      namespace: "x",
      labels,
      generation: 7,
      annotations: { "deployment.kubernetes.io/revision": "1" },
    },
    spec: {
      replicas,
      strategy: { type: "RollingUpdate" },
      template: {
        metadata: {},
        spec: {
          containers,
          volumes: [{ name: "tmp", emptyDir: {} }],
          restartPolicy: "Always",
          dnsPolicy: "ClusterFirst",
        },
      },
    },
  };
}

const OWNED = {
  "f:spec": {
    "f:paused": {},
    "f:template": {
      "f:spec": { "f:containers": { 'k:{"name":"web"}': { "f:env": { 'k:{"name":"PORT"}': {} } } } },
    },
  },
};

const read = (change: Parameters<typeof live>[0] = {}, known = KNOWN) =>
  liveValue(block, "AppsV1Deployment", known, live(change), OWNED);

// biome-ignore lint/suspicious/noExplicitAny: a value is looked into
const specOf = (value: ValueObject) => (value.spec as any)[0];
const containersOf = (value: ValueObject) => specOf(value).template[0].spec[0].container;

describe("an object as it was applied", () => {
  it("is read as it is known, whatever defaults the cluster has given", () => {
    const value = read();
    expect({ ...value, metadata: null }).toEqual({ ...KNOWN, metadata: null });
    expect(value.metadata).toMatchObject([{ labels: { app: "web" }, annotations: null }]);
  });

  it("has what is computed, even where it was known", () => {
    expect(read().metadata).toMatchObject([{ generation: 7 }]);
    const opened = conform(block, { ...KNOWN, metadata: [{ name: UNKNOWN, uid: UNKNOWN }] });
    expect(read({}, opened).metadata).toMatchObject([{ name: "web" }]);
  });
});

describe("a change in the cluster", () => {
  it("of a value is read", () => {
    expect(specOf(read({ replicas: 5 })).replicas).toBe("5");
    expect(containersOf(read({ image: "other:1" }))[0].image).toBe("other:1");
    expect(read({ labels: { app: "other" } }).metadata).toMatchObject([{ labels: { app: "other" } }]);
  });

  it("of an element is found by what tells elements apart", () => {
    const env = [
      { name: "MORE", value: "1" },
      { name: "PORT", value: "81" },
    ];
    expect(containersOf(read({ env }))[0].env).toMatchObject([{ name: "PORT", value: "81" }]);
  });

  it("that removes something is read", () => {
    expect(read({ labels: {} }).metadata).toMatchObject([{ labels: {} }]);
    expect(containersOf(read({ env: [] }))[0].env).toEqual([]);
    expect(containersOf(read({ containers: [] }))).toEqual([]);
  });

  it("that adds what nobody has told is others' matter", () => {
    expect(read({ labels: { app: "web", other: "yes" } }).metadata).toMatchObject([{ labels: { app: "web" } }]);
  });

  it("of a list that is one value is read whole", () => {
    const ingress = catalog.schema("resource", "kubernetes_ingress_v1")!;
    const known = conform(ingress, { metadata: [{ name: "web" }], spec: [{ rule: [{ host: "a" }] }] });
    const found = { metadata: { name: "web" }, spec: { rules: [{ host: "a" }, { host: "b" }] } };
    const value = liveValue(ingress, "NetworkingV1Ingress", known, found, { "f:spec": { "f:rules": {} } });
    expect(specOf(value).rule).toMatchObject([{ host: "a" }, { host: "b" }]);
  });
});

it("what is zero is left out by the API server, but not forgotten", () => {
  expect(specOf(read()).paused).toBe(false);
  const value = liveValue(block, "AppsV1Deployment", KNOWN, live(), {});
  expect(specOf(value).paused).toBeNull();
});

it("file modes are told in octal, as the provider does", () => {
  const volumeOf = (mode: number) => {
    const known = conform(catalog.schema("resource", "kubernetes_pod_v1")!, {
      spec: [{ volume: [{ name: "password", secret: [{ secret_name: "a", default_mode: "0440" }] }] }],
    });
    const shown = { spec: { volumes: [{ name: "password", secret: { secretName: "a", defaultMode: mode } }] } };
    const read = liveValue(catalog.schema("resource", "kubernetes_pod_v1")!, "CoreV1Pod", known, shown, {});
    return specOf(read).volume;
  };
  expect(volumeOf(0o440)).toMatchObject([{ secret: [{ default_mode: "0440" }] }]);
  expect(volumeOf(0o644)).toMatchObject([{ secret: [{ default_mode: "0644" }] }]);
});

it("everything is read of an object that is imported", () => {
  const value = liveValue(block, "AppsV1Deployment", conform(block, {}), live(), OWNED, "all");
  expect(specOf(value)).toMatchObject({ replicas: "2", strategy: [{ type: "RollingUpdate" }] });
  expect(containersOf(value)).toMatchObject([{ name: "web", image_pull_policy: "IfNotPresent" }]);
});

it("owners' fields are one tree", () => {
  const managedFields = [{ fieldsV1: { "f:a": { 'k:{"name":"x"}': {} } } }, { fieldsV1: { "f:a": { "f:b": {} } } }];
  const owned = ownedFields({ apiVersion: "v1", kind: "X", metadata: { name: "x", managedFields } });
  expect(owned).toEqual({ "f:a": { 'k:{"name":"x"}': {}, "f:b": {} } });
  expect(elementKeys(owned["f:a"])).toEqual(["name"]);
});

it.each([
  ["0.5", "500m", true],
  ["1Gi", "1024Mi", true],
  ["1000m", "1", true],
  ["1e3", "1k", true],
  ["256Mi", "256M", false],
  ["1", "2", false],
])("%s and %s are the same amount: %s", (one, other, same) => {
  expect(sameQuantity(one, other)).toBe(same);
});
