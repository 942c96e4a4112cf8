import type { KubernetesObject } from "../../../lib/runtime/manifest";
import type { Any } from "../manifest-rules/cluster";

/** Makes something else of an object of a cluster. */
export type Change = (object: KubernetesObject) => KubernetesObject;

/** Changes what policies let out. */
function egress(change: (rules: readonly Any[], policy: Any) => readonly Any[]): Change {
  return (object: Any) => {
    if (object.kind !== "NetworkPolicy" || object.spec.egress === undefined) return object;
    return { ...object, spec: { ...object.spec, egress: change(object.spec.egress, object) } };
  };
}

const isDns = ({ ports = [] }: Any) => ports.length > 0 && ports.every(({ port }: Any) => port === 53);

/** Policies whose only rule for DNS names no destination. */
export const withoutRangesOfDns = egress((rules) => rules.filter((rule) => !isDns(rule) || rule.to === undefined));

/** Policies whose only rule for DNS names ranges of addresses. */
export const withoutDnsAnywhere = egress((rules) => rules.filter((rule) => !isDns(rule) || rule.to !== undefined));

/** Policies whose internet has no IPv6. */
export const withoutIpv6 = egress((rules) =>
  rules.map((rule) => ({
    ...rule,
    ...(rule.to && { to: rule.to.filter(({ ipBlock }: Any) => ipBlock?.cidr !== "2000::/3") }),
  })),
);

/** Policies of apps with a rule more. */
export function withRule(ranges: readonly { cidr: string }[], ports: readonly number[]): Change {
  const rule = { to: ranges.map((ipBlock) => ({ ipBlock })), ports: ports.map((port) => ({ protocol: "TCP", port })) };
  return egress((rules, { metadata }) => (metadata.namespace.endsWith("-database") ? rules : [...rules, rule]));
}
