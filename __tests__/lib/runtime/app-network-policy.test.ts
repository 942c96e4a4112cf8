import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { AppNetworkPolicy, type AppNetworkPolicyProps } from "../../../lib/runtime/app-network-policy";
import { objectLabels } from "../../../lib/runtime/labels";
import { address, type Body, resource, synth } from "../../support/synth";

const PROPS: AppNetworkPolicyProps = {
  app: "podcore",
  environment: "production",
  repository: "https://github.com/acme/podcore",
  namespace: "podcore-production",
};
const make = (props: Partial<AppNetworkPolicyProps> = {}) =>
  synth((stack) => new AppNetworkPolicy(stack, "network", { ...PROPS, ...props }));
const policy = (props?: Partial<AppNetworkPolicyProps>): Body => resource(make(props), "kubernetes_network_policy_v1");

const APPS = {
  namespace_selector: {
    match_labels: { "app.kubernetes.io/managed-by": "drover", "drover/environment": "production" },
    match_expressions: [{ key: "app.kubernetes.io/component", operator: "DoesNotExist" }],
  },
};
const PRIVATE = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"];
const ranges = (cidrs: readonly string[]) => cidrs.map((cidr) => ({ ip_block: { cidr } }));
const dns = (privateRanges: readonly string[]) => {
  const ports = ["UDP", "TCP"].map((protocol) => ({ port: "53", protocol }));
  return [{ ports }, { to: ranges(privateRanges), ports }];
};
const POD_IDENTITY = {
  to: ranges(["169.254.170.23/32", "fd00:ec2::23/128"]),
  ports: [{ port: "80", protocol: "TCP" }],
};

describe("with only what is required", () => {
  it("is about every pod of the namespace, in both directions", () => {
    expect(policy().metadata).toMatchObject({ name: "default", namespace: "podcore-production" });
    expect(policy().spec).toMatchObject({ pod_selector: {}, policy_types: ["Ingress", "Egress"] });
  });

  it("lets in what the fleet's apps in the same environment send, and nothing else", () => {
    expect(policy().spec.ingress).toEqual([{ from: [APPS] }]);
  });

  it("lets out to them, to DNS at any address, to the Pod Identity agent, and to the internet", () => {
    expect(policy().spec.egress).toEqual([
      { to: [APPS] },
      ...dns(PRIVATE),
      POD_IDENTITY,
      { to: [{ ip_block: { cidr: "0.0.0.0/0", except: PRIVATE } }, { ip_block: { cidr: "2000::/3" } }] },
    ]);
  });

  it("chooses namespaces as apps have them, whatever their names", () => {
    for (const app of ["podcore", "another"]) {
      expect(objectLabels({ ...PROPS, app })).toMatchObject(APPS.namespace_selector.match_labels);
    }
    expect(objectLabels({ ...PROPS, environment: "staging" })).not.toMatchObject(APPS.namespace_selector.match_labels);
  });
});

it("destinations: lets out to them, at their ports only", () => {
  const destinations = [
    { namespace: "podcore-production-database", ports: [5432] },
    { cidr: "10.0.0.0/16", ports: [5432, 6379] },
  ];
  const { egress } = policy({ destinations }).spec;
  expect(egress).toHaveLength(7);
  expect(egress.slice(4, 6)).toEqual([
    {
      to: [{ namespace_selector: { match_labels: { "kubernetes.io/metadata.name": "podcore-production-database" } } }],
      ports: [{ port: "5432", protocol: "TCP" }],
    },
    {
      to: ranges(["10.0.0.0/16"]),
      ports: [
        { port: "5432", protocol: "TCP" },
        { port: "6379", protocol: "TCP" },
      ],
    },
  ]);
});

it("privateRanges: neither is of the internet, and DNS servers may be in them", () => {
  const { egress } = policy({ privateRanges: ["2001:db8:1::/56", "44.0.0.0/16"] }).spec;
  expect(egress.slice(1, 3)).toEqual(dns([...PRIVATE, "44.0.0.0/16", "2001:db8:1::/56"]));
  expect(egress.at(-1).to).toEqual([
    { ip_block: { cidr: "0.0.0.0/0", except: [...PRIVATE, "44.0.0.0/16"] } },
    { ip_block: { cidr: "2000::/3", except: ["2001:db8:1::/56"] } },
  ]);
});

it("after: waits for what it is told to", () => {
  const json = synth((stack) => {
    const namespace = new NamespaceV1(stack, "namespace", { metadata: { name: "podcore-production" } });
    new AppNetworkPolicy(stack, "network", { ...PROPS, after: [namespace] });
  });
  expect(resource(json, "kubernetes_network_policy_v1").depends_on).toEqual([address(json, "kubernetes_namespace_v1")]);
});
