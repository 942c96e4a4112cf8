import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../__tests__/support/program";
import { runOrFail } from "./tools/process";

/** The files of a fleet, as they are written. */
export interface FleetFiles {
  readonly apps: object;
  readonly platform: object;
  /** @default no releases */
  readonly releases?: object;
}

/** A fleet in a temporary folder of its own. */
export class Fleet {
  readonly folder = mkdtempSync(join(tmpdir(), "drover-e2e-"));

  /** Where main.ts puts the stacks. */
  readonly output = join(this.folder, "cdktf.out");

  constructor(files: FleetFiles) {
    this.write({ releases: {}, ...files });
  }

  /** Writes some of the files anew. */
  write(files: Partial<FleetFiles>): void {
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(this.folder, `${name}.json`), JSON.stringify(content, undefined, 2));
    }
  }

  /** Synthesizes all stacks with the product's own program. */
  async synthesize(): Promise<void> {
    const { CDKTF_OUTDIR: _, DROVER_PLATFORM: __, ...env } = process.env;
    const args = [join(ROOT, "bin", "run.js"), join(ROOT, "main.ts")];
    await runOrFail(process.execPath, args, { cwd: this.folder, env });
  }

  /** Deletes the folder. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
