import { createHash } from "node:crypto";
import { TerraformData } from "./terraform-data";

/** Stands for the hash until all of the stack's JSON is known. */
const PLACEHOLDER = "<hash of this stack's resources>";

/** The resources of a stack's JSON, by type and name. */
type Resources = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

/**
 * The hash of all resources that a stack configures, kept in a `terraform_data`. The stack fills it in: see {@link fillConfigurationHash}.
 *
 * Terraform reads a data source in the plan, unless something that it depends on is about to change; then it reads it in
 * the apply. A data source that depends on this hash is read in the apply whenever the stack changes at all, even if a
 * resource is only removed.
 */
export class ConfigurationHash extends TerraformData {
  protected override get input(): string {
    return PLACEHOLDER;
  }
}

/** Fills the hash into a stack's JSON, in place, where the stack has a {@link ConfigurationHash}. */
export function fillConfigurationHash(resources: Resources = {}): void {
  const holder = holderOf(resources, PLACEHOLDER);
  if (holder !== undefined) holder.input = hashOf(resources);
}

/**
 * Fills the hash into a stack's HCL.
 *
 * @param resources the resources of the stack's JSON, with the hash filled in
 */
export function withConfigurationHash(hcl: string, resources: () => Resources | undefined): string {
  if (!hcl.includes(PLACEHOLDER)) return hcl;
  return hcl.replaceAll(PLACEHOLDER, String(holderOf(resources() ?? {}, /^[0-9a-f]{64}$/)?.input));
}

/** Without `lifecycle`, which tells Terraform how to treat a resource, and changes nothing about it. */
function hashOf(resources: Resources): string {
  const bodies = Object.entries(resources).flatMap(([type, named]) =>
    Object.entries(named).map(([name, { lifecycle: _, ...body }]) => [type, name, body]),
  );
  return createHash("sha256").update(JSON.stringify(bodies)).digest("hex");
}

function holderOf({ terraform_data = {} }: Resources, input: string | RegExp): { input?: unknown } | undefined {
  const holders = Object.values(terraform_data) as { input?: unknown }[];
  return holders.find((one) => (typeof input === "string" ? one.input === input : input.test(String(one.input))));
}
