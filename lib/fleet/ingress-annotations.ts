const ALB = "alb.ingress.kubernetes.io/";

/**
 * Annotations by which one Ingress changes the load balancer of its whole group: those that the controller's documentation
 * calls "Exclusive" or "Merge", and the group itself. Two Ingresses that differ in an exclusive one stop the group from
 * changing. A name that ends in a dot stands for all that begin with it.
 *
 * @see https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
 */
const SHARED = [
  "certificate-arn",
  "customer-owned-ipv4-pool",
  "enable-frontend-nlb",
  "frontend-nlb-",
  "group.",
  "inbound-cidrs",
  "ip-address-type",
  "ipam-ipv4-pool-id",
  "listen-ports",
  "listener-attributes.",
  "load-balancer-attributes",
  "load-balancer-name",
  "manage-backend-security-group-rules",
  "minimum-load-balancer-capacity",
  "mutual-authentication",
  "scheme",
  "security-group-prefix-lists",
  "security-groups",
  "shield-advanced-protection",
  "ssl-policy",
  "ssl-redirect",
  "subnets",
  "tags",
  "waf-acl-id",
  "wafv2-acl-arn",
  "wafv2-acl-name",
  "web-acl-id",
];

/** Annotations that follow from an entry, or from other fields of the environment. */
const OWN = [
  `${ALB}backend-protocol`,
  `${ALB}backend-protocol-version`,
  `${ALB}healthcheck-path`,
  `${ALB}success-codes`,
  `${ALB}target-group-attributes`,
  `${ALB}target-type`,
  "cert-manager.io/cluster-issuer",
  "drover/",
];

const among = (name: string, names: readonly string[]) =>
  names.some((known) => name === known || (/[./-]$/.test(known) && name.startsWith(known)));

/** Whether an annotation changes a load balancer that other apps share. */
export function isSharedAnnotation(name: string): boolean {
  return name.startsWith(ALB) && among(name.slice(ALB.length), SHARED);
}

/** Whether an annotation is set by an entry or by another field. */
export function isOwnAnnotation(name: string): boolean {
  return among(name, OWN);
}
