import { type SpawnOptions, spawn } from "node:child_process";

/** How a program ended. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end, without input, and keeps what it prints.
 *
 * @throws Error when it can't be started, as when it is not installed
 */
export function runProgram(program: string, args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const printed = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream]?.setEncoding("utf8").on("data", (chunk: string) => {
        printed[stream] += chunk;
      });
    }
    child.on("error", reject);
    child.on("close", (status) => resolve({ status: status ?? 1, ...printed }));
  });
}
