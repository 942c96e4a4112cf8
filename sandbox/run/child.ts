import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { constants } from "node:os";

/** What ends a program that does not object. */
export const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const satisfies NodeJS.Signals[];

/** What a program is run with. */
export interface ChildOptions extends SpawnOptions {
  /** Gets the running program, for reading what it says. */
  readonly onStart?: (child: ChildProcess) => void;
  /**
   * What to do about a signal that would end this process.
   *
   * @default - it is passed on to the program
   */
  readonly onSignal?: (signal: NodeJS.Signals, child: ChildProcess) => void;
}

/**
 * Runs a program until it ends. What would end this process meanwhile does not: the program has things to put in order
 * first.
 *
 * @returns its exit code, or 128 and more when a signal ended it, as shells have it
 */
export function runChild(command: readonly [string, ...string[]], options: ChildOptions): Promise<number> {
  const { onStart, onSignal = passOn, ...spawnOptions } = options;
  return new Promise((resolve, reject) => {
    const [program, ...rest] = command;
    const child = spawn(program, rest, spawnOptions);
    const handle = (signal: NodeJS.Signals) => onSignal(signal, child);
    for (const signal of SIGNALS) process.on(signal, handle);
    const done = () => {
      for (const signal of SIGNALS) process.off(signal, handle);
    };
    onStart?.(child);
    child.on("error", (error) => {
      done();
      reject(error);
    });
    child.on("close", (code, signal) => {
      done();
      resolve(code ?? 128 + constants.signals[signal as NodeJS.Signals]);
    });
  });
}

/** In a terminal, Ctrl-C reaches a program in the foreground by itself. */
function passOn(signal: NodeJS.Signals, child: ChildProcess): void {
  if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
}
