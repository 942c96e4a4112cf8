import { spawn } from "node:child_process";
import { homedir } from "node:os";
import type { EnvironmentSpec } from "../lib/fleet/fleet";

/** How `kubectl` ended. */
export interface Kubectl {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What to say where it is missing. */
const HOW_TO_GET = "kubectl was not found: install it (https://kubernetes.io/docs/tasks/tools)";

/** Runs `kubectl` on the cluster of an environment. */
export function kubectl({ kubeconfig, context }: EnvironmentSpec, args: readonly string[]): Promise<Kubectl> {
  const cluster = ["--kubeconfig", kubeconfig.replace(/^~(?=\/)/, homedir()), "--context", context];
  return new Promise((resolve) => {
    const child = spawn("kubectl", [...cluster, "--request-timeout", "20s", ...args], {
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
    child.on("error", () => resolve({ status: 1, stdout: "", stderr: HOW_TO_GET }));
    child.on("close", (status) => resolve({ status: status ?? 1, stdout, stderr: stderr.trim() }));
  });
}
