import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { alone } from "./lock";

/**
 * The folder for what takes long to make: outside the repository, so that every clone shares it.
 * `DROVER_CACHE` names another one.
 */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return process.env.DROVER_CACHE || join(base, "drover");
}

/**
 * Returns the folder of a cache entry, made first when it is missing.
 *
 * The entry's name ends in the hash of what it is made from, so that a change makes a new one. It is made in a
 * temporary folder and moved into place whole: a run that is killed leaves no half entry. Of two tests at once the later
 * one waits for what the earlier one makes.
 *
 * @param name what the entry is called in front of its hash
 * @param madeFrom everything that decides the content: versions, checksums, flags
 * @param make fills the folder; what it makes must work after the folder was moved
 */
export async function cached(name: string, madeFrom: object, make: (folder: string) => Promise<void>): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(madeFrom)).digest("hex").slice(0, 16);
  const entry = join(cacheFolder(), `${name}-${hash}`);
  if (existsSync(entry)) return entry;

  mkdirSync(cacheFolder(), { recursive: true });
  await alone(`${entry}.maker`, async () => {
    if (!existsSync(entry)) await makeAndMove(name, entry, make);
  });
  return entry;
}

async function makeAndMove(name: string, entry: string, make: (folder: string) => Promise<void>): Promise<void> {
  const temporary = mkdtempSync(join(cacheFolder(), `.making-${name}-`));
  try {
    await make(temporary);
    moveInto(entry, temporary);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function moveInto(entry: string, temporary: string): void {
  try {
    renameSync(temporary, entry);
  } catch (error) {
    // Another run was faster, and made the same.
    if (!existsSync(entry)) throw error;
  }
}
