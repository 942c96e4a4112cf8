import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../__tests__/support/program";
import { cacheFolder } from "./cache";
import { alone } from "./lock";
import type { Need } from "./needs";
import { runOrFail } from "./process";

/** Debian's packages, and the program, or file, by which one sees that it is installed. */
const PACKAGES = {
  containerd: "containerd",
  "containernetworking-plugins": "/usr/lib/cni/ptp",
  "docker-registry": "docker-registry",
  debootstrap: "debootstrap",
  iproute2: "ip",
  ipset: "ipset",
  iptables: "iptables",
  nftables: "nft",
  openssl: "openssl",
  runc: "runc",
  zstd: "zstd",
} as const;

/** A package that the tests may need. */
export type DebianPackage = keyof typeof PACKAGES;

/** A package whose program is there, or that can be installed here. */
export function debianPackage(name: DebianPackage): Need {
  return {
    name,
    howToGet: () => (isInstalled(name) || canInstall() ? undefined : `install it, in Debian: apt-get install ${name}`),
  };
}

/** Installs those that are missing (some seconds). */
export async function installDebianPackages(names: readonly DebianPackage[]): Promise<void> {
  if (names.every(isInstalled)) return;
  mkdirSync(cacheFolder(), { recursive: true });
  await alone(join(cacheFolder(), "apt-get.maker"), async () => {
    const missing = names.filter((name) => !isInstalled(name));
    if (missing.length === 0) return;
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const log = join(cacheFolder(), "apt-get.log");
    await runOrFail("apt-get", ["update"], { env, log });
    await runOrFail("apt-get", ["install", "--yes", "--no-install-recommends", ...missing], { env, log });
  });
}

function isInstalled(name: DebianPackage): boolean {
  const sign = PACKAGES[name];
  return sign.startsWith("/") ? existsSync(sign) : findProgram(sign) !== undefined;
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && findProgram("apt-get") !== undefined;
}
