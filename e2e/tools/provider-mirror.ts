import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Need } from "./needs";

/** The AWS provider that the tests use; the bindings are made for a later one, and the product asks for that. */
export const AWS_PROVIDER_VERSION = "5.100.0";

/** The folder that `terraform providers mirror` fills: below it, host/namespace/type/version. */
function mirrorFolder(): string | undefined {
  return process.env.DROVER_PROVIDER_MIRROR || undefined;
}

/** The AWS provider in a filesystem mirror. */
export const providerMirror: Need = {
  name: `the AWS provider ${AWS_PROVIDER_VERSION}`,
  howToGet: () => {
    const folder = mirrorFolder();
    if (folder === undefined)
      return "fill a folder with `terraform providers mirror`, and name it in DROVER_PROVIDER_MIRROR";
    if (!existsSync(folder)) return `DROVER_PROVIDER_MIRROR names ${folder}, which does not exist`;
    const hosts = readdirSync(folder).map((host) => join(folder, host, "hashicorp", "aws", AWS_PROVIDER_VERSION));
    return hosts.some((path) => existsSync(path))
      ? undefined
      : `DROVER_PROVIDER_MIRROR names ${folder}, which lacks it`;
  },
};

/** The folder with the AWS provider's program. */
export function awsProviderFolder(): string {
  const [folder] = packageFolders("hashicorp/aws", AWS_PROVIDER_VERSION);
  if (folder === undefined) throw new Error(`${providerMirror.name} is missing`);
  return folder;
}

/** The folders of a provider's packages in the mirror, one for each platform. */
function packageFolders(source: string, version: string): string[] {
  const mirror = mirrorFolder() ?? "";
  const versions = readdirSync(mirror).map((host) => join(mirror, host, source, version));
  return versions
    .filter((path) => existsSync(path))
    .flatMap((path) => readdirSync(path).map((name) => join(path, name)));
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
