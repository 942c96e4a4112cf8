import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../__tests__/support/program";
import { cached, cacheFolder } from "./cache";
import type { Need } from "./needs";
import { runOrFail, versionOf } from "./process";

/** Go, with which programs are built that nobody distributes in a form for every machine. */
export const go: Need = {
  name: "Go ≥ 1.25",
  howToGet: () =>
    findProgram("go") ? undefined : "install it, programs of the tests are built with it: https://go.dev/dl",
};

/** Programs that are built from a Go module of the tests, which pins the version and checksum of all that is in them. */
export interface GoModule {
  /** What its entry in the cache folder is called. */
  readonly name: string;
  /** The folder that holds go.mod and go.sum. */
  readonly folder: string;
  /** What is built: packages of the module, or "tool" for the tools that go.mod names. */
  readonly packages: string;
  /** Values of variables, by their full names: without them many programs call themselves development versions. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The version of a module that a go.mod requires. */
export function requiredVersion(folder: string, module: string): string {
  const mod = readFileSync(join(folder, "go.mod"), "utf8");
  const version = mod.match(new RegExp(`^\\s*${module} (v\\S+)`, "m"))?.[1];
  if (version === undefined) throw new Error(`${folder}/go.mod does not require ${module}`);
  return version;
}

/** Builds a module's programs once, and returns the folder that they are in. */
export async function goPrograms(module: GoModule): Promise<string> {
  const program = findProgram("go");
  if (program === undefined) throw new Error(`Go, which builds ${module.name}, is not on PATH`);
  const read = (name: string) => readFileSync(join(module.folder, name), "utf8");
  const flags = buildFlags(module);
  const madeFrom = {
    mod: read("go.mod"),
    sum: read("go.sum"),
    flags,
    go: versionOf(program, "env", "GOVERSION", "GOOS", "GOARCH"),
    sources: hashOfSources(module.folder),
  };
  return cached(module.name, madeFrom, (empty) => build(program, module, flags, empty));
}

function buildFlags({ variables }: GoModule): string[] {
  const values = Object.entries(variables).map(([variable, value]) => `-X ${variable}=${value}`);
  return ["-trimpath", "-ldflags", ["-s -w", ...values].join(" ")];
}

async function build(go: string, { name, folder, packages }: GoModule, flags: string[], to: string): Promise<void> {
  const log = join(cacheFolder(), `${name}-build.log`);
  // Static, and from go.mod and go.sum as they are, whatever the machine's own settings of Go say.
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOWORK: "off" };
  const args = [go, "build", "-C", folder, ...flags, "-o", `${to}/`, packages];
  await runOrFail("nice", args, { env, log, minutes: 40 });
}

/** What our own programs in a module are built from; nothing where it only names tools of others. */
function hashOfSources(folder: string): string | undefined {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".go"));
  if (names.length === 0) return undefined;
  const hash = createHash("sha256");
  for (const name of names.sort()) hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
  return hash.digest("hex");
}
