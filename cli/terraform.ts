import { spawn, spawnSync } from "node:child_process";

/** The program that plans and applies: Terraform, or OpenTofu by the variable that cdktf reads, too. */
export function terraformBinary(): string {
  return process.env.TERRAFORM_BINARY_NAME || "terraform";
}

/** What is wrong with the installation, in one line; undefined when nothing is. */
export function terraformProblem(): string | undefined {
  const binary = terraformBinary();
  if (spawnSync(binary, ["version"], { stdio: "ignore" }).error === undefined) return undefined;
  return `${binary} was not found: install Terraform 1.11 or newer (https://developer.hashicorp.com/terraform/install), or OpenTofu 1.11 or newer (https://opentofu.org/docs/intro/install) and set TERRAFORM_BINARY_NAME=tofu`;
}

/** How a program ended. */
export interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Terraform in a stack's folder. */
export function terraform(folder: string, args: readonly string[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(terraformBinary(), args, {
      cwd: folder,
      env: { ...process.env, TF_IN_AUTOMATION: "1", TF_INPUT: "0", CHECKPOINT_DISABLE: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", reject);
    child.on("close", (status) => resolve({ status: status ?? 1, stdout, stderr }));
  });
}
