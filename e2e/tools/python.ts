import { join } from "node:path";
import { findProgram } from "../../__tests__/support/program";
import { cached, cacheFolder } from "./cache";
import { runOrFail, versionOf } from "./process";

/** A program that is written in Python. */
export interface PythonProgram {
  /** What it is called on PATH. */
  readonly name: string;
  /** What starts it with `python3 -m`. */
  readonly module: string;
  /** What pip installs where it is missing. */
  readonly requirement: string;
}

/** A command line that starts a program; its arguments come after these. */
export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Says how to get a program, when it is neither on PATH nor can be installed here. */
export function howToGetPython({ name, requirement }: PythonProgram): string | undefined {
  return findProgram(name) || findPython() ? undefined : `pip install '${requirement}'`;
}

/** How to start a program, installed first when it is missing (about half a minute). */
export async function pythonCommand({ name, module, requirement }: PythonProgram): Promise<CommandLine> {
  const installed = findProgram(name);
  if (installed !== undefined) return { program: installed, args: [], env: process.env };
  const { python, folder } = await pythonPackage(module.replace(/\..*/, ""), requirement);
  return { program: python, args: ["-m", module], env: { ...process.env, PYTHONPATH: folder } };
}

/** Python with pip, on PATH. */
export function findPython(): string | undefined {
  const python = findProgram("python3");
  return python && versionOf(python, "-m", "pip", "--version") ? python : undefined;
}

/**
 * The folder of a package and of all that it needs, installed first when it is missing. A plain folder, unlike a virtual
 * environment, works after it was moved.
 */
export async function pythonPackage(name: string, requirement: string): Promise<{ python: string; folder: string }> {
  const python = findPython();
  if (python === undefined)
    throw new Error(`${name} is not there, and Python with pip, which would install it, isn't either`);
  const log = join(cacheFolder(), `${name}-install.log`);
  const madeFrom = { requirement, python: versionOf(python, "-VV") };
  const folder = await cached(name, madeFrom, async (empty) => {
    await runOrFail(python, ["-m", "pip", "install", "--no-input", "--target", empty, requirement], { log });
  });
  return { python, folder };
}
