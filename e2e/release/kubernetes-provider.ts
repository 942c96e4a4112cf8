import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_CONSTRAINTS, satisfies } from "../../lib/fleet/providers";
import { writeCliConfiguration } from "../tools/provider-mirror";

/** The source of the Kubernetes provider. */
const SOURCE = "registry.terraform.io/hashicorp/kubernetes";

/** What a platform says of its providers, so that Terraform takes the version that the mirror holds. */
export function providersFor(version: string | undefined): { readonly providers?: object } {
  if (version === undefined || satisfies(version, DEFAULT_CONSTRAINTS.kubernetes)) return {};
  return { providers: { kubernetes: version } };
}

/** Of all that Terraform is told to attach to, the sandbox's stand-in for the Kubernetes provider alone. */
export function onlyStandIn(attached: string): string {
  const own = Object.entries(JSON.parse(attached)).filter(([source]) => source.endsWith("/kubernetes"));
  return JSON.stringify(Object.fromEntries(own));
}

/**
 * Writes a program that stands before Terraform, and returns its path. What a plan or an apply says goes to a file, too:
 * cdktf cuts it into pieces, and drops some.
 *
 * @param terraform Terraform or OpenTofu
 * @param log path of the file
 * @param isReal whether Terraform is given the real Kubernetes provider in the place of the sandbox's. The sandbox gives
 *   what it starts an environment of its own, and a stack that leads to nothing but the sandbox
 */
export function writeTerraform(folder: string, terraform: string, log: string, isReal: boolean): string {
  const program = join(folder, "terraform");
  const real = [
    // The names stay valid, but lead nowhere.
    `TF_REATTACH_PROVIDERS=$(printf %s "$TF_REATTACH_PROVIDERS" | sed 's#/hashicorp/kubernetes"#/stand-in/kubernetes"#g')`,
    `TF_CLI_CONFIG_FILE='${writeCliConfiguration(folder)}'`,
    "export TF_REATTACH_PROVIDERS TF_CLI_CONFIG_FILE",
    // The path is seen from the project, which the stand-in never reads.
    `if [ -e cdk.tf.json ]; then sed -i 's#"config_path": ".*"#"config_path": "'"$KUBECONFIG"'"#' cdk.tf.json; fi`,
  ];
  const script = [
    "#!/bin/sh",
    ...(isReal ? real : []),
    `case "$1" in plan | apply) ;; *) exec '${terraform}' "$@" ;; esac`,
    `status='${log}'.$$`,
    `{ '${terraform}' "$@" 2>&1; echo $? > "$status"; } | tee -a '${log}'`,
    `code=$(cat "$status"); rm "$status"; exit "$code"`,
  ];
  writeFileSync(program, `${script.join("\n")}\n`, { mode: 0o755 });
  return program;
}

/** Whether Terraform has installed the real Kubernetes provider in a stack's folder. */
export function hasInstalledProvider(stackFolder: string, version: string): boolean {
  return existsSync(join(stackFolder, ".terraform/providers", SOURCE, version));
}
