import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import { Floor } from "./floor";
import { Host } from "./host";
import { type Measurement, median } from "./measurement";
import { checkOut, PROJECTS, type Project, SITUATIONS, type Situation } from "./projects";
import { aims, type Result, type Row, table, verdict } from "./report";
import { JOBS, type Job, VARIANTS, type Variant } from "./variants";

interface Options {
  readonly project: string[];
  readonly job: Job[];
  readonly situation: string[];
  readonly variant: string[];
  readonly rounds: number;
  readonly floor: boolean;
  readonly logs?: string;
}

/** What is measured, of all that there is. */
interface Plan {
  readonly projects: readonly Project[];
  readonly jobs: readonly Job[];
  readonly situations: readonly Situation[];
  readonly variants: readonly Variant[];
}

function choice(flag: string, description: string, names: readonly string[], chosen = names): Option {
  return new Option(`--${flag} <name...>`, description).choices(names).default(chosen);
}

const namesOf = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name);

new Command("bench:build")
  .description("Builds Rust codebases in several ways, each on a fresh host, and prints the times side by side.")
  .addOption(choice("project", "codebases", namesOf(PROJECTS)))
  .addOption(choice("job", "what is waited for", Object.keys(JOBS), ["image", "checks"]))
  .addOption(choice("situation", "what has happened since the first build", namesOf(SITUATIONS)))
  .addOption(choice("variant", "ways to build", namesOf(VARIANTS)))
  .option("--rounds <number>", "builds of each, of which the median counts", Number, 1)
  .option("--no-floor", "leave out the bare machine")
  .option("--logs <folder>", "keep what each build has printed")
  .action(bench)
  .parseAsync();

async function bench(options: Options): Promise<void> {
  const plan: Plan = {
    projects: PROJECTS.filter(({ name }) => options.project.includes(name)),
    jobs: options.job,
    situations: SITUATIONS.filter(({ name, isFirst }) => isFirst || options.situation.includes(name)),
    variants: VARIANTS.filter(({ name }) => options.variant.includes(name)),
  };
  const host = await Host.start();
  try {
    for (const project of plan.projects) {
      for (const job of plan.jobs) {
        const result = await measure(host, project, job, plan, options);
        console.log(`\n${table(result, plan.variants)}`);
        console.log(verdict(aims(result, VARIANTS[0]!, plan.variants)));
      }
    }
  } finally {
    await host.stop();
  }
}

function measure(host: Host, project: Project, job: Job, plan: Plan, options: Options): Promise<Result> {
  return host.inFolder("floor", async (folder) => {
    const floor = options.floor ? new Floor(folder, project, job) : undefined;
    const rows: Row[] = [];
    for (const situation of plan.situations) {
      // The pipeline pulls what its two halves pull.
      if (situation.onlyPulls && job === "pipeline") continue;
      const row = await host.inFolder("checkout", (checkout) =>
        measureRow({ host, floor, project, job, situation, variants: plan.variants, options, checkout }),
      );
      if (options.situation.includes(situation.name)) rows.push(row);
    }
    return { project, job, rows };
  });
}

interface RowProps {
  readonly host: Host;
  readonly floor?: Floor;
  readonly project: Project;
  readonly job: Job;
  readonly situation: Situation;
  readonly variants: readonly Variant[];
  readonly options: Options;
  /** An empty folder. */
  readonly checkout: string;
}

/** Builds in turn, so that all variants meet the same ups and downs of the machine. */
async function measureRow(props: RowProps): Promise<Row> {
  const { host, floor, project, job, situation, variants, options, checkout } = props;
  const runs: Record<string, Measurement[]> = {};
  const note = (name: string, measurement: Measurement) => {
    runs[name] = [...(runs[name] ?? []), measurement];
    progress([project.name, job, situation.name, name], measurement, options.logs);
  };
  checkOut(project, situation, checkout);
  // Where the first build is only there to fill the cache, once is enough.
  const rounds = options.situation.includes(situation.name) ? options.rounds : 1;
  for (let round = 0; round < rounds; round++) {
    if (floor && !situation.onlyPulls) note("floor", await floor.build(situation, checkout));
    for (const variant of variants) {
      note(variant.name, await host.build({ project, situation, variant, job, checkout }));
    }
  }
  const medians = Object.fromEntries(Object.entries(runs).map(([name, all]) => [name, median(all)]));
  return { situation, floor: medians.floor, variants: medians };
}

function progress(names: readonly string[], { seconds, pulledBytes, compiled, log }: Measurement, logs?: string): void {
  const numbers = `${seconds.toFixed(1)} s, ${compiled.length} crates, ${(pulledBytes / 1e6).toFixed(0)} MB`;
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${names.join(" ")}: ${numbers}\n`);
  if (logs === undefined) return;
  mkdirSync(logs, { recursive: true });
  writeFileSync(join(logs, `${names.join("-")}.log`), log);
}
