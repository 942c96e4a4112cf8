import { ALB, type Protocol } from "../fleet/fleet";

/** What is particular to the Service of a protocol. */
export interface ServiceProtocol {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly port?: { readonly appProtocol: string };
}

/**
 * What a Service says of a port whose pods speak HTTP/2 without TLS, which gRPC does, too. Controllers that follow Kubernetes
 * read the port's protocol; Traefik reads its own annotation.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol
 * @see https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress/#on-service
 */
export function serviceProtocol(protocol: Protocol, ingressClass: string): ServiceProtocol {
  if (protocol === "http") return {};
  return {
    ...(ingressClass !== ALB && { annotations: { "traefik.ingress.kubernetes.io/service.serversscheme": "h2c" } }),
    port: { appProtocol: "kubernetes.io/h2c" },
  };
}
