import { readFileSync } from "node:fs";
import type { FleetIssue } from "./error";
import { byText } from "./fleet";
import { type ProviderName, type ProviderSpec, satisfies } from "./providers";

/** Terraform's file of the exact versions and packages of providers. */
export const PROVIDER_LOCK_FILE = ".terraform.lock.hcl";

/** Command that writes the fleet's lock file. */
export const PROVIDER_LOCK_COMMAND = "npm run lock";

/** What Terraform itself begins the file with. */
const HEADER = [
  '# This file is maintained automatically by "terraform init".',
  "# Manual edits may be lost in future updates.",
  "",
];

/** A block of a lock file, with its line. */
interface LockBlock {
  readonly version?: string;
  readonly hashes: readonly string[];
  readonly line: number;
}

/**
 * Reads the blocks of a lock file, by the address of the provider.
 *
 * @see https://developer.hashicorp.com/terraform/language/files/dependency-lock
 */
function blocksOf(text: string): Map<string, LockBlock> {
  const blocks = new Map<string, LockBlock>();
  for (const { 0: block, 1: source = "", index } of text.matchAll(/^provider "([^"]+)" \{$[\s\S]*?^\}$/gm)) {
    const [, version] = block.match(/^ +version += "([^"]+)"$/m) ?? [];
    const hashes = [...block.matchAll(/^ +"([a-z0-9]+:[A-Za-z0-9+/=]+)",?$/gm)].map(([, hash]) => hash as string);
    blocks.set(source, { version, hashes, line: text.slice(0, index).split("\n").length });
  }
  return blocks;
}

/** The providers with what a fleet's lock file has chosen, and where it does not fit them. */
export interface ProviderLock {
  /** Those that are locked within the versions that the stacks ask for, and the others as they were. */
  readonly providers: Readonly<Record<ProviderName, ProviderSpec>>;
  readonly issues: readonly FleetIssue[];
}

/**
 * Reads a fleet's lock file.
 *
 * @param path where it is
 * @returns nothing where there is no file
 */
export function readProviderLock(
  path: string,
  providers: Readonly<Record<ProviderName, ProviderSpec>>,
): ProviderLock | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    const fix = `remove it, then run \`${PROVIDER_LOCK_COMMAND}\``;
    return { providers, issues: [{ file: PROVIDER_LOCK_FILE, rule: `the file can't be read (${code})`, fix }] };
  }
  const blocks = blocksOf(text.replaceAll("\r\n", "\n"));
  const issues: FleetIssue[] = [];
  const locked = (spec: ProviderSpec): ProviderSpec => {
    const { line, version, hashes = [] } = blocks.get(spec.source) ?? {};
    const fault = faultOf(version, hashes, spec.version);
    if (version !== undefined && fault === undefined) return { ...spec, locked: { version, hashes } };
    const fix = `run \`${PROVIDER_LOCK_COMMAND}\` and commit the file`;
    issues.push({ file: PROVIDER_LOCK_FILE, line, field: spec.source, value: version, rule: fault ?? "", fix });
    return spec;
  };
  const { aws, github, kubernetes } = providers;
  return { providers: { aws: locked(aws), github: locked(github), kubernetes: locked(kubernetes) }, issues };
}

function faultOf(version: string | undefined, hashes: readonly string[], constraint: string): string | undefined {
  if (version === undefined) return `is missing; the stacks ask for "${constraint}"`;
  if (hashes.length === 0) return "has no hashes";
  return satisfies(version, constraint) ? undefined : `must satisfy "${constraint}", which the stacks ask for`;
}

/**
 * The text of a lock file for providers, as far as they are locked. It is formatted as Terraform does, which then has no
 * reason to write it again. Nothing where none of them is locked.
 */
export function printProviderLock(providers: readonly ProviderSpec[]): string | undefined {
  const blocks = providers
    .toSorted((one, other) => byText(one.source, other.source))
    .flatMap(({ source, version: constraints, locked }) =>
      locked === undefined
        ? []
        : [
            `provider "${source}" {`,
            `  version     = "${locked.version}"`,
            `  constraints = "${constraints}"`,
            "  hashes = [",
            ...locked.hashes.map((hash) => `    "${hash}",`),
            "  ]",
            "}",
            "",
          ],
    );
  return blocks.length === 0 ? undefined : [...HEADER, ...blocks].join("\n");
}
