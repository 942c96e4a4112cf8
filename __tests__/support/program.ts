import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** The repository. */
export const ROOT = join(__dirname, "../..");

/** cdktf's own command line. */
export const CDKTF = join(dirname(require.resolve("cdktf-cli/package.json")), "bundle/bin/cdktf");

/** How a program ended, and what it printed. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Outcome {
  const { env, cwd = ROOT } = options;
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, NO_COLOR: "1", CHECKPOINT_DISABLE: "1", ...env },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** Runs a TypeScript file of the repository, as the npm scripts do. */
export function runFile(file: string, args: readonly string[] = [], options: Parameters<typeof run>[2] = {}): Outcome {
  return run(process.execPath, [join(ROOT, "bin/run.js"), join(ROOT, file), ...args], options);
}

/** The path of a program on PATH, if it is there. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats?.isFile() === true && (stats.mode & 0o111) !== 0;
}
