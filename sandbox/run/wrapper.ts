import { mkdirSync, rmSync, writeFileSync } from "node:fs";
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
# Terraform itself answers an interrupt; its exit code is waited for.
trap : INT
"$DROVER_SANDBOX_TERRAFORM" "$@" -json > "$stack.json"
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

/** Keeps cdktf from starting further stacks: after an interrupt it would go on with those that have not begun. */
export function stopStacks(folders: Folders): void {
  writeFileSync(folders.stop, "");
}
