import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { machineName } from "../../cli/terraform";
import { DEFAULT_CONSTRAINTS, satisfies } from "../../lib/fleet/providers";
import type { Need } from "./needs";

/** The AWS provider that the tests use; the bindings are made for a later one, and the product asks for that. */
export const AWS_PROVIDER_VERSION = "5.100.0";

/** The folder that `terraform providers mirror` fills: below it, host/namespace/type. */
function mirrorFolder(): string | undefined {
  return process.env.DROVER_PROVIDER_MIRROR || undefined;
}

/** How to get a provider that the mirror lacks; nothing where it has it. */
function howToGet(isThere: () => boolean): string | undefined {
  const folder = mirrorFolder();
  if (folder === undefined)
    return "fill a folder with `terraform providers mirror` as CONTRIBUTING shows, and name it in DROVER_PROVIDER_MIRROR";
  if (!existsSync(folder)) return `DROVER_PROVIDER_MIRROR names ${folder}, which does not exist`;
  return isThere() ? undefined : `DROVER_PROVIDER_MIRROR names ${folder}, which lacks it`;
}

/** The AWS provider in a filesystem mirror. */
export const providerMirror: Need = {
  name: `the AWS provider ${AWS_PROVIDER_VERSION}`,
  howToGet: () => howToGet(() => AWS_PROVIDER_VERSION in packages("hashicorp/aws")),
};

/** The package of the AWS provider: a zip file, or an unpacked folder. */
export function awsProviderPackage(): string {
  const place = packages("hashicorp/aws")[AWS_PROVIDER_VERSION];
  if (place === undefined) throw new Error(`${providerMirror.name} is missing`);
  return place;
}

/** The last Kubernetes provider that keeps a useless identity of what could not be rolled out. */
export const OLD_KUBERNETES_PROVIDER = "2.38.0";

/** The real Kubernetes provider, in a version that the product asks for or else in an old one. */
export const kubernetesProvider: Need = {
  name: "the Kubernetes provider",
  howToGet: () => howToGet(() => kubernetesProviderVersion() !== undefined),
};

/** The real Kubernetes provider in the version that fails in a way of its own. */
export const oldKubernetesProvider: Need = {
  name: `the Kubernetes provider ${OLD_KUBERNETES_PROVIDER}`,
  howToGet: () => howToGet(() => OLD_KUBERNETES_PROVIDER in packages("hashicorp/kubernetes")),
};

/** The version of the Kubernetes provider that the tests use where the mirror holds one. */
export function kubernetesProviderVersion(): string | undefined {
  const versions = Object.keys(packages("hashicorp/kubernetes"));
  const isAskedFor = (version: string) => satisfies(version, DEFAULT_CONSTRAINTS.kubernetes);
  return versions.find(isAskedFor) ?? versions.find((version) => version === OLD_KUBERNETES_PROVIDER);
}

/** The real GitHub provider, in a version that the product asks for. */
export const githubProvider: Need = {
  name: "the GitHub provider",
  howToGet: () =>
    howToGet(() =>
      Object.keys(packages("integrations/github")).some((one) => satisfies(one, DEFAULT_CONSTRAINTS.github)),
    ),
};

/**
 * The packages of a provider for this machine in the mirror, by version: each a zip file, as `terraform providers mirror`
 * writes it, or an unpacked folder.
 *
 * @see https://developer.hashicorp.com/terraform/cli/config/config-file#filesystem_mirror
 */
function packages(source: string): Readonly<Record<string, string>> {
  const mirror = mirrorFolder();
  if (mirror === undefined || !existsSync(mirror)) return {};
  const machine = machineName();
  const packed = new RegExp(`^terraform-provider-${source.split("/").at(-1)}_(.+)_${machine}\\.zip$`);
  const found = readdirSync(mirror).flatMap((host) => {
    const folder = join(mirror, host, source);
    return (existsSync(folder) ? readdirSync(folder) : []).map((name) => {
      const version = name.match(packed)?.[1];
      return version === undefined
        ? ([name, join(folder, name, machine)] as const)
        : ([version, join(folder, name)] as const);
    });
  });
  return Object.fromEntries(found.filter(([, place]) => existsSync(place)));
}

/** Whether the mirror holds any version of a provider. */
export function holdsProvider(source: string): boolean {
  const mirror = mirrorFolder();
  return (
    mirror !== undefined &&
    existsSync(mirror) &&
    readdirSync(mirror).some((host) => existsSync(join(mirror, host, source)))
  );
}

/** Writes a CLI configuration that takes providers from the mirror alone, and returns its path. */
export function writeCliConfiguration(folder: string): string {
  const file = join(folder, "terraform.rc");
  const mirror = JSON.stringify(mirrorFolder());
  writeFileSync(file, `provider_installation {\n  filesystem_mirror {\n    path = ${mirror}\n  }\n}\n`);
  return file;
}
