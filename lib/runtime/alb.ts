import { LONGEST_DEREGISTRATION, type ProbeSpec, type Protocol } from "../fleet/fleet";

/** What a load balancer has to know of a process. */
export interface AlbTarget {
  /** Protocol that the process speaks; absent: HTTP/1.1. */
  readonly protocol?: Protocol;
  /** Readiness probe; absent: the port is all that is asked for. */
  readonly readiness?: ProbeSpec;
  /** Seconds from a pod's removal until its last request has ended: its drain, and then its longest request. */
  readonly deregistrationSeconds: number;
  /** How deep the paths are that lead to the process: see {@link byDepth}. */
  readonly depth: number;
}

/**
 * Annotations by which EKS configures an Application Load Balancer.
 *
 * It sends requests to the pods themselves, and looks for certificates of the hosts only where it is told to listen to
 * HTTPS. Its health check asks whether a pod answers at all: see {@link healthCheck}. A request may reach a pod until
 * its drain ends, so the load balancer waits for the drain and the longest request; waiting for longer, it would hold
 * connections to a pod that has been killed.
 *
 * Which load balancer it is, and so that all apps share one, stands in the IngressClassParams of the cluster: EKS Auto
 * Mode does not read the annotation for it.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-alb.html
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#deregistration-delay
 * @see https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
 */
export function albAnnotations(target: AlbTarget): Record<string, string> {
  const { deregistrationSeconds, depth } = target;
  return annotations({
    "listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]',
    "ssl-redirect": "443",
    "target-type": "ip",
    "target-group-attributes": `deregistration_delay.timeout_seconds=${Math.min(deregistrationSeconds, LONGEST_DEREGISTRATION)}`,
    ...healthCheck(target),
    // What is deep is tried first; without the annotation the order is 0, that of "/".
    ...(depth > 0 && { "group.order": String(-depth) }),
  });
}

/**
 * The health check follows the path of the readiness probe, and accepts every answer below 500: its own default is a 200 at
 * "/", which a service need not have, and the pods of the previous release, which must serve on, answer a path that is new
 * with 404. Over gRPC it calls a method that no service has, and accepts every gRPC status. Whether a new pod is ready, its
 * own probe knows.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
 */
function healthCheck({ protocol = "http", readiness }: AlbTarget): Record<string, string> {
  if (protocol === "grpc") return { "backend-protocol-version": "GRPC", "success-codes": "0-99" };
  return {
    ...(protocol === "http2" && { "backend-protocol-version": "HTTP2" }),
    "success-codes": "200-499",
    ...(readiness !== undefined && "path" in readiness && { "healthcheck-path": readiness.path }),
  };
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
