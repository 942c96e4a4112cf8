import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../__tests__/support/program";
import { cached, cacheFolder } from "./cache";
import { TOOLS_FOLDER } from "./folder";
import type { Need } from "./needs";
import { runOrFail, versionOf } from "./process";

/** BuildKit's daemon, its plain client, and the client that people use; paths. */
export interface BuildTools {
  readonly buildkitd: string;
  readonly buildctl: string;
  /** Stands alone, and is a plug-in of the docker client. */
  readonly buildx: string;
}

/** The Go module that names the tools, their versions and the checksums of all that they are built from. */
const MODULE = join(TOOLS_FOLDER, "build-tools");

/** Without these the programs call themselves development versions. */
const VERSIONS = {
  "github.com/moby/buildkit": "github.com/moby/buildkit/version.Version",
  "github.com/docker/buildx": "github.com/docker/buildx/version.Version",
};

/** Go, with which BuildKit is built: nobody distributes it as a plain program for every machine. */
export const go: Need = {
  name: "Go ≥ 1.24",
  howToGet: () => (findProgram("go") ? undefined : "install it, BuildKit is built with it: https://go.dev/dl"),
};

/** BuildKit and buildx, built once from source (about 2 minutes on two cores). */
export async function buildTools(): Promise<BuildTools> {
  const program = findProgram("go");
  if (program === undefined) throw new Error("Go, which builds BuildKit, is not on PATH");
  const mod = readFileSync(join(MODULE, "go.mod"), "utf8");
  const sum = readFileSync(join(MODULE, "go.sum"), "utf8");
  const flags = buildFlags(mod);
  const madeFrom = { mod, sum, flags, go: versionOf(program, "env", "GOVERSION", "GOOS", "GOARCH") };
  const folder = await cached("buildkit", madeFrom, (empty) => build(program, flags, empty));
  return {
    buildkitd: join(folder, "buildkitd"),
    buildctl: join(folder, "buildctl"),
    buildx: join(folder, "buildx"),
  };
}

function buildFlags(mod: string): string[] {
  const versions = Object.entries(VERSIONS).map(([module, variable]) => {
    const version = mod.match(new RegExp(`^\\s*${module} (v\\S+)`, "m"))?.[1];
    if (version === undefined) throw new Error(`${MODULE}/go.mod does not require ${module}`);
    return `-X ${variable}=${version}`;
  });
  return ["-trimpath", "-ldflags", ["-s -w", ...versions].join(" ")];
}

async function build(go: string, flags: string[], folder: string): Promise<void> {
  const log = join(cacheFolder(), "buildkit-build.log");
  // Static, and from go.mod and go.sum as they are, whatever the machine's own settings of Go say.
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOWORK: "off" };
  await runOrFail(go, ["build", "-C", MODULE, ...flags, "-o", folder, "tool"], { env, log, minutes: 40 });
}
