import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Folders } from "../folders";
import { clusterOfStates } from "./cluster";
import { takeLock } from "./lock";

/**
 * Empties the sandbox: everything in its folder, and nothing else.
 *
 * @throws when a run holds it
 */
export async function reset(folders: Folders): Promise<void> {
  const cluster = clusterOfStates(folders);
  const release = await takeLock(folders, "npm run sandbox -- reset");
  for (const name of readdirSync(folders.root)) {
    const path = join(folders.root, name);
    if (path !== folders.lock) rmSync(path, { recursive: true, force: true });
  }
  await release();
  rmSync(folders.root, { recursive: true, force: true });
  process.stdout.write("the sandbox is empty\n");
  if (cluster !== undefined) process.stdout.write(`what it made in the cluster ${cluster} is left there\n`);
}
