import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Runs the fleet's program as `cdktf synth` does, by the "app" of cdktf.json, but without starting Terraform.
 *
 * @returns the folder with the stacks' JSON, or undefined when the program failed; it has said why
 */
export function synthesize(): string | undefined {
  const outdir = process.env.CDKTF_OUTDIR ?? "cdktf.out";
  let app: string;
  try {
    app = (JSON.parse(readFileSync("cdktf.json", "utf8")) as { app: string }).app;
  } catch (error) {
    console.error(`cdktf.json: ${(error as Error).message}; run this command in the folder of your fleet`);
    return undefined;
  }
  const { status } = spawnSync(app, { shell: true, stdio: "inherit", env: { ...process.env, CDKTF_OUTDIR: outdir } });
  return status === 0 ? outdir : undefined;
}

/** What the stacks of a synthesis have to say to their user. */
export function notesIn(outdir: string): string[] {
  const { stacks } = JSON.parse(readFileSync(join(outdir, "manifest.json"), "utf8")) as {
    stacks: Record<string, { annotations: readonly { message: string }[] }>;
  };
  return Object.values(stacks).flatMap(({ annotations }) => annotations.map(({ message }) => message));
}
