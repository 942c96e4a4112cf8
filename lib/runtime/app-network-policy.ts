import { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { DestinationSpec } from "../fleet/fleet";
import { type ObjectOwner, objectAnnotations, objectLabels } from "./labels";
import { dns, internet, podIdentity, toDestination } from "./network-traffic";

export interface AppNetworkPolicyProps extends ObjectOwner {
  /** Name of the Namespace whose pods it is about. */
  readonly namespace: string;
  /**
   * Where the pods may connect to besides, such as their database and private addresses.
   *
   * @default []
   */
  readonly destinations?: readonly DestinationSpec[];
  /**
   * Ranges of addresses in CIDR notation that are not of the internet either, such as public ones of the VPC.
   *
   * @default []
   */
  readonly privateRanges?: readonly string[];
  /**
   * What has to be there before, such as the namespace.
   *
   * @default []
   */
  readonly after?: readonly ITerraformDependable[];
}

/**
 * What the pods of an app may say to whom. In comes what the fleet's apps in the same environment send, and what each
 * {@link Workload} lets in besides. Out goes what is for those apps, for DNS servers at any address, for the agent of EKS
 * Pod Identity, for the destinations that are named, and for the internet.
 *
 * A cluster without a network plug-in that enforces policies takes it, and does nothing of the kind.
 */
export class AppNetworkPolicy extends Construct {
  readonly networkPolicy: NetworkPolicyV1;

  constructor(scope: Construct, id: string, props: AppNetworkPolicyProps) {
    super(scope, id);
    const { namespace, destinations = [], privateRanges = [], after = [] } = props;
    const apps = { namespaceSelector: appNamespaces(props) };
    this.networkPolicy = new NetworkPolicyV1(this, "network-policy", {
      metadata: {
        name: "default",
        namespace,
        labels: objectLabels(props),
        annotations: objectAnnotations(props),
      },
      spec: {
        podSelector: {},
        policyTypes: ["Ingress", "Egress"],
        ingress: [{ from: [apps] }],
        egress: [
          { to: [apps] },
          ...dns(privateRanges),
          podIdentity(),
          ...destinations.map(toDestination),
          { to: internet(privateRanges) },
        ],
      },
      dependsOn: [...after],
    });
  }
}

/** Chooses the namespaces of the fleet's apps in an environment; those of databases say what they are a component of. */
function appNamespaces(owner: ObjectOwner) {
  const { "app.kubernetes.io/name": _, ...matchLabels } = objectLabels(owner);
  return { matchLabels, matchExpressions: [{ key: "app.kubernetes.io/component", operator: "DoesNotExist" }] };
}
