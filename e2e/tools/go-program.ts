import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findProgram } from "../../__tests__/support/program";
import { cached, cacheFolder } from "./cache";
import { runOrFail, versionOf } from "./process";

/** A program that is built from a module of Go's. */
export interface GoProgram {
  readonly name: string;
  readonly module: string;
  readonly version: string;
  /** The checksum that Go's module database has for the module's source. */
  readonly sum: string;
  /** The package of the module that is the program, such as "./cmd/tofu". */
  readonly main: string;
  /** Flags of `go build`. @default none */
  readonly flags?: readonly string[];
  /**
   * Files to add to the module's source, by path. A module's archive lacks its nested modules, which its go.mod replaces
   * by folders.
   *
   * @default none
   */
  readonly additions?: Readonly<Record<string, string>>;
}

/** The path of a program, which is built first when it is missing. */
export async function goProgram(program: GoProgram): Promise<string> {
  const go = findProgram("go");
  if (go === undefined) throw new Error(`Go, which builds ${program.name}, is not on PATH`);
  const { module, version, sum, main, flags = [], additions } = program;
  const name = main === "." ? (module.split("/").at(-1) as string) : main.replace(/^.*\//, "");
  const madeFrom = { module, version, sum, flags, additions, go: versionOf(go, "env", "GOVERSION", "GOOS", "GOARCH") };
  return join(await cached(program.name, madeFrom, (folder) => build(go, program, folder)), name);
}

/**
 * Builds inside the module's own folder in Go's cache, or in a copy where something is added: its go.mod may replace a
 * library, which Go heeds in the main module only, and its go.sum holds the checksums of all that it needs.
 */
async function build(go: string, program: GoProgram, folder: string) {
  const { name, module, version, sum, main, flags = [], additions = {} } = program;
  const log = join(cacheFolder(), `${name}-build.log`);
  rmSync(log, { force: true });
  const source = JSON.parse(await runOrFail(go, ["mod", "download", "-json", `${module}@${version}`]));
  if (source.Sum !== sum) {
    throw new Error(`the source of ${module} ${version} has checksum ${source.Sum}, not ${sum}`);
  }
  const copy = mkdtempSync(join(tmpdir(), "drover-source-"));
  try {
    const added = Object.entries(additions);
    // What is in Go's cache is read-only.
    if (added.length > 0) await runOrFail("cp", ["-R", "--no-preserve=mode", `${source.Dir}/.`, copy]);
    for (const [path, text] of added) {
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), text);
    }
    const args = ["build", "-C", added.length > 0 ? copy : source.Dir, ...flags, "-o", `${folder}/`, main];
    await runOrFail(go, args, { log, minutes: 40 });
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
