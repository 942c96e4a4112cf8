import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Does something while no other test does it: waits until this process alone holds a file, which is gone afterwards. A
 * holder that has died does not count.
 *
 * @param file its folder exists
 */
export async function alone(file: string, action: () => Promise<void>): Promise<void> {
  const unlock = await lock(file);
  try {
    await action();
  } finally {
    unlock();
  }
}

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
