import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pc from "picocolors";
import { differences, type ResourceChange } from "./plan";
import type { Ended } from "./program";
import { synthesize } from "./synth";
import { findTerraform, terraform } from "./terraform";

/** Plans that run at once; each is a Terraform process with its provider. */
const PARALLEL = 4;

/** Terraform's exit code for a plan that would change something, with `-detailed-exitcode`. */
const DIFFERS = 2;

const SYMBOLS: Record<string, string> = { create: pc.green("+"), update: pc.yellow("~"), delete: pc.red("-") };

/** What `terraform show -json` says of a plan. */
interface ShownPlan {
  readonly resource_changes?: readonly ResourceChange[];
  readonly output_changes?: Readonly<Record<string, { readonly actions: readonly string[] }>>;
}

interface Stack {
  readonly name: string;
  readonly folder: string;
}

function stacksIn(outdir: string): Stack[] {
  const manifest = JSON.parse(readFileSync(join(outdir, "manifest.json"), "utf8")) as {
    stacks: Record<string, { name: string; workingDirectory: string }>;
  };
  return Object.values(manifest.stacks)
    .map(({ name, workingDirectory }) => ({ name, folder: join(outdir, workingDirectory) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One line that the next one replaces; nothing where there is no terminal. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

function printChange(resource: ResourceChange): void {
  const { actions } = resource.change;
  const replaced = actions.length > 1;
  const symbol = replaced ? pc.red("±") : SYMBOLS[actions[0] ?? ""];
  if (symbol === undefined) return;
  console.log(`  ${symbol} ${resource.address}${replaced ? " would be replaced" : ""}`);
  if (symbol === SYMBOLS.create) console.log("      is missing");
  else if (symbol === SYMBOLS.delete) console.log("      is there, and should not be");
  else {
    for (const { path, is, should } of differences(resource)) {
      console.log(`      ${path} is ${pc.red(is)}, should be ${pc.green(should)}`);
    }
  }
}

function printFailure(stack: Stack, { stdout, stderr }: Ended): void {
  showProgress("");
  console.error(`${pc.red("failed")} ${stack.name}\n${stderr.trim() || stdout.trim()}\n`);
}

/**
 * Plans a stack and prints how it differs.
 *
 * @param file where the plan is kept for a moment; it holds values in clear
 * @returns whether nothing differs; undefined when it could not be planned
 */
async function inspect(stack: Stack, file: string): Promise<boolean | undefined> {
  const plan = await terraform(stack.folder, [
    "plan",
    "-no-color",
    "-lock=false",
    "-detailed-exitcode",
    `-out=${file}`,
  ]);
  if (plan.status === 0) return true;
  if (plan.status !== DIFFERS) {
    printFailure(stack, plan);
    return undefined;
  }
  const shown = await terraform(stack.folder, ["show", "-json", file]);
  showProgress("");
  const { resource_changes: changes = [], output_changes: outputs = {} } = JSON.parse(shown.stdout) as ShownPlan;
  console.log(pc.bold(stack.name));
  for (const change of changes) printChange(change);
  for (const [name, { actions }] of Object.entries(outputs)) {
    if (!actions.includes("no-op")) console.log(`  ${SYMBOLS[actions[0] ?? ""] ?? ""} output ${name}`);
  }
  return false;
}

/**
 * Plans every stack and prints those that differ from what is there, and how.
 *
 * @param names only these stacks; none for all
 * @returns exit code: 0 nothing differs, 1 a stack could not be planned, 2 something differs
 */
export async function drift(names: readonly string[]): Promise<number> {
  const installed = findTerraform();
  if ("problem" in installed) {
    console.error(installed.problem);
    return 1;
  }
  const outdir = synthesize();
  if (outdir === undefined) return 1;
  const all = stacksIn(outdir);
  const stray = names.filter((name) => !all.some((stack) => stack.name === name));
  if (stray.length > 0) {
    console.error(`no such stack: ${stray.join(", ")}; there are ${all.map(({ name }) => name).join(", ")}`);
    return 1;
  }
  const stacks = names.length > 0 ? all.filter(({ name }) => names.includes(name)) : all;

  const ready: Stack[] = [];
  // One after the other: a shared plugin cache does not bear two at once.
  for (const stack of stacks) {
    showProgress(`initializing ${stack.name}`);
    const init = await terraform(stack.folder, ["init", "-no-color", "-input=false"]);
    if (init.status === 0) ready.push(stack);
    else printFailure(stack, init);
  }
  const results: (boolean | undefined)[] = [];
  const queue = [...ready];
  const plans = mkdtempSync(join(tmpdir(), "drover-drift-"));
  const worker = async () => {
    for (let stack = queue.shift(); stack; stack = queue.shift()) {
      showProgress(`planning ${stack.name} (${ready.length - queue.length} of ${ready.length})`);
      results.push(await inspect(stack, join(plans, stack.name)));
    }
  };
  try {
    await Promise.all(Array.from({ length: PARALLEL }, worker));
  } finally {
    rmSync(plans, { recursive: true });
  }
  showProgress("");

  const differ = results.filter((same) => same === false).length;
  const failed = stacks.length - results.filter((same) => same !== undefined).length;
  const same = results.filter((result) => result === true).length;
  console.log(
    `of ${stacks.length} stacks ${same} are as they should be, ${differ} differ, ${failed} could not be planned`,
  );
  if (failed > 0) return 1;
  return differ > 0 ? DIFFERS : 0;
}
