import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, ROOT } from "../../__tests__/support/program";
import { HELPER } from "../../lib/runtime/pod";
import { cached } from "./cache";
import { kubernetesPrograms } from "./kubernetes";
import type { Need } from "./needs";
import { runOrFail, versionOf } from "./process";
import type { Registry } from "./registry";

const HELPER_SOURCE = join(ROOT, "lib/build/rust/tools/src/bin/drover-helper.rs");

/** What {@link addEchoApp} can't do without, besides a cluster. */
export const ECHO_APP: readonly Need[] = [
  {
    name: "Rust",
    howToGet: () => (findProgram("rustc") ? undefined : "install it: https://rustup.rs"),
  },
];

/**
 * Adds an app's image that no build made: `/echo`, and the helper that every image of the build has. Returns its digest.
 */
export async function addEchoApp(registry: Registry, slug: string, tag: string): Promise<string> {
  const [{ echo }, helper] = await Promise.all([kubernetesPrograms(), helperProgram()]);
  return registry.addProgram(slug, tag, echo, { [HELPER]: helper });
}

/** The helper, compiled on this machine. */
async function helperProgram(): Promise<string> {
  const rustc = findProgram("rustc");
  if (rustc === undefined) throw new Error("rustc, which compiles drover-helper, is not on PATH");
  const flags = ["--edition", "2024", "-C", "opt-level=s", "-C", "target-feature=+crt-static", "-C", "strip=symbols"];
  const madeFrom = { source: readFileSync(HELPER_SOURCE, "utf8"), flags, rustc: versionOf(rustc, "--version") };
  const folder = await cached("helper", madeFrom, async (empty) => {
    await runOrFail(rustc, [...flags, "-o", join(empty, "drover-helper"), HELPER_SOURCE]);
  });
  return join(folder, "drover-helper");
}
