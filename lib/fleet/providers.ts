/** The Terraform providers of the stacks, by the names that the stacks know them by. */
export type ProviderName = "aws" | "github" | "kubernetes";

/** A Terraform provider as the stacks ask for it. */
export interface ProviderSpec {
  /** Its address with the registry: OpenTofu completes a short one differently from Terraform. */
  readonly source: string;
  /** The versions that are allowed, as Terraform writes them. */
  readonly version: string;
  /** What the fleet's lock file has chosen; absent: there is none. */
  readonly locked?: LockedProvider;
}

/** The version of a provider that a lock file has chosen, and the hashes of its packages. */
export interface LockedProvider {
  /** Such as "3.2.1". */
  readonly version: string;
  /** As Terraform writes them, such as "h1:…" or "zh:…". */
  readonly hashes: readonly string[];
}

const SOURCES: Readonly<Record<ProviderName, string>> = {
  aws: "registry.terraform.io/hashicorp/aws",
  github: "registry.terraform.io/integrations/github",
  kubernetes: "registry.terraform.io/hashicorp/kubernetes",
};

/**
 * The versions that the stacks ask for, whatever version the bindings were generated from. Each stops before the next
 * major version, which may change what an argument means.
 *
 * - aws: before 6.40, a bucket whose encryption does not name its blocked types differs at every plan.
 *   @see https://github.com/hashicorp/terraform-provider-aws/issues/47320
 * - github: the first that was recorded, and the one that the bindings know.
 * - kubernetes: before 3.2.1, a first rollout that fails locks its stack with Terraform ≥ 1.12.
 *   @see https://github.com/hashicorp/terraform-provider-kubernetes/issues/2779
 */
export const DEFAULT_CONSTRAINTS: Readonly<Record<ProviderName, string>> = {
  aws: ">= 6.40.0, < 7.0.0",
  github: ">= 6.9.0, < 7.0.0",
  kubernetes: ">= 3.2.1, < 4.0.0",
};

const NUMBER = "(?:0|[1-9]\\d*)";
const VERSION = `${NUMBER}\\.${NUMBER}\\.${NUMBER}`;

/**
 * One version, or the first that is allowed and the first that is not. cdktf reads the first version of a constraint as
 * the version that is wanted, so the lower bound comes first.
 */
export const CONSTRAINT = new RegExp(`^(?:>= ${VERSION}, < ${VERSION}|${VERSION})$`);

/** Whether no version satisfies a {@link CONSTRAINT}. */
export function isEmptyRange(constraint: string): boolean {
  const [lower = "", upper] = versionsIn(constraint);
  return upper !== undefined && compareVersions(lower, upper) >= 0;
}

/** Whether a version, such as "3.2.1", satisfies a {@link CONSTRAINT}. */
export function satisfies(version: string, constraint: string): boolean {
  const [lower = "", upper] = versionsIn(constraint);
  if (upper === undefined) return compareVersions(version, lower) === 0;
  return compareVersions(version, lower) >= 0 && compareVersions(version, upper) < 0;
}

function versionsIn(constraint: string): string[] {
  return constraint.match(new RegExp(VERSION, "g")) ?? [];
}

/** Negative, zero or positive as the first version is older than the second, the same, or newer. */
function compareVersions(one: string, other: string): number {
  const [left, right] = [one, other].map((version) => version.split(".").map(Number)) as [number[], number[]];
  const index = left.findIndex((number, position) => number !== right[position]);
  return index < 0 ? 0 : (left[index] ?? 0) - (right[index] ?? 0);
}

/** Fills in the defaults of `providers` in `platform.json`. */
export function providerSpecs(
  constraints: Readonly<Partial<Record<ProviderName, string>>> = {},
): Record<ProviderName, ProviderSpec> {
  const spec = (name: ProviderName): ProviderSpec => ({
    source: SOURCES[name],
    version: constraints[name] ?? DEFAULT_CONSTRAINTS[name],
  });
  return { aws: spec("aws"), github: spec("github"), kubernetes: spec("kubernetes") };
}
