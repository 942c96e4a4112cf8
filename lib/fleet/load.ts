import { resolve } from "node:path";
import type { z } from "zod";
import { type Conflict, conflicts, type EntryDraft } from "./check";
import { FleetError, type FleetIssue } from "./error";
import { appSpec, byText, type Fleet, platformSpec } from "./fleet";
import { JsonFile } from "./json-file";
import { slugOf } from "./names";
import {
  type AppEntry,
  appEntry,
  appsAround,
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
}

type Path = readonly (string | number)[];

const EXAMPLES = {
  apps: '{ "apps": [{ "name": "Podcore", "language": "rust" }] }',
  platform:
    '{ "github": { "owner": …, "connectionArn": … }, "aws": { "accountId": …, "region": … }, "environments": { "production": { "domain": … } } }',
  releases: "{}, as long as nothing is released",
};

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string | number, unknown> | undefined)?.[key], root);
}

/** Turns what the schema found into issues; an unknown field or a bad name is one issue each. */
function schemaIssues(file: JsonFile, base: Path, error: z.ZodError, entry?: string): FleetIssue[] {
  const issue = (path: Path, message: string, value: unknown): FleetIssue => {
    const { rule, fix } = splitMessage(message);
    const field = path.join(".");
    const missing = value === undefined ? `is missing; ${rule}` : rule;
    return { file: file.name, ...file.locate([...base, ...path]), entry, field, value, rule: missing, fix };
  };
  return error.issues.flatMap((found): FleetIssue[] => {
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
    : { file, issues: schemaIssues(file, [], result.error) };
}

/** What an entry is called in messages. */
function entryTitle(entry: unknown, index: number): string {
  const name = (entry as { name?: unknown } | null)?.name;
  return typeof name === "string" && name !== "" ? `"${name}" (entry ${index + 1})` : `entry ${index + 1}`;
}

/** Reads one entry: its sound fields, so that they can be checked against the others whatever else is wrong. */
function readEntry(file: JsonFile, base: Path, index: number) {
  const raw = valueAt(file.value, base);
  const title = entryTitle(raw, index);
  const result = appEntry.safeParse(raw);
  const issues = result.success ? [] : schemaIssues(file, base, result.error, title);
  const faulty = new Set(result.error?.issues.map(({ path }) => path[0]));
  const entry: Partial<AppEntry> = result.success
    ? result.data
    : Object.fromEntries(Object.entries(raw ?? {}).filter(([key]) => key in appEntry.shape && !faulty.has(key)));

  const slug = entry.slug ?? (faulty.has("slug") || entry.name === undefined ? undefined : slugOf(entry.name));
  if (slug === undefined || slugSchema().safeParse(slug).success) return { draft: { entry, slug }, issues };
  const derived: FleetIssue = {
    file: file.name,
    ...file.locate([...base, "name"]),
    entry: title,
    field: "name",
    value: entry.name,
    rule: `the slug derived from it, "${slug}", must have 2 to 40 characters and start with a letter`,
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
  const issues = around.error ? schemaIssues(file, [], around.error) : [];
  const read = (Array.isArray(entries) ? entries : []).map((_, index) => readEntry(file, [...base, index], index));
  return {
    file,
    base,
    drafts: read.map(({ draft }) => draft),
    issues: [...issues, ...read.flatMap((entry) => entry.issues)],
  };
}

/**
 * Reads the fleet's files: `apps.json`, `platform.json` and `releases.json`.
 *
 * @throws FleetError with everything that is wrong in all of them
 */
export function loadFleet(options: LoadFleetOptions = {}): Fleet {
  const directory = options.directory ?? ".";
  const platformName = options.platform ?? process.env.DROVER_PLATFORM ?? "platform.json";
  const apps = readApps(resolve(directory, "apps.json"));
  const platform = readFile(resolve(directory, platformName), platformName, EXAMPLES.platform, platformFile);
  const releases = readFile(resolve(directory, "releases.json"), "releases.json", EXAMPLES.releases, releasesFile);

  const shared = platform.value && platformSpec(platform.value);
  const found = conflicts(apps.drafts, shared, releases.value).map((conflict) =>
    conflictIssue(conflict, apps, releases),
  );
  const issues = inOrder([...apps.issues, ...platform.issues, ...releases.issues, ...found]);
  if (issues.length > 0 || !shared || !releases.value) throw new FleetError(issues);
  return {
    platform: shared,
    apps: apps.drafts
      .map(({ entry, slug }) => appSpec(entry as AppEntry, slug as string, shared, releases.value as ReleasesFile))
      .sort((a, b) => byText(a.slug, b.slug)),
  };
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
  apps: { file: JsonFile; base: Path },
  releases: { file: JsonFile },
): FleetIssue {
  const { file } = kind === "apps" ? apps : releases;
  const base = index === undefined ? [] : [...apps.base, index];
  const entry = index === undefined ? undefined : entryTitle(valueAt(file.value, base), index);
  const value = valueAt(file.value, [...base, ...path]);
  return { file: file.name, ...file.locate([...base, ...path]), entry, field: path.join("."), value, rule, fix };
}
