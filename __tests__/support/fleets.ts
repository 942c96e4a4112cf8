import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesObject } from "../../lib/runtime/manifest";
import { manifestsOf } from "../../lib/runtime/manifests";
import type { FleetFiles } from "./fleet-files";
import { ROOT } from "./program";
import { synthFleet } from "./synth-fleet";

/** The folder of every fleet in the repository: the root's, and all examples. */
export const FLEETS: readonly string[] = [
  ".",
  ...readdirSync(join(ROOT, "examples"), { recursive: true, encoding: "utf8" }).map((path) => join("examples", path)),
].filter((folder) => ["apps", "platform", "releases"].every((name) => existsSync(join(ROOT, folder, `${name}.json`))));

export function filesOf(folder: string): FleetFiles {
  const read = (name: string) => readFileSync(join(ROOT, folder, `${name}.json`), "utf8");
  return { apps: read("apps"), platform: read("platform"), releases: read("releases") };
}

/** The objects of a fleet, by the context of the cluster that they are in. */
export function objectsByCluster(files: FleetFiles): Map<string, KubernetesObject[]> {
  const fleet = synthFleet(files);
  const clusters = new Map<string, KubernetesObject[]>();
  for (const id of Object.keys(fleet.texts)) {
    const { provider, resource = {} } = fleet.stack(id);
    const context = provider?.kubernetes?.[0]?.config_context;
    if (context === undefined) continue;
    const objects = manifestsOf(resource).map(({ object }) => object);
    clusters.set(context, [...(clusters.get(context) ?? []), ...objects]);
  }
  return clusters;
}
