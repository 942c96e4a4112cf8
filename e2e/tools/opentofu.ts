import { rmSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../__tests__/support/program";
import { cached, cacheFolder } from "./cache";
import type { Need } from "./needs";
import { runOrFail, versionOf } from "./process";

/** The release that is built, and the checksum that Go's module database has for its source. */
const RELEASE = {
  module: "github.com/opentofu/opentofu",
  version: "v1.12.6",
  sum: "h1:0VT4P8pMmGcCUnQ9JDrJ+Qg2d35Vzm4FFd/9+H7oF98=",
};

/** Without the flag the program calls itself a development version. */
const BUILD_FLAGS = ["-trimpath", "-ldflags", `-s -w -X ${RELEASE.module}/version.dev=no`];

/** OpenTofu ≥ 1.11, on PATH or built here with Go. */
export const opentofu: Need = {
  name: "OpenTofu ≥ 1.11",
  howToGet: () =>
    installedTofu() || findProgram("go")
      ? undefined
      : "install it: https://opentofu.org/docs/intro/install, or Go ≥ 1.26, with which it is built: https://go.dev/dl",
};

/** The path of OpenTofu: the one on PATH when it is recent enough, otherwise one that is built once (about 4 minutes). */
export async function tofuPath(): Promise<string> {
  const installed = installedTofu();
  if (installed !== undefined) return installed;
  const go = findProgram("go");
  if (go === undefined) throw new Error("OpenTofu is not on PATH, and Go, which would build it, isn't either");
  const madeFrom = { ...RELEASE, flags: BUILD_FLAGS, go: versionOf(go, "env", "GOVERSION", "GOOS", "GOARCH") };
  return join(await cached("opentofu", madeFrom, (folder) => build(go, folder)), "tofu");
}

function installedTofu(): string | undefined {
  const program = findProgram("tofu");
  if (program === undefined) return undefined;
  const [major = 0, minor = 0] = tofuVersion(program).split(".").map(Number);
  return major > 1 || (major === 1 && minor >= 11) ? program : undefined;
}

/** The version of an OpenTofu, such as "1.12.6". */
export function tofuVersion(program: string): string {
  return JSON.parse(versionOf(program, "version", "-json") ?? "{}").terraform_version ?? "0";
}

/**
 * Builds inside the module's own folder in Go's cache: its go.mod replaces a library, which Go heeds in the main module
 * only, and its go.sum holds the checksums of all that it needs.
 */
async function build(go: string, folder: string): Promise<void> {
  const log = join(cacheFolder(), "opentofu-build.log");
  rmSync(log, { force: true });
  const source = JSON.parse(await runOrFail(go, ["mod", "download", "-json", `${RELEASE.module}@${RELEASE.version}`]));
  if (source.Sum !== RELEASE.sum) {
    throw new Error(
      `the source of ${RELEASE.module} ${RELEASE.version} has checksum ${source.Sum}, not ${RELEASE.sum}`,
    );
  }
  const output = join(folder, "tofu");
  await runOrFail(go, ["build", "-C", source.Dir, ...BUILD_FLAGS, "-o", output, "./cmd/tofu"], { log, minutes: 40 });
}
