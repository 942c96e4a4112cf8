import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

/** How a program is run. */
export interface RunOptions {
  /** @default the working directory of the test run */
  readonly cwd?: string;
  /** The whole environment. @default that of the test run */
  readonly env?: NodeJS.ProcessEnv;
  /** Minutes after which the program is killed. @default 10 */
  readonly minutes?: number;
  /** A file that both outputs go to as they come, to be read while the program runs. @default kept in memory */
  readonly log?: string;
}

/** What a program has left behind. */
export interface RunResult {
  /** The exit code, or null when the program was killed. */
  readonly code: number | null;
  /** Both outputs in the order in which they came. */
  readonly output: string;
  /** The standard output alone; empty when it went to a log. */
  readonly stdout: string;
}

/** Programs that have not ended yet. */
const running = new Set<ChildProcess>();

/** Sends a signal to all programs that run. */
export function signalPrograms(signal: NodeJS.Signals): void {
  for (const child of running) child.kill(signal);
}

/** Runs a program without standard input until it ends; a bad exit code is the caller's to judge. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const log = options.log === undefined ? undefined : openLog(options.log);
  const output: Buffer[] = [];
  const stdout: Buffer[] = [];
  try {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ["ignore", log ?? "pipe", log ?? "pipe"],
      timeout: (options.minutes ?? 10) * 60_000,
      killSignal: "SIGKILL",
    });
    running.add(child);
    child.stdout?.on("data", (data: Buffer) => {
      output.push(data);
      stdout.push(data);
    });
    child.stderr?.on("data", (data: Buffer) => output.push(data));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    }).finally(() => running.delete(child));
    return {
      code,
      output: options.log ? readFileSync(options.log, "utf8") : Buffer.concat(output).toString(),
      stdout: Buffer.concat(stdout).toString(),
    };
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

/** The cache folder, in which logs are, may not be there yet. */
function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  return openSync(path, "a");
}

/** Runs a program that has to succeed, and returns its standard output; the error shows the end of all it said. */
export async function runOrFail(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, output, stdout } = await run(program, args, options);
  if (code === 0) return stdout;
  const end = code === null ? "was killed" : `ended with exit code ${code}`;
  const whole = options.log ? `\nthe whole log: ${options.log}` : "";
  throw new Error(`${program} ${args.join(" ")} ${end}:\n${output.slice(-4000)}${whole}`);
}

/** What a program prints when asked for its version, or nothing when it can't be run. */
export function versionOf(program: string, ...args: string[]): string | undefined {
  // OpenTofu puts warnings about a CLI configuration file in front of its JSON.
  const env = { ...process.env, TF_CLI_CONFIG_FILE: "" };
  const { status, stdout } = spawnSync(program, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return status === 0 ? stdout.trim() : undefined;
}
