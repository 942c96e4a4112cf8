import { findProgram } from "../../__tests__/support/program";
import { type GoProgram, goProgram } from "./go-program";
import type { Need } from "./needs";
import { versionOf } from "./process";

/** Terraform, as it is found on PATH. */
export const terraform: Need = {
  name: "terraform",
  howToGet: () =>
    findProgram("terraform") ? undefined : "install it: https://developer.hashicorp.com/terraform/install",
};

const MODULE = "github.com/hashicorp/terraform";

/** Modules within the module, which its archive lacks: backends, of which no test that builds Terraform uses one. */
const BACKENDS = ["azure", "consul", "cos", "gcs", "kubernetes", "oci", "oss", "pg", "s3"];

/** The last release that Go's proxy serves. */
const TERRAFORM: GoProgram = {
  name: "terraform",
  module: MODULE,
  version: "v1.13.3",
  sum: "h1:Wjwx4gk2sEFbSiHK30nLgde+KuHoIvk1MTW2hojnbmg=",
  main: ".",
  // Without the variable the program calls itself a development version.
  flags: ["-trimpath", "-ldflags", `-s -w -X ${MODULE}/version.dev=no`],
  additions: Object.fromEntries([
    ["internal/legacy/go.mod", `module ${MODULE}/internal/legacy\n`],
    ...BACKENDS.flatMap((name) => {
      const path = `internal/backend/remote-state/${name}`;
      const code = `import "${MODULE}/internal/backend"\n\nfunc New() backend.Backend { panic("left out") }\n`;
      return [
        [`${path}/go.mod`, `module ${MODULE}/${path}\n`],
        [`${path}/backend.go`, `package ${name}\n\n${code}`],
      ];
    }),
  ]),
};

/** Terraform ≥ 1.12, which keeps the identities of resources: on PATH or built here with Go. */
export const terraformWithIdentities: Need = {
  name: "Terraform ≥ 1.12",
  howToGet: () =>
    installed() || findProgram("go")
      ? undefined
      : "install it: https://developer.hashicorp.com/terraform/install, or Go ≥ 1.24, with which it is built: https://go.dev/dl",
};

/** The path of a Terraform ≥ 1.12: the one on PATH when it is recent enough, otherwise one that is built once (4 minutes). */
export async function terraformWithIdentitiesPath(): Promise<string> {
  return installed() ?? (await goProgram(TERRAFORM));
}

function installed(): string | undefined {
  const program = findProgram("terraform");
  if (program === undefined) return undefined;
  const { terraform_version = "0.0" } = JSON.parse(versionOf(program, "version", "-json") ?? "{}");
  const [major = 0, minor = 0] = terraform_version.split(".").map(Number);
  return major > 1 || (major === 1 && minor >= 12) ? program : undefined;
}
