import { join } from "node:path";
import { cached, cacheFolder } from "./cache";
import type { Need } from "./needs";
import { findProgram, runOrFail, versionOf } from "./process";

/** The version that the gap-filling proxy was written against. */
const REQUIREMENT = "moto[server]==5.2.1";

/** moto_server, the emulated AWS: on PATH, or installed here with pip. */
export const moto: Need = {
  name: "moto_server",
  howToGet: () => (findProgram("moto_server") || findPython() ? undefined : `pip install '${REQUIREMENT}'`),
};

/** A command line that starts moto. */
export interface MotoCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** How to start moto, installed first when it is missing (about half a minute). */
export async function motoCommand(): Promise<MotoCommand> {
  const installed = findProgram("moto_server");
  if (installed !== undefined) return { program: installed, args: [], env: process.env };
  const python = findPython();
  if (python === undefined)
    throw new Error("moto_server is not on PATH, and Python, which would install it, isn't either");
  const madeFrom = { requirement: REQUIREMENT, python: versionOf(python, "-VV") };
  const packages = await cached("moto", madeFrom, (folder) => install(python, folder));
  return { program: python, args: ["-m", "moto.server"], env: { ...process.env, PYTHONPATH: packages } };
}

function findPython(): string | undefined {
  const python = findProgram("python3");
  return python && versionOf(python, "-m", "pip", "--version") ? python : undefined;
}

/** A plain folder of packages, unlike a virtual environment, works after it was moved. */
async function install(python: string, folder: string): Promise<void> {
  const log = join(cacheFolder(), "moto-install.log");
  await runOrFail(python, ["-m", "pip", "install", "--no-input", "--target", folder, REQUIREMENT], { log });
}
