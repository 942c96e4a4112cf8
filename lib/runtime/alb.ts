/** What a load balancer has to know of a process. */
export interface AlbTarget {
  /** Path of the readiness probe; absent: the port is all that is asked for. */
  readonly readinessPath?: string;
  /** Seconds of the longest request. */
  readonly gracePeriodSeconds: number;
  /** How deep the paths are that lead to the process: see {@link byDepth}. */
  readonly depth: number;
}

/**
 * Annotations by which EKS configures an Application Load Balancer.
 *
 * It sends requests to the pods themselves, and looks for certificates of the hosts only where it is told to listen to
 * HTTPS. Its health check follows the path of the readiness probe, and every answer below 500 will do: its own default is a
 * 200 at "/", which a service need not have, and a path that is new with a release is a 404 to the pods of the one before,
 * which have to answer on. What a 404 says of a new pod, its own probe knows. Requests under way when a pod goes get as
 * long as the pod gives them.
 *
 * Which load balancer it is, and so that all apps share one, stands in the IngressClassParams of the cluster: EKS Auto
 * Mode does not read the annotation for it.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-alb.html
 * @see https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
 */
export function albAnnotations({ readinessPath, gracePeriodSeconds, depth }: AlbTarget): Record<string, string> {
  return annotations({
    "listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]',
    "ssl-redirect": "443",
    "target-type": "ip",
    "target-group-attributes": `deregistration_delay.timeout_seconds=${gracePeriodSeconds}`,
    "success-codes": "200-499",
    ...(readinessPath !== undefined && { "healthcheck-path": readinessPath }),
    // What is deep is tried first; without the annotation the order is 0, that of "/".
    ...(depth > 0 && { "group.order": String(-depth) }),
  });
}

/**
 * Paths by their depth, the number of names in them: "/" has 0, "/api" has 1; the least deep come first.
 *
 * The rules of all who share a load balancer are tried in the order of their Ingress objects, and not from the longest
 * path to the shortest as elsewhere. Only a deeper path can be below another. So an Ingress has paths of one depth, and
 * the deep ones come first: "/api/admin" before "/api", and that before "/", whoever has which.
 *
 * @see https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#group.order
 */
export function byDepth(paths: readonly string[]): [depth: number, paths: readonly string[]][] {
  const groups = new Map<number, string[]>();
  for (const path of paths) {
    const depth = path.split("/").filter((name) => name !== "").length;
    groups.set(depth, [...(groups.get(depth) ?? []), path]);
  }
  return [...groups].sort(([a], [b]) => a - b);
}

function annotations(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`alb.ingress.kubernetes.io/${name}`, value]),
  );
}

/**
 * Labels of a namespace whose pods wait, before they count as ready, until the load balancer has taken them up: that of EKS
 * Auto Mode, and that of the AWS Load Balancer Controller.
 *
 * @see https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/
 */
export const POD_READINESS_GATES = {
  "eks.amazonaws.com/pod-readiness-gate-inject": "enabled",
  "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled",
};
