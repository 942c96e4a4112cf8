/** IngressClass of the load balancers that EKS makes. */
export const ALB = "alb";

/** What a load balancer has to know of a process. */
export interface AlbTarget {
  /** Path of the readiness probe; absent: the port is all that is asked for. */
  readonly readinessPath?: string;
  /** Seconds of the longest request. */
  readonly gracePeriodSeconds: number;
  /** Paths that lead to the process. */
  readonly paths: readonly string[];
}

/**
 * Annotations by which EKS configures an Application Load Balancer.
 *
 * It sends requests to the pods themselves, and looks for certificates of the hosts only where it is told to listen to
 * HTTPS. Its health check follows the readiness probe. Where there is none over HTTP, every answer below 500 will do: its
 * own default is a 200 at "/", which a service need not have. Requests under way when a pod goes get as long as the pod
 * gives them.
 *
 * Which load balancer it is, and so that all apps share one, stands in the IngressClassParams of the cluster: EKS Auto
 * Mode does not read the annotation for it.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-alb.html
 * @see https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
 */
export function albAnnotations({ readinessPath, gracePeriodSeconds, paths }: AlbTarget): Record<string, string> {
  const order = groupOrder(paths);
  return annotations({
    "listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]',
    "ssl-redirect": "443",
    "target-type": "ip",
    "target-group-attributes": `deregistration_delay.timeout_seconds=${gracePeriodSeconds}`,
    ...(readinessPath === undefined
      ? { "success-codes": "200-499" }
      : { "healthcheck-path": readinessPath, "success-codes": "200-399" }),
    ...(order !== 0 && { "group.order": String(order) }),
  });
}

/**
 * Place of an Ingress among those that share the load balancer: its rules are tried in this order, and not from the
 * longest path to the shortest as elsewhere. So `/api` comes before `/`, whoever has it; `/` has the default place, 0.
 */
function groupOrder(paths: readonly string[]): number {
  return 1 - Math.min(...paths.map((path) => path.length));
}

function annotations(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`alb.ingress.kubernetes.io/${name}`, value]),
  );
}

/**
 * Labels of a namespace whose pods wait, before they count as ready, until the load balancer has taken them up.
 *
 * @see https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/
 */
export const POD_READINESS_GATES = { "eks.amazonaws.com/pod-readiness-gate-inject": "enabled" };
