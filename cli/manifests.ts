import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, TerraformStack } from "cdktf";
import { byText } from "../lib/fleet/fleet";
import { namesOf } from "../lib/fleet/names";
import { ManifestError, manifestsOf, printManifests, type StackResources } from "../lib/runtime/manifests";
import { RustService } from "../stacks/rust-service";
import { type FoundApp, findApp, fleetOf } from "./fleet";

/**
 * Prints the Kubernetes objects of an app as YAML, in one environment or, one after the other, in all of its own.
 *
 * @returns the exit code
 */
export function printAppManifests(slug: string, environment?: string): number {
  const result = textOf(slug, environment);
  if ("problem" in result) {
    console.error(`error: ${result.problem}`);
    return 1;
  }
  process.stdout.write(result.text);
  return 0;
}

function textOf(slug: string, environment?: string): { text: string } | { problem: string } {
  const fleet = fleetOf();
  if (typeof fleet === "string") return { problem: fleet };
  const found = findApp(fleet, slug);
  if (typeof found === "string") return { problem: found };
  const own = found.app.environments.map(({ name }) => name);
  if (environment !== undefined && !own.includes(environment)) {
    return { problem: `"${slug}" has no environment "${environment}"; it has ${own.join(", ") || "none"}` };
  }
  const texts: string[] = [];
  const problems: string[] = [];
  for (const stack of stacksOf(found, environment === undefined ? own : [environment])) {
    try {
      texts.push(printManifests(manifestsOf(stack.resources)));
    } catch (error) {
      if (!(error instanceof ManifestError)) throw error;
      problems.push(`stack "${stack.id}" has values that only a deploy knows:\n${error.message}`);
    }
  }
  return problems.length > 0 ? { problem: problems.join("\n\n") } : { text: texts.join("") };
}

/** The stacks of an app in some environments: with its database, where it has one. */
function stacksOf({ app, platform }: FoundApp, environments: readonly string[]) {
  // cdktf makes the folder of its output whether something is written or not.
  const outdir = mkdtempSync(join(tmpdir(), "drover-manifests-"));
  try {
    const scope = new App({ outdir });
    new RustService(scope, app.slug, { ...app, platform });
    const stacks = scope.node.children.filter((child) => TerraformStack.isStack(child));
    return environments.flatMap((environment) => {
      const names = namesOf(app.slug);
      const own = [names.environmentStack(environment), names.databaseStack(environment)];
      return stacks
        .filter(({ node }) => own.includes(node.id))
        .sort((a, b) => byText(a.node.id, b.node.id))
        .map((stack) => ({ id: stack.node.id, resources: resourcesOf(stack) }));
    });
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

function resourcesOf(stack: TerraformStack): StackResources {
  return (stack.toTerraform() as { resource?: StackResources }).resource ?? {};
}
