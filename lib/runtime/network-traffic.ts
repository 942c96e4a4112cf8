import type {
  NetworkPolicyV1SpecIngress,
  NetworkPolicyV1SpecIngressFrom,
} from "@cdktf/provider-kubernetes/lib/network-policy-v1";

/** A namespace, or ranges of addresses in CIDR notation. */
export type TrafficSource = string | readonly string[];

/** Lets in what comes to a port, from wherever it does. */
export function fromAnywhere(port: number): NetworkPolicyV1SpecIngress {
  return { ports: [{ port: String(port), protocol: "TCP" }] };
}

/** Lets in what comes to a port from a source. */
export function fromSource(source: TrafficSource, port: number): NetworkPolicyV1SpecIngress {
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
