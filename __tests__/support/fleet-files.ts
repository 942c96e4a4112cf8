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

/** The fleet's files: text as it stands, or a value to be written as JSON. */
export interface FleetFiles {
  readonly apps?: unknown;
  readonly platform?: unknown;
  readonly releases?: unknown;
}

/** Writes the files into a folder. A file that is null is not written. */
export function writeFleet(directory: string, files: FleetFiles = {}): void {
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
