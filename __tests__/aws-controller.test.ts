import type { KubernetesObject } from "../lib/runtime/manifest";
import type { Any } from "./support/manifest-rules/cluster";
import { endpointsOf } from "./support/network/aws-controller";
import { type Direction, type Pod, type World, worldOf } from "./support/network/world";

const NETWORK = { name: "", ipv6: false, node: "10.0.0.1", pods: "10.0.", services: "10.100." };

const object = (kind: string, namespace: string | undefined, name: string, labels: object, spec?: object) =>
  ({ apiVersion: "v1", kind, metadata: { namespace, name, labels }, spec }) as KubernetesObject;
const pod = (namespace: string, name: string, ports: object[] = []) =>
  object("Pod", namespace, name, { app: name }, { containers: [{ name, ports }] });
const service = (namespace: string, name: string, port: object, more: object = {}) =>
  object("Service", namespace, name, {}, { selector: { app: name }, ports: [port], ...more });

/** Two namespaces: `own`, with the pod that policies are about, and `other`. */
const OBJECTS = [
  object("Namespace", undefined, "own", {}),
  object("Namespace", undefined, "other", { team: "a" }),
  pod("own", "client"),
  pod("other", "web", [{ name: "http", containerPort: 8080 }]),
  pod("other", "db", [{ name: "postgres", containerPort: 5432 }]),
  pod("other", "bare"),
  service("other", "web", { port: 80, targetPort: "http" }),
  service("other", "db", { port: 15_432, targetPort: 5432 }),
  service("other", "bare", { port: 1 }, { clusterIP: "None" }),
];
const ADDRESS = { client: "10.0.1.1", web: "10.0.1.2", db: "10.0.1.3", bare: "10.0.1.4" };
const SERVICE = { web: "10.100.1.1", db: "10.100.1.2" };
const TCP = (port: number) => ({ protocol: "TCP", port });
const other = (podSelector?: object) => ({ namespaceSelector: { matchLabels: { team: "a" } }, podSelector });
const app = (name: string) => ({ matchLabels: { app: name } });

function worldWith(policy: Any, objects: readonly KubernetesObject[] = OBJECTS): World {
  return worldOf(NETWORK, [...objects, object("NetworkPolicy", "own", "policy", {}, { podSelector: {}, ...policy })]);
}

/** Addresses and ports of the pod `client` of the namespace `own`. */
function endpoints(direction: Direction, policy: Any, objects?: readonly KubernetesObject[]) {
  const world = worldWith(policy, objects);
  return endpointsOf(world, world.workloads[0] as Pod, direction);
}
const egress = (rule: Any, objects?: readonly KubernetesObject[]) =>
  endpoints("Egress", { policyTypes: ["Egress"], egress: [rule] }, objects);
const ingress = (rule: Any, objects?: readonly KubernetesObject[]) =>
  endpoints("Ingress", { policyTypes: ["Ingress"], ingress: [rule] }, objects);

describe("a pod", () => {
  it("that no policy is about is not restricted", () => {
    expect(endpoints("Egress", { policyTypes: ["Ingress"] })).toBeUndefined();
    expect(endpoints("Egress", { policyTypes: ["Egress"], podSelector: app("web") })).toBeUndefined();
  });

  it("whose policy has no rules reaches nothing", () => {
    expect(endpoints("Egress", { policyTypes: ["Egress"] })).toEqual([]);
  });
});

describe("a rule without a peer", () => {
  it("is about all addresses of both kinds", () => {
    const ports = [TCP(443)];
    expect(egress({ ports: [{ port: 443 }] })).toEqual([
      { cidr: "0.0.0.0/0", ports },
      { cidr: "::/0", ports },
    ]);
    expect(ingress({})).toEqual([
      { cidr: "0.0.0.0/0", ports: [] },
      { cidr: "::/0", ports: [] },
    ]);
  });

  it("lets nothing out to a port by name, which is nobody's", () => {
    expect(egress({ ports: [{ port: "http" }] })).toEqual([]);
  });
});

it("a range is taken as it is, with what it excepts", () => {
  const ipBlock = { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] };
  expect(egress({ to: [{ ipBlock }], ports: [{ port: 80 }, { port: "http" }] })).toEqual([
    { ...ipBlock, ports: [TCP(80)] },
  ]);
  expect(egress({ to: [{ ipBlock }], ports: [{ port: "http" }] })).toEqual([]);
});

describe("a selector", () => {
  it("means pods, and the addresses of Services that choose as it does, headless ones apart", () => {
    expect(egress({ to: [other()] })?.map(({ cidr }) => cidr)).toEqual([
      ADDRESS.web,
      ADDRESS.db,
      ADDRESS.bare,
      SERVICE.web,
      SERVICE.db,
    ]);
    expect(egress({ to: [other(app("web"))] })?.map(({ cidr }) => cidr)).toEqual([ADDRESS.web, SERVICE.web]);
  });

  it("without a namespace means the policy's own", () => {
    expect(egress({ to: [{ podSelector: {} }] })).toEqual([{ cidr: ADDRESS.client, ports: [] }]);
  });

  it("lets in from pods, and from no address of a Service", () => {
    expect(ingress({ from: [other()] })?.map(({ cidr }) => cidr)).toEqual([ADDRESS.web, ADDRESS.db, ADDRESS.bare]);
  });
});

describe("a port by number", () => {
  it("is the pod's own, and that of the Service which leads there", () => {
    expect(egress({ to: [other(app("db"))], ports: [{ port: 5432 }] })).toEqual([
      { cidr: ADDRESS.db, ports: [TCP(5432)] },
      { cidr: SERVICE.db, ports: [TCP(15_432)] },
    ]);
  });

  it("finds the Service that leads there by the container's name", () => {
    expect(egress({ to: [other(app("web"))], ports: [{ port: 8080 }] })).toEqual([
      { cidr: ADDRESS.web, ports: [TCP(8080)] },
      { cidr: SERVICE.web, ports: [TCP(80)] },
    ]);
  });

  it("leaves a Service out that no pod is behind", () => {
    const objects = OBJECTS.filter(({ kind, metadata }) => kind !== "Pod" || metadata.name !== "web");
    expect(egress({ to: [other(app("web"))], ports: [{ port: 8080 }] }, objects)).toEqual([]);
  });

  it("leaves a Service out that leads elsewhere at some of its pods", () => {
    const elsewhere = object(
      "Pod",
      "other",
      "web-2",
      { app: "web" },
      {
        containers: [{ name: "web", ports: [{ name: "http", containerPort: 9999 }] }],
      },
    );
    const found = egress({ to: [other(app("web"))], ports: [{ port: 8080 }] }, [...OBJECTS, elsewhere]);
    expect(found?.map(({ cidr }) => cidr)).not.toContain(SERVICE.web);
  });

  it("of another protocol is not the Service's", () => {
    expect(egress({ to: [other(app("db"))], ports: [{ port: 5432, protocol: "UDP" }] })).toEqual([
      { cidr: ADDRESS.db, ports: [{ protocol: "UDP", port: 5432 }] },
    ]);
  });
});

describe("a port by name", () => {
  it("is looked up at each pod to which the rule lets out", () => {
    expect(egress({ to: [other()], ports: [{ port: "http" }] })).toEqual([
      { cidr: ADDRESS.web, ports: [TCP(8080)] },
      { cidr: SERVICE.web, ports: [TCP(80)] },
    ]);
  });

  it("is looked up at the pods that are let into, once each", () => {
    const server = (name: string, number: number) => pod("own", name, [{ name: "http", containerPort: number }]);
    const objects = [server("a", 8080), server("b", 8080), server("c", 9090), ...OBJECTS.slice(0, 2)];
    expect(ingress({ ports: [{ port: "http" }] }, objects)?.[0]).toEqual({
      cidr: "0.0.0.0/0",
      ports: [TCP(8080), TCP(9090)],
    });
  });

  it("that no pod has lets nothing in", () => {
    expect(ingress({ ports: [{ port: "http" }] })).toEqual([]);
  });
});
