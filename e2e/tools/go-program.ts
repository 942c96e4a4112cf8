import { rmSync } from "node:fs";
import { join } from "node:path";
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
}

/** The path of a program, which is built first when it is missing. */
export async function goProgram(program: GoProgram): Promise<string> {
  const go = findProgram("go");
  if (go === undefined) throw new Error(`Go, which builds ${program.name}, is not on PATH`);
  const { module, version, sum, main, flags = [] } = program;
  const madeFrom = { module, version, sum, flags, go: versionOf(go, "env", "GOVERSION", "GOOS", "GOARCH") };
  return join(await cached(program.name, madeFrom, (folder) => build(go, program, folder)), main.replace(/^.*\//, ""));
}

/**
 * Builds inside the module's own folder in Go's cache: its go.mod may replace a library, which Go heeds in the main
 * module only, and its go.sum holds the checksums of all that it needs.
 */
async function build(go: string, { name, module, version, sum, main, flags = [] }: GoProgram, folder: string) {
  const log = join(cacheFolder(), `${name}-build.log`);
  rmSync(log, { force: true });
  const source = JSON.parse(await runOrFail(go, ["mod", "download", "-json", `${module}@${version}`]));
  if (source.Sum !== sum) {
    throw new Error(`the source of ${module} ${version} has checksum ${source.Sum}, not ${sum}`);
  }
  await runOrFail(go, ["build", "-C", source.Dir, ...flags, "-o", `${folder}/`, main], { log, minutes: 40 });
}
