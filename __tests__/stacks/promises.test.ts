import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { PIN, PLATFORM } from "../support/fleet-files";
import { temporaryFolder } from "../support/folder";
import { addresses, type Body, type StackJson } from "../support/synth";
import { synthFleet } from "../support/synth-fleet";

const rust = (name: string, more: object = {}) => ({ name, language: "rust", ...more });
const BUCKET = { ...PLATFORM, state: { bucket: "acme-terraform-state" } };
const APPS = [
  rust("Podcore", { processes: { api: { port: 8082, hosts: true }, web: {}, crawl: { command: ["podcore"] } } }),
  rust("Variables", { database: "postgres", migrate: ["variables", "migrate"], secrets: ["API_TOKEN"] }),
  rust("Booking Server", { environments: ["production"], repository: { adopt: true } }),
];
const RELEASES = { production: { podcore: PIN, variables: PIN }, staging: { podcore: PIN } };
const FLEET = synthFleet({ apps: APPS, platform: BUCKET, releases: RELEASES });
const ids = Object.keys(FLEET.texts);

describe("adding an app", () => {
  it.each(["Audit Log", "Zebra"])("called %s changes no other stack by a byte", (name) => {
    const { texts } = synthFleet({ apps: [...APPS, rust(name)], platform: BUCKET, releases: RELEASES });
    const slug = name.toLowerCase().replace(" ", "-");
    const added = Object.keys(texts).filter((id) => !ids.includes(id));
    expect(added.sort()).toEqual(
      ["pipeline", "production", "repository", "staging"].map((stack) => `${slug}-${stack}`),
    );
    for (const id of ids) expect(texts[id]).toBe(FLEET.texts[id]);
  });
});

describe("the same input gives the same bytes", () => {
  it("whatever the order of the entries", () => {
    const again = synthFleet({ apps: APPS.toReversed(), platform: BUCKET, releases: RELEASES });
    expect(again.texts).toEqual(FLEET.texts);
    expect(again.manifest).toEqual(FLEET.manifest);
  });

  it("whatever the order of processes, environments and pins", () => {
    const reversed = <Value extends object>(value: Value) => Object.fromEntries(Object.entries(value).reverse());
    const again = synthFleet({
      apps: APPS.map((app) => ("processes" in app ? { ...app, processes: reversed(app.processes as object) } : app)),
      platform: { ...reversed(BUCKET), environments: reversed(PLATFORM.environments) },
      releases: Object.fromEntries(Object.entries(RELEASES).map(([name, pins]) => [name, reversed(pins)])),
    });
    expect(again.texts).toEqual(FLEET.texts);
  });

  it("in any folder, with the state in a bucket or beside the files", () => {
    for (const platform of [BUCKET, PLATFORM]) {
      const files = { apps: APPS, platform, releases: RELEASES };
      const deep = join(temporaryFolder(), "some/where/else");
      mkdirSync(deep, { recursive: true });
      expect(synthFleet(files, { directory: deep }).texts).toEqual(synthFleet(files).texts);
    }
  });

  it("and names no folder of this machine", () => {
    const fleet = synthFleet();
    for (const text of Object.values(fleet.texts)) {
      expect(text).not.toContain(fleet.directory);
      expect(text).not.toContain(process.cwd());
    }
  });
});

describe("no stack refers to another", () => {
  it.each(ids)("%s takes every value from itself", (id) => {
    const json = FLEET.stack(id);
    const own = declared(json);
    for (const { depends_on } of Object.values<Body>((json as Body).data?.kubernetes_resources ?? {})) {
      // What it reads is what it has made, as the cluster has it.
      expect(own).toEqual(expect.arrayContaining(depends_on));
    }
    expect(FLEET.texts[id]).not.toContain("terraform_remote_state");
    for (const reference of references(json)) expect(own).toContain(reference);
  });

  it("finds the references that there are", () => {
    expect(references(FLEET.stack("podcore-pipeline")).length).toBeGreaterThan(5);
    const found = references(FLEET.stack("variables-production")).map((reference) => reference.replace(/\..*/, ""));
    expect(found).toEqual(expect.arrayContaining(["data", "ephemeral", "local"]));
  });

  it("reads nothing beside what it has made but which versions its secrets have", () => {
    const read = Object.fromEntries(ids.map((id) => [id, Object.keys((FLEET.stack(id) as Body).data ?? {})]));
    const others = Object.entries(read).flatMap(([id, types]) =>
      types.filter((type) => type !== "kubernetes_resources").map((type) => `${id} ${type}`),
    );
    expect(others).toEqual([
      "variables-production aws_secretsmanager_secret_versions",
      "variables-production aws_secretsmanager_secrets",
    ]);
  });
});

describe("what is precious", () => {
  it("is guarded, and nothing else is", () => {
    const guarded = (id: string) => {
      const json = FLEET.stack(id);
      return Object.entries(json.resource ?? {}).flatMap(([type, named]) =>
        Object.values(named)
          .filter(({ lifecycle }) => lifecycle?.prevent_destroy)
          .map((body) => `${type} ${body.name ?? body.bucket ?? body.metadata?.name}`),
      );
    };
    expect(Object.fromEntries(ids.map((id) => [id, guarded(id)]))).toEqual({
      platform: ["aws_s3_bucket acme-terraform-state"],
      "booking-server-pipeline": ["aws_ecr_repository booking-server"],
      "booking-server-production": ["kubernetes_namespace_v1 booking-server-production"],
      "booking-server-repository": ["github_repository booking-server"],
      "podcore-pipeline": ["aws_ecr_repository podcore"],
      "podcore-production": ["kubernetes_namespace_v1 podcore-production"],
      "podcore-repository": ["github_repository podcore"],
      "podcore-staging": ["kubernetes_namespace_v1 podcore-staging"],
      "variables-pipeline": ["aws_ecr_repository variables"],
      "variables-production": ["kubernetes_namespace_v1 variables-production"],
      "variables-production-database": [
        "aws_s3_bucket variables-production-db-2dc98",
        "aws_secretsmanager_secret production/variables/DATABASE_URL",
        "kubernetes_namespace_v1 variables-production-database",
        "kubernetes_persistent_volume_claim_v1 data",
      ],
      "variables-repository": ["github_repository variables"],
      "variables-staging": ["kubernetes_namespace_v1 variables-staging"],
      "variables-staging-database": [
        "aws_s3_bucket variables-staging-db-2dc98",
        "aws_secretsmanager_secret staging/variables/DATABASE_URL",
        "kubernetes_namespace_v1 variables-staging-database",
        "kubernetes_persistent_volume_claim_v1 data",
      ],
    });
  });

  describe("retiring", () => {
    const retired = synthFleet({
      apps: APPS.map((app) => (app.name === "Podcore" ? { ...app, retiring: true } : app)),
      platform: BUCKET,
      releases: RELEASES,
    });
    const own = ids.filter((id) => id.startsWith("podcore-"));
    const withoutGuards = (text = "") =>
      JSON.stringify(
        JSON.parse(text, (key, value) => (["prevent_destroy", "force_delete"].includes(key) ? undefined : value)),
      );

    it.each(own)("lifts all guards of %s, and does nothing else", (id) => {
      expect(FLEET.texts[id]).toContain('"prevent_destroy": true');
      expect(retired.texts[id]).not.toContain('"prevent_destroy": true');
      expect(withoutGuards(retired.texts[id])).toBe(withoutGuards(FLEET.texts[id]));
    });

    it("lets images go with their repository", () => {
      expect(FLEET.texts["podcore-pipeline"]).toContain('"force_delete": false');
      expect(retired.texts["podcore-pipeline"]).not.toContain('"force_delete": false');
    });

    it("still archives the repository instead of deleting it", () => {
      expect(retired.texts["podcore-repository"]).toContain('"archive_on_destroy": true');
    });

    it("changes no other app, and not the platform", () => {
      for (const id of ids.filter((id) => !own.includes(id))) expect(retired.texts[id]).toBe(FLEET.texts[id]);
    });
  });
});

describe("keeps every secret out of what it writes", () => {
  const withSecrets = ["variables-production", "variables-production-database", "variables-staging-database"];

  it.each(ids.filter((id) => !withSecrets.includes(id)))("%s, which has none", (id) => {
    expect(FLEET.texts[id]).not.toMatch(/password"|secret"|private_key|"token"/);
  });

  it.each(withSecrets)("%s, where values are handed over while it is applied", (id) => {
    const { resource = {} } = FLEET.stack(id);
    const kept = ["aws_secretsmanager_secret_version", "kubernetes_secret_v1"].flatMap((type) =>
      Object.values(resource[type] ?? {}),
    );
    expect(kept.length).toBeGreaterThan(0);
    for (const { data, secret_string, data_wo, secret_string_wo } of kept) {
      expect({ data, secret_string }).toEqual({});
      expect(JSON.stringify(data_wo ?? secret_string_wo)).toMatch(/\$\{.*ephemeral\.\w+/);
    }
  });
});

/** What the values and orders of a stack may refer to. */
function declared(json: StackJson): string[] {
  const { data, ephemeral, locals = {} } = json as Body;
  const named = (kind: Body = {}, prefix = "") =>
    Object.entries(kind).flatMap(([type, all]) => Object.keys(all).map((name) => `${prefix}${type}.${name}`));
  return [
    ...addresses(json),
    ...named(data, "data."),
    ...named(ephemeral, "ephemeral."),
    ...Object.keys(locals).map((name) => `local.${name}`),
  ];
}

/** A reference inside of an expression. */
const REFERENCE = /(?<![\w.])(?:(?:data\.|ephemeral\.)?(?:aws|github|kubernetes|terraform)_\w+|local)\.[\w-]+/g;

/** What a stack's values and orders refer to. */
function references(json: StackJson): string[] {
  const found: string[] = [];
  const visit = (value: unknown, key?: string): void => {
    if (typeof value === "string") {
      if (/(?<!\$)\$\{/.test(value)) found.push(...(value.match(REFERENCE) ?? []));
      if (key === "depends_on" || key === "to") found.push(value);
    } else if (Array.isArray(value)) {
      for (const item of value) visit(item, key);
    } else if (value !== null && typeof value === "object") {
      for (const [name, item] of Object.entries(value as Body)) visit(item, name);
    }
  };
  visit(json);
  return found;
}
