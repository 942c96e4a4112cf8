import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

/** What ends a program that does not object. */
export const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const satisfies NodeJS.Signals[];

/**
 * Runs a program until it ends. What would end this process meanwhile is passed on to the program, which has things to
 * put in order: Terraform writes the state and gives back its locks.
 *
 * @param onStart gets the running program, for reading what it says
 * @returns its exit code, or 128 and more when a signal ended it, as shells have it
 */
export function runChild(
  command: readonly [string, ...string[]],
  options: SpawnOptions,
  onStart: (child: ChildProcess) => void = () => {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const [program, ...rest] = command;
    const child = spawn(program, rest, options);
    // In a terminal, Ctrl-C reaches a program in the foreground by itself.
    const reached = options.detached !== true && process.stdin.isTTY === true;
    const passOn = (signal: NodeJS.Signals) => {
      if (signal !== "SIGINT" || !reached) child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, passOn);
    const done = () => {
      for (const signal of SIGNALS) process.off(signal, passOn);
    };
    onStart(child);
    child.on("error", (error) => {
      done();
      reject(error);
    });
    child.on("close", (code, signal) => {
      done();
      resolve(code ?? 128 + (signal === "SIGINT" ? 2 : 15));
    });
  });
}
