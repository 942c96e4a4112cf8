import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../__tests__/support/program";
import { runOrFail } from "./tools/process";

/** A copy of the repository in a temporary folder, as a fresh clone would be: without packages, states and outputs. */
export class Clone {
  /** Holds nothing but the clone. */
  readonly parent = mkdtempSync(join(tmpdir(), "drover-clone-"));

  /** The clone, called as git would call it. */
  readonly folder = join(this.parent, "drover");

  /** Copies what git has, and what it would be given next. */
  async fill(): Promise<void> {
    const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
    const files = (await runOrFail("git", list, { cwd: ROOT })).split("\0").filter(Boolean);
    for (const file of files) cpSync(join(ROOT, file), join(this.folder, file), { recursive: true });
  }

  /** Deletes the folder, and what was put beside it. */
  remove(): void {
    rmSync(this.parent, { recursive: true, force: true });
  }
}
