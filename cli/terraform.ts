import { spawnSync } from "node:child_process";
import { type Ended, runProgram } from "./program";

/** The program that plans and applies: Terraform, or OpenTofu by the variable that cdktf reads, too. */
function terraformBinary(environment: NodeJS.ProcessEnv): string {
  return environment.TERRAFORM_BINARY_NAME || "terraform";
}

/** The oldest version that knows write-only arguments, which keep secrets out of states. */
const OLDEST = [1, 11] as const;

const HOW_TO_GET =
  "install Terraform 1.11 or newer (https://developer.hashicorp.com/terraform/install), or OpenTofu 1.11 or newer (https://opentofu.org/docs/intro/install) and set TERRAFORM_BINARY_NAME=tofu; `npm run synth` works without";

/** Terraform or OpenTofu, as it is installed; or what is wrong with it, in one line. */
export type Installed = { readonly name: string; readonly version: string } | { readonly problem: string };

/**
 * Finds the program that plans and applies.
 *
 * @param environment where it is looked for
 */
export function findTerraform(environment: NodeJS.ProcessEnv = process.env): Installed {
  const binary = terraformBinary(environment);
  const { error, status, stdout, stderr } = spawnSync(binary, ["version"], { env: environment, encoding: "utf8" });
  if (error) return { problem: `${binary} was not found: ${HOW_TO_GET}` };
  if (status !== 0) return { problem: `\`${binary} version\` fails: ${stderr.trim()}` };
  const [, name, version, major, minor] = stdout.match(/^(Terraform|OpenTofu) v((\d+)\.(\d+)\S*)/m) ?? [];
  if (name === undefined || version === undefined) {
    return { problem: `\`${binary} version\` answers neither as Terraform nor as OpenTofu: ${HOW_TO_GET}` };
  }
  const isOld = Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]);
  return isOld ? { problem: `${name} ${version} is too old: ${HOW_TO_GET}` } : { name, version };
}

/** Runs Terraform in a stack's folder. */
export function terraform(folder: string, args: readonly string[]): Promise<Ended> {
  const env = { ...process.env, TF_IN_AUTOMATION: "1", TF_INPUT: "0", CHECKPOINT_DISABLE: "1" };
  return runProgram(terraformBinary(process.env), args, { cwd: folder, env });
}

/** This machine, as Terraform names platforms, such as "darwin_arm64". */
export function machineName(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const architecture = { x64: "amd64", ia32: "386" }[process.arch as string] ?? process.arch;
  return `${system}_${architecture}`;
}
