import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

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
  const unlock = await lock(`${entry}.maker`);
  try {
    if (!existsSync(entry)) await makeAndMove(name, entry, make);
  } finally {
    unlock();
  }
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

/** Waits until this process alone holds a file that names it; a holder that has died does not count. */
async function lock(file: string): Promise<() => void> {
  const own = nameOf(process.pid);
  for (;;) {
    try {
      writeFileSync(file, own, { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (isHeld(file)) await delay(500);
    else rmSync(file, { force: true });
  }
}

function isHeld(file: string): boolean {
  try {
    const holder = readFileSync(file, "utf8");
    // It may be written right now.
    return holder === "" || holder === nameOf(Number.parseInt(holder, 10));
  } catch {
    return false;
  }
}

/** A process by its id and its begin, as ids come again. */
function nameOf(pid: number): string {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) ? `${pid} ${readFileSync(stat, "utf8").split(" ")[21]}` : `${pid}`;
}

function moveInto(entry: string, temporary: string): void {
  try {
    renameSync(temporary, entry);
  } catch (error) {
    // Another run was faster, and made the same.
    if (!existsSync(entry)) throw error;
  }
}
