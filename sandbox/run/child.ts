import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

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
    const passOn = (signal: NodeJS.Signals) => child.kill(signal);
    const signals: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, passOn);
    const done = () => {
      for (const signal of signals) process.off(signal, passOn);
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
