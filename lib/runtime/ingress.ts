import type { IngressV1Config } from "@cdktf/provider-kubernetes/lib/ingress-v1";
import { ALB, type IngressTlsSpec } from "../fleet/fleet";
import { type AlbTarget, albAnnotations, byDepth } from "./alb";

/** How requests from outside reach a process. */
export interface IngressProps extends Omit<AlbTarget, "depth"> {
  /** Name of the process, which is also that of its Service. */
  readonly process: string;
  /** Name of the Service's port. */
  readonly port: string;
  /** Hosts under which the process is public. */
  readonly hosts: readonly string[];
  /** Paths of the hosts that lead to the process, each with all below it. */
  readonly paths: readonly string[];
  /** IngressClass. */
  readonly ingressClass: string;
  /** Where the certificate comes from, for classes other than {@link ALB}; absent: the controller has one. */
  readonly tls?: IngressTlsSpec;
  /** Further annotations. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** An Ingress of a process: its construct id, its name, and what is particular to it. */
export interface IngressPart {
  readonly id: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: IngressV1Config["spec"];
}

/** The Ingress of a process; for a load balancer of EKS one for each depth of its paths: see {@link byDepth}. */
export function ingressParts(props: IngressProps): IngressPart[] {
  const { process, paths, ingressClass, annotations } = props;
  if (ingressClass !== ALB) {
    const spec = { ...ingressSpec(props, paths), tls: [{ hosts: [...props.hosts], ...secretOf(props) }] };
    return [{ id: "ingress", name: process, annotations: { ...annotations, ...issuerOf(props) }, spec }];
  }
  return byDepth(paths).map(([depth, paths], index) => ({
    // No process can have a name with two hyphens in a row.
    ...(index === 0 ? { id: "ingress", name: process } : { id: `ingress-${depth}`, name: `${process}--${depth}` }),
    annotations: { ...annotations, ...albAnnotations({ ...props, depth }) },
    spec: ingressSpec(props, paths),
  }));
}

function ingressSpec({ process, port, hosts, ingressClass }: IngressProps, paths: readonly string[]) {
  const backend = { service: { name: process, port: { name: port } } };
  return {
    ingressClassName: ingressClass,
    rule: hosts.map((host) => ({
      host,
      http: { path: paths.map((path) => ({ path, pathType: "Prefix", backend })) },
    })),
  };
}

/**
 * Without a Secret the controller answers with a certificate of its own, such as a wildcard's. cert-manager puts the
 * certificate that it has got into a Secret of this name. No slug, and so no other Secret, can have two hyphens in a row.
 *
 * @see https://cert-manager.io/docs/usage/ingress/
 */
function secretOf({ process, tls }: IngressProps): { secretName?: string } {
  if (tls === undefined) return {};
  return { secretName: "secret" in tls ? tls.secret : `${process}--tls` };
}

function issuerOf({ tls }: IngressProps): Record<string, string> {
  return tls !== undefined && "clusterIssuer" in tls ? { "cert-manager.io/cluster-issuer": tls.clusterIssuer } : {};
}
