import { findProgram } from "../../__tests__/support/program";
import { type GoProgram, goProgram } from "./go-program";
import type { Need } from "./needs";
import { versionOf } from "./process";

const MODULE = "github.com/opentofu/opentofu";

/** The release that is built. */
const OPENTOFU: GoProgram = {
  name: "opentofu",
  module: MODULE,
  version: "v1.12.6",
  sum: "h1:0VT4P8pMmGcCUnQ9JDrJ+Qg2d35Vzm4FFd/9+H7oF98=",
  main: "./cmd/tofu",
  // Without the flag the program calls itself a development version.
  flags: ["-trimpath", "-ldflags", `-s -w -X ${MODULE}/version.dev=no`],
};

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
  return installedTofu() ?? (await goProgram(OPENTOFU));
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
