import fs, { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FleetError, type FleetIssue } from "../../../lib/fleet/error";
import { MAX_FILE_BYTES } from "../../../lib/fleet/json-file";
import { loadFleet } from "../../../lib/fleet/load";
import { type FleetFiles, PIN, PLATFORM, withFleet } from "../../support/fleet-files";

const PODCORE = { name: "Podcore", language: "rust" };

function load(files: FleetFiles = {}) {
  return withFleet(files, (directory) => loadFleet({ directory }));
}

/** The issues that a loading ends with. */
function issuesOf(loading: () => unknown): readonly FleetIssue[] {
  try {
    loading();
  } catch (error) {
    if (error instanceof FleetError) return error.issues;
    throw error;
  }
  throw new Error("the fleet was accepted");
}

/** The issues that a fleet is refused for. */
const issues = (files: FleetFiles) => issuesOf(() => load(files));

/** The one issue that a fleet is refused for. */
function issue(files: FleetFiles): FleetIssue {
  const found = issues(files);
  expect(found).toHaveLength(1);
  return found[0] as FleetIssue;
}

const RDS = { cidr: "10.0.0.0/16", ports: [5432] };

const app = (fields: object) => ({ apps: [{ ...PODCORE, ...fields }] });
const platform = (fields: object) => ({ platform: { ...PLATFORM, ...fields } });

/** A platform with certificates for podcore.fm and www.podcore.fm in both environments. */
const CERTIFIED = platform({
  environments: Object.fromEntries(
    Object.entries(PLATFORM.environments).map(([name, { domain }]) => [
      name,
      { domain, ingress: { certificates: [`*.${domain}`, "podcore.fm", "*.podcore.fm"] } },
    ]),
  ),
});
/** What a pod has whose entry says nothing of its needs. */
const RESOURCES = { cpu: "50m", memory: "64Mi", memoryLimit: "256Mi" };
const DATABASE_RESOURCES = { cpu: "100m", memory: "512Mi", memoryLimit: "512Mi" };

/** What a process with a port has that says nothing. */
const PROCESS = {
  command: undefined,
  args: undefined,
  port: 8080,
  hosts: [],
  paths: ["/"],
  replicas: 2,
  resources: RESOURCES,
  protocol: "http",
  readiness: undefined,
  liveness: undefined,
  gracePeriod: 30,
  startTimeout: 300,
  drainDelay: 5,
};

/** What \`web\` has in production when it says nothing. */
const PUBLIC = { ...PROCESS, hosts: ["podcore.example.com"], drainDelay: 20 };

describe("the least entry", () => {
  const [podcore] = load().apps;

  it("gets its slug from its name, and every name from its slug", () => {
    expect(podcore).toMatchObject({
      name: "Podcore",
      slug: "podcore",
      repository: { owner: "acme", name: "podcore", adopt: false },
      retiring: false,
    });
  });

  it("runs in all environments, as one public process at port 8080", () => {
    expect(podcore?.environments.map(({ name, processes }) => ({ name, processes }))).toEqual([
      { name: "production", processes: [{ ...PUBLIC, name: "web" }] },
      { name: "staging", processes: [{ ...PUBLIC, name: "web", hosts: ["podcore.staging.example.com"] }] },
    ]);
  });

  it("has neither variables nor secrets, migrates nothing, does nothing by the clock, and is not scraped", () => {
    for (const environment of podcore?.environments ?? []) {
      expect(environment).toMatchObject({ env: {}, secrets: [], schedule: [] });
      expect([environment.migrate, environment.database, environment.metrics]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }
  });

  it("is built on the platform's size, by the platform's first Rust, with nothing beyond", () => {
    expect(podcore?.build).toEqual({
      size: "2xlarge",
      pricePerMinute: undefined,
      rust: { version: "1.95.0", components: [], targets: [] },
      package: undefined,
      libc: "gnu",
      packages: [],
      libraries: [],
      context: [],
      files: [],
      network: false,
      gitCredentials: undefined,
      sccache: false,
      attestations: false,
      dockerfile: undefined,
    });
    expect(podcore?.database).toBeUndefined();
  });
});

/** What the files say of variables, for each environment. */
const inEnvironments = (fields: object) =>
  load(app(fields)).apps[0]?.environments.map(({ name, env }) => ({ name, env })) ?? [];

describe("an entry", () => {
  it("may set its slug", () => {
    expect(load(app({ slug: "casts" })).apps[0]).toMatchObject({ name: "Podcore", slug: "casts" });
  });

  it("may name its repository, and take it over", () => {
    expect(load(app({ repository: { name: "Podcore.rs", adopt: true } })).apps[0]?.repository).toEqual({
      owner: "acme",
      name: "Podcore.rs",
      adopt: true,
    });
  });

  it("may choose its environments", () => {
    const [podcore] = load(app({ environments: ["staging"] })).apps;
    expect(podcore?.environments.map(({ name }) => name)).toEqual(["staging"]);
  });

  it("may choose its build size, with the price of that size", () => {
    const build = { size: "xlarge", pricePerMinute: { xlarge: 0.1, large: 0.02 } };
    expect(load(platform({ build })).apps[0]?.build).toMatchObject({ size: "xlarge", pricePerMinute: 0.1 });
    const chosen = load({ ...app({ build: { size: "large" } }), ...platform({ build }) });
    expect(chosen.apps[0]?.build).toMatchObject({ size: "large", pricePerMinute: 0.02 });
  });

  it("may choose its Rust among those of the platform", () => {
    const builder = { rust: ["1.95.0", { version: "1.94.0", targets: ["wasm32-unknown-unknown"] }] };
    const rust = (build: object) => load({ ...app({ build }), ...platform({ builder }) }).apps[0]?.build.rust;
    expect(rust({ rust: "1.94.0" })).toEqual({
      version: "1.94.0",
      components: [],
      targets: ["wasm32-unknown-unknown"],
    });
    for (const build of [{}, { rust: "1.95.0" }]) expect(rust(build)?.version).toBe("1.95.0");
  });

  it.each<[string, unknown]>([
    ["package", "podcore-server"],
    ["libc", "musl"],
    ["packages", ["libpq-dev", "g++"]],
    ["libraries", ["libpq5"]],
    ["context", ["web", "vendor/**/*.c", "**", "a_b/C+d@1.x"]],
    ["files", ["config/default.toml", ".well-known", "..data"]],
    ["network", true],
    ["gitCredentials", "podcore/git-credentials"],
    ["attestations", true],
    ["dockerfile", "docker/Dockerfile"],
  ])("may say how it is built: %s", (field, value) => {
    const build = load(app({ build: { [field]: value } })).apps[0]?.build;
    expect(build).toEqual({ ...load().apps[0]?.build, [field]: value });
  });

  it("may keep its compiled crates where the platform keeps them", () => {
    const files = platform({ build: { sccache: { bucket: "acme-sccache" } } });
    expect(load({ ...app({ build: { sccache: true } }), ...files }).apps[0]?.build.sccache).toBe(true);
    expect(load({ ...app({ build: { sccache: false } }), ...files }).apps[0]?.build.sccache).toBe(false);
    expect(load(app({ build: { sccache: false } })).apps[0]?.build.sccache).toBe(false);
  });

  it("may need a database", () => {
    const [podcore] = load(app({ database: "postgres" })).apps;
    const database = { engine: "postgres", volume: "1Gi", resources: DATABASE_RESOURCES };
    expect(podcore?.database).toBe("postgres");
    expect(podcore?.environments.map(({ database }) => database)).toEqual([database, database]);
  });

  it("may say what its database needs", () => {
    const needs = (fields: object) =>
      load(app({ database: { engine: "postgres", ...fields } })).apps[0]?.environments[0]?.database;
    expect(needs({ volume: "20Gi" })).toMatchObject({ volume: "20Gi", resources: DATABASE_RESOURCES });
    expect(needs({ resources: { memory: "2Gi" } })).toMatchObject({
      volume: "1Gi",
      resources: { cpu: "100m", memory: "2Gi", memoryLimit: "2Gi" },
    });
    expect(needs({ resources: { memoryLimit: "1Gi" } })?.resources).toEqual({
      ...DATABASE_RESOURCES,
      memoryLimit: "1Gi",
    });
    expect(needs({ resources: { memory: "128Mi" } })?.resources.memoryLimit).toBe("128Mi");
  });

  it("may have variables, one value for all environments or one for each", () => {
    const env = { RUST_LOG: "info", EMPTY: "", FEED: { production: "a=$(B)\n" }, A: { production: "1", staging: "2" } };
    expect(inEnvironments({ env })).toEqual([
      { name: "production", env: { A: "1", EMPTY: "", FEED: "a=$(B)\n", RUST_LOG: "info" } },
      { name: "staging", env: { A: "2", EMPTY: "", RUST_LOG: "info" } },
    ]);
    expect(Object.keys(inEnvironments({ env })[0]?.env ?? {})).toEqual(["A", "EMPTY", "FEED", "RUST_LOG"]);
  });

  it("may have secrets, that of its database among them", () => {
    const secretsOf = (fields: object) => load(app(fields)).apps[0]?.environments[0]?.secrets;
    expect(secretsOf({ secrets: ["TOKEN", "A_1"] })).toEqual(["A_1", "TOKEN"]);
    expect(secretsOf({ secrets: ["TOKEN", "A_1"], database: "postgres" })).toEqual(["A_1", "DATABASE_URL", "TOKEN"]);
    expect(secretsOf({ secrets: ["DATABASE_URL"] })).toEqual(["DATABASE_URL"]);
  });

  it("may migrate", () => {
    const migrateOf = (migrate: unknown) => load(app({ migrate })).apps[0]?.environments[0]?.migrate;
    const command = ["podcore", "migrate"];
    const shown = { command, resources: RESOURCES, deadline: 1800 };
    expect(migrateOf(command)).toEqual(shown);
    expect(migrateOf({ command })).toEqual(shown);
    expect(migrateOf({ command, resources: { memory: "1Gi" }, deadline: 7200 })).toEqual({
      command,
      resources: { cpu: "50m", memory: "1Gi", memoryLimit: "1Gi" },
      deadline: 7200,
    });
  });

  it("may do things at certain times", () => {
    const schedule = {
      report: {
        cron: "0 3 * * *",
        timezone: "Europe/Berlin",
        command: ["podcore", "report"],
        resources: { memory: "1Gi" },
      },
      clean: { cron: "@daily", args: ["clean"] },
    };
    expect(load(app({ schedule })).apps[0]?.environments[0]?.schedule).toEqual([
      { name: "clean", cron: "@daily", timezone: "Etc/UTC", args: ["clean"], resources: RESOURCES },
      {
        name: "report",
        cron: "0 3 * * *",
        timezone: "Europe/Berlin",
        command: ["podcore", "report"],
        resources: { cpu: "50m", memory: "1Gi", memoryLimit: "1Gi" },
      },
    ]);
  });

  it("may differ by environment; where it names none, the default holds", () => {
    const resources = { production: { cpu: "250m" }, staging: { memory: "512Mi" } };
    const entry = {
      database: { engine: "postgres", volume: { production: "10Gi" }, resources: { production: { memory: "2Gi" } } },
      migrate: { command: ["m"], resources },
      processes: {
        web: { replicas: { staging: 1, production: { min: 3, max: 6 } }, resources },
        work: { replicas: { staging: 0 }, resources: { staging: { memoryLimit: "64Mi" } } },
      },
      schedule: {
        report: { cron: { production: "0 3 * * *" }, args: ["report"], resources },
        clean: { cron: { production: "@daily", staging: "@weekly" }, args: ["clean"] },
      },
    };
    const [inProduction, inStaging] = [
      { ...RESOURCES, cpu: "250m" },
      { ...RESOURCES, memory: "512Mi", memoryLimit: "512Mi" },
    ];
    const [production, staging] = load(app(entry)).apps[0]?.environments ?? [];
    expect(production).toMatchObject({
      database: { volume: "10Gi", resources: { cpu: "100m", memory: "2Gi", memoryLimit: "2Gi" } },
      migrate: { resources: inProduction },
      processes: [
        { name: "web", replicas: { min: 3, max: 6, cpu: 70 }, resources: inProduction },
        { name: "work", replicas: 1, resources: RESOURCES },
      ],
      schedule: [
        { name: "clean", cron: "@daily", resources: RESOURCES },
        { name: "report", cron: "0 3 * * *", resources: inProduction },
      ],
    });
    expect(staging).toMatchObject({
      database: { volume: "1Gi", resources: DATABASE_RESOURCES },
      migrate: { resources: inStaging },
      processes: [
        { name: "web", replicas: 1, resources: inStaging },
        { name: "work", replicas: 0, resources: { ...RESOURCES, memoryLimit: "64Mi" } },
      ],
      schedule: [{ name: "clean", cron: "@weekly", resources: RESOURCES }],
    });
  });

  it("finds its environments by their names alone, whatever these are", () => {
    const environments = { constructor: { domain: "a.com" }, production: { domain: "example.com" } };
    const entry = {
      env: { A: { production: "1" } },
      processes: {
        web: {
          hosts: { production: ["podcore.example.com"] },
          replicas: { production: 5 },
          resources: { production: { cpu: "1" } },
        },
      },
      schedule: { clean: { cron: { production: "@daily" }, args: ["clean"] } },
    };
    const [first] = load({ ...app(entry), ...platform({ environments }) }).apps[0]?.environments ?? [];
    expect(first).toMatchObject({ name: "constructor", env: {}, schedule: [] });
    expect(first?.processes[0]).toMatchObject({ hosts: ["podcore.a.com"], replicas: 2, resources: RESOURCES });
  });

  it("may have metrics, at the port of each process or at another", () => {
    const metricsOf = (metrics: object) => load(app({ metrics })).apps[0]?.environments[0]?.metrics;
    expect(metricsOf({})).toEqual({ port: undefined, path: "/metrics" });
    expect(metricsOf({ port: 9090, path: "/prometheus" })).toEqual({ port: 9090, path: "/prometheus" });
  });

  it("may be retiring", () => {
    expect(load(app({ retiring: true })).apps[0]?.retiring).toBe(true);
  });

  it("is pinned where releases.json says so, and nowhere else", () => {
    const [podcore] = load({ releases: { production: { podcore: PIN } } }).apps;
    expect(podcore?.environments.map(({ name, pin }) => [name, pin])).toEqual([
      ["production", PIN],
      ["staging", undefined],
    ]);
  });

  it("is pinned without its migration where releases.json says so", () => {
    const pin = { ...PIN, migrate: false };
    expect(load({ releases: { production: { podcore: pin } } }).apps[0]?.environments[0]?.pin).toEqual(pin);
  });
});

describe("processes", () => {
  const processes = (fields: object) =>
    Object.fromEntries(
      load({ ...app({ processes: fields }), ...CERTIFIED }).apps[0]?.environments[0]?.processes.map(
        ({ name, ...rest }) => [name, rest],
      ) ?? [],
    );

  it("without a port are workers", () => {
    expect(processes({ web: {}, crawl: { command: ["podcore", "crawl"] } })).toEqual({
      crawl: { ...PROCESS, command: ["podcore", "crawl"], port: undefined, replicas: 1, drainDelay: 0 },
      web: PUBLIC,
    });
  });

  it.each<[string, unknown]>([
    ["args", ["serve", "--port", "$(PORT)"]],
    ["paths", ["/", "/.well-known", "/api/v1"]],
    ["replicas", 0],
    ["resources", { cpu: "2", memory: "1Gi", memoryLimit: "2Gi" }],
    ["readiness", { path: "/ready?full=1" }],
    ["liveness", { path: "/" }],
    ["gracePeriod", 0],
    ["startTimeout", 1],
    ["startTimeout", 3600],
    ["drainDelay", 30],
  ])("may say: %s", (field, value) => {
    expect(processes({ web: { [field]: value } }).web).toEqual({ ...PUBLIC, [field]: value });
  });

  it("drain for longer behind a load balancer of EKS than behind another controller", () => {
    const environments = { production: { domain: "example.com", ingress: { class: "traefik" } } };
    const drains = (files: FleetFiles) =>
      load({
        ...app({ processes: { web: {}, api: { port: 80 }, work: {} } }),
        ...files,
      }).apps[0]?.environments[0]?.processes.map(({ name, drainDelay }) => [name, drainDelay]);
    expect(drains({})).toEqual([
      ["api", 5],
      ["web", 20],
      ["work", 0],
    ]);
    expect(drains(platform({ environments }))).toEqual([
      ["api", 5],
      ["web", 5],
      ["work", 0],
    ]);
  });

  it("may have bounds in one environment, and need CPU in that one only", () => {
    const web = { replicas: { production: { max: 6 } }, resources: { production: { cpu: "100m" } } };
    expect(processes({ web }).web).toMatchObject({ replicas: { min: 2, max: 6, cpu: 70 }, resources: { cpu: "100m" } });
    const everywhere = { web: { replicas: { max: 6 }, resources: { production: { cpu: "100m" } } } };
    expect(load(app({ environments: ["production"], processes: everywhere })).apps).toHaveLength(1);
  });

  it("may end as they like where no load balancer of EKS waits for them", () => {
    const entry = { web: { drainDelay: 0, gracePeriod: 3600 } };
    const environments = { production: { domain: "example.com", ingress: { class: "traefik" } } };
    expect(load({ ...app({ processes: entry }), ...platform({ environments }) }).apps).toHaveLength(1);
    const worker = { web: {}, api: { port: 1, drainDelay: 0, gracePeriod: 3600 }, work: { gracePeriod: 3600 } };
    expect(load(app({ processes: worker })).apps).toHaveLength(1);
    const most = { web: { drainDelay: 60, gracePeriod: 3540 }, api: { port: 1, hosts: true, drainDelay: 10 } };
    expect(load(app({ processes: most })).apps).toHaveLength(1);
  });

  it("may say a part of what a pod needs", () => {
    const resources = (fields: object) => processes({ web: { resources: fields } }).web?.resources;
    expect(resources({})).toEqual(RESOURCES);
    expect(resources({ cpu: "1" })).toEqual({ ...RESOURCES, cpu: "1" });
    expect(resources({ memory: "128Mi" })).toEqual({ ...RESOURCES, memory: "128Mi" });
    expect(resources({ memoryLimit: "64Mi" })).toEqual({ ...RESOURCES, memoryLimit: "64Mi" });
  });

  it("may use as much memory as they request, where that is more than the default limit", () => {
    const limit = (memory: string) => processes({ web: { resources: { memory } } }).web?.resources.memoryLimit;
    expect(["256Mi", "257Mi", "1Gi"].map(limit)).toEqual(["256Mi", "257Mi", "1Gi"]);
  });

  it("may be scaled by their use of CPU, from as many pods as there would be otherwise", () => {
    const replicas = { max: 5 };
    const resources = { cpu: "100m" };
    expect(processes({ web: { replicas, resources }, crawl: { replicas, resources } })).toMatchObject({
      web: { replicas: { min: 2, max: 5, cpu: 70 } },
      crawl: { replicas: { min: 1, max: 5, cpu: 70 } },
    });
    const scaled = (bounds: object) => processes({ web: { replicas: bounds, resources } }).web?.replicas;
    expect(scaled({ max: 1 })).toEqual({ min: 1, max: 1, cpu: 70 });
    expect(scaled({ min: 3, max: 9, cpu: 120 })).toEqual({ min: 3, max: 9, cpu: 120 });
  });

  it("may speak gRPC, and be probed over it", () => {
    const grpc = {
      port: 50051,
      protocol: "grpc",
      readiness: { service: "podcore.v1.Episodes" },
      liveness: { service: "" },
    };
    expect(processes({ grpc }).grpc).toMatchObject(grpc);
    expect(processes({ web: { protocol: "http2", readiness: { path: "/ready" } } }).web?.protocol).toBe("http2");
  });

  it("may share a host, each with paths of its own", () => {
    const hosts = { production: ["podcore.fm"] };
    const { api, web } = processes({ api: { port: 1, hosts, paths: ["/api"] }, web: { hosts } });
    expect([api?.paths, web?.paths]).toEqual([["/api"], ["/"]]);
    expect([api?.hosts, web?.hosts]).toEqual([["podcore.fm"], ["podcore.fm"]]);
  });

  it("are not public unless they are `web` or name hosts", () => {
    const { api, web } = processes({ web: {}, api: { port: 9000 } });
    expect(api?.hosts).toEqual([]);
    expect(web?.hosts).toEqual(["podcore.example.com"]);
  });

  it("that are public beside `web` have a host of their own", () => {
    expect(processes({ web: {}, api: { port: 9000, hosts: true } }).api?.hosts).toEqual(["podcore-api.example.com"]);
  });

  it("have the app's host when they are the only one with a port", () => {
    expect(processes({ api: { port: 9000, hosts: true }, crawl: {} }).api?.hosts).toEqual(["podcore.example.com"]);
  });

  it("have the hosts that they name for the environment", () => {
    const hosts = { production: ["podcore.fm", "www.podcore.fm"] };
    const { environments } = load({ ...app({ processes: { web: { hosts } } }), ...CERTIFIED }).apps[0] ?? {};
    expect(environments?.map((environment) => environment.processes[0]?.hosts)).toEqual([
      ["podcore.fm", "www.podcore.fm"],
      ["podcore.staging.example.com"],
    ]);
  });
});

describe("platform.json", () => {
  it("has a default for all but what nobody can guess", () => {
    expect(load().platform).toMatchObject({
      rulesets: true,
      iamPropagationSeconds: 15,
      state: { directory: ".drover/state" },
      buildSize: "2xlarge",
      rustfmt: {},
      clippy: {},
      sccache: undefined,
      postgres: 17,
      builder: { renewed: "2026-11-01", rust: [{ version: "1.95.0", components: [], targets: [] }] },
      environments: [
        {
          name: "production",
          context: "arn:aws:eks:eu-central-1:111122223333:cluster/production",
          kubeconfig: "~/.kube/config",
          ingressClass: "alb",
        },
        { name: "staging" },
      ],
    });
  });

  it("says where pods may connect to: in the environment, in the entry, or in the entry by environment", () => {
    const rds = { cidr: "10.0.0.0/16", ports: [5432] };
    const collector = { namespace: "observability", ports: [4317, 4318] };
    const environments = {
      production: { domain: "example.com", egress: [collector], privateRanges: ["2600:1f14:b20::/56"] },
      staging: { domain: "staging.example.com" },
    };
    const egressOf = (fields: object) =>
      load({ ...app(fields), ...platform({ environments }) }).apps[0]?.environments.map(
        ({ egress, ownEgress, privateRanges }) => ({ egress, ownEgress, privateRanges }),
      );
    const both = (production: unknown, staging: unknown) => [
      { egress: [collector], ownEgress: production, privateRanges: ["2600:1f14:b20::/56"] },
      { egress: [], ownEgress: staging, privateRanges: [] },
    ];
    expect(egressOf({})).toEqual(both([], []));
    expect(egressOf({ egress: [rds] })).toEqual(both([rds], [rds]));
    expect(egressOf({ egress: { production: [rds] } })).toEqual(both([rds], []));
  });

  it("says where requests and Prometheus come from, and what databases run on", () => {
    const environments = {
      production: { domain: "example.com", ingress: { from: ["10.0.0.0/16", "172.31.255.0/32"] }, storageClass: "gp3" },
      staging: {
        domain: "staging.example.com",
        ingress: { class: "traefik", from: "traefik" },
        metrics: { from: "monitoring" },
      },
    };
    const [production, staging] = load(platform({ environments, database: { postgres: 16 } })).platform.environments;
    expect(production).toMatchObject({
      ingressClass: "alb",
      ingressFrom: ["10.0.0.0/16", "172.31.255.0/32"],
      metricsFrom: undefined,
      storageClass: "gp3",
    });
    expect(staging).toMatchObject({ ingressClass: "traefik", ingressFrom: "traefik", metricsFrom: "monitoring" });
    expect(load(platform({ database: { postgres: 16 } })).platform.postgres).toBe(16);
  });

  it("says with which certificates, annotations and pull secrets an environment works", () => {
    const environments = {
      production: { domain: "example.com" },
      staging: {
        domain: "staging.example.com",
        ingress: { class: "traefik", tls: { clusterIssuer: "letsencrypt" }, annotations: { b: "2", a: "1" } },
        imagePullSecrets: ["registry", "ecr"],
      },
    };
    const [production, staging] = load(platform({ environments })).platform.environments;
    expect(production).toMatchObject({
      ingressCertificates: ["*.example.com"],
      ingressTls: undefined,
      ingressAnnotations: {},
      imagePullSecrets: [],
    });
    expect(staging).toMatchObject({
      ingressCertificates: undefined,
      ingressTls: { clusterIssuer: "letsencrypt" },
      imagePullSecrets: ["ecr", "registry"],
    });
    expect(Object.entries(staging?.ingressAnnotations ?? {})).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
  });

  it("asks for providers without known faults, each below its next major version", () => {
    expect(load().platform.providers).toEqual({
      aws: { source: "registry.terraform.io/hashicorp/aws", version: ">= 6.40.0, < 7.0.0" },
      github: { source: "registry.terraform.io/integrations/github", version: ">= 6.9.0, < 7.0.0" },
      kubernetes: { source: "registry.terraform.io/hashicorp/kubernetes", version: ">= 3.2.1, < 4.0.0" },
    });
  });

  it("says which versions of providers are asked for instead", () => {
    const providers = { aws: "6.50.0", kubernetes: ">= 3.2.9, < 3.10.0" };
    const { aws, github, kubernetes } = load(platform({ providers })).platform.providers;
    expect([aws.version, github.version, kubernetes.version]).toEqual([
      "6.50.0",
      ">= 6.9.0, < 7.0.0",
      providers.kubernetes,
    ]);
  });

  it.each([
    ["us-gov-west-1", "aws-us-gov"],
    ["us-east-1", "aws"],
  ])("knows the partition of %s", (region, partition) => {
    const connectionArn = PLATFORM.github.connectionArn.replace("arn:aws:", `arn:${partition}:`);
    const files = platform({ aws: { ...PLATFORM.aws, region }, github: { ...PLATFORM.github, connectionArn } });
    expect(load(files).platform.partition).toBe(partition);
  });

  it.each(["cn-north-1", "us-iso-east-1"])("has no region of another partition: %s", (region) => {
    expect(issue(platform({ aws: { ...PLATFORM.aws, region } }))).toMatchObject({
      field: "aws.region",
      rule: expect.stringContaining('must be a region of the partition "aws" or "aws-us-gov"'),
    });
  });

  it.each<[string, string, string]>([
    ["account", "arn:aws:codeconnections:eu-central-1:444455556666:connection/1", 'aws.accountId is "111122223333"'],
    ["partition", "arn:aws-us-gov:codeconnections:us-gov-west-1:111122223333:connection/1", 'is in "aws"'],
  ])("has no connection of another %s", (_, connectionArn, rule) => {
    expect(issue(platform({ github: { ...PLATFORM.github, connectionArn } }))).toMatchObject({
      file: "platform.json",
      field: "github.connectionArn",
      rule: expect.stringContaining(rule),
    });
  });

  it("has a domain once, whatever the number of apps", () => {
    const environments = { production: { domain: "example.com" }, staging: { domain: "example.com" } };
    const apps = ["Podcore", "Shop", "Search"].map((name) => ({ name, language: "rust" }));
    expect(issue({ apps, ...platform({ environments }) })).toMatchObject({
      file: "platform.json",
      line: expect.any(Number),
      field: "environments.staging.domain",
      value: "example.com",
      rule: 'environment "production" has this domain; the hosts of every app would be the same',
      fix: 'write for example "staging.example.com"',
    });
  });

  it("may be another file, by the environment", () => {
    const another = { ...PLATFORM, github: { ...PLATFORM.github, owner: "other" } };
    withFleet({}, (directory) => {
      writeFileSync(join(directory, "another.json"), JSON.stringify(another));
      try {
        for (const [file, owner] of [
          ["another.json", "other"],
          ["", "acme"],
        ]) {
          process.env.DROVER_PLATFORM = file;
          expect(loadFleet({ directory }).platform.githubOwner).toBe(owner);
        }
      } finally {
        delete process.env.DROVER_PLATFORM;
      }
    });
  });

  it("names the versions of Rust, the first for all who name none, each with what it holds beyond the usual", () => {
    const rust = [
      "1.96.0",
      {
        version: "1.95.0",
        components: ["rust-src", "llvm-tools"],
        targets: ["wasm32-wasip2", "i686-unknown-linux-gnu"],
      },
      { version: "1.90.0" },
    ];
    expect(load(platform({ builder: { renewed: "2026-02-28", rust } })).platform.builder).toEqual({
      renewed: "2026-02-28",
      rust: [
        { version: "1.96.0", components: [], targets: [] },
        // In an order of its own, so that another one makes no other image.
        {
          version: "1.95.0",
          components: ["llvm-tools", "rust-src"],
          targets: ["i686-unknown-linux-gnu", "wasm32-wasip2"],
        },
        { version: "1.90.0", components: [], targets: [] },
      ],
    });
  });

  it("has options for formatting and linting", () => {
    const build = {
      rustfmt: { max_width: 120, use_small_heuristics: "Max", reorder_imports: false },
      clippy: {
        msrv: "1.95.0",
        "too-many-arguments-threshold": 9,
        "disallowed-names": [],
        "doc-valid-idents": ["a", ""],
      },
    };
    expect(load(platform({ build })).platform).toMatchObject(build);
  });

  it("may keep compiled crates in a bucket, which is not that of the states", () => {
    const build = { sccache: { bucket: "acme-sccache" } };
    expect(load(platform({ build, state: { bucket: "acme-state" } })).platform.sccache).toEqual(build.sccache);
    expect(issue(platform({ build, state: { bucket: "acme-sccache" } }))).toMatchObject({
      file: "platform.json",
      field: "build.sccache.bucket",
      value: "acme-sccache",
      rule: "is the bucket of the states; what is cached expires, and states must not",
      fix: 'write for example "acme-sccache-sccache"',
    });
  });

  it("keeps state in a bucket or in a folder", () => {
    const state = { bucket: "acme-state", prefix: "a/b" };
    expect(load(platform({ state })).platform.state).toEqual(state);
    for (const directory of ["x", ".sandbox/state", "..states", "a/./b/"]) {
      expect(load(platform({ state: { directory } })).platform.state).toEqual({ directory });
    }
  });
});

describe("apps.json", () => {
  it("may be a bare list", () => {
    expect(load({ apps: [PODCORE] })).toEqual(load({ apps: { apps: [PODCORE] } }));
  });

  it("means the same in any order", () => {
    const other = { name: "Another", language: "rust" };
    expect(load({ apps: [PODCORE, other] })).toEqual(load({ apps: [other, PODCORE] }));
  });
});

describe("eight faults in one file", () => {
  const faulty = [
    { name: "Podcore", language: "rust", procesess: {} },
    { name: "Shop", language: "go", processes: { web: { port: 99_999 } } },
    { name: "podcore", language: "rust" },
    { name: "Search", language: "rust", environments: ["prodction"] },
    { language: "rust", slug: "ok" },
    { name: "1st", language: "rust" },
    { name: "Jobs", language: "rust", processes: { run: { hosts: true } } },
  ];

  it("are all reported, each with entry, field, value, rule and what to write", () => {
    expect(
      issues({ apps: faulty }).map(({ entry, field, value, rule, fix }) => [entry, field, value, rule, fix]),
    ).toEqual([
      ['"Podcore" (entry 1)', "procesess", "procesess", "unknown field", 'did you mean "processes"?'],
      ['"Shop" (entry 2)', "language", "go", 'must be "rust"', 'write "rust"'],
      [
        '"Shop" (entry 2)',
        "processes.web.port",
        99_999,
        "must be a whole number from 1 to 65535",
        "write for example 8080",
      ],
      [
        '"podcore" (entry 3)',
        "name",
        "podcore",
        'wants slug "podcore", which "Podcore" (entry 1) has',
        'write another name, or another "slug" in one of the entries',
      ],
      [
        '"Search" (entry 4)',
        "environments.0",
        "prodction",
        'platform.json has no environment "prodction"',
        'did you mean "production"?',
      ],
      ["entry 5", "name", undefined, "is missing; must be a string", 'write for example "Podcore"'],
      [
        '"1st" (entry 6)',
        "name",
        "1st",
        'the slug derived from it, "1st", must have 2 to 40 characters and start with a letter',
        'write another name, or set "slug"',
      ],
      [
        '"Jobs" (entry 7)',
        "processes.run.hosts",
        true,
        "a process that is public needs a port",
        'write for example "port": 8080 beside it',
      ],
    ]);
  });

  it("are told with file, line and column", () => {
    expect(issues({ apps: faulty }).map(({ file, line }) => [file, line])).toEqual(
      [5, 9, 12, 17, 24, 27, 32, 40].map((line) => ["apps.json", line]),
    );
  });

  it("make one message without a stack trace", () => {
    const error = new FleetError(issues({ apps: faulty }));
    expect(error.message).toMatch(/^8 errors in the fleet's files; nothing was written\.\n/);
    expect(error.stack).toBe(error.message);
    expect(error.message).toContain(
      '  apps.json:5:5  "Podcore" (entry 1)  procesess\n    "procesess": unknown field\n    → did you mean "processes"?',
    );
  });

  it("do not hide those in the other files", () => {
    const files = issues({ apps: faulty, platform: {}, releases: { production: 7 } }).map(({ file }) => file);
    expect(new Set(files)).toEqual(new Set(["apps.json", "platform.json", "releases.json"]));
  });
});

describe("a wrong value", () => {
  const ENTRIES = 'write for example [{ "name": "Podcore", "language": "rust" }]';

  it.each<[string, object, string]>([
    ["a name that is no string", { name: 7 }, "name"],
    ["an empty name", { name: "" }, "name"],
    ["a name of two lines", { name: "Pod\ncore" }, "name"],
    ["a name that is too long", { name: "x".repeat(101) }, "name"],
    ["a slug with capitals", { slug: "Pod" }, "slug"],
    ["a slug with two hyphens", { slug: "pod--core" }, "slug"],
    ["a slug of one character", { slug: "p" }, "slug"],
    ["a slug that is too long", { slug: "p".repeat(41) }, "slug"],
    ["a repository name with a space", { repository: { name: "a b" } }, "repository.name"],
    ["a repository that is the folder", { repository: { name: "." } }, "repository.name"],
    ["a repository that is the folder above", { repository: { name: ".." } }, "repository.name"],
    ["a repository name that ends in .git", { repository: { name: "podcore.git" } }, "repository.name"],
    ["adopt that is no boolean", { repository: { adopt: "yes" } }, "repository.adopt"],
    ["an unknown field of the repository", { repository: { adopted: true } }, "repository.adopted"],
    ["no environment", { environments: [] }, "environments"],
    ["an environment twice", { environments: ["staging", "staging"] }, "environments.1"],
    ["a reserved environment", { environments: ["pipeline"] }, "environments.0"],
    ["an unknown build size", { build: { size: "huge" } }, "build.size"],
    ["an unknown field of the build", { build: { sise: "large" } }, "build.sise"],
    ["a build that is a list", { build: [] }, "build"],
    ["a Rust without its third number", { build: { rust: "1.95" } }, "build.rust"],
    ["a Rust of the future", { build: { rust: "2.0.0" } }, "build.rust"],
    ["a channel of Rust", { build: { rust: "stable" } }, "build.rust"],
    ["a Rust that is too old", { build: { rust: "1.88.0" } }, "build.rust"],
    ["a package with a space", { build: { package: "a b" } }, "build.package"],
    ["a package that is an option", { build: { package: "--all" } }, "build.package"],
    ["an unknown C library", { build: { libc: "glibc" } }, "build.libc"],
    ["a Debian package with a version", { build: { packages: ["cmake=3"] } }, "build.packages.0"],
    ["a Debian package that is an option", { build: { packages: ["-y"] } }, "build.packages.0"],
    ["a Debian package twice", { build: { packages: ["cmake", "cmake"] } }, "build.packages.1"],
    ["no Debian package", { build: { packages: [] } }, "build.packages"],
    ["a library with capitals", { build: { libraries: ["libPQ5"] } }, "build.libraries.0"],
    ["an absolute path", { build: { context: ["/etc"] } }, "build.context.0"],
    ["a path outside", { build: { context: ["a/../../b"] } }, "build.context.0"],
    ["a path that is the folder", { build: { context: ["."] } }, "build.context.0"],
    ["a path that begins with the folder", { build: { context: ["./web"] } }, "build.context.0"],
    ["a path with a slash at its end", { build: { context: ["web/"] } }, "build.context.0"],
    ["a path with two slashes", { build: { context: ["web//a"] } }, "build.context.0"],
    ["a path that takes another out", { build: { context: ["!web"] } }, "build.context.0"],
    ["a path that is a comment", { build: { context: ["#web"] } }, "build.context.0"],
    ["a path with a question mark", { build: { context: ["web/?"] } }, "build.context.0"],
    ["a path with a class of characters", { build: { context: ["web/[a-z]"] } }, "build.context.0"],
    ["a path with three stars", { build: { context: ["***"] } }, "build.context.0"],
    ["a path with two stars in a name", { build: { context: ["web/a**"] } }, "build.context.0"],
    ["a path of two lines", { build: { context: ["a\nb"] } }, "build.context.0"],
    ["a path of Git's", { build: { context: [".git/config"] } }, "build.context.0"],
    ["a path of the user", { build: { files: ["~/config"] } }, "build.files.0"],
    ["a path with a variable", { build: { files: ["$HOME"] } }, "build.files.0"],
    ["a path with a space", { build: { files: ["a b"] } }, "build.files.0"],
    ["a path of files with a star", { build: { files: ["config/*"] } }, "build.files.0"],
    ["a path twice", { build: { files: ["a", "a"] } }, "build.files.1"],
    ["a network that is no boolean", { build: { network: "host" } }, "build.network"],
    ["a secret with a space", { build: { gitCredentials: "a b" } }, "build.gitCredentials"],
    ["a secret that is any", { build: { gitCredentials: "podcore/*" } }, "build.gitCredentials"],
    ["sccache that is a bucket", { build: { sccache: "acme-sccache" } }, "build.sccache"],
    ["attestations that are no boolean", { build: { attestations: 1 } }, "build.attestations"],
    ["a Dockerfile outside", { build: { dockerfile: "../Dockerfile" } }, "build.dockerfile"],
    ["a Dockerfile that is an option", { build: { dockerfile: "a b" } }, "build.dockerfile"],
    ["an unknown database", { database: "mysql" }, "database"],
    ["a database of an unknown kind", { database: { engine: "mysql" } }, "database.engine"],
    ["a database of no kind", { database: { volume: "1Gi" } }, "database.engine"],
    ["a volume without a unit", { database: { engine: "postgres", volume: 10 } }, "database.volume"],
    ["a volume in bytes", { database: { engine: "postgres", volume: "1000000" } }, "database.volume"],
    ["no process", { processes: {} }, "processes"],
    ["a process name with capitals", { processes: { Web: {} } }, "processes.Web"],
    ["a process name that is too long", { processes: { ["w".repeat(21)]: {} } }, `processes.${"w".repeat(21)}`],
    ["an empty command", { processes: { web: { command: [] } } }, "processes.web.command"],
    ["a command that is a string", { processes: { web: { command: "podcore web" } } }, "processes.web.command"],
    ["an empty argument", { processes: { web: { command: [""] } } }, "processes.web.command.0"],
    ["an argument with a tab", { processes: { web: { command: ["a\tb"] } } }, "processes.web.command.0"],
    ["a process that is null", { processes: { web: null } }, "processes.web"],
    ["a port beyond all numbers", { processes: { web: { port: 1e99 } } }, "processes.web.port"],
    ["port 0", { processes: { web: { port: 0 } } }, "processes.web.port"],
    ["a port with a fraction", { processes: { web: { port: 80.5 } } }, "processes.web.port"],
    ["a port that is a string", { processes: { web: { port: "8080" } } }, "processes.web.port"],
    ["an unknown protocol", { processes: { web: { protocol: "h2" } } }, "processes.web.protocol"],
    [
      "a gRPC service with a slash",
      { processes: { web: { protocol: "grpc", readiness: { service: "a/b" } } } },
      "processes.web.readiness.service",
    ],
    ["a host that is no DNS name", { processes: { web: { hosts: ["a_b.com"] } } }, "processes.web.hosts.0"],
    ["a host twice", { processes: { web: { hosts: ["a.com", "a.com"] } } }, "processes.web.hosts.1"],
    ["a host that is a number", { processes: { web: { hosts: [7] } } }, "processes.web.hosts.0"],
    ["no host", { processes: { web: { hosts: [] } } }, "processes.web.hosts"],
    ["no host anywhere", { processes: { web: { hosts: {} } } }, "processes.web.hosts"],
    [
      "hosts for an environment with capitals",
      { processes: { web: { hosts: { Production: ["a.com"] } } } },
      "processes.web.hosts.Production",
    ],
    ["hosts that are false", { processes: { web: { hosts: false } } }, "processes.web.hosts"],
    [
      "hosts for an unknown environment",
      { processes: { web: { hosts: { prod: ["a.com"] } } } },
      "processes.web.hosts.prod",
    ],
    ["a process called like the migration", { processes: { migrate: {} } }, "processes.migrate"],
    ["an empty list of arguments", { processes: { web: { args: [] } } }, "processes.web.args"],
    ["a path without a slash", { processes: { web: { paths: ["api"] } } }, "processes.web.paths.0"],
    ["a path with a slash at its end", { processes: { web: { paths: ["/api/"] } } }, "processes.web.paths.0"],
    ["a path with a star", { processes: { web: { paths: ["/api/*"] } } }, "processes.web.paths.0"],
    ["a path that is too long", { processes: { web: { paths: [`/${"a".repeat(126)}`] } } }, "processes.web.paths.0"],
    ["a path twice", { processes: { web: { paths: ["/", "/"] } } }, "processes.web.paths.1"],
    ["no path", { processes: { web: { paths: [] } } }, "processes.web.paths"],
    ["paths of what is not public", { processes: { api: { port: 1, paths: ["/"] } } }, "processes.api.paths"],
    ["a negative number of pods", { processes: { web: { replicas: -1 } } }, "processes.web.replicas"],
    ["too many pods", { processes: { web: { replicas: 101 } } }, "processes.web.replicas"],
    ["a part of a pod", { processes: { web: { replicas: 1.5 } } }, "processes.web.replicas"],
    ["pods without an upper bound", { processes: { web: { replicas: { min: 1 } } } }, "processes.web.replicas.max"],
    [
      "more pods at least than at most",
      { processes: { web: { replicas: { min: 3, max: 2 }, resources: { cpu: "1" } } } },
      "processes.web.replicas.min",
    ],
    ["none at least", { processes: { web: { replicas: { min: 0, max: 2 } } } }, "processes.web.replicas.min"],
    ["a share of CPU of 0", { processes: { web: { replicas: { max: 2, cpu: 0 } } } }, "processes.web.replicas.cpu"],
    ["CPU as a number", { processes: { web: { resources: { cpu: 1 } } } }, "processes.web.resources.cpu"],
    ["CPU of another unit", { processes: { web: { resources: { cpu: "1k" } } } }, "processes.web.resources.cpu"],
    ["no CPU", { processes: { web: { resources: { cpu: "0m" } } } }, "processes.web.resources.cpu"],
    [
      "memory in megabytes",
      { processes: { web: { resources: { memory: "64MB" } } } },
      "processes.web.resources.memory",
    ],
    [
      "memory without a unit",
      { processes: { web: { resources: { memory: "64" } } } },
      "processes.web.resources.memory",
    ],
    [
      "a limit without a unit",
      { processes: { web: { resources: { memoryLimit: 64 } } } },
      "processes.web.resources.memoryLimit",
    ],
    [
      "a limit below the default request",
      { processes: { web: { resources: { memoryLimit: "63Mi" } } } },
      "processes.web.resources.memoryLimit",
    ],
    [
      "a limit below the request",
      { processes: { web: { resources: { memory: "2Gi", memoryLimit: "2047Mi" } } } },
      "processes.web.resources.memoryLimit",
    ],
    [
      "a limit below the request in an environment",
      { processes: { web: { resources: { staging: { memory: "1Gi", memoryLimit: "1000Mi" } } } } },
      "processes.web.resources.staging.memoryLimit",
    ],
    [
      "a limit of a migration below its request",
      { migrate: { command: ["m"], resources: { memoryLimit: "1Mi" } } },
      "migrate.resources.memoryLimit",
    ],
    [
      "a limit of a scheduled job below its request",
      { schedule: { report: { cron: "@daily", args: ["a"], resources: { memoryLimit: "1Mi" } } } },
      "schedule.report.resources.memoryLimit",
    ],
    [
      "a limit of a database below its request",
      { database: { engine: "postgres", resources: { memoryLimit: "511Mi" } } },
      "database.resources.memoryLimit",
    ],
    [
      "resources of no environment",
      { processes: { web: { resources: { staging: 1 } } } },
      "processes.web.resources.staging",
    ],
    [
      "resources for an unknown environment",
      { processes: { web: { resources: { prod: { cpu: "1" } } } } },
      "processes.web.resources.prod",
    ],
    [
      "resources of a migration for an unknown environment",
      { migrate: { command: ["m"], resources: { prod: {} } } },
      "migrate.resources.prod",
    ],
    [
      "resources of a database for an unknown environment",
      { database: { engine: "postgres", resources: { prod: {} } } },
      "database.resources.prod",
    ],
    [
      "resources of a scheduled job for an unknown environment",
      { schedule: { report: { cron: "@daily", args: ["a"], resources: { prod: {} } } } },
      "schedule.report.resources.prod",
    ],
    [
      "resources that are fields and environments",
      { processes: { web: { resources: { cpu: "1", staging: { cpu: "2" } } } } },
      "processes.web.resources",
    ],
    [
      "a misspelt field of resources",
      { processes: { web: { resources: { cpu: "1", memry: "1Gi" } } } },
      "processes.web.resources.memry",
    ],
    [
      "pods for an unknown environment",
      { processes: { web: { replicas: { prod: 1 } } } },
      "processes.web.replicas.prod",
    ],
    [
      "pods for an environment with capitals",
      { processes: { web: { replicas: { Production: 1 } } } },
      "processes.web.replicas.Production",
    ],
    ["pods for no environment", { processes: { web: { replicas: {} } } }, "processes.web.replicas.max"],
    [
      "pods that are bounds and environments",
      { processes: { web: { replicas: { min: 1, max: 2, staging: 1 } } } },
      "processes.web.replicas",
    ],
    [
      "too many pods in an environment",
      { processes: { web: { replicas: { staging: 101 } } } },
      "processes.web.replicas.staging",
    ],
    [
      "pods without an upper bound in an environment",
      { processes: { web: { replicas: { staging: { min: 1 } } } } },
      "processes.web.replicas.staging.max",
    ],
    [
      "more pods at least than at most in an environment",
      { processes: { web: { replicas: { production: 2, staging: { min: 3, max: 2 } }, resources: { cpu: "1" } } } },
      "processes.web.replicas.staging.min",
    ],
    [
      "an environment within an environment",
      { database: { engine: "postgres", volume: { staging: { staging: "1Gi" } } } },
      "database.volume.staging",
    ],
    [
      "a volume for an unknown environment",
      { database: { engine: "postgres", volume: { prod: "1Gi" } } },
      "database.volume.prod",
    ],
    [
      "a volume without a unit in an environment",
      { database: { engine: "postgres", volume: { staging: "1" } } },
      "database.volume.staging",
    ],
    ["a volume for no environment", { database: { engine: "postgres", volume: {} } }, "database.volume"],
    [
      "a time for an unknown environment",
      { schedule: { report: { cron: { prod: "@daily" }, args: ["a"] } } },
      "schedule.report.cron.prod",
    ],
    [
      "a bad time in an environment",
      { schedule: { report: { cron: { staging: "0 25 * * *" }, args: ["a"] } } },
      "schedule.report.cron.staging",
    ],
    ...["CET+1", "+01:00", "europe/berlin", "Local", "", "UTC "].map((timezone): [string, object, string] => [
      `a time zone that is none: "${timezone}"`,
      { schedule: { report: { cron: "@daily", timezone, args: ["a"] } } },
      "schedule.report.timezone",
    ]),
    [
      "a time zone that is a number",
      { schedule: { report: { cron: "@daily", timezone: 1, args: ["a"] } } },
      "schedule.report.timezone",
    ],
    ["a time for no environment", { schedule: { report: { cron: {}, args: ["a"] } } }, "schedule.report.cron"],
    ["a probe without a path", { processes: { web: { readiness: {} } } }, "processes.web.readiness"],
    [
      "a probe of another kind",
      { processes: { web: { liveness: { path: "/", tcp: 1 } } } },
      "processes.web.liveness.tcp",
    ],
    [
      "a probe's path with a space",
      { processes: { web: { liveness: { path: "/a b" } } } },
      "processes.web.liveness.path",
    ],
    ["readiness of a worker", { processes: { crawl: { readiness: { path: "/" } } } }, "processes.crawl.readiness"],
    ["liveness of a worker", { processes: { crawl: { liveness: { path: "/" } } } }, "processes.crawl.liveness"],
    ["a grace period of a day", { processes: { web: { gracePeriod: 86_400 } } }, "processes.web.gracePeriod"],
    ["no time to start", { processes: { web: { startTimeout: 0 } } }, "processes.web.startTimeout"],
    ["a start of more than an hour", { processes: { web: { startTimeout: 3601 } } }, "processes.web.startTimeout"],
    ["a start in words", { processes: { web: { startTimeout: "5m" } } }, "processes.web.startTimeout"],
    ["a drain below 0", { processes: { web: { drainDelay: -1 } } }, "processes.web.drainDelay"],
    ["a drain of more than an hour", { processes: { web: { drainDelay: 3601 } } }, "processes.web.drainDelay"],
    ["a drain too short for a load balancer", { processes: { web: { drainDelay: 9 } } }, "processes.web.drainDelay"],
    [
      "a grace period too long for a load balancer",
      { processes: { web: { gracePeriod: 3600 } } },
      "processes.web.gracePeriod",
    ],
    ["a variable in lower case", { env: { rust_log: "info" } }, "env.rust_log"],
    ["a variable that starts with a digit", { env: { "1A": "" } }, "env.1A"],
    ["a variable with a long name", { env: { ["A".repeat(201)]: "" } }, `env.${"A".repeat(201)}`],
    ["the variable PORT", { env: { PORT: "80" } }, "env.PORT"],
    ["a variable that is a number", { env: { WORKERS: 4 } }, "env.WORKERS"],
    ["a variable with the character NUL", { env: { A: "\0" } }, "env.A"],
    ["a variable for an unknown environment", { env: { A: { prod: "" } } }, "env.A.prod"],
    ["a variable for no environment", { env: { A: {} } }, "env.A"],
    ["no variable", { env: {} }, "env"],
    ["no destination", { egress: [] }, "egress"],
    ["a destination that is no list", { egress: "10.0.0.0/16" }, "egress"],
    ["a destination in no environment", { egress: {} }, "egress"],
    ["a destination in an unknown environment", { egress: { prod: [RDS] } }, "egress.prod"],
    ["a destination without ports", { egress: [{ cidr: "10.0.0.0/16" }] }, "egress.0.ports"],
    ["a destination with no port", { egress: [{ ...RDS, ports: [] }] }, "egress.0.ports"],
    ["a destination with port 0", { egress: [{ ...RDS, ports: [0] }] }, "egress.0.ports.0"],
    [
      "a destination with a port beyond all",
      { egress: { staging: [{ ...RDS, ports: [1, 65_536] }] } },
      "egress.staging.0.ports.1",
    ],
    ["a destination with a port twice", { egress: [{ ...RDS, ports: [1, 1] }] }, "egress.0.ports.1"],
    ["a destination with a port by name", { egress: [{ ...RDS, ports: ["postgres"] }] }, "egress.0.ports.0"],
    ["a destination that is nowhere", { egress: [{ ports: [5432] }] }, "egress.0"],
    ["a destination that is two", { egress: [{ ...RDS, namespace: "a" }] }, "egress.0"],
    ["a destination with more than it may have", { egress: [{ ...RDS, host: "a" }] }, "egress.0.host"],
    ["a destination that is an address", { egress: [{ ...RDS, cidr: "10.0.0.1" }] }, "egress.0.cidr"],
    ["a destination with host bits", { egress: [RDS, { ...RDS, cidr: "10.0.0.1/16" }] }, "egress.1.cidr"],
    ["a destination in another form", { egress: [{ ...RDS, cidr: "2001:DB8::/32" }] }, "egress.0.cidr"],
    ["a destination that is everything", { egress: [{ ...RDS, cidr: "0.0.0.0/0" }] }, "egress.0.cidr"],
    [
      "a destination wider than a private range",
      { egress: { staging: [{ ...RDS, cidr: "10.0.0.0/7" }] } },
      "egress.staging.0.cidr",
    ],
    ["a namespace with capitals as destination", { egress: [{ namespace: "A", ports: [1] }] }, "egress.0.namespace"],
    [
      "destinations with 21 ports",
      { egress: [RDS, { ...RDS, ports: [...Array(20).keys()].map((n) => n + 1) }] },
      "egress",
    ],
    ["a secret with its value", { secrets: { TOKEN: "x" } }, "secrets"],
    ["a secret in lower case", { secrets: ["token"] }, "secrets.0"],
    ["a secret called PORT", { secrets: ["PORT"] }, "secrets.0"],
    ["a secret twice", { secrets: ["A", "A"] }, "secrets.1"],
    ["no secret", { secrets: [] }, "secrets"],
    ["a secret that is a variable, too", { env: { A: "" }, secrets: ["B", "A"] }, "secrets.1"],
    ["a secret that is the database's", { database: "postgres", secrets: ["DATABASE_URL"] }, "secrets.0"],
    ["a variable that is the database's", { database: "postgres", env: { DATABASE_URL: "" } }, "env.DATABASE_URL"],
    ["a migration that is a string", { migrate: "podcore migrate" }, "migrate"],
    ["an empty migration", { migrate: [] }, "migrate"],
    ["a migration without a command", { migrate: { deadline: 60 } }, "migrate.command"],
    ["a migration without time", { migrate: { command: ["m"], deadline: 0 } }, "migrate.deadline"],
    ["a migration with more than it may have", { migrate: { command: ["m"], port: 1 } }, "migrate.port"],
    ["nothing at certain times", { schedule: {} }, "schedule"],
    ["something at no time", { schedule: { report: { args: ["report"] } } }, "schedule.report.cron"],
    ["something at a bad time", { schedule: { report: { cron: "0 25 * * *", args: ["a"] } } }, "schedule.report.cron"],
    [
      "something called like the migration",
      { schedule: { migrate: { cron: "@daily", args: ["a"] } } },
      "schedule.migrate",
    ],
    [
      "something called like a process",
      { processes: { report: {} }, schedule: { report: { cron: "@daily", args: ["a"] } } },
      "schedule.report",
    ],
    [
      "something called like the default process",
      { schedule: { web: { cron: "@daily", args: ["a"] } } },
      "schedule.web",
    ],
    ["something that says not what", { schedule: { report: { cron: "@daily" } } }, "schedule.report"],
    ["a port of metrics that is none", { metrics: { port: 0 } }, "metrics.port"],
    ["a path of metrics without a slash", { metrics: { path: "metrics" } }, "metrics.path"],
    ["metrics that no port has", { processes: { crawl: {} }, metrics: {} }, "metrics"],
    ["retiring that is no boolean", { retiring: "soon" }, "retiring"],
  ])("of an entry: %s", (_, fields, field) => {
    const found = issue(app(fields));
    expect(found.field).toBe(field);
    expect(found.file).toBe("apps.json");
    expect(found.line).toBeGreaterThan(1);
    expect(found.fix).not.toBe("");
  });

  it.each<[string, object, string]>([
    ["an owner with a slash", { github: { ...PLATFORM.github, owner: "a/b" } }, "github.owner"],
    [
      "an ARN of something else",
      { github: { ...PLATFORM.github, connectionArn: "arn:aws:s3:::x" } },
      "github.connectionArn",
    ],
    ["rulesets that are no boolean", { github: { ...PLATFORM.github, rulesets: "on" } }, "github.rulesets"],
    ["an account of 11 digits", { aws: { ...PLATFORM.aws, accountId: "11112222333" } }, "aws.accountId"],
    ["a region that is none", { aws: { ...PLATFORM.aws, region: "europe" } }, "aws.region"],
    ["a negative delay", { aws: { ...PLATFORM.aws, iamPropagationSeconds: -1 } }, "aws.iamPropagationSeconds"],
    ["a delay that is too long", { aws: { ...PLATFORM.aws, iamPropagationSeconds: 301 } }, "aws.iamPropagationSeconds"],
    ["a bucket with capitals", { state: { bucket: "Acme" } }, "state.bucket"],
    ["a prefix with a slash at its end", { state: { bucket: "acme-state", prefix: "a/" } }, "state.prefix"],
    ["an empty prefix", { state: { bucket: "acme-state", prefix: "" } }, "state.prefix"],
    ["a state of nowhere", { state: {} }, "state"],
    ["a state in two places", { state: { bucket: "acme-state", directory: "x" } }, "state"],
    ["an absolute folder", { state: { directory: "/states" } }, "state.directory"],
    ["a folder of the user", { state: { directory: "~/states" } }, "state.directory"],
    ["a folder outside", { state: { directory: "a/../../b" } }, "state.directory"],
    ["a folder without a name", { state: { directory: "" } }, "state.directory"],
    ["a folder that is a number", { state: { directory: 7 } }, "state.directory"],
    ["a price of an unknown size", { build: { pricePerMinute: { lage: 1 } } }, "build.pricePerMinute.lage"],
    ["a negative price", { build: { pricePerMinute: { large: -1 } } }, "build.pricePerMinute.large"],
    ["a price that is a string", { build: { pricePerMinute: { large: "1" } } }, "build.pricePerMinute.large"],
    ["an option of rustfmt with a space", { build: { rustfmt: { "max width": 1 } } }, "build.rustfmt.max width"],
    ["an option that is null", { build: { rustfmt: { max_width: null } } }, "build.rustfmt.max_width"],
    ["an option that is an object", { build: { clippy: { msrv: {} } } }, "build.clippy.msrv"],
    ["an option that is a list of numbers", { build: { clippy: { msrv: [1] } } }, "build.clippy.msrv.0"],
    ["an option of two lines", { build: { clippy: { msrv: "1\n2" } } }, "build.clippy.msrv"],
    ["no option", { build: { clippy: {} } }, "build.clippy"],
    ["a bucket of nowhere", { build: { sccache: {} } }, "build.sccache.bucket"],
    ["a bucket for sccache with capitals", { build: { sccache: { bucket: "Acme" } } }, "build.sccache.bucket"],
    ["a renewal at some time", { builder: { renewed: "today" } }, "builder.renewed"],
    ["a renewal on a day that is none", { builder: { renewed: "2026-02-30" } }, "builder.renewed"],
    ["a renewal in a month that is none", { builder: { renewed: "2026-13-01" } }, "builder.renewed"],
    ["no Rust", { builder: { rust: [] } }, "builder.rust"],
    ["a Rust that is no list", { builder: { rust: "1.95.0" } }, "builder.rust"],
    ["a Rust that is too old", { builder: { rust: ["1.80.0"] } }, "builder.rust.0"],
    ["a Rust without a version", { builder: { rust: [{ targets: ["a"] }] } }, "builder.rust.0.version"],
    ["a Rust twice", { builder: { rust: ["1.95.0", "1.95.0"] } }, "builder.rust.1"],
    ["a Rust twice, in two ways", { builder: { rust: [{ version: "1.95.0" }, "1.95.0"] } }, "builder.rust.1"],
    [
      "a component with a slash",
      { builder: { rust: [{ version: "1.95.0", components: ["a/b"] }] } },
      "builder.rust.0.components.0",
    ],
    [
      "a target with a space",
      { builder: { rust: [{ version: "1.95.0", targets: ["a b"] }] } },
      "builder.rust.0.targets.0",
    ],
    ["a budget of 0", { budget: { monthlyUsd: 0, email: "a@example.com" } }, "budget.monthlyUsd"],
    ["a budget of cents", { budget: { monthlyUsd: 0.5, email: "a@example.com" } }, "budget.monthlyUsd"],
    ["a budget of millions", { budget: { monthlyUsd: 1_000_001, email: "a@example.com" } }, "budget.monthlyUsd"],
    ["a budget for nobody", { budget: { monthlyUsd: 1, email: "me" } }, "budget.email"],
    ["no environment", { environments: {} }, "environments"],
    [
      "a domain that is too long for hosts",
      { environments: { production: { domain: `${`${"a".repeat(47)}.`.repeat(4)}com` } } },
      "environments.production.domain",
    ],
    [
      "an empty context",
      { environments: { production: { domain: "a.com", context: "" } } },
      "environments.production.context",
    ],
    [
      "an empty kubeconfig",
      { environments: { production: { domain: "a.com", kubeconfig: "" } } },
      "environments.production.kubeconfig",
    ],
    ["an environment without a domain", { environments: { production: {} } }, "environments.production.domain"],
    ...["repository", "pipeline", "database", "access", "min", "max", "cpu", "memory"].map(
      (name): [string, object, string] => [
        `a reserved environment: ${name}`,
        { environments: { [name]: { domain: "a.com" } } },
        `environments.${name}`,
      ],
    ),
    [
      "an environment called like a database",
      { environments: { "eu-database": { domain: "a.com" } } },
      "environments.eu-database",
    ],
    ...["10.0.0.0", "10.0.0.256/8", "10.0.0.0/33", "::/0"].map((range): [string, object, string] => [
      `a range of addresses that is none: ${range}`,
      { environments: { production: { domain: "a.com", ingress: { from: [range] } } } },
      "environments.production.ingress.from.0",
    ]),
    [
      "no range of addresses",
      { environments: { production: { domain: "a.com", ingress: { from: [] } } } },
      "environments.production.ingress.from",
    ],
    [
      "a namespace with capitals",
      { environments: { production: { domain: "a.com", ingress: { from: "Traefik" } } } },
      "environments.production.ingress.from",
    ],
    [
      "no certificate",
      { environments: { production: { domain: "a.com", ingress: { certificates: [] } } } },
      "environments.production.ingress.certificates",
    ],
    ...["*", "*.*.a.com", "a.*.com", "A.com", "*a.com"].map((certificate): [string, object, string] => [
      `a certificate for no name: ${certificate}`,
      { environments: { production: { domain: "a.com", ingress: { certificates: ["*.a.com", certificate] } } } },
      "environments.production.ingress.certificates.1",
    ]),
    [
      "TLS from nowhere",
      { environments: { production: { domain: "a.com", ingress: { class: "traefik", tls: {} } } } },
      "environments.production.ingress.tls",
    ],
    [
      "TLS from two places",
      {
        environments: {
          production: { domain: "a.com", ingress: { class: "traefik", tls: { secret: "a", clusterIssuer: "b" } } },
        },
      },
      "environments.production.ingress.tls",
    ],
    [
      "a Secret with capitals",
      { environments: { production: { domain: "a.com", ingress: { class: "traefik", tls: { secret: "A" } } } } },
      "environments.production.ingress.tls.secret",
    ],
    [
      "an annotation with two slashes",
      { environments: { production: { domain: "a.com", ingress: { annotations: { "a/b/c": "1" } } } } },
      "environments.production.ingress.annotations.a/b/c",
    ],
    [
      "an annotation that is a number",
      { environments: { production: { domain: "a.com", ingress: { annotations: { a: 1 } } } } },
      "environments.production.ingress.annotations.a",
    ],
    [
      "no pull secret",
      { environments: { production: { domain: "a.com", imagePullSecrets: [] } } },
      "environments.production.imagePullSecrets",
    ],
    [
      "a pull secret that is an address",
      { environments: { production: { domain: "a.com", imagePullSecrets: ["a/b"] } } },
      "environments.production.imagePullSecrets.0",
    ],
    [
      "metrics for nobody",
      { environments: { production: { domain: "a.com", metrics: {} } } },
      "environments.production.metrics.from",
    ],
    [
      "a StorageClass with a slash",
      { environments: { production: { domain: "a.com", storageClass: "a/b" } } },
      "environments.production.storageClass",
    ],
    ["a provider of no stack", { providers: { azure: "1.0.0" } }, "providers.azure"],
    ["providers as a list", { providers: ["3.2.1"] }, "providers"],
    ...[3, "3.2", "v3.2.1", "~> 3.2", ">= 3.2.1", ">=3.2.1, <4.0.0", "< 4.0.0, >= 3.2.1", ">= 03.2.1, < 4.0.0"].map(
      (version): [string, object, string] => [
        `versions of a provider that cdktf and Terraform read differently: ${version}`,
        { providers: { kubernetes: version } },
        "providers.kubernetes",
      ],
    ),
    ["no version of a provider", { providers: { kubernetes: ">= 4.0.0, < 4.0.0" } }, "providers.kubernetes"],
    ...(
      [
        ["no destination", { egress: [] }, "egress"],
        ["destinations by environment", { egress: { staging: [RDS] } }, "egress"],
        ["a destination without ports", { egress: [{ namespace: "a" }] }, "egress.0.ports"],
        ["a destination with host bits", { egress: [{ ...RDS, cidr: "10.0.0.1/8" }] }, "egress.0.cidr"],
        ["a destination that is everything", { egress: [{ ...RDS, cidr: "0.0.0.0/0" }] }, "egress.0.cidr"],
        [
          "a destination wider than the environment's own range",
          { egress: [{ ...RDS, cidr: "2600::/12" }], privateRanges: ["2600:1f14:b20::/56"] },
          "egress.0.cidr",
        ],
        [
          "destinations with 21 ports",
          { egress: [{ ...RDS, ports: [...Array(21).keys()].map((port) => port + 1) }] },
          "egress",
        ],
        ["no private range", { privateRanges: [] }, "privateRanges"],
        ["a private range that is none", { privateRanges: ["2600::"] }, "privateRanges.0"],
        ["a private range twice", { privateRanges: ["44.0.0.0/8", "44.0.0.0/8"] }, "privateRanges.1"],
        ["a private range with host bits", { privateRanges: ["44.1.0.0/8"] }, "privateRanges.0"],
        ["a private range that is private anyway", { privateRanges: ["10.0.0.0/16"] }, "privateRanges.0"],
        ["a private range of IPv6 that is private anyway", { privateRanges: ["fd00::/8"] }, "privateRanges.0"],
        ["a private range that is everything", { privateRanges: ["0.0.0.0/0"] }, "privateRanges.0"],
        ["a private range that is everything of IPv6", { privateRanges: ["2000::/3"] }, "privateRanges.0"],
        ["a private range with a private one in it", { privateRanges: ["172.0.0.0/8"] }, "privateRanges.0"],
      ] as const
    ).map(([title, fields, field]): [string, object, string] => [
      title,
      { environments: { production: { domain: "a.com", ...fields } } },
      `environments.production.${field}`,
    ]),
    ["a PostgreSQL of the past", { database: { postgres: 9 } }, "database.postgres"],
    ["a PostgreSQL of another kind", { database: { postgres: "17.2" } }, "database.postgres"],
  ])("of the platform: %s", (_, fields, field) => {
    expect(issue(platform(fields))).toMatchObject({ file: "platform.json", field });
  });

  it.each<[string, object, string]>([
    ["a short tag", { production: { podcore: { ...PIN, tag: "0123" } } }, "production.podcore.tag"],
    [
      "a digest without its kind",
      { production: { podcore: { ...PIN, digest: "0".repeat(64) } } },
      "production.podcore.digest",
    ],
    ["an unknown field", { production: { podcore: { ...PIN, image: "x" } } }, "production.podcore.image"],
    [
      "a migration that is asked for",
      { production: { podcore: { ...PIN, migrate: true } } },
      "production.podcore.migrate",
    ],
    ["an unknown environment", { prod: { podcore: PIN } }, "prod"],
    ["a misspelt setting", { $shema: "x" }, "$shema"],
    ["an object in the place of a setting", { $shema: {} }, "$shema"],
    ["an unknown app", { production: { podcor: PIN } }, "production.podcor"],
  ])("of a release: %s", (_, releases, field) => {
    expect(issue({ releases })).toMatchObject({ file: "releases.json", field });
  });

  it.each<[string, FleetFiles, string, string]>([
    ["no entry", { apps: [] }, "must be a list of at least one entry", ENTRIES],
    ["no entry in an object", { apps: { apps: [] } }, "must be a list of at least one entry", ENTRIES],
    ["entries that are no list", { apps: { apps: {} } }, "must be a list of at least one entry", ENTRIES],
    ["no list", { apps: {} }, "is missing; must be a list of at least one entry", ENTRIES],
    [
      "an entry that is null",
      { apps: [null] },
      "must be an object",
      'write for example { "name": "Podcore", "language": "rust" }',
    ],
    [
      "a name without a letter",
      app({ name: "日本" }),
      "no slug can be derived from it: it has none of the letters a to z",
      'write another name, or set "slug"',
    ],
    [
      "an empty argument",
      app({ processes: { web: { command: [""] } } }),
      "must not be empty",
      'write for example "podcore"',
    ],
    [
      "a host twice",
      app({ processes: { web: { hosts: ["a.com", "a.com"] } } }),
      "stands twice in the list",
      "keep one",
    ],
    [
      "a version of a provider in the words of another tool",
      platform({ providers: { kubernetes: "^3.2.1" } }),
      "must be a string that is one version, or a lower and an upper bound in this order",
      'write for example ">= 3.2.1, < 4.0.0"',
    ],
    [
      "bounds the wrong way round",
      platform({ providers: { aws: ">= 6.10.0, < 6.9.0" } }),
      "has its lower bound at or above its upper one",
      'write for example ">= 6.40.0, < 7.0.0"',
    ],
    [
      "a Rust that the platform lacks",
      { ...app({ build: { rust: "1.94.0" } }), ...platform({ builder: { rust: ["1.96.0", { version: "1.95.0" }] } }) },
      "platform.json builds with Rust 1.96.0, 1.95.0 only",
      'write one of these, or into platform.json "builder": { "rust": ["1.96.0", "1.95.0", "1.94.0"] }',
    ],
    [
      "sccache without a bucket",
      app({ build: { sccache: true } }),
      "platform.json names no bucket in which compiled crates are kept",
      'write into platform.json "build": { "sccache": { "bucket": "acme-sccache" } }, or take it out',
    ],
    [
      "a static binary with libraries",
      app({ build: { libc: "musl", libraries: ["libpq5"] } }),
      'a static binary loads no library, and "libc" is "musl"',
      'take one of the two out; what is linked statically belongs into "packages"',
    ],
    [
      "a migration without a command",
      app({ migrate: { deadline: 60 } }),
      "is missing; must be a list of at least one string",
      'write for example ["podcore", "migrate"]',
    ],
    [
      "a process called like the migration",
      app({ processes: { migrate: {} } }),
      'must not be "migrate": the Job of the migration has that name',
      'use "migrate" of the entry, or write for example "web"',
    ],
    [
      "the variable PORT",
      app({ env: { PORT: "80" } }),
      'must not be "PORT": it tells a process its port',
      "take it out",
    ],
    [
      "a number as a variable",
      app({ env: { WORKERS: 4 } }),
      "must be a string, or one such string for each environment",
      'write for example "4" or { "production": "4" }',
    ],
    [
      "a destination that is nowhere",
      app({ egress: [{ ports: [5432] }] }),
      'must have "ports", and either "cidr" or "namespace"',
      'write for example { "cidr": "10.0.0.0/16", "ports": [5432] } or { "namespace": "observability", "ports": [4317] }',
    ],
    [
      "a destination with host bits",
      app({ egress: [{ ...RDS, cidr: "10.0.3.7/16" }] }),
      "must begin with the range's first address, in its shortest form",
      'write "10.0.0.0/16"',
    ],
    [
      "a destination wider than a private range",
      { ...app({ environments: ["production"], egress: [{ ...RDS, cidr: "172.0.0.0/8" }] }) },
      'is wider than 172.16.0.0/12, which "production" keeps private',
      'write for example "172.16.0.0/12"; the internet is open anyway',
    ],
    [
      "the metadata of nodes",
      { ...app({ environments: ["production"], egress: [{ ...RDS, cidr: "169.254.169.254/32" }] }) },
      "contains 169.254.169.254/32, where every node hands out the credentials of its role",
      "write the destination's own range",
    ],
    [
      "a range with the metadata of nodes",
      { ...app({ environments: ["production"], egress: [{ ...RDS, cidr: "169.254.0.0/16" }] }) },
      "contains 169.254.169.254/32, where every node hands out the credentials of its role",
      "write the destination's own range",
    ],
    [
      "the metadata of nodes over IPv6",
      { ...app({ environments: ["production"], egress: [{ ...RDS, cidr: "fd00:ec2::/32" }] }) },
      "contains fd00:ec2::254/128, where every node hands out the credentials of its role",
      "write the destination's own range",
    ],
    [
      "more ports than fit",
      {
        ...app({ environments: ["staging"], egress: [{ ...RDS, ports: [1, 2, 3] }] }),
        ...platform({
          environments: {
            staging: { domain: "a.com", egress: [{ ...RDS, ports: [...Array(19).keys()].map((port) => port + 3) }] },
          },
        }),
      },
      'lets out to 21 different ports in "staging"; at most 20 are possible',
      "take some out",
    ],
    [
      "a secret that is a variable, too",
      app({ env: { A: "" }, secrets: ["A"] }),
      'stands in "env", too',
      "take one of the two out",
    ],
    [
      "a secret that is the database's",
      app({ database: "postgres", secrets: ["DATABASE_URL"] }),
      'comes from the app\'s own database, which "database" asks for',
      "take one of the two out",
    ],
    [
      "more pods at least than at most",
      app({ processes: { web: { replicas: { min: 3, max: 2 }, resources: { cpu: "1" } } } }),
      'must be at most "max", 2',
      "write a smaller number",
    ],
    [
      "something that says not what",
      app({ schedule: { report: { cron: "@daily" } } }),
      "must say what runs: its command, its arguments, or both",
      'write for example "args": ["report"]',
    ],
    [
      "something called like a process",
      app({ schedule: { web: { cron: "@daily", args: ["a"] } } }),
      "a process has this name",
      "write another one",
    ],
    [
      "metrics that no port has",
      app({ processes: { crawl: {} }, metrics: {} }),
      "no process has a port from which they could be read",
      'write for example { "port": 9090 }',
    ],
    [
      "bounds without the CPU that they are measured by",
      app({ processes: { web: { replicas: { min: 2, max: 6 } } } }),
      'bounds need "resources.cpu": with the default request of 50m the process would always run at its maximum',
      'write "resources": { "cpu": "100m" } beside it',
    ],
    [
      "bounds with memory alone",
      app({ processes: { web: { replicas: { min: 2, max: 6 }, resources: { memory: "1Gi" } } } }),
      'bounds need "resources.cpu": with the default request of 50m the process would always run at its maximum',
      'write "cpu": "100m" into "resources"',
    ],
    [
      "bounds in an environment without CPU",
      app({ processes: { web: { replicas: { min: 2, max: 6 }, resources: { production: { cpu: "1" } } } } }),
      'bounds need "resources.cpu" in "staging": with the default request of 50m the process would always run at its maximum',
      'write "staging": { "cpu": "100m" } into "resources"',
    ],
    [
      "bounds of an environment without CPU",
      app({ processes: { web: { replicas: { production: { max: 6 } } } } }),
      'bounds need "resources.cpu" in "production": with the default request of 50m the process would always run at its maximum',
      'write "resources": { "cpu": "100m" } beside it',
    ],
    ...[
      ["Europe/Berln", 'did you mean "Europe/Berlin"?'],
      ["new_york", 'did you mean "America/New_York"?'],
      ["Mitteleuropa", 'write for example "Europe/Berlin"'],
    ].map(([timezone, fix = ""]): [string, FleetFiles, string, string] => [
      `the time zone ${timezone}`,
      app({ schedule: { report: { cron: "@daily", timezone, args: ["a"] } } }),
      "must be a time zone of the IANA database",
      fix,
    ]),
    [
      "a drain too short for a load balancer",
      app({ processes: { web: { drainDelay: 0 } } }),
      "must be at least 10 behind a load balancer of EKS, which still sends requests to a pod for some seconds after its removal",
      "write 20, or leave the field out for its default",
    ],
    [
      "a drain and a grace period that are too long for a load balancer",
      app({ processes: { web: { drainDelay: 60, gracePeriod: 3541 } } }),
      '"drainDelay" (60) and "gracePeriod" (3541) must be at most 3600 together behind a load balancer of EKS: it waits no longer for requests to a removed pod',
      "write at most 3540",
    ],
    [
      "fields and environments side by side",
      app({ processes: { web: { replicas: { min: 2, max: 6, staging: 1 } } } }),
      'has fields ("min", "max") and environments ("staging") side by side',
      'write the fields inside each environment, for example { "production": { "min": 2, "max": 6 } }',
    ],
    [
      "a misspelt environment",
      app({ processes: { web: { replicas: { stagin: 1 } } } }),
      'platform.json has no environment "stagin"',
      'did you mean "staging"?',
    ],
    [
      "a misspelt bound",
      app({ processes: { web: { replicas: { mx: 3 } } } }),
      'platform.json has no environment "mx"',
      'did you mean "max"?',
    ],
    [
      "a limit of memory below the request",
      app({ processes: { web: { resources: { memoryLimit: "32Mi" } } } }),
      "must be at least the memory that the pod requests, 64Mi",
      'write for example "64Mi"',
    ],
    [
      "a number in words",
      app({ processes: { web: { replicas: "two" } } }),
      "must be a whole number from 0 to 100, or bounds",
      'write for example 2 or { "min": 2, "max": 6 }',
    ],
    [
      "a number in the place of a volume",
      app({ database: { engine: "postgres", volume: 10 } }),
      "must be an amount of space in Gi, or one such amount for each environment",
      'write for example "10Gi" or { "production": "10Gi" }',
    ],
    [
      "a list in the place of what a pod needs",
      app({ processes: { web: { resources: ["1Gi"] } } }),
      "must be an object of quantities, or one such object for each environment",
      'write for example { "memory": "128Mi" } or { "production": { "memory": "128Mi" } }',
    ],
    [
      "a second port",
      app({ processes: { web: { ports: { http: 8080, grpc: 50051 } } } }),
      "a process listens on one port, with one protocol, probes and hosts of its own",
      'write another process of the same image beside it, for example "grpc": { "args": ["grpc"], "port": 50051, "protocol": "grpc" }',
    ],
    [
      "an HTTP probe of gRPC",
      app({ processes: { web: { protocol: "grpc", readiness: { path: "/ready" } } } }),
      'must name a service, and nothing else, since "protocol" is "grpc"',
      'write for example { "service": "podcore.v1.Episodes" }, or { "service": "" } for the whole server',
    ],
    [
      "a gRPC probe of HTTP",
      app({ processes: { web: { liveness: { service: "" } } } }),
      'must name a path, and nothing else, since "protocol" is "http"',
      'write for example { "path": "/ready" }',
    ],
    [
      "a probe of both",
      app({ processes: { web: { protocol: "http2", readiness: { path: "/", service: "" } } } }),
      'must name a path, and nothing else, since "protocol" is "http2"',
      'write for example { "path": "/ready" }',
    ],
    [
      "a probe of nothing",
      app({ processes: { web: { readiness: {} } } }),
      'must name a path, and nothing else, since "protocol" is "http"',
      'write for example { "path": "/ready" }',
    ],
    [
      "the protocol of a worker",
      app({ processes: { crawl: { protocol: "grpc" } } }),
      "a worker has no port at which it could speak one",
      'write for example "port": 8080 beside it',
    ],
    [
      "metrics at a port of gRPC",
      app({ processes: { web: { protocol: "grpc" } }, metrics: {} }),
      'Prometheus can\'t read them at the port of the process "web", which does not speak HTTP/1.1',
      'write for example { "port": 9090 }',
    ],
    [
      "readiness of a worker",
      app({ processes: { crawl: { readiness: { path: "/" } } } }),
      "a worker gets no requests, so nothing asks whether it is ready for them",
      'write for example "port": 8080 beside it',
    ],
    [
      "paths of what is not public",
      app({ processes: { api: { port: 1, paths: ["/"] } } }),
      "a process without hosts is not public, and has no paths",
      'write "hosts": true beside it',
    ],
    [
      "a database whose namespace has a name that is too long",
      {
        ...app({ slug: "a".repeat(40), database: "postgres", environments: ["p".repeat(20)] }),
        ...platform({ environments: { ["p".repeat(20)]: { domain: "a.com" } } }),
      },
      `the namespace of its database, "${"a".repeat(40)}-${"p".repeat(20)}-database", has 70 characters; 63 are allowed`,
      'write a "slug" that is 7 shorter',
    ],
    ["a misspelt size", platform({ build: { pricePerMinute: { lage: 1 } } }), "unknown size", 'did you mean "large"?'],
    ["a misspelt setting", { releases: { $shema: "x" } }, "unknown field", 'did you mean "$schema"?'],
  ])("is told what to write: %s", (_, files, rule, fix) => {
    expect(issue(files)).toMatchObject({ rule, fix });
  });

  it("of a build: all that means nothing beside a Dockerfile of the app's own, at once", () => {
    const beside = {
      rust: "1.94.0",
      package: "podcore",
      libc: "musl",
      packages: ["cmake"],
      libraries: ["libpq5"],
      context: ["web"],
      files: ["config"],
      network: true,
      gitCredentials: "podcore",
      sccache: true,
    };
    const found = issues(app({ build: { ...beside, dockerfile: "Dockerfile" } }));
    expect(found.map(({ field }) => field)).toEqual(Object.keys(beside).map((field) => `build.${field}`));
    for (const { rule, fix } of found) {
      expect(rule).toBe("means nothing beside a Dockerfile of the app's own");
      expect(fix).toBe('take it out, or take "dockerfile" out');
    }
    const build = { dockerfile: "Dockerfile", size: "large", attestations: true };
    expect(load(app({ build, database: "postgres" })).apps[0]?.build).toMatchObject(build);
  });

  it("of a release: an app that does not run there", () => {
    const found = issue({ ...app({ environments: ["staging"] }), releases: { production: { podcore: PIN } } });
    expect(found).toMatchObject({ field: "production.podcore", rule: '"podcore" does not run in "production"' });
  });
});

describe("a host", () => {
  const WANTED =
    'request one, and once it is issued write in the environment "production" of platform.json: "ingress": ';
  const environments = (ingress: object) =>
    platform({ environments: { production: { domain: "example.com", ingress } } });

  it.each<[string, object, string, string]>([
    ["another domain", { hosts: ["podcore.fm"] }, "processes.web.hosts.0", '"*.example.com", "podcore.fm"'],
    ["the domain itself", { hosts: ["example.com"] }, "processes.web.hosts.0", '"*.example.com", "example.com"'],
    ["two labels", { hosts: ["a.b.example.com"] }, "processes.web.hosts.0", '"*.example.com", "a.b.example.com"'],
    [
      "another domain, in one environment",
      { hosts: { production: ["a.example.com", "b.fm"] } },
      "processes.web.hosts.production.1",
      '"*.example.com", "b.fm"',
    ],
  ])("that no certificate covers is refused where it is written: %s", (_, web, field, written) => {
    expect(issue({ ...app({ processes: { web } }), ...environments({}) })).toMatchObject({
      file: "apps.json",
      line: expect.any(Number),
      entry: '"Podcore" (entry 1)',
      field,
      rule: expect.stringMatching(
        /^no certificate of the environment "production" covers the host ".+"; those named cover \*\.example\.com$/,
      ),
      fix: `${WANTED}{ "certificates": [${written}] }`,
    });
  });

  it("that follows from the name is refused there, and one line to write serves all", () => {
    const shop = {
      name: "Shop",
      language: "rust",
      processes: { api: { port: 1, hosts: true }, web: { hosts: ["s.fm"] } },
    };
    const found = issues({ apps: [PODCORE, shop], ...environments({ certificates: ["podcore.fm"] }) });
    expect(found.map(({ entry, field }) => [entry, field])).toEqual([
      ['"Podcore" (entry 1)', "name"],
      ['"Shop" (entry 2)', "processes.api.hosts"],
      ['"Shop" (entry 2)', "processes.web.hosts.0"],
    ]);
    for (const { fix } of found)
      expect(fix).toBe(`${WANTED}{ "certificates": ["podcore.fm", "*.example.com", "s.fm"] }`);
  });

  it("that a certificate covers is accepted, and so is any behind another class that names none", () => {
    const files = app({ processes: { web: { hosts: ["podcore.fm"] } } });
    for (const ingress of [{ certificates: ["podcore.fm"] }, { class: "traefik" }]) {
      expect(load({ ...files, ...environments(ingress) }).apps).toHaveLength(1);
    }
    expect(issue({ ...files, ...environments({ class: "traefik", certificates: ["*.example.com"] }) }).rule).toContain(
      'covers the host "podcore.fm"',
    );
  });
});

describe("an ingress", () => {
  const ingress = (fields: object) =>
    issue(platform({ environments: { production: { domain: "example.com", ingress: fields } } }));

  it("of class alb has no TLS of its own", () => {
    expect(ingress({ tls: { secret: "a" } })).toMatchObject({
      field: "environments.production.ingress.tls",
      rule: 'means nothing for the class "alb": its load balancer finds certificates in ACM',
      fix: 'take it out, or name another "class" beside it',
    });
  });

  it.each([
    "ssl-policy",
    "load-balancer-attributes",
    "group.name",
    "scheme",
    "certificate-arn",
    "listener-attributes.HTTP-80",
  ])("has no annotation that changes the load balancer for all: %s", (name) => {
    expect(ingress({ annotations: { [`alb.ingress.kubernetes.io/${name}`]: "x" } })).toMatchObject({
      field: `environments.production.ingress.annotations.alb.ingress.kubernetes.io/${name}`,
      rule: expect.stringContaining("changes the load balancer for all apps that share it"),
      fix: "set it in the IngressClassParams of the cluster",
    });
  });
});

describe("a fault does not hide another", () => {
  const host = { name: "Other", language: "rust", processes: { web: { hosts: ["podcore.example.com"] } } };
  const faultyHost = { ...host, environments: ["staging"], processes: { ...host.processes, api: { port: 0 } } };

  it.each<[string, FleetFiles, string[]]>([
    [
      "below an environment's bad name",
      platform({ environments: { Production: { domain: "Example.com", contxt: "" } } }),
      ["environments.Production", "environments.Production.domain", "environments.Production.contxt"],
    ],
    [
      "below a process's bad name",
      app({ processes: { Web: { port: 0, host: true } } }),
      ["processes.Web", "processes.Web.port", "processes.Web.host"],
    ],
    [
      "below a bad name among hosts",
      app({ processes: { web: { hosts: { Production: ["a_b.com", 7] } } } }),
      ["processes.web.hosts.Production", "processes.web.hosts.Production.0", "processes.web.hosts.Production.1"],
    ],
    [
      "beside a bad tag",
      { releases: { production: { podcore: { ...PIN, tag: "1" }, podcor: PIN }, prod: {} } },
      ["production.podcore.tag", "production.podcor", "prod"],
    ],
    [
      "beside a fault of the platform",
      { ...platform({ aws: {} }), ...app({ environments: ["prod"] }), releases: { stagin: {} } },
      ["environments.0", "aws.accountId", "aws.region", "stagin"],
    ],
    [
      "beside a fault of the build",
      app({ build: { sise: "large", packages: [""], rust: "1.94.0", sccache: true } }),
      ["build.sise", "build.packages.0", "build.rust", "build.sccache"],
    ],
    [
      "beside faulty variables and secrets",
      app({
        env: { a: "", A: "", B: 7 },
        secrets: ["A", "b"],
        schedule: { web: { cron: "@daily", args: ["a"] }, a: {} },
      }),
      ["env.a", "env.B", "secrets.0", "secrets.1", "schedule.web", "schedule.a.cron"],
    ],
    [
      "of the build beside one of the platform",
      { ...platform({ aws: {} }), ...app({ build: { rust: "1.94.0", sccache: true } }) },
      ["build.rust", "build.sccache", "aws.accountId", "aws.region"],
    ],
    [
      "beside a faulty process",
      { apps: [PODCORE, { ...faultyHost, environments: ["production"] }] },
      ["processes.web.hosts", "processes.api.port"],
    ],
    [
      "beside a faulty environment",
      { apps: [PODCORE, { ...host, environments: ["Staging", "production"] }] },
      ["environments.0", "processes.web.hosts"],
    ],
  ])("%s", (_, files, fields) => {
    expect(
      issues(files)
        .map(({ field }) => field)
        .toSorted(),
    ).toEqual(fields.toSorted());
  });

  it.each<[string, unknown]>([
    ["a file that can't be read", "["],
    ["no list", { apps: {} }],
    ["an entry without a sound slug", [{ ...PODCORE, slug: "Shop" }]],
    ["an entry without a name", [{ language: "rust" }]],
    ["an entry that is null", [null]],
  ])("nor make a pin look stray: %s", (_, apps) => {
    expect(new Set(issues({ apps, releases: { production: { shop: PIN } } }).map(({ file }) => file))).toEqual(
      new Set(["apps.json"]),
    );
  });

  it("nor is a platform's faulty builder or bucket taken for its default", () => {
    const files = (fields: object) => ({ ...platform(fields), ...app({ build: { rust: "1.94.0", sccache: true } }) });
    const found = issues(files({ builder: { rust: ["1.95"] }, build: { sccache: { bucket: "Acme" } } }));
    expect(found.map(({ field }) => field)).toEqual(["builder.rust.0", "build.sccache.bucket"]);
  });

  it("nor is what has faults taken for its default", () => {
    const other = { name: "Other", language: "rust", processes: { web: { hosts: ["shop.example.com"] } } };
    const shop = { name: "Shop", language: "rust", processes: { web: { port: 0 } }, metrics: {} };
    expect(issue({ apps: [shop, { ...other, environments: ["production"] }] }).field).toBe("processes.web.port");
  });
});

describe("every wrong value", () => {
  const ENTRY = {
    ...PODCORE,
    slug: "podcore",
    repository: { name: "podcore", adopt: false },
    environments: ["staging"],
    build: {
      size: "large",
      rust: "1.95.0",
      package: "podcore",
      libc: "gnu",
      packages: ["cmake"],
      libraries: ["libpq5"],
      context: ["web"],
      files: ["config"],
      network: true,
      gitCredentials: "podcore",
      sccache: true,
      attestations: true,
    },
    database: { engine: "postgres", volume: { staging: "1Gi" }, resources: { memory: "1Gi" } },
    processes: {
      web: {
        command: ["podcore"],
        args: ["serve"],
        port: 80,
        hosts: ["a.com"],
        paths: ["/"],
        replicas: 2,
        resources: { cpu: "1", memory: "1Gi", memoryLimit: "1Gi" },
        readiness: { path: "/" },
        liveness: { path: "/" },
        gracePeriod: 1,
        startTimeout: 1,
        drainDelay: 10,
      },
      api: {
        port: 80,
        protocol: "grpc",
        readiness: { service: "a" },
        hosts: { staging: ["b.com"] },
        replicas: { min: 1, max: 2, cpu: 70 },
        resources: { cpu: "1" },
      },
      work: { replicas: { staging: { min: 1, max: 2 } }, resources: { staging: { cpu: "1" } } },
    },
    env: { A: "", B: { staging: "" } },
    secrets: ["C"],
    migrate: ["podcore"],
    schedule: {
      report: {
        cron: "@daily",
        timezone: "Etc/UTC",
        command: ["podcore"],
        args: ["report"],
        resources: { cpu: "1" },
      },
      clean: { cron: { staging: "@daily" }, args: ["clean"] },
    },
    metrics: { port: 80, path: "/" },
    egress: { staging: [RDS, { namespace: "a", ports: [80] }] },
    retiring: false,
  };
  const WHOLE = {
    apps: { $schema: "x", apps: [ENTRY] },
    platform: {
      $schema: "x",
      github: { ...PLATFORM.github, rulesets: true },
      aws: { ...PLATFORM.aws, iamPropagationSeconds: 1 },
      state: { bucket: "acme-state", prefix: "a" },
      build: {
        size: "large",
        pricePerMinute: { large: 1 },
        rustfmt: { max_width: 120 },
        clippy: { msrv: "1.95.0", "disallowed-names": ["foo"] },
        sccache: { bucket: "acme-sccache" },
      },
      builder: {
        renewed: "2026-11-21",
        rust: ["1.95.0", { version: "1.94.0", components: ["rust-src"], targets: ["wasm32-wasip2"] }],
      },
      budget: { monthlyUsd: 1, email: "a@example.com" },
      database: { postgres: 17 },
      environments: {
        production: {
          domain: "example.com",
          context: "a",
          kubeconfig: "a",
          ingress: { class: "alb", from: ["10.0.0.0/8"], certificates: ["*.example.com"] },
          metrics: { from: "monitoring" },
          egress: [{ cidr: "fd80::/9", ports: [443] }],
          privateRanges: ["2600:1f14:b20::/56"],
          storageClass: "gp3",
          imagePullSecrets: ["registry"],
        },
        staging: {
          domain: "staging.example.com",
          ingress: {
            class: "traefik",
            certificates: ["a.com", "b.com"],
            tls: { secret: "a" },
            annotations: { a: "b" },
          },
        },
      },
    },
    releases: { $schema: "x", staging: { podcore: { ...PIN, migrate: false } } },
  };
  const WRONG = [null, 7, 0.5, -1, 1e99, true, "", " \n", "Ünicode", [], [null], {}, { "": 1 }, { Bad: null }, [[]]];

  /** Every copy of a value in which one part is another. */
  function* variants(value: unknown): Generator<unknown> {
    yield* WRONG;
    if (typeof value !== "object" || value === null) return;
    for (const [key, part] of Object.entries(value)) {
      for (const variant of variants(part)) {
        yield Array.isArray(value) ? value.with(Number(key), variant) : { ...value, [key]: variant };
      }
    }
  }

  it("is answered by a rule and a fix of our own", () => {
    expect(load(WHOLE).apps).toHaveLength(1);
    let count = 0;
    withFleet(WHOLE, (directory) => {
      for (const [file, whole] of Object.entries(WHOLE)) {
        for (const variant of variants(whole)) {
          writeFileSync(join(directory, `${file}.json`), JSON.stringify(variant));
          let found: readonly FleetIssue[] = [];
          try {
            loadFleet({ directory });
          } catch (error) {
            if (!(error instanceof FleetError)) throw error;
            found = error.issues;
          }
          for (const { rule, fix } of found) {
            expect(`${rule} ${fix}`).not.toMatch(/Invalid|Too (small|big)|expected|undefined|→|write one of $/);
            expect(rule).not.toBe("");
            expect(fix).not.toBe("");
          }
          count += found.length;
        }
        writeFileSync(join(directory, `${file}.json`), JSON.stringify(whole));
      }
    });
    expect(count).toBeGreaterThan(500);
  });
});

describe("very many faults", () => {
  const { message } = new FleetError(
    issues({ apps: Array.from({ length: 60 }, (_, index) => ({ name: `App ${index}`, language: "go" })) }),
  );

  it("are all counted, and the first 50 told", () => {
    expect(message).toMatch(/^60 errors in/);
    expect(message.match(/language/g)).toHaveLength(50);
    expect(message).toMatch(/\n\n {2}… and 10 more\n$/);
  });
});

describe("two entries that want the same", () => {
  const pair = (first: object, second: object) => ({
    apps: [
      { language: "rust", ...first },
      { language: "rust", ...second },
    ],
  });

  it.each<[string, object, object, string]>([
    ["slug", { name: "Pod Core" }, { name: "pod-core" }, 'wants slug "pod-core", which "Pod Core" (entry 1) has'],
    [
      "ECR repository",
      { name: "Podcore" },
      { name: "Podcore Cache" },
      'wants ECR repository "podcore-cache", which "Podcore" (entry 1) has',
    ],
    [
      "CodeBuild project",
      { name: "Podcore" },
      { name: "Podcore Pull Request" },
      'wants CodeBuild project "podcore-pull-request", which "Podcore" (entry 1) has',
    ],
    [
      "GitHub repository, whatever its case",
      { name: "Podcore" },
      { name: "Other", repository: { name: "PODCORE" } },
      'wants GitHub repository "podcore", which "Podcore" (entry 1) has',
    ],
    [
      "host",
      { name: "Podcore" },
      { name: "Other", environments: ["production"], processes: { web: { hosts: ["podcore.example.com"] } } },
      'wants host "podcore.example.com", which "Podcore" (entry 1) has',
    ],
    [
      "ECR repository of the platform",
      { name: "Podcore" },
      { name: "Drover Builder" },
      'wants ECR repository "drover-builder", which the platform has',
    ],
    [
      "stack of the platform",
      { name: "Podcore" },
      { name: "Cluster" },
      'wants stack "cluster-production", which the platform has',
    ],
  ])("are told who has it: %s", (_, first, second, rule) => {
    expect(issue(pair(first, second)).rule).toBe(rule);
  });

  it("are told so when environments make the names equal", () => {
    const environments = { ...PLATFORM.environments, "eu-production": { domain: "eu.example.com" } };
    const found = issues({ ...pair({ name: "Pod" }, { name: "Pod EU" }), ...platform({ environments }) });
    expect(found.map(({ rule }) => rule)).toEqual(['wants stack "pod-eu-production", which "Pod" (entry 1) has']);
  });

  it("includes two processes of one app", () => {
    const hosts = { production: ["podcore.fm"] };
    const files = app({ processes: { api: { port: 1, hosts }, web: { hosts } } });
    expect(issue({ ...files, ...CERTIFIED })).toMatchObject({
      field: "processes.web.hosts",
      rule: 'wants host "podcore.fm", which the process "api" has',
      fix: "name other hosts, or other paths, for one of them",
    });
  });

  it("includes one path of one host", () => {
    const hosts = { production: ["podcore.fm"] };
    const api = { port: 1, hosts, paths: ["/api", "/v1"] };
    const files = app({ processes: { api, web: { hosts, paths: ["/", "/v1"] } } });
    expect(issue({ ...files, ...CERTIFIED })).toMatchObject({
      field: "processes.web.hosts",
      rule: 'wants host "podcore.fm/v1", which the process "api" has',
    });
  });

  it("includes the stack of a database", () => {
    const environments = { ...PLATFORM.environments, "eu-production": { domain: "eu.example.com" } };
    const found = issues({
      ...pair({ name: "Pod", database: "postgres" }, { name: "Pod EU", database: "postgres" }),
      ...platform({ environments }),
    });
    expect(found.map(({ rule }) => rule)).toEqual(['wants stack "pod-eu-production", which "Pod" (entry 1) has']);
  });

  it("includes one app's host in two environments", () => {
    const found = issue({ ...app({ processes: { web: { hosts: ["podcore.fm"] } } }), ...CERTIFIED });
    expect(found).toMatchObject({
      field: "processes.web.hosts",
      rule: 'wants host "podcore.fm" in "production" and in "staging"',
      fix: 'name other hosts, for each environment its own: { "production": ["podcore.fm"] }',
    });
  });
});

describe("a file that can't be read as JSON", () => {
  /** The one issue of a platform's file that is made by hand. */
  function unreadable(make: (path: string) => void): FleetIssue | undefined {
    return withFleet({}, (directory) => {
      make(join(directory, "made.json"));
      return issuesOf(() => loadFleet({ directory, platform: "made.json" }))[0];
    });
  }

  it("is told where it breaks", () => {
    expect(issue({ apps: '{\n  "apps": [\n    { "name": "Podcore" "language": "rust" }\n  ]\n}' })).toMatchObject({
      file: "apps.json",
      line: 3,
      column: 25,
      rule: "not valid JSON: comma expected",
    });
  });

  it("may not have comments", () => {
    expect(issue({ releases: "// nothing yet\n{}" })).toMatchObject({ file: "releases.json", line: 1, column: 1 });
  });

  it.each(["apps", "platform", "releases"])("is missed: %s.json", (name) => {
    const found = issues({ [name]: null }).find(({ file }) => file === `${name}.json`);
    expect(found).toMatchObject({ rule: "the file is missing" });
    expect(found?.fix).toMatch(/^write for example \{/);
  });

  it("is empty", () => {
    expect(issue({ apps: " \n" })).toMatchObject({ rule: "the file is empty" });
  });

  it.each<[string, string | Buffer]>([
    ["UTF-16, little end first", Buffer.from("\uFEFF[]", "utf16le")],
    ["UTF-16, big end first", Buffer.from("\uFEFF[]", "utf16le").swap16()],
    ["bytes that are no text", Buffer.from([0x5b, 0xff, 0x5d])],
  ])("is not UTF-8: %s", (_, content) => {
    expect(unreadable((path) => writeFileSync(path, content))).toMatchObject({
      rule: "the file is not UTF-8",
      fix: "save it as UTF-8",
    });
  });

  it("is a folder", () => {
    expect(unreadable((path) => mkdirSync(path))).toMatchObject({ rule: "this is a folder, not a file" });
  });

  it("may not be read", () => {
    const denied = jest.spyOn(fs, "readFileSync").mockImplementation(() => {
      throw Object.assign(new Error(), { code: "EACCES" });
    });
    try {
      expect(issues({})[0]).toMatchObject({ rule: "you may not read the file", fix: expect.stringContaining("chmod") });
    } finally {
      denied.mockRestore();
    }
  });

  it("is nested too deeply", () => {
    const apps = `[\n"\\"[",${"[".repeat(20_000)}`;
    expect(issue({ apps })).toMatchObject({ line: 2, column: 106, rule: expect.stringContaining("nested too deeply") });
  });

  it("starts with a byte-order mark", () => {
    expect(issue({ apps: "\uFEFF[]" })).toMatchObject({ rule: expect.stringContaining("byte-order mark") });
  });

  it("has a key twice", () => {
    const apps = '[\n  { "name": "Podcore",\n    "language": "rust",\n    "name": "Other" }\n]';
    expect(issue({ apps })).toMatchObject({
      field: "0.name",
      line: 4,
      column: 5,
      rule: expect.stringContaining("twice"),
    });
  });

  it("is larger than any fleet", () => {
    const found = issue({ apps: `["${"x".repeat(2 * MAX_FILE_BYTES)}"]` });
    expect(found).toMatchObject({ rule: "the file has 10.0 MB; at most 5 MB are read" });
  });
});

describe("what is not a fleet at all", () => {
  it.each<[string, unknown]>([
    ["a number", 7],
    ["null", "null"],
    ["a list with null", [null]],
    ["a list in a list", [[]]],
    ["a key of the language itself", '[{ "name": "Podcore", "language": "rust", "__proto__": { "retiring": true } }]'],
  ])("is refused without a stack trace: %s", (_, apps) => {
    expect(issues({ apps })[0]?.rule).toEqual(expect.any(String));
  });
});
