import { findProgram } from "./program";

/** A test that starts programs. Where one of them is missing it is skipped, and its name says why. */
export function itWith(programs: readonly string[], name: string, test: () => void): void {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length === 0) it(name, test);
  else it.skip(`${name} (skipped: ${missing.join(", ")} not found)`, test);
}
