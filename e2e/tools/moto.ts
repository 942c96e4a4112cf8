import type { Need } from "./needs";
import { type CommandLine, howToGetPython, type PythonProgram, pythonCommand } from "./python";

/** In the version that the gap-filling proxy was written against. */
const MOTO: PythonProgram = { name: "moto_server", module: "moto.server", requirement: "moto[server]==5.2.1" };

/** moto_server, the emulated AWS: on PATH, or installed here with pip. */
export const moto: Need = { name: MOTO.name, howToGet: () => howToGetPython(MOTO) };

/** How to start moto, installed first when it is missing. */
export function motoCommand(): Promise<CommandLine> {
  return pythonCommand(MOTO);
}
