import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** How this machine reaches the world, so that what runs in a build reaches it in the same way. */
export interface MachineSettings {
  /** The certificates that it trusts, in PEM. */
  readonly certificates: string;
  /** Where it gets Debian's packages. */
  readonly debianMirror: string;
  /** Lines of a configuration file for apt. */
  readonly apt: string;
  /** Cargo's configuration, or nothing where it has none. */
  readonly cargo: string | undefined;
  /** Variables that name a proxy. */
  readonly proxies: Readonly<Record<string, string>>;
}

/** Reads the settings of this machine; they are never written anywhere but into images that stay on it. */
export function machineSettings(): MachineSettings {
  return { certificates: certificates(), debianMirror: debianMirror(), apt: apt(), cargo: cargo(), proxies: proxies() };
}

function certificates(): string {
  const places = [process.env.SSL_CERT_FILE, "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
  const file = places.find((place) => place && existsSync(place));
  if (!file) throw new Error("this machine has no bundle of trusted certificates: name it in SSL_CERT_FILE");
  return readFileSync(file, "utf8");
}

function debianMirror(): string {
  const format = "$(ORIGIN) $(LABEL) $(REPO_URI)";
  const targets = outputOf("apt-get", ["indextargets", "--format", format, "Created-By: Packages"]);
  return targets.match(/^Debian Debian (\S+)$/m)?.[1] ?? "http://deb.debian.org/debian";
}

/** How to fetch, and how old what is fetched may be; nothing of what to install. */
function apt(): string {
  const lines = outputOf("apt-config", ["dump"]).split("\n");
  return lines.filter((line) => /^Acquire::(https?::|Retries|Check-)/i.test(line)).join("\n");
}

function cargo(): string | undefined {
  const home = process.env.CARGO_HOME || join(homedir(), ".cargo");
  const file = ["config.toml", "config"].map((name) => join(home, name)).find((path) => existsSync(path));
  return file && readFileSync(file, "utf8");
}

function proxies(): Record<string, string> {
  const isProxy = ([name, value]: [string, string | undefined]) => /^(https?|no|all)_proxy$/i.test(name) && value;
  return Object.fromEntries(Object.entries(process.env).filter(isProxy)) as Record<string, string>;
}

function outputOf(program: string, args: string[]): string {
  return spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).stdout ?? "";
}
