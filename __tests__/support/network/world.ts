import type { KubernetesObject } from "../../../lib/runtime/manifest";
import { type Any, Cluster } from "../manifest-rules/cluster";

export type Protocol = "TCP" | "UDP";

export interface ContainerPort {
  readonly name?: string;
  readonly number: number;
  readonly protocol: Protocol;
}

export interface Pod {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
  /** Of its containers, in their order. */
  readonly ports: readonly ContainerPort[];
}

export interface Service {
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly port: number; readonly target: number | string; readonly protocol: Protocol }[];
}

export interface Namespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A NetworkPolicy, as the API server has it. */
export interface Policy {
  readonly name: string;
  readonly namespace: string;
  readonly spec: Any;
}

/** Where a cluster's addresses come from. */
export interface Network {
  readonly name: string;
  readonly ipv6: boolean;
  /** Address of the node on which all pods are. */
  readonly node: string;
  /** What an address of a pod, and one of a Service, begins with. */
  readonly pods: string;
  readonly services: string;
}

/** A cluster's state, as far as network policies are about it. */
export interface World extends Network {
  readonly namespaces: readonly Namespace[];
  readonly workloads: readonly Pod[];
  readonly clusterIps: readonly Service[];
  readonly policies: readonly Policy[];
}

/** The other end of a connection, by the address that the program which connects knows. */
export interface Destination {
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** The pod that answers, and its port, where one does. */
  readonly pod?: Pod;
  readonly podPort?: number;
  /** Whether the address is one of the node's. */
  readonly host?: boolean;
}

/** Where a connection comes from: a pod, or an address outside the cluster. */
export type Source = Pod | { readonly address: string };

export interface Connection {
  readonly from: Source;
  readonly to: Destination;
}

export function isPod(source: Source): source is Pod {
  return "namespace" in source;
}

/** Gives the objects of a cluster their addresses, one running pod to each thing that makes pods. */
export function worldOf(network: Network, objects: readonly KubernetesObject[]): World {
  const cluster = new Cluster(objects);
  return {
    ...network,
    namespaces: cluster.all("Namespace").map(({ metadata: { name, labels } }) => ({
      name,
      labels: { ...labels, "kubernetes.io/metadata.name": name },
    })),
    workloads: cluster.pods().map(({ owner, labels, containers }, index) => ({
      name: owner.metadata.name,
      namespace: owner.metadata.namespace ?? "default",
      labels,
      address: `${network.pods}${numbered(index, network)}`,
      ports: containers.flatMap(({ ports = [] }) =>
        ports.map(({ name, containerPort, protocol = "TCP" }: Any) => ({ name, number: containerPort, protocol })),
      ),
    })),
    clusterIps: cluster.all("Service").map(({ metadata, spec }, index) => ({
      name: metadata.name,
      namespace: metadata.namespace,
      address: spec.clusterIP ?? `${network.services}${numbered(index, network)}`,
      selector: spec.selector ?? {},
      ports: spec.ports.map(({ port, targetPort = port, protocol = "TCP" }: Any) => ({
        port,
        target: targetPort,
        protocol,
      })),
    })),
    policies: cluster
      .all("NetworkPolicy")
      .map(({ metadata: { name, namespace }, spec }) => ({ name, namespace, spec })),
  };
}

/** What follows the beginning of an address, in the network's own notation. */
function numbered(index: number, { ipv6 }: Network): string {
  if (ipv6) return (index + 256).toString(16);
  return `${1 + Math.floor(index / 250)}.${1 + (index % 250)}`;
}

/** A Service's port as a pod that connects to it meets it. */
export function throughService(world: World, service: Service, protocol: Protocol = "TCP"): Destination {
  const port = service.ports.find((one) => one.protocol === protocol);
  const pod = world.workloads.find(
    ({ namespace, labels }) => namespace === service.namespace && isSubset(service.selector, labels),
  );
  if (port === undefined || pod === undefined)
    throw new Error(`nothing answers at ${service.namespace}/${service.name}`);
  const { target } = port;
  const podPort = typeof target === "number" ? target : pod.ports.find(({ name }) => name === target)?.number;
  return { address: service.address, port: port.port, protocol, pod, podPort };
}

/** A pod's own port. */
export function directly(pod: Pod, port: number): Destination {
  return { address: pod.address, port, protocol: "TCP", pod, podPort: port };
}

export function isSubset(part: Readonly<Record<string, string>>, whole: Readonly<Record<string, string>>): boolean {
  return Object.entries(part).every(([key, value]) => whole[key] === value);
}

/**
 * Whether a selector chooses something by its labels; an absent one chooses all.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements
 */
export function selects(selector: Any, labels: Readonly<Record<string, string>>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  return (
    isSubset(matchLabels, labels) &&
    matchExpressions.every(({ key, operator, values = [] }: Any) => {
      const value = labels[key];
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      if (operator === "In") return values.includes(value);
      if (operator === "NotIn") return !values.includes(value);
      throw new Error(`there is no operator ${operator}`);
    })
  );
}

export type Direction = "Ingress" | "Egress";

/** The policies that restrict a pod in a direction. */
export function policiesOf({ policies }: World, pod: Pod, direction: Direction): Policy[] {
  return policies.filter(
    ({ namespace, spec }) =>
      namespace === pod.namespace && spec.policyTypes.includes(direction) && selects(spec.podSelector, pod.labels),
  );
}

/** Whether a peer of a policy's rule, which is no range of addresses, means a pod. */
export function meansPod(world: World, { namespace }: Policy, peer: Any, pod: Pod): boolean {
  if (!selects(peer.podSelector, pod.labels)) return false;
  if (peer.namespaceSelector === undefined) return pod.namespace === namespace;
  const labels = world.namespaces.find(({ name }) => name === pod.namespace)?.labels ?? {};
  return selects(peer.namespaceSelector, labels);
}
