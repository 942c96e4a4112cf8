import { App, type TerraformStack } from "cdktf";
import fc from "fast-check";
import { loadFleet } from "../../lib/fleet/load";
import { RESERVED_PROCESSES } from "../../lib/fleet/names";
import type { AppEntry, PlatformFile } from "../../lib/fleet/schema";
import { TIME_ZONES } from "../../lib/fleet/time-zones";
import type { KubernetesObject } from "../../lib/runtime/manifest";
import { manifestsOf, type StackResources } from "../../lib/runtime/manifests";
import { DatabaseStack } from "../../stacks/database-stack";
import { EnvironmentStack } from "../../stacks/environment-stack";
import { PIN, PLATFORM, withFleet } from "../support/fleet-files";
import { temporaryFolder } from "../support/folder";
import { brokenRules } from "../support/manifest-rules/rules";
import { type Body, workOf } from "../support/synth";

/** Words as names have them, up to a length; the longest ones often. */
function names(least: number, most: number): fc.Arbitrary<string> {
  const characters = fc.array(fc.constantFrom(..."abcxyz019-"), { minLength: most - 1, maxLength: most - 1 });
  return fc
    .tuple(fc.constantFrom(..."abcxyz"), characters, fc.oneof(fc.constant(most), fc.integer({ min: least, max: most })))
    .map(([first, rest, length]) =>
      `${first}${rest.join("")}`.replace(/-+/g, "-").slice(0, length).replace(/-$/, "").padEnd(least, "a"),
    );
}

const optional = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
const whole = (min: number, max: number) => fc.integer({ min, max });
const text = fc.string({ minLength: 1, unit: "grapheme-ascii" });
const words = fc.array(text, { minLength: 1, maxLength: 3 });
const requestPath = fc.webPath().map((path) => `/${path.replace(/^\/+/, "")}`.slice(0, 200));
const pathPrefix = fc
  .array(fc.stringMatching(/^[\w.~-]{1,9}$/), { maxLength: 3 })
  .map((segments) => `/${segments.join("/")}`);
const variable = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,30}$/).filter((name) => !/^(PORT|DATABASE_URL)$/.test(name));
const value = fc.oneof(
  fc.string({ unit: "grapheme" }).filter((one) => !one.includes("\0")),
  fc.constantFrom("$(PORT)", "$$(PORT)", "${path.root}", "%{ if true }", "$${a}", 'a "b"\nc\\'),
);
const cpu = fc.oneof(
  whole(1, 999_999).map((cpu) => `${cpu}m`),
  whole(1, 64).map(String),
);
const memory = fc
  .tuple(whole(1, 4096), optional(whole(0, 4096)), fc.constantFrom("Mi", "Gi"))
  .map(([memory, more, unit]) => ({
    memory: `${memory}${unit}`,
    ...(more !== undefined && { memoryLimit: `${memory + more}${unit}` }),
  }));
const quantities = fc
  .tuple(optional(cpu), optional(memory))
  .map(([cpu, memory]) => ({ ...(cpu && { cpu }), ...memory }));
const ENVIRONMENT = "e".repeat(20);

/** One for all environments, or one for the only one. */
const perEnvironment = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof(
    value,
    value.map((value) => ({ [ENVIRONMENT]: value })),
  );
const resources = perEnvironment(quantities);
const bounds = fc
  .tuple(whole(1, 100), whole(1, 100), optional(whole(1, 1000)))
  .map(([a, b, cpu]) => ({ min: Math.min(a, b), max: Math.max(a, b), ...(cpu && { cpu }) }));
/** Pods and what they need: an autoscaler needs to know the CPU. */
const scaling = fc.oneof(
  fc.record({ replicas: perEnvironment(whole(0, 100)), resources }, { requiredKeys: [] }),
  fc.record({ replicas: perEnvironment(bounds), cpu, quantities }).map(({ replicas, cpu, quantities }) => ({
    replicas,
    resources: { ...quantities, cpu },
  })),
);

/** What every process may say, and what only one with a port may. */
const worker = fc
  .tuple(
    fc.record(
      {
        command: words,
        args: words,
        gracePeriod: whole(0, 1800),
        drainDelay: whole(20, 1800),
        startTimeout: whole(1, 3600),
      },
      { requiredKeys: [] },
    ),
    scaling,
  )
  .map(([own, scaling]) => ({ ...own, ...scaling }));
const listening = fc
  .tuple(
    worker,
    fc.record(
      {
        port: whole(1, 65_535),
        hosts: fc.constant(true),
        paths: fc.uniqueArray(pathPrefix, { minLength: 1, maxLength: 3 }),
        readiness: fc.record({ path: requestPath }),
        liveness: fc.record({ path: requestPath }),
      },
      { requiredKeys: ["port"] },
    ),
  )
  .map(([common, { paths, hosts, ...own }]) => ({
    ...common,
    ...own,
    ...(hosts && { hosts, ...(paths && { paths }) }),
  }));
const scheduled = fc.record(
  {
    cron: fc.constantFrom("0 3 * * *", "@daily", "*/5 0-6 1,15 jan-jun mon"),
    timezone: fc.constantFrom(...TIME_ZONES),
    args: words,
    command: words,
    resources,
  },
  { requiredKeys: ["cron", "args"] },
);

const named = <Value>(names: readonly string[], arbitrary: fc.Arbitrary<Value>) =>
  fc
    .tuple(...names.map(() => arbitrary))
    .map((values) => Object.fromEntries(values.map((one, index) => [names[index] as string, one])));
const some = <Value>(values: Record<string, Value>) => (Object.keys(values).length > 0 ? values : undefined);

const processName = names(1, 20).filter((name) => !(RESERVED_PROCESSES as readonly string[]).includes(name));

/** Processes and scheduled jobs, which may not be called like each other. */
const parts = fc
  .tuple(
    fc.uniqueArray(fc.oneof(processName, fc.constantFrom("web", "default", "http", "api")), {
      minLength: 1,
      maxLength: 6,
    }),
    fc.nat(5),
  )
  .chain(([all, cut]) => {
    const processes = all.slice(0, Math.max(1, Math.min(cut, all.length)));
    const jobs = all.slice(processes.length).filter((name) => name !== "web");
    return fc.record({
      processes: named(processes, fc.oneof(worker, listening)),
      schedule: named(jobs, scheduled).map(some),
    });
  });

/** Any entry that is in order. */
const entry: fc.Arbitrary<AppEntry> = fc
  .record({
    slug: names(2, 40),
    parts,
    env: optional(fc.dictionary(variable, value, { minKeys: 1, maxKeys: 4 })),
    secrets: fc.uniqueArray(variable, { maxLength: 3 }),
    migrate: optional(
      fc.oneof(
        words,
        fc.record({ command: words, resources, deadline: whole(10, 86_400) }, { requiredKeys: ["command"] }),
      ),
    ),
    database: optional(
      fc.constantFrom<AppEntry["database"]>("postgres", {
        engine: "postgres",
        volume: "20Gi",
        resources: { memory: "1Gi" },
      }),
    ),
    metrics: optional(fc.record({ port: whole(1, 65_535), path: requestPath }, { requiredKeys: ["port"] })),
  })
  .map(({ slug, parts, env, secrets, database, ...others }) => ({
    name: "Any",
    language: "rust" as const,
    slug,
    ...parts,
    env,
    secrets: secrets.filter((name) => env?.[name] === undefined),
    // The namespace of a database has to fit into 63 characters.
    database: slug.length <= 33 ? database : undefined,
    ...others,
  }))
  .map((made) => JSON.parse(JSON.stringify({ ...made, secrets: made.secrets.length > 0 ? made.secrets : undefined })));

const environment: fc.Arbitrary<PlatformFile["environments"][string]> = fc.record(
  {
    domain: fc.constantFrom("example.com", `${"a".repeat(60)}.${"b".repeat(60)}.com`),
    ingress: fc.record(
      { class: fc.constantFrom("alb", "traefik"), from: fc.constantFrom("traefik", ["10.0.0.0/16"]) },
      { requiredKeys: [] },
    ),
    metrics: fc.constant({ from: "monitoring" }),
  },
  { requiredKeys: ["domain"] },
);

interface Rendered {
  readonly entry: AppEntry;
  /** Those of the app itself. */
  readonly objects: readonly KubernetesObject[];
  /** Those of its database; none where it has none. */
  readonly database: readonly KubernetesObject[];
}

/** The objects of an app's stacks. */
function render(app: AppEntry, where: object): Rendered {
  const files = {
    apps: [app],
    platform: { ...PLATFORM, environments: { [ENVIRONMENT]: where } },
    releases: { [ENVIRONMENT]: { [app.slug as string]: PIN } },
  };
  const { platform, apps } = withFleet(files, (directory) => loadFleet({ directory, platform: "platform.json" }));
  const [spec] = apps;
  const [found] = spec?.environments ?? [];
  if (spec === undefined || found === undefined) throw new Error("no app");
  const scope = new App({ outdir: OUTDIR });
  const props = { ...spec, platform };
  return {
    entry: app,
    objects: objectsOf(new EnvironmentStack(scope, "stack", props, found)),
    database: found.database ? objectsOf(new DatabaseStack(scope, "database", props, found)) : [],
  };
}

function objectsOf(stack: TerraformStack): KubernetesObject[] {
  const { resource = {} } = stack.toTerraform();
  return manifestsOf(resource as StackResources).map(({ object }) => object);
}

const OUTDIR = temporaryFolder();

/** Fixed, so that a test says the same every time; to look further, take another seed and more runs. */
const LOOK = { seed: 20_261_126, numRuns: 25 };

const RENDERED = new Map<string, Rendered>();

/** Each test looks at the same entries, so each of them is rendered once. */
function forAny(check: (rendered: Rendered) => void): void {
  fc.assert(
    fc.property(entry, environment, (app, where) => {
      const key = JSON.stringify([app, where]);
      const rendered = RENDERED.get(key) ?? render(app, where);
      RENDERED.set(key, rendered);
      check(rendered);
    }),
    LOOK,
  );
}

/** The pod template of an object that makes pods. */
function templateOf({ spec }: KubernetesObject): Body | undefined {
  const { template, jobTemplate } = (spec ?? {}) as Body;
  return template ?? jobTemplate?.spec.template;
}

const title = ({ kind, metadata }: KubernetesObject) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;

describe("any valid entry", () => {
  it("gives objects that are valid to Kubernetes' own types", () => {
    forAny(({ objects, database }) => {
      for (const object of [...objects, ...database]) {
        const models = require(`kubernetes-models/${object.apiVersion}`);
        new models[object.kind](object).validate();
      }
    });
  });

  it("gives objects that keep the rules that no schema knows", () => {
    forAny(({ objects, database }) => {
      expect([...brokenRules(objects), ...brokenRules(database)]).toEqual([]);
    });
  });

  it("gives names of at most 63 characters, and of 52 where Kubernetes adds some", () => {
    forAny(({ objects, database }) => {
      for (const object of [...objects, ...database]) {
        expect(object.metadata.name).toMatch(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
        expect(object.metadata.name.length).toBeLessThanOrEqual(object.kind === "CronJob" ? 52 : 63);
        const labels = { ...object.metadata.labels, ...templateOf(object)?.metadata.labels };
        for (const label of Object.values(labels)) expect(String(label).length).toBeLessThanOrEqual(63);
      }
    });
  });

  it("gives no two objects of a kind one name", () => {
    forAny(({ objects, database }) => {
      const titles = [...objects, ...database].map(title);
      expect(titles.filter((one, index) => titles.indexOf(one) !== index)).toEqual([]);
    });
  });

  it("gives no process that chooses another's pods, and no Service that leads nowhere", () => {
    forAny(({ objects }) => {
      const pods = objects.flatMap((object) => {
        const template = templateOf(object);
        return template ? [{ name: object.metadata.name, template }] : [];
      });
      for (const { kind, metadata, spec } of objects) {
        const { selector, ports = [] } = (spec ?? {}) as Body;
        if (!["Deployment", "Service", "PodDisruptionBudget"].includes(kind)) continue;
        const wanted = Object.entries(selector.matchLabels ?? selector);
        const chosen = pods.filter(({ template }) =>
          wanted.every(([key, value]) => template.metadata.labels[key] === value),
        );
        expect(chosen.map(({ name }) => name)).toEqual([metadata.name]);
        const named = chosen[0]?.template.spec.containers[0].ports ?? [];
        for (const { targetPort } of kind === "Service" ? ports : []) {
          expect(named.map(({ name }: Body) => name)).toContain(targetPort);
        }
      }
    });
  });

  it("gives each process its variables as they stand in the entry", () => {
    forAny(({ entry: { env = {} }, objects }) => {
      for (const object of objects) {
        const pod: Body | undefined = templateOf(object)?.spec;
        const isJob = object.kind === "Job" || object.kind === "CronJob";
        const own: Body[] = (pod && (isJob ? workOf(pod) : pod.containers[0]).env) ?? [];
        const told = own.filter(({ name, valueFrom }) => name !== "PORT" && valueFrom === undefined);
        if (templateOf(object) === undefined) continue;
        const seen = Object.fromEntries(told.map(({ name, value = "" }) => [name, value.replaceAll(/\$\$/g, "$")]));
        expect(seen).toEqual(env);
        // Nothing of it is left for Kubernetes to replace.
        for (const { value = "" } of told) expect(value.replaceAll("$$", "")).not.toMatch(/\$\(/);
      }
    });
  });

  it("leaves more time to end than its requests need, and for a rollout more than that", () => {
    forAny(({ entry: { processes = {} }, objects }) => {
      for (const { kind, metadata, spec } of objects) {
        if (kind !== "Deployment") continue;
        const { gracePeriod = 30 } = processes[metadata.name] ?? {};
        const { template, progressDeadlineSeconds, strategy } = spec as Body;
        const { terminationGracePeriodSeconds, containers } = template.spec;
        const [, , delay = "0"] = containers[0].lifecycle?.preStop.exec.command ?? [];
        expect(terminationGracePeriodSeconds).toBeGreaterThan(gracePeriod + Number(delay));
        if (strategy.type === "Recreate") {
          expect(progressDeadlineSeconds).toBeGreaterThan(terminationGracePeriodSeconds);
        }
      }
    });
  });
});
