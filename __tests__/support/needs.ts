import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Path of a program that can be started by its name alone, if there is one. */
export function pathOf(program: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

/** A test that starts programs. Where one of them is missing it is skipped, and its name says why. */
export function itWith(programs: readonly string[], name: string, test: () => void): void {
  const missing = programs.filter((program) => pathOf(program) === undefined);
  if (missing.length === 0) it(name, test);
  else it.skip(`${name} (skipped: ${missing.join(", ")} not found)`, test);
}
