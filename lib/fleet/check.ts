import type { PlatformSpec } from "./fleet";
import { processSpecs } from "./fleet";
import { buildLogGroupName, buildRoleName, namesOf, PLATFORM_STACK } from "./names";
import { type AppEntry, didYouMean, type ReleasesFile } from "./schema";

/** An entry of `apps.json` that may have faults: only its sound fields are here. */
export interface EntryDraft {
  readonly entry: Partial<AppEntry>;
  /** Absent where neither a sound slug nor a name to derive it from is there. */
  readonly slug?: string;
}

/** Something wrong between fields, entries or files. */
export interface Conflict {
  readonly file: "apps" | "releases";
  /** Index of the entry, for `apps`. */
  readonly index?: number;
  /** Path of the field; below the entry for `apps`. */
  readonly path: readonly (string | number)[];
  readonly rule: string;
  readonly fix: string;
}

/** What no field can tell of itself: that it fits the others, the other entries and the other files. */
export function conflicts(drafts: readonly EntryDraft[], platform?: PlatformSpec, releases?: ReleasesFile): Conflict[] {
  return [
    ...drafts.flatMap(({ entry }, index) => inEntry(entry, index)),
    ...(platform ? drafts.flatMap(({ entry }, index) => unknownEnvironments(entry, index, platform)) : []),
    ...takenNames(drafts, platform),
    ...(platform && releases ? strayPins(drafts, platform, releases) : []),
  ];
}

function inEntry(entry: Partial<AppEntry>, index: number): Conflict[] {
  return Object.entries(entry.processes ?? {})
    .filter(([name, process]) => name !== "web" && process.hosts !== undefined && process.port === undefined)
    .map(([name]) => ({
      file: "apps",
      index,
      path: ["processes", name, "hosts"],
      rule: "a process that is public needs a port",
      fix: 'write for example "port": 8080 beside it',
    }));
}

function unknownEnvironments(entry: Partial<AppEntry>, index: number, platform: PlatformSpec): Conflict[] {
  const known = platform.environments.map(({ name }) => name);
  const conflict = (path: (string | number)[], name: string): Conflict => ({
    file: "apps",
    index,
    path,
    rule: `platform.json has no environment "${name}"`,
    fix: didYouMean(name, known),
  });
  const listed = (entry.environments ?? [])
    .map((name, position) => ({ name, path: ["environments", position] }))
    .concat(
      Object.entries(entry.processes ?? {}).flatMap(([process, { hosts }]) =>
        typeof hosts === "object" && !Array.isArray(hosts)
          ? Object.keys(hosts).map((name) => ({ name, path: ["processes", process, "hosts", name] }))
          : [],
      ),
    );
  return listed.filter(({ name }) => !known.includes(name)).map(({ name, path }) => conflict(path, name));
}

/** A name that something wants, in the words of whoever hands out such names. */
interface Claim {
  readonly kind: string;
  readonly name: string;
  readonly path: readonly (string | number)[];
}

function claims({ entry, slug }: EntryDraft, platform?: PlatformSpec): Claim[] {
  if (slug === undefined) return [];
  const names = namesOf(slug);
  const own = entry.slug === undefined ? ["name"] : ["slug"];
  const environments = (platform?.environments ?? []).filter(({ name }) => entry.environments?.includes(name) ?? true);
  const projects = [names.mainProject, names.pullRequestProject];
  const claim = (kind: string, path: readonly (string | number)[], ...values: string[]) =>
    values.map((name) => ({ kind, name, path }));
  return [
    ...claim("slug", own, slug),
    ...claim("stack", own, names.repositoryStack, names.pipelineStack),
    ...claim("stack", own, ...environments.map(({ name }) => names.environmentStack(name))),
    ...claim("namespace", own, ...environments.map(({ name }) => names.namespace(name))),
    ...claim("ECR repository", own, names.imageRepository, names.cacheRepository),
    ...claim("CodeBuild project", own, ...projects),
    ...claim("IAM role", own, ...projects.map(buildRoleName)),
    ...claim("log group", own, ...projects.map(buildLogGroupName)),
    ...claim(
      "GitHub repository",
      entry.repository?.name ? ["repository", "name"] : own,
      (entry.repository?.name ?? names.repository).toLowerCase(),
    ),
    ...environments.flatMap((environment) =>
      processSpecs(entry, names, environment).flatMap(({ name, hosts }) =>
        claim("host", entry.processes?.[name]?.hosts ? ["processes", name, "hosts"] : own, ...hosts),
      ),
    ),
  ];
}

/** Names that the platform's own stacks have, or will have. */
function platformClaims(platform?: PlatformSpec): Claim[] {
  const environments = platform?.environments ?? [];
  const stacks = environments.flatMap(({ name }) => [`cluster-${name}`, `ingress-${name}`]);
  return [PLATFORM_STACK, ...stacks].map((name) => ({ kind: "stack", name, path: [] }));
}

/** Two things that want one name: the later one is told who has it. */
function takenNames(drafts: readonly EntryDraft[], platform?: PlatformSpec): Conflict[] {
  const owners = new Map<string, string>();
  for (const { kind, name } of platformClaims(platform)) owners.set(`${kind} ${name}`, "the platform");
  const found: Conflict[] = [];
  for (const [index, draft] of drafts.entries()) {
    const taken = new Map<string, Conflict>();
    const title = draft.entry.name ?? draft.slug;
    for (const { kind, name, path } of claims(draft, platform)) {
      const key = `${kind} ${name}`;
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, `"${title}" (entry ${index + 1})`);
      // Two entries with one slug want everything twice: one message for a field is enough.
      else if (!taken.has(path.join("."))) {
        taken.set(path.join("."), { file: "apps", index, path, ...explain(kind, name, owner) });
      }
    }
    found.push(...taken.values());
  }
  return found;
}

function explain(kind: string, name: string, owner: string): { rule: string; fix: string } {
  const rule = `wants ${kind} "${name}", which ${owner} has`;
  if (kind === "host") {
    return { rule, fix: 'name other hosts, for each environment its own: { "production": ["podcore.fm"] }' };
  }
  if (kind === "GitHub repository") return { rule, fix: "name another repository" };
  return { rule, fix: 'write another name, or another "slug" in one of the entries' };
}

function strayPins(drafts: readonly EntryDraft[], platform: PlatformSpec, releases: ReleasesFile): Conflict[] {
  const environments = platform.environments.map(({ name }) => name);
  const slugs = drafts.flatMap(({ slug }) => slug ?? []);
  const conflict = (path: string[], rule: string, fix: string): Conflict => ({ file: "releases", path, rule, fix });
  return Object.entries(releases).flatMap(([environment, pins]): Conflict[] => {
    if (environment === "$schema" || typeof pins !== "object") return [];
    if (!environments.includes(environment)) {
      const rule = `platform.json has no environment "${environment}"`;
      return [conflict([environment], rule, didYouMean(environment, environments))];
    }
    return Object.keys(pins).flatMap((slug): Conflict[] => {
      if (!slugs.includes(slug)) {
        return [conflict([environment, slug], `apps.json has no app "${slug}"`, didYouMean(slug, slugs))];
      }
      const entry = drafts.find((draft) => draft.slug === slug)?.entry;
      if (entry?.environments?.includes(environment) ?? true) return [];
      const rule = `"${slug}" does not run in "${environment}"`;
      return [conflict([environment, slug], rule, "take the pin out, or add the environment to the app's entry")];
    });
  });
}
