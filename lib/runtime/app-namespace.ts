import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { Construct } from "constructs";
import { POD_READINESS_GATES } from "./alb";
import { type ObjectOwner, objectAnnotations, objectLabels } from "./labels";

export interface AppNamespaceProps extends ObjectOwner {
  /** Name of the Namespace: at most 63 characters. */
  readonly name: string;
  /**
   * What of the app it holds, such as "database": other apps then have nothing to say to it.
   *
   * @default - the app itself
   */
  readonly component?: string;
  /**
   * Refuse every plan that would destroy the namespace, and with it all that is in it.
   *
   * @default true
   */
  readonly preventDestroy?: boolean;
  /**
   * Whether pods behind a load balancer of EKS count as ready only when it has taken them up. Elsewhere it has no effect.
   *
   * @default false
   */
  readonly podReadinessGates?: boolean;
  /**
   * Secrets of the namespace with which the cluster pulls the images of its pods.
   *
   * @default [] none: the nodes may pull them, as those of EKS may
   */
  readonly imagePullSecrets?: readonly string[];
}

/**
 * The namespace of an app in an environment, and the one ServiceAccount of its pods. Pods that ask for more than the
 * restricted Pod Security Standard are refused there.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export class AppNamespace extends Construct {
  readonly namespace: NamespaceV1;
  readonly serviceAccount: ServiceAccountV1;

  constructor(scope: Construct, id: string, props: AppNamespaceProps) {
    super(scope, id);
    const annotations = objectAnnotations(props);
    this.namespace = new NamespaceV1(this, "namespace", {
      metadata: {
        name: props.name,
        labels: {
          ...objectLabels(props),
          ...(props.component !== undefined && { "app.kubernetes.io/component": props.component }),
          "pod-security.kubernetes.io/enforce": "restricted",
          ...(props.podReadinessGates && POD_READINESS_GATES),
        },
        annotations,
      },
      lifecycle: { preventDestroy: props.preventDestroy ?? true },
    });
    this.serviceAccount = new ServiceAccountV1(this, "service-account", {
      metadata: { name: props.app, namespace: props.name, labels: objectLabels(props), annotations },
      automountServiceAccountToken: false,
      ...pullSecrets(props.imagePullSecrets),
      dependsOn: [this.namespace],
    });
  }
}

/** What a ServiceAccount says of pull secrets. Kubernetes gives them to each of its pods, so no pod template names them. */
export function pullSecrets(names: readonly string[] = []) {
  return names.length > 0 ? { imagePullSecret: names.map((name) => ({ name })) } : {};
}
