import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** This folder, in a test as in a bundle that lies elsewhere. */
export const FOLDER = join(dirname(require.resolve("drover/package.json")), "bench/build");

/** A codebase that is built. */
export interface Project {
  /** Its folder below `projects/`. */
  readonly name: string;
  readonly title: string;
  /** Its own crates. */
  readonly crates: readonly string[];
  /** Folder of the package that changes, and its name. */
  readonly changing: { readonly folder: string; readonly package: string };
}

export const PROJECTS: readonly Project[] = [
  { name: "service", title: "a small service", crates: ["links"], changing: { folder: ".", package: "links" } },
  {
    name: "workspace",
    title: "a workspace of ten crates",
    crates: "api catalog config events named orders storage telemetry types worker".split(" "),
    changing: { folder: "crates/api", package: "api" },
  },
];

/** What has happened to a codebase since its last build. */
export interface Situation {
  readonly name: string;
  readonly title: string;
  /**
   * Whether nothing was ever built before; otherwise the registry has the cache of a build before the change. The host is
   * a fresh one in any case, as CodeBuild's are.
   *
   * @default false
   */
  readonly isFirst?: boolean;
  /**
   * Whether nothing is built, but all is fetched that the change of a line would need.
   *
   * @default false
   */
  readonly onlyPulls?: boolean;
  /**
   * Whether it may be a reason to compile dependencies.
   *
   * @default false
   */
  readonly compilesDependencies?: boolean;
  /**
   * Does it.
   *
   * @default - nothing has happened
   */
  readonly change?: (checkout: string, project: Project) => void;
}

export const SITUATIONS: readonly Situation[] = [
  { name: "first", title: "first build, no cache", isFirst: true, compilesDependencies: true },
  { name: "pull", title: "only pulling the cache", onlyPulls: true },
  { name: "unchanged", title: "unchanged" },
  { name: "line", title: "one line changed", change: changeLine },
  { name: "dependency", title: "dependency added", compilesDependencies: true, change: addDependency },
  { name: "version", title: "version bumped", change: bumpVersion },
  { name: "test", title: "test file added", change: addTest },
  { name: "binary", title: "binary added", change: addBinary },
  { name: "metadata", title: "description changed", change: describe },
];

/** Copies a project as it is in a situation. */
export function checkOut(project: Project, { change }: Situation, checkout: string): void {
  const source = join(FOLDER, "projects", project.name);
  cpSync(source, checkout, { recursive: true, filter: (path) => path !== join(source, "target") });
  change?.(checkout, project);
}

function changeLine(checkout: string, { changing }: Project): void {
  edit(join(checkout, changing.folder, "src/main.rs"), (text) => text.replace(/ on port \{port\}/, " at port {port}"));
}

/** A small crate without dependencies that no project has. */
function addDependency(checkout: string, { changing }: Project): void {
  edit(join(checkout, changing.folder, "Cargo.toml"), (text) =>
    text.replace("\n[dependencies]\n", '\n[dependencies]\nhex = "0.4.3"\n'),
  );
  lock(checkout);
}

function bumpVersion(checkout: string): void {
  edit(join(checkout, "Cargo.toml"), (text) => text.replace(/^version = ".*"$/m, 'version = "0.1.1"'));
  lock(checkout);
}

function describe(checkout: string): void {
  edit(join(checkout, "Cargo.toml"), (text) => text.replace(/^description = ".*"$/m, 'description = "Something else"'));
}

function addTest(checkout: string, { changing }: Project): void {
  cpSync(join(FOLDER, "additions/test.rs"), join(checkout, changing.folder, "tests/added.rs"));
}

function addBinary(checkout: string, { changing }: Project): void {
  cpSync(join(FOLDER, "additions/binary.rs"), join(checkout, changing.folder, "src/bin/added.rs"));
}

/** A change that changes nothing would be measured as a fast build. */
function edit(file: string, change: (text: string) => string): void {
  const before = readFileSync(file, "utf8");
  const after = change(before);
  if (after === before) throw new Error(`${file} has nothing to change`);
  writeFileSync(file, after);
}

/** Writes the lock file anew; versions that are locked stay as they are. */
function lock(checkout: string): void {
  const { status, stderr } = spawnSync("cargo", ["update", "--workspace"], { cwd: checkout, encoding: "utf8" });
  if (status !== 0) throw new Error(`cargo update --workspace failed in ${checkout}:\n${stderr}`);
}
