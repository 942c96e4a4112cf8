import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Need } from "./needs";

/** The AWS provider that lies in the mirror; the bindings are made for a later one. */
export const AWS_PROVIDER_VERSION = "5.100.0";

/** The folder with providers, as Terraform's filesystem mirrors have them: host, namespace, type, version. */
function mirrorFolder(): string | undefined {
  return process.env.DROVER_PROVIDER_MIRROR || undefined;
}

/** The AWS provider in a filesystem mirror. */
export const providerMirror: Need = {
  name: `the AWS provider ${AWS_PROVIDER_VERSION}`,
  howToGet: () => {
    const folder = mirrorFolder();
    if (folder === undefined)
      return "set DROVER_PROVIDER_MIRROR to the folder that `terraform providers mirror` has filled";
    return existsSync(folder) ? undefined : `DROVER_PROVIDER_MIRROR names ${folder}, which does not exist`;
  },
};

/** Writes a CLI configuration that takes providers from the mirror alone, and returns its path. */
export function writeCliConfiguration(folder: string): string {
  const file = join(folder, "terraform.rc");
  const mirror = JSON.stringify(mirrorFolder());
  writeFileSync(file, `provider_installation {\n  filesystem_mirror {\n    path = ${mirror}\n  }\n}\n`);
  return file;
}
