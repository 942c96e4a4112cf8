import type {
  NetworkPolicyV1SpecEgress,
  NetworkPolicyV1SpecEgressTo,
  NetworkPolicyV1SpecIngress,
  NetworkPolicyV1SpecIngressFrom,
} from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { GLOBAL_UNICAST, isIpv6, PRIVATE_RANGES } from "../fleet/addresses";
import type { DestinationSpec } from "../fleet/fleet";

/** A namespace, or ranges of addresses in CIDR notation. */
export type TrafficSource = string | readonly string[];

/**
 * Where EKS Pod Identity hands out credentials, on every node.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html
 */
const POD_IDENTITY_AGENT = ["169.254.170.23/32", "fd00:ec2::23/128"];

/** Long answers come by TCP. */
const DNS_PORTS = ["UDP", "TCP"].map((protocol) => ({ port: "53", protocol }));

/** Ports of TCP, as a policy has them. */
export function tcp(...ports: readonly number[]) {
  return ports.map((port) => ({ port: String(port), protocol: "TCP" }));
}

/**
 * The internet: all addresses but the private ones.
 *
 * Of IPv6 it names the public range instead of excepting the private ones: AWS's agent before 1.4.3 can't load a policy
 * that excepts IPv6 ranges in a cluster of IPv4.
 *
 * @see https://github.com/aws/aws-network-policy-agent/issues/631
 * @param privateRanges further ranges that are not of the internet
 */
export function internet(privateRanges: readonly string[]): NetworkPolicyV1SpecEgressTo[] {
  const except = privateRanges.filter(isIpv6);
  return [
    { ipBlock: { cidr: "0.0.0.0/0", except: exceptedIpv4(privateRanges) } },
    { ipBlock: { cidr: GLOBAL_UNICAST, ...(except.length > 0 && { except }) } },
  ];
}

function exceptedIpv4(privateRanges: readonly string[]): string[] {
  return [...PRIVATE_RANGES, ...privateRanges.filter((range) => !isIpv6(range))];
}

/**
 * Lets out to DNS servers at any address, twice. AWS's agent takes the longest range that holds an address, and an
 * excepted range of {@link internet} is longer than "anywhere": there, only a rule that names the range counts. Cilium
 * applies ranges to nothing inside the cluster: there, only the rule without a destination counts.
 *
 * @see https://github.com/aws/aws-network-policy-agent/issues/326
 * @see https://docs.cilium.io/en/stable/security/policy/language/#cidr-based
 * @param privateRanges as {@link internet} has them
 */
export function dns(privateRanges: readonly string[]): NetworkPolicyV1SpecEgress[] {
  const excepted = [...exceptedIpv4(privateRanges), ...privateRanges.filter(isIpv6)];
  return [{ ports: DNS_PORTS }, { to: ranges(excepted), ports: DNS_PORTS }];
}

/** Lets out to a destination, at its ports. */
export function toDestination(destination: DestinationSpec): NetworkPolicyV1SpecEgress {
  const ports = tcp(...destination.ports);
  if ("cidr" in destination) return { to: ranges([destination.cidr]), ports };
  return { to: [{ namespaceSelector: namespaceSelector(destination.namespace) }], ports };
}

/** Lets out to the agent of EKS Pod Identity, which answers only pods that have a role. */
export function podIdentity(): NetworkPolicyV1SpecEgress {
  return { to: ranges(POD_IDENTITY_AGENT), ports: tcp(80) };
}

/**
 * Lets in what comes to a port, from wherever it does.
 * @param port the container's name for it: while a rollout changes its number, pods of both releases get requests
 */
export function fromAnywhere(port: string): NetworkPolicyV1SpecIngress {
  return { ports: [{ port, protocol: "TCP" }] };
}

/** Lets in what comes to a port from a source; see {@link fromAnywhere}. */
export function fromSource(source: TrafficSource, port: string): NetworkPolicyV1SpecIngress {
  return { ...fromAnywhere(port), from: peers(source) };
}

function peers(source: TrafficSource): NetworkPolicyV1SpecIngressFrom[] {
  return typeof source === "string" ? [{ namespaceSelector: namespaceSelector(source) }] : ranges(source);
}

function ranges(cidrs: readonly string[]) {
  return cidrs.map((cidr) => ({ ipBlock: { cidr } }));
}

/** Chooses one namespace, by the label that every one has. */
export function namespaceSelector(name: string) {
  return { matchLabels: { "kubernetes.io/metadata.name": name } };
}
