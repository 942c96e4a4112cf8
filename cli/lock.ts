import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PROVIDER_LOCK_FILE, printProviderLock, readProviderLock } from "../lib/fleet/provider-lock";
import type { ProviderSpec } from "../lib/fleet/providers";
import { fleetOf } from "./fleet";
import { findTerraform, machineName, terraform } from "./terraform";

/** How the lock file is written. */
export interface LockOptions {
  /**
   * Machines whose packages are hashed, as Terraform names them.
   *
   * @default - this one, and the Linux of most CI
   */
  readonly platform?: readonly string[];
  /**
   * Folder or https URL of a mirror.
   *
   * @default - each provider's own registry
   */
  readonly mirror?: string;
  /**
   * Whether a locked version gives way to a newer one.
   *
   * @default false
   */
  readonly upgrade?: boolean;
}

/**
 * Writes the lock file of all providers of the fleet, in the current folder. A version that is locked and still allowed
 * is kept.
 *
 * @returns the exit code
 */
export async function lock(options: LockOptions): Promise<number> {
  const installed = findTerraform();
  const fleet = fleetOf();
  const problem = typeof fleet === "string" ? fleet : "problem" in installed ? installed.problem : undefined;
  if (typeof fleet === "string" || problem !== undefined) {
    console.error(problem);
    return 1;
  }
  const { providers } = fleet.platform;
  const before = options.upgrade ? undefined : readProviderLock(PROVIDER_LOCK_FILE, providers)?.providers;
  const folder = mkdtempSync(join(tmpdir(), "drover-lock-"));
  try {
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify(requirements(providers)));
    writeFileSync(join(folder, PROVIDER_LOCK_FILE), printProviderLock(Object.values(before ?? {})) ?? "");
    const { status, stdout, stderr } = await terraform(folder, ["providers", "lock", "-no-color", ...flags(options)]);
    if (status !== 0) {
      console.error(`${stderr.trim() || stdout.trim()}\n\n${PROVIDER_LOCK_FILE} is unchanged`);
      return 1;
    }
    const after = readProviderLock(join(folder, PROVIDER_LOCK_FILE), providers);
    copyFileSync(join(folder, PROVIDER_LOCK_FILE), PROVIDER_LOCK_FILE);
    const chosen = Object.entries(after?.providers ?? {}).map(([name, { locked }]) => `${name} ${locked?.version}`);
    console.log(`${PROVIDER_LOCK_FILE} locks ${chosen.join(", ")}; commit it`);
    return 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function requirements(providers: Readonly<Record<string, ProviderSpec>>): object {
  const asked = Object.entries(providers).map(([name, { source, version }]) => [name, { source, version }]);
  return { terraform: { required_providers: Object.fromEntries(asked) } };
}

function flags({ mirror, platform = [machineName(), "linux_amd64"] }: LockOptions): string[] {
  const place = mirror?.startsWith("https://") ? `-net-mirror=${mirror}` : mirror && `-fs-mirror=${resolve(mirror)}`;
  return [...(place ? [place] : []), ...[...new Set(platform)].map((one) => `-platform=${one}`)];
}
