import { isWithin } from "../../../lib/fleet/addresses";
import type { Any } from "../manifest-rules/cluster";
import {
  type Connection,
  type Direction,
  isPod,
  meansPod,
  type Pod,
  type Policy,
  policiesOf,
  type Source,
  type World,
} from "./world";

/** What judges connections in a cluster: true where one is let through. */
export type Engine = (world: World, connections: readonly Connection[]) => boolean[] | Promise<boolean[]>;

/** One end of a connection as the rules for the other end see it. */
interface End {
  readonly address: string;
  readonly pod?: Pod;
  /** Whether it is an address of the node. */
  readonly host?: boolean;
}

/** Whether a range of addresses in a rule is about an end of a connection. */
type RangeRule = (end: End) => boolean;

/**
 * Network policies as the API of Kubernetes describes them: rules add up, and ranges are about whatever has an address in
 * them.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export const kubernetesApi: Engine = (world, connections) =>
  connections.map((connection) => isLetThrough(world, connection, () => true));

/**
 * Cilium: ranges are about nothing inside the cluster, neither pods nor nodes.
 *
 * @see https://docs.cilium.io/en/stable/network/kubernetes/policy/ ipBlock can't select pods, and nodes only by an option
 * @see https://docs.cilium.io/en/stable/security/policy/language/#cidr-based
 * @see https://github.com/cilium/cilium/issues/34387 the agent of EKS Pod Identity is of the node
 */
export const cilium: Engine = (world, connections) =>
  connections.map((connection) => isLetThrough(world, connection, ({ pod, host }) => pod === undefined && !host));

function isLetThrough(world: World, { from, to }: Connection, hasRange: RangeRule): boolean {
  const { pod, podPort } = to;
  // Behind a Service, policies are about the pod that answers.
  const port = podPort ?? to.port;
  const mayLeave = !isPod(from) || isAllowed(world, "Egress", from, to, { ...to, port }, hasRange);
  return mayLeave && (pod === undefined || isAllowed(world, "Ingress", pod, endOf(from), { ...to, port }, hasRange));
}

function endOf(source: Source): End {
  return isPod(source) ? { address: source.address, pod: source } : source;
}

function isAllowed(
  world: World,
  direction: Direction,
  pod: Pod,
  other: End,
  at: { readonly port: number; readonly protocol: string; readonly pod?: Pod },
  hasRange: RangeRule,
): boolean {
  const policies = policiesOf(world, pod, direction);
  const address = other.pod?.address ?? other.address;
  const means = (policy: Policy, peer: Any) => {
    if (peer.ipBlock === undefined) return other.pod !== undefined && meansPod(world, policy, peer, other.pod);
    const { cidr, except = [] } = peer.ipBlock;
    const host = `${address}/${world.ipv6 ? 128 : 32}`;
    return hasRange(other) && isWithin(host, cidr) && !except.some((range: string) => isWithin(host, range));
  };
  return (
    policies.length === 0 ||
    policies.some((policy) => {
      const rules = (direction === "Egress" ? policy.spec.egress : policy.spec.ingress) ?? [];
      return rules.some((rule: Any) => {
        const peers = direction === "Egress" ? rule.to : rule.from;
        return (
          (peers === undefined || peers.some((peer: Any) => means(policy, peer))) &&
          (rule.ports === undefined || rule.ports.some((port: Any) => isPort(port, at)))
        );
      });
    })
  );
}

function isPort(
  { port, protocol = "TCP", endPort }: Any,
  at: { readonly port: number; readonly protocol: string; readonly pod?: Pod },
): boolean {
  if (protocol !== at.protocol) return false;
  if (port === undefined) return true;
  if (typeof port === "number") return at.port >= port && at.port <= (endPort ?? port);
  return at.pod?.ports.some((one) => one.name === port && one.number === at.port && one.protocol === protocol) ?? false;
}
