import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FleetFiles } from "./fleet-files";
import { ROOT } from "./program";

/** The folder of every fleet in the repository: the root's, and all examples. */
export const FLEETS: readonly string[] = [
  ".",
  ...readdirSync(join(ROOT, "examples"), { recursive: true, encoding: "utf8" }).map((path) => join("examples", path)),
].filter((folder) => ["apps", "platform", "releases"].every((name) => existsSync(join(ROOT, folder, `${name}.json`))));

export function filesOf(folder: string): FleetFiles {
  const read = (name: string) => readFileSync(join(ROOT, folder, `${name}.json`), "utf8");
  return { apps: read("apps"), platform: read("platform"), releases: read("releases") };
}
