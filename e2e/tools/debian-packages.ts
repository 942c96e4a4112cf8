import { join } from "node:path";
import { findProgram } from "../../__tests__/support/program";
import { cacheFolder } from "./cache";
import type { Need } from "./needs";
import { runOrFail } from "./process";

/** Programs that Debian has in packages of the same names. */
export type DebianProgram = "runc" | "docker-registry" | "debootstrap" | "zstd";

/** A program that is on PATH, or that can be installed here. */
export function debianProgram(name: DebianProgram): Need {
  return {
    name,
    howToGet: () => (findProgram(name) || canInstall() ? undefined : `install it, in Debian: apt-get install ${name}`),
  };
}

/** Installs those that are missing (some seconds). */
export async function installDebianPrograms(names: readonly DebianProgram[]): Promise<void> {
  const missing = names.filter((name) => findProgram(name) === undefined);
  if (missing.length === 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const log = join(cacheFolder(), "apt-get.log");
  await runOrFail("apt-get", ["update"], { env, log });
  await runOrFail("apt-get", ["install", "--yes", "--no-install-recommends", ...missing], { env, log });
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && findProgram("apt-get") !== undefined;
}
