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
export async function pythonCommand(program: PythonProgram): Promise<CommandLine> {
  const { name, module, requirement } = program;
  const installed = findProgram(name);
  if (installed !== undefined) return { program: installed, args: [], env: process.env };
  const python = findPython();
  if (python === undefined) throw new Error(`${name} is not on PATH, and Python, which would install it, isn't either`);
  const madeFrom = { requirement, python: versionOf(python, "-VV") };
  const packages = await cached(module.replace(/\..*/, ""), madeFrom, (folder) => install(python, program, folder));
  return { program: python, args: ["-m", module], env: { ...process.env, PYTHONPATH: packages } };
}

function findPython(): string | undefined {
  const python = findProgram("python3");
  return python && versionOf(python, "-m", "pip", "--version") ? python : undefined;
}

/** A plain folder of packages, unlike a virtual environment, works after it was moved. */
async function install(python: string, { name, requirement }: PythonProgram, folder: string): Promise<void> {
  const log = join(cacheFolder(), `${name}-install.log`);
  await runOrFail(python, ["-m", "pip", "install", "--no-input", "--target", folder, requirement], { log });
}
