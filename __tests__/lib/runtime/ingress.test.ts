import { isOwnAnnotation, isSharedAnnotation } from "../../../lib/fleet/ingress-annotations";
import { type IngressProps, ingressParts } from "../../../lib/runtime/ingress";

const PROPS: IngressProps = {
  process: "web",
  port: "http",
  hosts: ["podcore.fm"],
  paths: ["/", "/api"],
  ingressClass: "alb",
  annotations: {},
  deregistrationSeconds: 50,
  readiness: { path: "/ready" },
};
const parts = (props: Partial<IngressProps> = {}) => ingressParts({ ...PROPS, ...props });

describe("a certificate", () => {
  const tls = (props: Partial<IngressProps>) =>
    parts({ ingressClass: "traefik", ...props }).map(({ spec }) => spec.tls);

  it("is the controller's own unless one is named", () => {
    expect(tls({})).toEqual([[{ hosts: ["podcore.fm"] }]]);
  });

  it("is that of a Secret", () => {
    expect(tls({ tls: { secret: "wildcard" } })).toEqual([[{ hosts: ["podcore.fm"], secretName: "wildcard" }]]);
    expect(parts({ ingressClass: "traefik", tls: { secret: "wildcard" } })[0]?.annotations).toEqual({});
  });

  it("is issued by cert-manager into a Secret that no other can be called like", () => {
    const issued = { ingressClass: "traefik", tls: { clusterIssuer: "letsencrypt" } };
    expect(tls(issued)).toEqual([[{ hosts: ["podcore.fm"], secretName: "web--tls" }]]);
    expect(parts(issued)[0]?.annotations).toEqual({ "cert-manager.io/cluster-issuer": "letsencrypt" });
  });

  it("is found by a load balancer of EKS itself", () => {
    for (const { spec } of parts()) expect(spec.tls).toBeUndefined();
  });
});

describe("annotations", () => {
  it("are added to every Ingress", () => {
    const annotations = { "alb.ingress.kubernetes.io/healthcheck-interval-seconds": "10" };
    expect(parts({ annotations })).toHaveLength(2);
    for (const part of parts({ annotations })) expect(part.annotations).toMatchObject(annotations);
  });

  it("that are set here may not be written in a file", () => {
    const all = [...parts(), ...parts({ ingressClass: "traefik", tls: { clusterIssuer: "a" } })];
    const names = all.flatMap(({ annotations }) => Object.keys(annotations));
    expect(new Set(names).size).toBeGreaterThan(7);
    for (const name of names) expect([name, isOwnAnnotation(name) || isSharedAnnotation(name)]).toEqual([name, true]);
  });

  it.each([
    "alb.ingress.kubernetes.io/healthcheck-interval-seconds",
    "alb.ingress.kubernetes.io/auth-type",
    "nginx.ingress.kubernetes.io/ssl-redirect",
    "ssl-policy",
  ])("that concern one Ingress, or another controller, may be: %s", (name) => {
    expect([isOwnAnnotation(name), isSharedAnnotation(name)]).toEqual([false, false]);
  });
});

describe("protocol", () => {
  const health = (props: Partial<IngressProps>) => {
    const { annotations } = parts({ paths: ["/"], ...props })[0]!;
    const of = (name: string) => annotations[`alb.ingress.kubernetes.io/${name}`];
    return [of("backend-protocol-version"), of("success-codes"), of("healthcheck-path")];
  };

  it("grpc: the health check takes every gRPC status, of a method that no service has", () => {
    expect(health({ protocol: "grpc", readiness: { service: "podcore.v1.Episodes" } })).toEqual([
      "GRPC",
      "0-99",
      undefined,
    ]);
  });

  it("http2: the health check asks for the path over HTTP/2", () => {
    expect(health({ protocol: "http2" })).toEqual(["HTTP2", "200-499", "/ready"]);
  });

  it("http: the target group is left as it is by default", () => {
    expect(health({ protocol: "http" })).toEqual([undefined, "200-499", "/ready"]);
    expect(health({})).toEqual(health({ protocol: "http" }));
  });
});
