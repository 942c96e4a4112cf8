import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { compare, type Subject } from "./measure";

const ROOT = join(__dirname, "..");

/** Runs that count, by the number of apps: the large ones take long, and vary less. */
const ROUNDS: Record<number, number> = { 1: 9, 12: 9, 100: 5, 1000: 3 };

/** What is measured, the product first. */
const SUBJECTS: readonly Subject[] = [
  { name: "drover (node bin/run.js main.ts)", args: [join(ROOT, "bin/run.js"), "main.ts"] },
  { name: "floor: write the same bytes", args: [join(ROOT, "bench/floor.js")] },
  { name: 'floor: require("cdktf") alone', args: ["--eval", 'require("cdktf")'] },
  {
    name: "as cdktf init sets it up (ts-node)",
    args: [join(ROOT, "node_modules/ts-node/dist/bin.js"), "main.ts"],
    env: { TS_NODE_COMPILER: "typescript-5", TS_NODE_PROJECT: join(ROOT, "tsconfig.json") },
  },
];

/** A folder with the product's code and a fleet of plain entries. */
function fleetOf(count: number): string {
  const folder = mkdtempSync(join(tmpdir(), "drover-bench-"));
  for (const path of ["main.ts", "lib", "stacks", "platform.json"]) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const apps = Array.from({ length: count }, (_, index) => ({ name: `App ${index + 1}`, language: "rust" }));
  writeFileSync(join(folder, "apps.json"), JSON.stringify(apps));
  writeFileSync(join(folder, "releases.json"), "{}");
  return folder;
}

/** Everything that a synthesis writes, by path. */
function outputOf(folder: string, path = "cdktf.out"): Record<string, string> {
  const full = join(folder, path);
  if (statSync(full).isFile()) return { [path]: readFileSync(full, "utf8") };
  return Object.assign({}, ...readdirSync(full).map((name) => outputOf(folder, join(path, name))));
}

function bench(count: number): void {
  const folder = fleetOf(count);
  try {
    // The floor needs to know what to write.
    compare(SUBJECTS.slice(0, 1), folder, 0);
    const output = outputOf(folder);
    writeFileSync(join(folder, "output.json"), JSON.stringify(output));

    const stacks = Object.keys(output).filter((path) => path.endsWith("cdk.tf.json")).length;
    const results = compare(SUBJECTS, folder, ROUNDS[count] ?? 3);
    const floor = results[1]?.wall ?? Number.NaN;
    const table = new Table({
      head: [`${count} apps, ${stacks} stacks`, "wall ms", "ms/stack", "peak MiB", "× floor"],
      colAligns: ["left", "right", "right", "right", "right"],
      style: { head: [], border: [] },
    });
    for (const [index, { wall, peak }] of results.entries()) {
      const name = SUBJECTS[index]?.name ?? "";
      table.push([name, wall.toFixed(0), (wall / stacks).toFixed(2), peak.toFixed(0), (wall / floor).toFixed(1)]);
    }
    console.log(`${table.toString()}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const counts = process.argv.slice(2).map(Number);
for (const count of counts.length > 0 ? counts : [1, 12, 100, 1000]) bench(count);
