import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The least that `platform.json` must say, with two environments. */
export const PLATFORM = {
  github: {
    owner: "acme",
    connectionArn: "arn:aws:codeconnections:eu-central-1:111122223333:connection/0a1b2c3d-0000-4000-8000-000000000000",
  },
  aws: { accountId: "111122223333", region: "eu-central-1" },
  environments: { production: { domain: "example.com" }, staging: { domain: "staging.example.com" } },
};

/** A release that could be. */
export const PIN = {
  tag: "0123456789abcdef0123456789abcdef01234567",
  digest: `sha256:${"0123456789abcdef".repeat(4)}`,
};

/** A lock file of providers, with a version of each. */
export function providerLock({ aws = "6.50.0", github = "6.9.0", kubernetes = "3.2.1" } = {}): string {
  const block = (source: string, version: string) => `
provider "registry.terraform.io/${source}" {
  version     = "${version}"
  constraints = ">= 1.0.0"
  hashes = [
    "h1:${source.replace(/\W/g, "")}=",
    "zh:0123456789abcdef",
  ]
}
`;
  const header =
    '# This file is maintained automatically by "terraform init".\n# Manual edits may be lost in future updates.\n';
  const blocks = [
    block("hashicorp/aws", aws),
    block("hashicorp/kubernetes", kubernetes),
    block("integrations/github", github),
  ];
  return [header, ...blocks].join("");
}

/** The fleet's files: text as it stands, or a value to be written as JSON. */
export interface FleetFiles {
  readonly apps?: unknown;
  readonly platform?: unknown;
  readonly releases?: unknown;
  /**
   * The lock file of providers.
   *
   * @default - there is none
   */
  readonly providerLock?: string;
}

/** Writes the files into a folder. A file that is null is not written. */
export function writeFleet(directory: string, { providerLock, ...files }: FleetFiles = {}): void {
  if (providerLock !== undefined) writeFileSync(join(directory, ".terraform.lock.hcl"), providerLock);
  const contents = { apps: [{ name: "Podcore", language: "rust" }], platform: PLATFORM, releases: {}, ...files };
  for (const [name, content] of Object.entries(contents)) {
    if (content === null) continue;
    const text = typeof content === "string" ? content : JSON.stringify(content, null, 2);
    writeFileSync(join(directory, `${name}.json`), text);
  }
}

/** Runs a test in a folder that holds the files, and removes it afterwards. */
export function withFleet<Result>(files: FleetFiles, test: (directory: string) => Result): Result {
  const directory = mkdtempSync(join(tmpdir(), "drover-"));
  try {
    writeFleet(directory, files);
    return test(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
