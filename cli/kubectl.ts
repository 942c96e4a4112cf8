import { homedir } from "node:os";
import { type ClusterAccess, kubectlArguments } from "../lib/runtime/kubectl";
import { type Ended, runProgram } from "./program";

/** What to say where it is missing. */
const HOW_TO_GET = "kubectl was not found: install it (https://kubernetes.io/docs/tasks/tools)";

/** Runs `kubectl` on a cluster. */
export async function kubectl(access: ClusterAccess, args: readonly string[]): Promise<Ended> {
  try {
    const ended = await runProgram("kubectl", [
      ...kubectlArguments(access, homedir()),
      "--request-timeout",
      "20s",
      ...args,
    ]);
    return { ...ended, stderr: ended.stderr.trim() };
  } catch {
    return { status: 1, stdout: "", stderr: HOW_TO_GET };
  }
}
