import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Folders } from "../folders";

/**
 * Terraform's answer passes through a terminal of cdktf's on its way to us, which cuts it into pieces and drops the
 * details of errors. So this stands before Terraform: what an apply says goes to a file, whole and as JSON.
 */
const SCRIPT = `#!/bin/sh
# Written by the sandbox for one run: what an apply says goes to a file as JSON, everything else passes.
if [ -e "$DROVER_SANDBOX_STOP" ]; then exit 130; fi
stack="$DROVER_SANDBOX_LOGS/$(basename "$PWD")"
if [ "$1" = init ]; then : > "$stack.init"; fi
if [ "$1" != apply ]; then exec "$DROVER_SANDBOX_TERRAFORM" "$@"; fi
# Where one stack fails, cdktf may end at once and hang up on the others, in the middle of their applies.
trap '' HUP
echo $$ > "$stack.apply"
"$DROVER_SANDBOX_TERRAFORM" "$@" -json > "$stack.json"
status=$?
rm -f "$stack.apply"
exit $status
`;

/** Puts the script in place, and what it needs into the environment. */
export function wrapTerraform(folders: Folders, environment: Record<string, string>): Record<string, string> {
  rmSync(folders.logs, { recursive: true, force: true });
  rmSync(folders.stop, { force: true });
  mkdirSync(folders.logs, { recursive: true });
  writeFileSync(folders.wrapper, SCRIPT, { mode: 0o755 });
  return {
    ...environment,
    TERRAFORM_BINARY_NAME: folders.wrapper,
    DROVER_SANDBOX_TERRAFORM: environment.TERRAFORM_BINARY_NAME ?? "terraform",
    DROVER_SANDBOX_LOGS: folders.logs,
    DROVER_SANDBOX_STOP: folders.stop,
  };
}

/** Lets no further stack begin. */
export function stopStacks(folders: Folders): void {
  writeFileSync(folders.stop, "");
}

/** Waits for the applies that go on after cdktf has ended. */
export async function settleStacks(folders: Folders): Promise<void> {
  while (applying(folders).some(isAlive)) await sleep(100);
}

/** The processes of the applies that have not come to their end. */
function applying({ logs }: Folders): number[] {
  const files = readdirSync(logs).filter((name) => name.endsWith(".apply"));
  return files.flatMap((name) => {
    try {
      return Number(readFileSync(join(logs, name), "utf8")) || [];
    } catch {
      // It has ended just now.
      return [];
    }
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
