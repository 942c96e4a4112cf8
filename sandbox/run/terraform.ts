import { execFileSync } from "node:child_process";
import { SandboxError } from "../error";

/** The oldest version that knows write-only arguments, which keep secrets out of states. */
const OLDEST = [1, 11] as const;

/** Terraform or OpenTofu, as it is installed. */
export interface Terraform {
  readonly name: "Terraform" | "OpenTofu";
  readonly version: string;
}

const HOW_TO_GET =
  "install Terraform 1.11 or newer (https://developer.hashicorp.com/terraform/install), or OpenTofu (https://opentofu.org/docs/intro/install) with TERRAFORM_BINARY_NAME=tofu; `npm run synth` works without";

/**
 * Finds Terraform, or what `TERRAFORM_BINARY_NAME` names instead.
 *
 * @throws when it is missing, too old or something else, with how to get it
 */
export function findTerraform(environment: Record<string, string>): Terraform {
  const binary = environment.TERRAFORM_BINARY_NAME ?? "terraform";
  const output = versionOf(binary, environment);
  const [, product, version, major, minor] = output.match(/^(Terraform|OpenTofu) v((\d+)\.(\d+)\S*)/m) ?? [];
  if (product === undefined || version === undefined) {
    throw new SandboxError(`\`${binary} version\` answers neither as Terraform nor as OpenTofu: ${HOW_TO_GET}`);
  }
  if (Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1])) {
    throw new SandboxError(`${product} ${version} is too old: ${HOW_TO_GET}`);
  }
  return { name: product as Terraform["name"], version };
}

function versionOf(binary: string, environment: Record<string, string>): string {
  try {
    return execFileSync(binary, ["version"], { env: environment, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === "ENOENT") throw new SandboxError(`${binary} is not installed: ${HOW_TO_GET}`);
    throw new SandboxError(`\`${binary} version\` fails: ${stderr?.trim() || (error as Error).message}`);
  }
}
