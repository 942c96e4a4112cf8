import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./fleet";
import { runOrFail } from "./tools/process";

/** A copy of the repository in a temporary folder, as a fresh clone would be: without packages, states and outputs. */
export class Clone {
  readonly folder = mkdtempSync(join(tmpdir(), "drover-clone-"));

  /** Copies what git has, and what it would be given next. */
  async fill(): Promise<void> {
    const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
    const files = (await runOrFail("git", list, { cwd: ROOT })).split("\0").filter(Boolean);
    for (const file of files) cpSync(join(ROOT, file), join(this.folder, file), { recursive: true });
  }

  /** Deletes the folder. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
