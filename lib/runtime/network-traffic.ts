import type {
  NetworkPolicyV1SpecIngress,
  NetworkPolicyV1SpecIngressFrom,
} from "@cdktf/provider-kubernetes/lib/network-policy-v1";

/** A namespace, or ranges of addresses in CIDR notation. */
export type TrafficSource = string | readonly string[];

/**
 * Addresses that are not of the internet: private networks, those between carriers, and those of the link, where clouds
 * answer for the machine's own credentials.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry/
 */
const NOT_INTERNET = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"];

/** The internet, as a policy has it. */
export const INTERNET = { ipBlock: { cidr: "0.0.0.0/0", except: NOT_INTERNET } };

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
  if (typeof source === "string") return [{ namespaceSelector: namespaceSelector(source) }];
  return source.map((cidr) => ({ ipBlock: { cidr } }));
}

/** Chooses one namespace, by the label that every one has. */
export function namespaceSelector(name: string) {
  return { matchLabels: { "kubernetes.io/metadata.name": name } };
}
