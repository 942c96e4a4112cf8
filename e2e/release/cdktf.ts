import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../__tests__/support/program";

/** The command line of one of the project's programs. */
export function commandOf(file: string): string {
  return [process.execPath, join(ROOT, "bin/run.js"), join(ROOT, file)].join(" ");
}

/** Writes the cdktf.json of a fleet that a program of the project synthesizes. */
export function writeCdktfJson(folder: string, file: string): void {
  const settings = { language: "typescript", app: commandOf(file), projectId: "release", sendCrashReports: "false" };
  writeFileSync(join(folder, "cdktf.json"), JSON.stringify(settings));
}
