import { homedir } from "node:os";
import type { EnvironmentSpec } from "../lib/fleet/fleet";
import { type Ended, runProgram } from "./program";

/** What to say where it is missing. */
const HOW_TO_GET = "kubectl was not found: install it (https://kubernetes.io/docs/tasks/tools)";

/** Runs `kubectl` on the cluster of an environment. */
export async function kubectl({ kubeconfig, context }: EnvironmentSpec, args: readonly string[]): Promise<Ended> {
  const cluster = ["--kubeconfig", kubeconfig.replace(/^~(?=\/)/, homedir()), "--context", context];
  try {
    const ended = await runProgram("kubectl", [...cluster, "--request-timeout", "20s", ...args]);
    return { ...ended, stderr: ended.stderr.trim() };
  } catch {
    return { status: 1, stdout: "", stderr: HOW_TO_GET };
  }
}
