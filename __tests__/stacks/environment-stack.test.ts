import { PIN, PLATFORM } from "../support/fleet-files";
import { addresses, resource, resources, type StackJson } from "../support/synth";
import { synthFleet } from "../support/synth-fleet";

const make = (entry: object = {}, releases: object = {}, platform: object = PLATFORM) =>
  synthFleet({ apps: [{ name: "Podcore", language: "rust", ...entry }], platform, releases });
const production = (entry?: object, releases?: object, platform?: object) =>
  make(entry, releases, platform).stack("podcore-production");
const RELEASED = { production: { podcore: PIN } };

const types = (json: StackJson) => addresses(json).map((resource) => resource.split(".")[0]);
/** Names of the objects of a type. */
const named = (json: StackJson, type: string) =>
  Object.values(resources(json, type)).map(({ metadata }) => metadata.name as string);
const hosts = (json: StackJson) =>
  Object.values(resources(json, "kubernetes_ingress_v1")).flatMap(({ spec }) =>
    spec.rule.map(({ host }: { host: string }) => host),
  );

describe("without a release", () => {
  const json = production();

  it("has everything but the Deployment, so that the first deploy of a new app succeeds", () => {
    expect(types(json)).toEqual([
      "kubernetes_ingress_v1",
      "kubernetes_namespace_v1",
      "kubernetes_service_account_v1",
      "kubernetes_service_v1",
    ]);
  });

  it("needs no image", () => {
    expect(JSON.stringify(json)).not.toContain("dkr.ecr");
  });
});

describe("a release", () => {
  const json = production({}, RELEASED);

  it("runs the image of the app's own registry, by its digest", () => {
    const { image } = resource(json, "kubernetes_deployment_v1").spec.template.spec.container[0];
    expect(image).toBe(`111122223333.dkr.ecr.eu-central-1.amazonaws.com/podcore@${PIN.digest}`);
    expect(image).toBe(`${make().stack("podcore-pipeline").output?.images?.value}@${PIN.digest}`);
  });

  it("shows its commit on the Deployment, and nowhere else", () => {
    const deployment = resource(json, "kubernetes_deployment_v1");
    expect(deployment.metadata.labels["app.kubernetes.io/version"]).toBe(PIN.tag);
    expect(JSON.stringify(json).split(`"${PIN.tag}"`)).toHaveLength(2);
  });

  it("touches its own environment only", () => {
    const [before, after] = [make(), make({}, RELEASED)];
    for (const id of Object.keys(before.texts)) {
      if (id === "podcore-production") expect(after.texts[id]).not.toBe(before.texts[id]);
      else expect(after.texts[id]).toBe(before.texts[id]);
    }
  });
});

describe("the least entry", () => {
  const json = production({}, RELEASED);

  it("runs in the namespace of the app and the environment", () => {
    expect(resource(json, "kubernetes_namespace_v1").metadata).toMatchObject({
      name: "podcore-production",
      labels: { "app.kubernetes.io/name": "podcore", "drover/environment": "production" },
      annotations: { "drover/repository": "https://github.com/acme/podcore" },
    });
    for (const type of ["deployment", "service", "ingress", "service_account"]) {
      expect(resource(json, `kubernetes_${type}_v1`).metadata.namespace).toBe("podcore-production");
    }
  });

  it("has pods that use the app's service account", () => {
    const { name } = resource(json, "kubernetes_service_account_v1").metadata;
    expect(resource(json, "kubernetes_deployment_v1").spec.template.spec.service_account_name).toBe(name);
    expect(name).toBe("podcore");
  });

  it("is one process, web, at port 8080, public below the environment's domain", () => {
    expect(named(json, "kubernetes_deployment_v1")).toEqual(["web"]);
    const { port } = resource(json, "kubernetes_deployment_v1").spec.template.spec.container[0];
    expect(port).toEqual([{ name: "http", container_port: 8080 }]);
    expect(hosts(json)).toEqual(["podcore.example.com"]);
    expect(hosts(make().stack("podcore-staging"))).toEqual(["podcore.staging.example.com"]);
  });

  it("says where it answers, and how to read its logs", () => {
    expect(json.output?.addresses?.value).toEqual(["https://podcore.example.com"]);
    expect(json.output?.logs?.value).toBe(
      "kubectl --context arn:aws:eks:eu-central-1:111122223333:cluster/production --namespace podcore-production logs --selector app.kubernetes.io/name=podcore --all-containers --prefix --follow",
    );
  });

  it("waits with everything for the namespace and the service account", () => {
    const [namespace] = addresses(json).filter((address) => address.startsWith("kubernetes_namespace_v1."));
    for (const type of ["deployment", "service", "ingress", "service_account"]) {
      expect(resource(json, `kubernetes_${type}_v1`).depends_on).toContain(namespace);
    }
  });
});

describe("processes", () => {
  const processes = {
    api: { command: ["podcore", "api"], port: 8082, hosts: true },
    web: { command: ["podcore", "web"], port: 8083 },
    crawl: { command: ["podcore", "crawl"] },
  };
  const json = production({ processes }, RELEASED);

  it("each has a Deployment of its own, with its own command", () => {
    const deployments = Object.values(resources(json, "kubernetes_deployment_v1"));
    const commands = deployments.map(({ metadata, spec }) => [metadata.name, spec.template.spec.container[0].command]);
    expect(Object.fromEntries(commands)).toEqual({
      api: ["podcore", "api"],
      web: ["podcore", "web"],
      crawl: ["podcore", "crawl"],
    });
  });

  it("those with a port have a Service, those that are public an Ingress, a worker neither", () => {
    expect(named(json, "kubernetes_service_v1").sort()).toEqual(["api", "web"]);
    expect(named(json, "kubernetes_ingress_v1").sort()).toEqual(["api", "web"]);
    expect(hosts(json).sort()).toEqual(["podcore-api.example.com", "podcore.example.com"]);
    expect(json.output?.addresses?.value).toEqual(["https://podcore-api.example.com", "https://podcore.example.com"]);
  });

  it("no two choose each other's pods", () => {
    const selectors = Object.values(resources(json, "kubernetes_deployment_v1")).map(({ spec }) =>
      JSON.stringify(spec.selector),
    );
    expect(new Set(selectors).size).toBe(3);
  });

  it("has no address where nothing is public", () => {
    expect(production({ processes: { crawl: {} } }).output).not.toHaveProperty("addresses");
  });

  it("may be called like a part of the stack, or like an output", () => {
    const names = ["addresses", "app", "aws", "backend", "deployment", "kubernetes", "logs", "namespace", "web"];
    const json = production({ processes: Object.fromEntries(names.map((name) => [name, { port: 8080 }])) }, RELEASED);
    for (const type of ["deployment", "service"]) {
      expect(named(json, `kubernetes_${type}_v1`).sort()).toEqual(names);
    }
    expect(named(json, "kubernetes_namespace_v1")).toEqual(["podcore-production"]);
    expect(Object.keys(json.output ?? {}).sort()).toEqual(["addresses", "logs"]);
  });

  it("may have a shell's variables in their commands, which Terraform leaves alone", () => {
    const processes = { web: { command: ["sh", "-c", "exec serve --at ${HOST}:%{port}"] } };
    const { command } = resource(production({ processes }, RELEASED), "kubernetes_deployment_v1").spec.template.spec
      .container[0];
    expect(command).toEqual(["sh", "-c", "exec serve --at $${HOST}:%%{port}"]);
  });
});

describe("what the files may say", () => {
  it("hosts, for an environment", () => {
    const processes = { web: { hosts: { production: ["podcore.fm", "www.podcore.fm"] } } };
    const fleet = make({ processes });
    expect(hosts(fleet.stack("podcore-production"))).toEqual(["podcore.fm", "www.podcore.fm"]);
    expect(hosts(fleet.stack("podcore-staging"))).toEqual(["podcore.staging.example.com"]);
  });

  it("ingress.class of the environment", () => {
    const environments = { production: { domain: "example.com", ingress: { class: "traefik" } } };
    const json = production({}, {}, { ...PLATFORM, environments });
    expect(resource(json, "kubernetes_ingress_v1").spec.ingress_class_name).toBe("traefik");
    expect(JSON.stringify(json)).not.toContain("alb");
  });

  it("context of the environment, in the provider and in the line for the logs", () => {
    const environments = { production: { domain: "example.com", context: "kind" } };
    const json = production({}, {}, { ...PLATFORM, environments });
    expect(json.provider?.kubernetes[0].config_context).toBe("kind");
    expect(json.output?.logs?.value).toMatch(/^kubectl --context kind /);
  });

  it("kubeconfig of the environment, in the provider and in the line for the logs", () => {
    const environments = { production: { domain: "example.com", context: "kind", kubeconfig: "~/kind" } };
    const json = production({}, {}, { ...PLATFORM, environments });
    expect(json.provider?.kubernetes[0].config_path).toBe("~/kind");
    expect(json.output?.logs?.value).toMatch(/^kubectl --kubeconfig ~\/kind --context kind /);
  });
});

it("needs neither GitHub nor AWS", () => {
  expect(Object.keys(production({}, RELEASED).provider ?? {})).toEqual(["kubernetes"]);
});
