import { PIN, PLATFORM } from "../support/fleet-files";
import { address, addresses, type Body, resource, resources, type StackJson, workOf } from "../support/synth";
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
      "kubernetes_network_policy_v1",
      "kubernetes_network_policy_v1",
      "kubernetes_service_account_v1",
      "kubernetes_service_v1",
    ]);
  });

  it("has nothing else that runs the image either, whatever the entry asks for", () => {
    const schedule = { report: { cron: "@daily", args: ["report"] } };
    expect(types(production({ migrate: ["podcore"], database: "postgres", schedule }))).toEqual(types(json));
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
      "kubectl --context arn:aws:eks:eu-central-1:111122223333:cluster/production --namespace podcore-production logs --selector app.kubernetes.io/name=podcore --all-containers --prefix --follow --ignore-errors --max-log-requests 10000",
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
  /** The only container of a Deployment. */
  const container = (json: StackJson, name = "web") =>
    Object.values(resources(json, "kubernetes_deployment_v1")).find(({ metadata }) => metadata.name === name)?.spec
      .template.spec.container[0];

  it("all of a process", () => {
    const web = {
      args: ["serve"],
      paths: ["/shop"],
      replicas: { max: 4 },
      resources: { cpu: "100m", memory: "96Mi" },
      readiness: { path: "/ready" },
      liveness: { path: "/live" },
      gracePeriod: 60,
      startTimeout: 900,
      drainDelay: 25,
    };
    const json = production({ processes: { web } }, RELEASED);
    const { spec } = resource(json, "kubernetes_deployment_v1");
    expect(container(json)).toMatchObject({
      args: ["serve"],
      resources: { requests: { cpu: "100m", memory: "96Mi" } },
      readiness_probe: { http_get: { path: "/ready" } },
      liveness_probe: { http_get: { path: "/live" } },
    });
    expect(spec.template.spec.termination_grace_period_seconds).toBe(25 + 60 + 5);
    expect(spec.progress_deadline_seconds).toBeGreaterThanOrEqual(900);
    expect(resource(json, "kubernetes_ingress_v1").spec.rule[0].http.path[0].path).toBe("/shop");
    expect(resource(json, "kubernetes_horizontal_pod_autoscaler_v2").spec).toMatchObject({
      min_replicas: 2,
      max_replicas: 4,
    });
    expect(json.output?.addresses?.value).toEqual(["https://podcore.example.com/shop"]);
  });

  it("env, for an environment, as it stands: neither Terraform nor Kubernetes reads references in it", () => {
    const env = { A: "${HOME} $(PORT)", B: { staging: "1" } };
    const json = production({ env, migrate: ["m"], schedule: { s: { cron: "@daily", args: ["s"] } } }, RELEASED);
    const expected = { name: "A", value: "$${HOME} $$(PORT)" };
    expect(container(json).env).toEqual([{ name: "PORT", value: "8080" }, expected]);
    expect(workOf(resource(json, "kubernetes_job_v1").spec.template.spec).env).toEqual([expected]);
    const { job_template } = resource(json, "kubernetes_cron_job_v1").spec;
    expect(workOf(job_template.spec.template.spec).env).toEqual([expected]);
  });

  it("migrate: before every pod of the release", () => {
    const json = production(
      {
        migrate: ["podcore", "migrate"],
        processes: { web: {}, crawl: {} },
        schedule: { s: { cron: "@daily", args: ["s"] } },
      },
      RELEASED,
    );
    const job = resource(json, "kubernetes_job_v1");
    const address = addresses(json).find((address) => address.startsWith("kubernetes_job_v1."));
    expect(workOf(job.spec.template.spec)).toMatchObject({
      image: container(json).image,
      command: ["podcore", "migrate"],
    });
    const pods = ["kubernetes_deployment_v1", "kubernetes_cron_job_v1"].flatMap((type) =>
      Object.values(resources(json, type)),
    );
    expect(pods).toHaveLength(3);
    for (const { depends_on } of pods) expect(depends_on).toContain(address);
  });

  it("migrate: with as much memory and time as it says", () => {
    const entry = { migrate: { command: ["m"], resources: { memory: "256Mi" }, deadline: 7200 } };
    const { spec } = resource(production(entry, RELEASED), "kubernetes_job_v1");
    expect(spec.active_deadline_seconds).toBe(7200);
    expect(workOf(spec.template.spec).command).toEqual(["m"]);
    expect(workOf(spec.template.spec).resources.limits).toEqual({ memory: "256Mi" });
  });

  it("a pin without its migration", () => {
    const entry = { migrate: ["podcore", "migrate"] };
    const json = production(entry, { production: { podcore: { ...PIN, migrate: false } } });
    expect(resources(json, "kubernetes_job_v1")).toEqual({});
    expect(named(json, "kubernetes_deployment_v1")).toEqual(["web"]);
  });

  it("database: whatever runs the image waits for it, and may reach it", () => {
    const entry = { database: "postgres", migrate: ["m"], schedule: { s: { cron: "@daily", args: ["s"] } } };
    const json = production(entry, RELEASED);
    const specs = [
      resource(json, "kubernetes_deployment_v1").spec.template.spec,
      resource(json, "kubernetes_job_v1").spec.template.spec,
      resource(json, "kubernetes_cron_job_v1").spec.job_template.spec.template.spec,
    ];
    for (const { init_container } of specs) {
      expect(init_container[0].command.slice(1, 4)).toEqual(["wait", "postgres.podcore-production-database", "5432"]);
    }
    const { egress } =
      Object.values(resources(json, "kubernetes_network_policy_v1")).find(({ metadata }) => metadata.name === "default")
        ?.spec ?? {};
    expect(JSON.stringify(egress)).toContain('"kubernetes.io/metadata.name":"podcore-production-database"');
    expect(JSON.stringify(production({}, RELEASED))).not.toContain("5432");
  });

  it("schedule: a CronJob for each", () => {
    const schedule = {
      report: {
        cron: "0 3 * * *",
        timezone: "Europe/Berlin",
        command: ["podcore", "report"],
        resources: { memory: "1Gi" },
      },
      clean: { cron: "@daily", args: ["clean"] },
    };
    const json = production({ schedule }, RELEASED);
    expect(named(json, "kubernetes_cron_job_v1").sort()).toEqual(["clean", "report"]);
    const report = Object.values(resources(json, "kubernetes_cron_job_v1")).find(
      ({ metadata }) => metadata.name === "report",
    );
    expect(report?.spec).toMatchObject({ schedule: "0 3 * * *", timezone: "Europe/Berlin" });
    expect(workOf(report?.spec.job_template.spec.template.spec)).toMatchObject({
      command: ["podcore", "report"],
      image: container(json).image,
      resources: { requests: { memory: "1Gi" } },
    });
  });

  it("replicas, resources and times of each environment", () => {
    const entry = {
      processes: {
        web: {
          replicas: { staging: 1, production: 4 },
          resources: { production: { cpu: "250m", memoryLimit: "1Gi" } },
        },
      },
      schedule: { report: { cron: { production: "0 3 * * *" }, args: ["report"] } },
    };
    const fleet = make(entry, { production: { podcore: PIN }, staging: { podcore: PIN } });
    const [production, staging] = ["production", "staging"].map((name) => fleet.stack(`podcore-${name}`)) as [
      StackJson,
      StackJson,
    ];
    const replicas = (json: StackJson) => resource(json, "kubernetes_deployment_v1").spec.replicas;
    expect([production, staging].map(replicas)).toEqual(["4", "1"]);
    expect(container(production).resources).toEqual({
      requests: { cpu: "250m", memory: "64Mi" },
      limits: { memory: "1Gi" },
    });
    expect(container(staging).resources).toEqual({
      requests: { cpu: "50m", memory: "64Mi" },
      limits: { memory: "256Mi" },
    });
    expect(named(production, "kubernetes_cron_job_v1")).toEqual(["report"]);
    expect(resources(staging, "kubernetes_cron_job_v1")).toEqual({});
  });

  it("metrics, and who reads them in the environment", () => {
    const environments = { production: { domain: "example.com", metrics: { from: "monitoring" } } };
    const json = production({ metrics: { port: 9090 } }, RELEASED, { ...PLATFORM, environments });
    expect(resource(json, "kubernetes_deployment_v1").spec.template.metadata.annotations).toEqual({
      "prometheus.io/scrape": "true",
      "prometheus.io/port": "9090",
      "prometheus.io/path": "/metrics",
    });
    const [, { from }] = Object.values(resources(json, "kubernetes_network_policy_v1")).find(
      ({ metadata }) => metadata.name === "web-ingress",
    )?.spec.ingress ?? [{}, {}];
    expect(from[0].namespace_selector.match_labels).toEqual({ "kubernetes.io/metadata.name": "monitoring" });
  });

  it("ingress.from of the environment", () => {
    const environments = { production: { domain: "example.com", ingress: { from: ["10.0.0.0/24"] } } };
    const json = production({}, {}, { ...PLATFORM, environments });
    const policies = JSON.stringify(resources(json, "kubernetes_network_policy_v1"));
    expect(policies).toContain('"ip_block":{"cidr":"10.0.0.0/24"}');
  });

  it("hosts, for an environment", () => {
    const processes = { web: { hosts: { production: ["podcore.fm", "www.podcore.fm"] } } };
    const ingress = { certificates: ["podcore.fm", "www.podcore.fm"] };
    const environments = { ...PLATFORM.environments, production: { domain: "example.com", ingress } };
    const fleet = make({ processes }, {}, { ...PLATFORM, environments });
    expect(hosts(fleet.stack("podcore-production"))).toEqual(["podcore.fm", "www.podcore.fm"]);
    expect(hosts(fleet.stack("podcore-staging"))).toEqual(["podcore.staging.example.com"]);
  });

  it("ingress.class of the environment", () => {
    const environments = { production: { domain: "example.com", ingress: { class: "traefik" } } };
    const json = production({}, {}, { ...PLATFORM, environments });
    expect(resource(json, "kubernetes_ingress_v1").spec.ingress_class_name).toBe("traefik");
    expect(JSON.stringify(json)).not.toMatch(/alb|readiness-gate/);
    const labels = resource(production(), "kubernetes_namespace_v1").metadata.labels;
    for (const group of ["eks.amazonaws.com", "elbv2.k8s.aws"]) {
      expect(labels[`${group}/pod-readiness-gate-inject`]).toBe("enabled");
    }
  });

  it("ingress.tls and ingress.annotations of the environment", () => {
    const tls = { clusterIssuer: "letsencrypt" };
    const annotations = { "example.com/rule": "${host}" };
    const environments = { production: { domain: "example.com", ingress: { class: "traefik", tls, annotations } } };
    const { metadata, spec } = resource(production({}, {}, { ...PLATFORM, environments }), "kubernetes_ingress_v1");
    expect(metadata.annotations).toEqual({
      "cert-manager.io/cluster-issuer": "letsencrypt",
      "drover/repository": "https://github.com/acme/podcore",
      "example.com/rule": "$${host}",
    });
    expect(spec.tls).toEqual([{ hosts: ["podcore.example.com"], secret_name: "web--tls" }]);
  });

  it("imagePullSecrets of the environment, for every ServiceAccount", () => {
    const environments = { production: { domain: "example.com", imagePullSecrets: ["registry"] } };
    const fleet = make({ database: "postgres" }, RELEASED, { ...PLATFORM, environments });
    for (const stack of ["podcore-production", "podcore-production-database"]) {
      const accounts = Object.values(resources(fleet.stack(stack), "kubernetes_service_account_v1"));
      expect(accounts.length).toBeGreaterThan(0);
      for (const account of accounts) expect(account.image_pull_secret).toEqual([{ name: "registry" }]);
    }
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

describe("secrets", () => {
  const entry = {
    database: "postgres",
    secrets: ["API_TOKEN"],
    migrate: ["m"],
    schedule: { s: { cron: "@daily", args: ["s"] } },
  };
  const json = production(entry, RELEASED) as StackJson & { data?: object; provider: Record<string, object[]> };
  const secret = resource(json, "kubernetes_secret_v1");
  const secretAddress = addresses(json).find((address) => address.startsWith("kubernetes_secret_v1"));

  it("reach everything that runs the image, which comes after them", () => {
    const objects = ["kubernetes_job_v1", "kubernetes_cron_job_v1", "kubernetes_deployment_v1"].flatMap((type) =>
      Object.values(resources(json, type)),
    );
    expect(objects).toHaveLength(3);
    for (const object of objects) {
      expect(object.depends_on).toContain(secretAddress);
      for (const key of ["API_TOKEN", "DATABASE_URL"]) {
        expect(JSON.stringify(object.spec)).toContain(
          JSON.stringify({ key, name: secret.metadata.name, optional: false }),
        );
      }
    }
  });

  it("start other pods when they change", () => {
    const { annotations } = resource(json, "kubernetes_deployment_v1").spec.template.metadata;
    expect(annotations["drover/secret-revision"]).toBe(secret.data_wo_revision);
  });

  it("are read from the account, by names that nobody else has", () => {
    expect(Object.keys(json.provider).sort()).toEqual(["aws", "kubernetes"]);
    const names = ["production/podcore/API_TOKEN", "production/podcore/DATABASE_URL"];
    for (const name of names) expect(JSON.stringify(json.data)).toContain(`"${name}"`);
    expect(addresses(json).filter((address) => address.startsWith("aws_"))).toEqual([]);
  });

  it("that are missing are named with what to do", () => {
    const [token, database] = secret.lifecycle.precondition;
    expect(token.error_message).toContain("production/podcore/API_TOKEN is missing");
    expect(database.error_message).toBe(
      "podcore has no database in production yet; make it:\n  npx cdktf deploy podcore-production-database",
    );
  });

  it("need nothing as long as nothing is released, and AWS is left alone", () => {
    const before = production(entry);
    expect(resources(before, "kubernetes_secret_v1")).toEqual({});
    expect(Object.keys(before.provider ?? {})).toEqual(["kubernetes"]);
    expect(Object.keys(production({}, RELEASED).provider ?? {})).toEqual(["kubernetes"]);
  });
});

describe("the order of a release", () => {
  const processes = {
    api: { args: ["api"], port: 8082, hosts: true },
    web: { args: ["web"] },
    queue: { args: ["queue"], port: 7000 },
    crawl: { args: ["crawl"] },
  };
  const schedule = { report: { cron: "@daily", args: ["report"] } };
  const json = production({ processes, schedule, migrate: ["podcore"] }, RELEASED);
  const deployments = Object.values(resources(json, "kubernetes_deployment_v1"));
  const addressOf = (name: string) =>
    Object.entries(resources(json, "kubernetes_deployment_v1")).flatMap(([id, { metadata }]) =>
      metadata.name === name ? [`kubernetes_deployment_v1.${id}`] : [],
    )[0] as string;
  const waitsFor = ({ depends_on }: { depends_on: string[] }) =>
    ["api", "crawl", "queue", "web"].filter((name) => depends_on.includes(addressOf(name)));

  it("is: public processes at once, then private ones and workers", () => {
    const found = deployments.map(({ metadata, depends_on }) => [metadata.name, waitsFor({ depends_on })]);
    expect(Object.fromEntries(found)).toEqual({ api: [], web: [], queue: ["api", "web"], crawl: ["api", "web"] });
  });

  it("is: schedules last", () => {
    const cronJob = resource(json, "kubernetes_cron_job_v1");
    expect(waitsFor(cronJob as { depends_on: string[] })).toEqual(["api", "crawl", "queue", "web"]);
  });

  it("is: the migration before all of them", () => {
    const migration = address(json, "kubernetes_job_v1");
    for (const { depends_on } of deployments) expect(depends_on).toContain(migration);
  });

  it("makes nothing wait for a process that is not public", () => {
    const workers = production({ processes: { crawl: {}, work: {} } }, RELEASED);
    for (const { depends_on } of Object.values(resources(workers, "kubernetes_deployment_v1"))) {
      expect(depends_on.join()).not.toContain("kubernetes_deployment_v1");
    }
  });
});

describe("the check of a release", () => {
  const processes = { web: {}, crawl: {} };
  const json = production({ processes, schedule: { report: { cron: "@daily", args: ["report"] } } }, RELEASED);
  const checkOf = (stack: StackJson) => Object.values<Body>((stack as Body).data?.kubernetes_resources ?? {});
  const [check] = checkOf(json) as [Body];

  it("is one, of all processes, after every other resource", () => {
    expect(checkOf(json)).toHaveLength(1);
    expect([...check.depends_on].sort()).toEqual(addresses(json));
    expect(check.lifecycle.postcondition[0].condition).toContain('["crawl","web"]');
    expect(check.lifecycle.postcondition[0].error_message).toContain("npx cdktf deploy podcore-production");
  });

  it("is put off by every change of the stack, even one that only removes something", () => {
    const hash = (stack: StackJson) => resource(stack, "terraform_data").input;
    expect(hash(json)).toMatch(/^[0-9a-f]{64}$/);
    expect(hash(production({ processes, schedule: { report: { cron: "@daily", args: ["report"] } } }, RELEASED))).toBe(
      hash(json),
    );
    expect(hash(production({ processes }, RELEASED))).not.toBe(hash(json));
    expect(check.depends_on).toContain(address(json, "terraform_data"));
  });

  it("is not there before a release", () => expect(checkOf(production({ processes }))).toEqual([]));
});
