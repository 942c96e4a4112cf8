import { resolve } from "node:path";
import type { z } from "zod";
import { type Conflict, conflicts, type EntryDraft } from "./check";
import { FleetError, type FleetIssue, printValue } from "./error";
import { appSpec, builderSpec, byText, type Fleet, platformSpec } from "./fleet";
import { JsonFile } from "./json-file";
import { slugOf } from "./names";
import { PROVIDER_LOCK_FILE, readProviderLock } from "./provider-lock";
import {
  type AppEntry,
  appEntry,
  appsAround,
  builder,
  environmentName,
  isObject,
  platformFile,
  type ReleasesFile,
  releasesFile,
  slug as slugSchema,
  splitMessage,
} from "./schema";

/** Where the fleet's files are. */
export interface LoadFleetOptions {
  /**
   * Folder in which the files are looked for.
   *
   * @default - the current folder
   */
  readonly directory?: string;
  /**
   * Path of the platform's file, seen from the folder.
   *
   * @default - the environment variable DROVER_PLATFORM, or else "platform.json"
   */
  readonly platform?: string;
  /**
   * Whether the fleet's lock file of providers is read, and refused where it does not fit the platform. Nothing is
   * deployed without it.
   *
   * @default true
   */
  readonly providerLock?: boolean;
}

type Path = readonly (string | number)[];

/** Made once: to make a schema takes longer than to use it. */
const SLUG = slugSchema();

const EXAMPLES = {
  apps: '{ "apps": [{ "name": "Podcore", "language": "rust" }] }',
  platform:
    '{ "github": { "owner": …, "connectionArn": … }, "aws": { "accountId": …, "region": … }, "environments": { "production": { "domain": … } } }',
  releases: "{}, as long as nothing is released",
};

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | undefined)?.[key], root);
}

/** What the schema found, with the best guess at what was meant where it allows several shapes. */
function flatIssues(issues: readonly z.core.$ZodIssue[], base: PropertyKey[] = []): z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path];
    const meant = issue.code === "invalid_union" ? meantShape(issue.errors) : undefined;
    return meant ? flatIssues(meant, path) : [{ ...issue, path }];
  });
}

/** Of several shapes, the one that the value has by its type and by which it has the fewest faults; none if two are equal. */
function meantShape(shapes: readonly z.core.$ZodIssue[][]): readonly z.core.$ZodIssue[] | undefined {
  const wrongType = ({ code, path }: z.core.$ZodIssue) =>
    path.length === 0 && (code === "invalid_type" || code === "invalid_value");
  const faults = (issues: readonly z.core.$ZodIssue[]) =>
    issues.reduce((count, issue) => count + (issue.code === "unrecognized_keys" ? issue.keys.length : 1), 0);
  const [first, second] = shapes.filter((issues) => !issues.some(wrongType)).toSorted((a, b) => faults(a) - faults(b));
  return first && second && faults(first) === faults(second) ? undefined : first;
}

/** Turns what the schema found into issues; an unknown field or a bad name is one issue each. */
function schemaIssues(file: JsonFile, base: Path, all: readonly z.core.$ZodIssue[], entry?: string): FleetIssue[] {
  const issue = (path: Path, message: string, value: unknown): FleetIssue => {
    const { rule, fix } = splitMessage(message);
    const field = path.join(".");
    const missing = value === undefined ? `is missing; ${rule}` : rule;
    return { file: file.name, ...file.locate([...base, ...path]), entry, field, value, rule: missing, fix };
  };
  return all.flatMap((found): FleetIssue[] => {
    const path = found.path as Path;
    const value = valueAt(file.value, [...base, ...path]);
    if (found.code === "unrecognized_keys") {
      const messages = found.message.split("\n");
      return found.keys.map((key, index) => issue([...path, key], messages[index] ?? found.message, key));
    }
    if (found.code === "invalid_key") {
      return found.issues.slice(0, 1).map(({ message }) => issue(path, message, path.at(-1)));
    }
    return [issue(path, found.message, value)];
  });
}

/** Reads a file by its schema: its value where it is sound, and all that is wrong. */
function readFile<Schema extends z.ZodType>(path: string, name: string, example: string, schema: Schema) {
  const file = JsonFile.read(path, name, example);
  if (file.issues.length > 0) return { file, issues: file.issues };
  const result = schema.safeParse(file.value);
  return result.success
    ? { file, value: result.data, issues: [] }
    : { file, issues: schemaIssues(file, [], flatIssues(result.error.issues)) };
}

/** What an entry is called in messages. */
function entryTitle(entry: unknown, index: number): string {
  const name = (entry as { name?: unknown } | null)?.name;
  return typeof name === "string" && name !== "" ? `${printValue(name)} (entry ${index + 1})` : `entry ${index + 1}`;
}

/** Paths of what is wrong: an unknown field is told at what stands around it, which may be sound. */
function faultyPaths(issue: z.core.$ZodIssue): Path[] {
  const path = issue.path as Path;
  return issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...path, key]) : [path];
}

/** Fields that hold others, and those that are lists: what is sound of them is kept. */
const NAMED_FIELDS = ["processes", "build", "env", "schedule", "egress"];
const LISTED_FIELDS = ["environments", "secrets"];

/** The sound fields of an entry; of those that hold several things, the sound ones. */
function soundFields(raw: unknown, faults: readonly Path[]): Partial<AppEntry> {
  if (!isObject(raw)) return {};
  const sound: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(raw)) {
    const inside = faults.filter(([first]) => first === field).map(([, second]) => second);
    const kept = (key: string | number) => !inside.includes(key);
    if (inside.length === 0) sound[field] = value;
    // Where nothing of them is sound, there are none: their default is not what was meant.
    else if (NAMED_FIELDS.includes(field)) {
      const all = isObject(value) ? Object.entries(value) : [];
      sound[field] = Object.fromEntries(inside.includes(undefined) ? [] : all.filter(([name]) => kept(name)));
    } else if (LISTED_FIELDS.includes(field)) {
      sound[field] = Array.isArray(value) && !inside.includes(undefined) ? value.filter((_, index) => kept(index)) : [];
    }
  }
  // Whether a process has a port that could be scraped can't be said.
  if (faults.some(([first]) => first === "processes")) delete sound.metrics;
  return sound;
}

/** Reads one entry: its sound fields, so that they can be checked against the others whatever else is wrong. */
function readEntry(file: JsonFile, base: Path, index: number) {
  const raw = valueAt(file.value, base);
  const title = entryTitle(raw, index);
  const result = appEntry.safeParse(raw);
  const found = flatIssues(result.error?.issues ?? []);
  const issues = schemaIssues(file, base, found, title);
  const faulty = new Set(found.map(({ path }) => path[0]));
  const entry = result.success ? result.data : soundFields(raw, found.flatMap(faultyPaths));

  const slug = entry.slug ?? (faulty.has("slug") || entry.name === undefined ? undefined : slugOf(entry.name));
  if (slug === undefined || SLUG.safeParse(slug).success) return { draft: { entry, slug }, issues };
  const derived: FleetIssue = {
    file: file.name,
    ...file.locate([...base, "name"]),
    entry: title,
    field: "name",
    value: entry.name,
    rule:
      slug === ""
        ? "no slug can be derived from it: it has none of the letters a to z"
        : `the slug derived from it, "${slug}", must have 2 to 40 characters and start with a letter`,
    fix: 'write another name, or set "slug"',
  };
  return { draft: { entry }, issues: [...issues, derived] };
}

/** Reads `apps.json`, entry by entry. */
function readApps(path: string): { file: JsonFile; base: Path; drafts: EntryDraft[]; issues: readonly FleetIssue[] } {
  const file = JsonFile.read(path, "apps.json", EXAMPLES.apps);
  if (file.issues.length > 0) return { file, base: [], drafts: [], issues: file.issues };
  const base = Array.isArray(file.value) ? [] : ["apps"];
  const entries = valueAt(file.value, base);
  const around = appsAround(file.value).safeParse(file.value);
  const issues = around.error ? schemaIssues(file, [], flatIssues(around.error.issues)) : [];
  const read = (Array.isArray(entries) ? entries : []).map((_, index) => readEntry(file, [...base, index], index));
  return {
    file,
    base,
    drafts: read.map(({ draft }) => draft),
    issues: [...issues, ...read.flatMap((entry) => entry.issues)],
  };
}

/** Path of the platform's file, unless it is named: the environment's word, where it has one. */
export function platformFileName(): string {
  return process.env.DROVER_PLATFORM || "platform.json";
}

/**
 * Reads the fleet's files: `apps.json`, `platform.json`, `releases.json`, and the lock file of providers if there is one.
 *
 * @throws FleetError with everything that is wrong in all of them
 */
export function loadFleet(options: LoadFleetOptions = {}): Fleet {
  const directory = options.directory ?? ".";
  const platformName = options.platform ?? platformFileName();
  const apps = readApps(resolve(directory, "apps.json"));
  const platform = readFile(resolve(directory, platformName), platformName, EXAMPLES.platform, platformFile);
  const releases = readFile(resolve(directory, "releases.json"), "releases.json", EXAMPLES.releases, releasesFile);

  const shared = platform.value && platformSpec(platform.value);
  const found = conflicts({
    apps: apps.drafts,
    environments: environmentsOf(platform.file.value),
    rust: rustVersionsOf(platform.file.value),
    sccache: keepsCompiledCrates(platform.file.value),
    platform: shared,
    releases: releases.file.value,
  }).map((conflict) => conflictIssue(conflict, { apps, platform, releases }));
  const { providerLock = true } = options;
  const lock = providerLock && shared && readProviderLock(resolve(directory, PROVIDER_LOCK_FILE), shared.providers);
  const wrong = [...apps.issues, ...platform.issues, ...releases.issues, ...found, ...(lock ? lock.issues : [])];
  const issues = inOrder(distinct(wrong));
  if (issues.length > 0 || !shared || !releases.value) throw new FleetError(issues);
  const spec = lock ? { ...shared, providers: lock.providers } : shared;
  return {
    platform: spec,
    apps: apps.drafts
      .map(({ entry, slug }) => appSpec(entry as AppEntry, slug as string, spec, releases.value as ReleasesFile))
      .sort((a, b) => byText(a.slug, b.slug)),
  };
}

/** The names of a platform's environments, whatever else is wrong there; undefined when a name is among it. */
function environmentsOf(platform: unknown): string[] | undefined {
  const environments = isObject(platform) ? platform.environments : undefined;
  const names = isObject(environments) ? Object.keys(environments) : [];
  return names.length > 0 && names.every((name) => environmentName().safeParse(name).success) ? names : undefined;
}

/** The versions of Rust that a platform names, whatever else is wrong there; undefined when one of them is among it. */
function rustVersionsOf(platform: unknown): string[] | undefined {
  if (!isObject(platform)) return undefined;
  const { data, success } = builder.optional().safeParse(platform.builder);
  return success ? builderSpec(data).rust.map(({ version }) => version) : undefined;
}

/** Whether a platform names a bucket for compiled crates, sound or not; undefined when nobody can say. */
function keepsCompiledCrates(platform: unknown): boolean | undefined {
  if (!isObject(platform) || !isObject(platform.build ?? {})) return undefined;
  return isObject(platform.build) && platform.build.sccache !== undefined;
}

/** One value may break one rule in two ways. */
function distinct(issues: readonly FleetIssue[]): FleetIssue[] {
  const key = ({ file, entry, field, rule }: FleetIssue) => JSON.stringify([file, entry, field, rule]);
  return [...new Map(issues.map((issue) => [key(issue), issue])).values()];
}

/** In the order in which a reader meets them. */
function inOrder(issues: readonly FleetIssue[]): FleetIssue[] {
  const files = [...new Set(issues.map(({ file }) => file))];
  const place = ({ file, line = 0, column = 0 }: FleetIssue) => [files.indexOf(file), line, column] as const;
  return issues.toSorted((a, b) => {
    const [left, right] = [place(a), place(b)];
    return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
  });
}

function conflictIssue(
  { file: kind, index, path, rule, fix }: Conflict,
  files: { apps: { file: JsonFile; base: Path }; platform: { file: JsonFile }; releases: { file: JsonFile } },
): FleetIssue {
  const { file } = files[kind];
  const base = index === undefined ? [] : [...files.apps.base, index];
  const entry = index === undefined ? undefined : entryTitle(valueAt(file.value, base), index);
  const value = valueAt(file.value, [...base, ...path]);
  return { file: file.name, ...file.locate([...base, ...path]), entry, field: path.join("."), value, rule, fix };
}
