import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { lock as guard } from "proper-lockfile";
import { SandboxError } from "../error";
import type { Folders } from "../folders";

/** Who works on the sandbox. */
export interface Holder {
  readonly pid: number;
  /** When the process began, as the system says it: its number may be given to another one later. */
  readonly began?: string;
  readonly command: string;
  /** Since when, as ISO 8601. */
  readonly since: string;
}

/**
 * Takes the sandbox for this process alone. Whoever died without giving it back does not stand in the way.
 *
 * @param command what this process is about, for whoever has to wait
 * @param patience how long to wait for another one, in milliseconds
 * @returns gives the sandbox back
 * @throws when another process holds the sandbox, with what it is
 */
export async function takeLock(folders: Folders, command: string, patience = 3000): Promise<() => Promise<void>> {
  mkdirSync(folders.root, { recursive: true });
  const own: Holder = { pid: process.pid, began: beginOf(process.pid), command, since: new Date().toISOString() };
  const deadline = Date.now() + patience;
  for (;;) {
    const holder = await guarded(folders, () => {
      const found = holderOf(folders);
      if (found === undefined) writeFileSync(folders.lock, JSON.stringify(own));
      return found;
    });
    if (holder === undefined) break;
    if (Date.now() >= deadline) throw new SandboxError(describe(holder));
    await sleep(200);
  }
  return () => guarded(folders, () => rmSync(folders.lock, { force: true }));
}

/** Who holds the sandbox, if anybody who is alive does. */
export function holderOf(folders: Folders): Holder | undefined {
  const holder = readHolder(folders.lock);
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

/** Looking and taking must be one step. The guard is held for milliseconds, and expires when its holder is killed. */
async function guarded<Result>(folders: Folders, step: () => Result): Promise<Result> {
  const release = await guard(folders.root, {
    lockfilePath: `${folders.lock}.guard`,
    stale: 5000,
    retries: { retries: 80, minTimeout: 20, maxTimeout: 100 },
  });
  try {
    return step();
  } finally {
    await release();
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  } catch {
    // Half a file: its writer was killed.
    return undefined;
  }
}

function isAlive({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return began === beginOf(pid);
}

/** Where the system tells: the 22nd value of a process's status; the second is a name in brackets, spaces and all. */
function beginOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[19];
  } catch {
    return undefined;
  }
}

function describe({ pid, command, since }: Holder): string {
  const time = new Date(since).toLocaleTimeString("en-GB");
  return `the sandbox is in use: \`${command}\` (process ${pid}) holds it since ${time}; wait for it or stop it`;
}
