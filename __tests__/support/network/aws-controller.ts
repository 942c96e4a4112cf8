import type { Any } from "../manifest-rules/cluster";
import {
  type Direction,
  isSubset,
  meansPod,
  type Pod,
  type Policy,
  type Protocol,
  policiesOf,
  type Service,
  selects,
  type World,
} from "./world";

/** Addresses, and the ports at which they may be reached; no port: all. As the objects PolicyEndpoint have them. */
export interface EndpointInfo {
  readonly cidr: string;
  readonly except?: readonly string[];
  readonly ports?: readonly EndpointPort[];
}

interface EndpointPort {
  readonly protocol: Protocol;
  readonly port?: number;
  readonly endPort?: number;
}

/** A port of a policy's rule; a string is a container's name for it. */
interface RulePort {
  readonly protocol: Protocol;
  readonly port?: number | string;
  readonly endPort?: number;
}

/**
 * The addresses that a pod's policies come to in a direction, as AWS's controller resolves them for the agents on the
 * nodes; undefined where no policy restricts it.
 *
 * @see https://github.com/aws/amazon-network-policy-controller-k8s/blob/v1.1.7/pkg/resolvers/endpoints.go
 */
export function endpointsOf(world: World, pod: Pod, direction: Direction): EndpointInfo[] | undefined {
  const policies = policiesOf(world, pod, direction);
  if (policies.length === 0) return undefined;
  return policies.flatMap((policy) => (direction === "Egress" ? egressOf(world, policy) : ingressOf(world, policy)));
}

function ingressOf(world: World, policy: Policy): EndpointInfo[] {
  return (policy.spec.ingress ?? []).flatMap((rule: Any): EndpointInfo[] => {
    const wanted = portsOf(rule);
    const targets = world.workloads.filter(
      ({ namespace, labels }) => namespace === policy.namespace && selects(policy.spec.podSelector, labels),
    );
    // Names are those of the pods that the policy is about.
    const ports = wanted.some(({ port }) => typeof port === "string")
      ? distinct(targets.flatMap((pod) => portsAt(pod, wanted)))
      : (wanted as EndpointPort[]);
    if (wanted.length > 0 && ports.length === 0) return [];
    if (rule.from === undefined) return anywhere(ports);
    return rule.from.flatMap((peer: Any) =>
      peer.ipBlock === undefined
        ? podsOf(world, policy, peer).map(({ address }) => ({ cidr: address, ports }))
        : [{ ...peer.ipBlock, ports }],
    );
  });
}

function egressOf(world: World, policy: Policy): EndpointInfo[] {
  return (policy.spec.egress ?? []).flatMap((rule: Any): EndpointInfo[] => {
    const wanted = portsOf(rule);
    // A name is nobody's where there is no pod.
    const ports = wanted.filter(({ port }) => typeof port !== "string") as EndpointPort[];
    const isLost = wanted.length > 0 && ports.length === 0;
    if (rule.to === undefined) return isLost ? [] : anywhere(ports);
    return rule.to.flatMap((peer: Any): EndpointInfo[] => {
      if (peer.ipBlock !== undefined) return isLost ? [] : [{ ...peer.ipBlock, ports }];
      const pods = podsOf(world, policy, peer).flatMap((pod) => endpoint(pod.address, wanted, portsAt(pod, wanted)));
      const services = servicesOf(world, policy, peer).flatMap((service) =>
        endpoint(service.address, wanted, portsThrough(world, service, wanted)),
      );
      return [...pods, ...services];
    });
  });
}

/** An address, unless none of the ports that are wanted is there. */
function endpoint(cidr: string, wanted: readonly RulePort[], ports: readonly EndpointPort[]): EndpointInfo[] {
  return wanted.length > 0 && ports.length === 0 ? [] : [{ cidr, ports }];
}

function anywhere(ports: readonly EndpointPort[]): EndpointInfo[] {
  return ["0.0.0.0/0", "::/0"].map((cidr) => ({ cidr, ports }));
}

function portsOf({ ports = [] }: Any): RulePort[] {
  // The API server fills the protocol in.
  return ports.map((port: Any) => ({ protocol: "TCP", ...port }));
}

function podsOf(world: World, policy: Policy, peer: Any): Pod[] {
  return world.workloads.filter((pod) => meansPod(world, policy, peer, pod));
}

/** Services whose own selector a peer would choose as if it were a pod's labels: pods connect to their addresses. */
function servicesOf(world: World, policy: Policy, peer: Any): Service[] {
  return world.clusterIps.filter(({ namespace, address, selector }) =>
    address === "None"
      ? false
      : meansPod(world, policy, peer, { name: "", namespace, labels: selector, address, ports: [] }),
  );
}

/** The ports of a rule at a pod: a name is resolved by its containers, a number is taken as it is. */
function portsAt(pod: Pod, wanted: readonly RulePort[]): EndpointPort[] {
  return wanted.flatMap((rule): EndpointPort[] => {
    if (rule.port === undefined) return [rule as EndpointPort];
    const found = containerPort(pod, rule.port, rule.protocol);
    return found === undefined ? [] : [{ ...rule, port: found.number }];
  });
}

function containerPort(pod: Pod, wanted: number | string, protocol: Protocol) {
  const isWanted = (port: Pod["ports"][number]) =>
    port.protocol === protocol && (typeof wanted === "string" ? port.name === wanted : port.number === wanted);
  return pod.ports.find(isWanted) ?? (typeof wanted === "number" ? { number: wanted, name: undefined } : undefined);
}

/** The ports of a rule at a Service: those that lead to the rule's ports of its pods. */
function portsThrough(world: World, service: Service, wanted: readonly RulePort[]): EndpointPort[] {
  return wanted.flatMap((rule): EndpointPort[] => {
    if (rule.port === undefined) return [rule as EndpointPort];
    const port = servicePort(world, service, rule.port, rule.protocol);
    if (port === undefined) return [];
    if (typeof rule.port === "number" && leadsElsewhere(world, service, port, rule.protocol, wanted)) return [];
    return [{ ...rule, port }];
  });
}

function servicePort(world: World, service: Service, wanted: number | string, protocol: Protocol): number | undefined {
  const direct = service.ports.find((port) => port.target === wanted && port.protocol === protocol);
  if (direct !== undefined) return direct.port;
  for (const pod of behind(world, service)) {
    const found = containerPort(pod, wanted, protocol);
    const port = service.ports.find(
      ({ target, protocol: its }) =>
        its === protocol && found !== undefined && target === (typeof target === "string" ? found.name : found.number),
    );
    if (port !== undefined) return port.port;
  }
  return undefined;
}

/** Whether a Service's port may lead to a container's port that the rule does not let through, by that port's name. */
function leadsElsewhere(
  world: World,
  service: Service,
  port: number,
  protocol: Protocol,
  wanted: readonly RulePort[],
): boolean {
  const target = service.ports.find((one) => one.port === port && one.protocol === protocol)?.target;
  if (typeof target !== "string") return false;
  return behind(world, service).some((pod) => {
    const named = pod.ports.find(({ name, protocol: its }) => name === target && its === protocol);
    return named !== undefined && !wanted.some((rule) => isAllowed(rule, named.number, protocol));
  });
}

function isAllowed({ port, endPort, protocol }: RulePort, number: number, wanted: Protocol): boolean {
  if (protocol !== wanted) return false;
  if (port === undefined) return true;
  return typeof port === "number" && number >= port && number <= (endPort ?? port);
}

function behind({ workloads }: World, { namespace, selector }: Service): Pod[] {
  return workloads.filter((pod) => pod.namespace === namespace && isSubset(selector, pod.labels));
}

function distinct(ports: readonly EndpointPort[]): EndpointPort[] {
  return [...new Map(ports.map((port) => [JSON.stringify([port.protocol, port.port, port.endPort]), port])).values()];
}
