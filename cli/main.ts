import { Command } from "commander";
import { type BuildOptions, buildHere } from "./build";
import { printWorkflow } from "./ci";
import { drift } from "./drift";
import { type LockOptions, lock } from "./lock";
import { printAppManifests } from "./manifests";
import { writeSchemas } from "./schemas";
import { notesIn, synthesize } from "./synth";
import { why } from "./why";

const program = new Command("drover").description("Rust services as cattle: one list, every stack.");

program
  .command("synth")
  .description("write every stack's JSON")
  .action(() => {
    const started = performance.now();
    const outdir = synthesize();
    if (outdir === undefined) process.exit(1);
    for (const note of notesIn(outdir)) console.log(note);
    console.log(`every stack is in ${outdir}/stacks (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  });

program
  .command("lock")
  .description("write the lock file of providers: their versions and the hashes of their packages, for all stacks")
  .option("--platform <name...>", "machines that deploy, such as darwin_arm64 (default: this one and linux_amd64)")
  .option("--mirror <place>", "folder or https URL of a mirror of providers (default: the registry)")
  .option("--upgrade", "choose the newest versions that platform.json allows")
  .action(async (options: LockOptions) => process.exit(await lock(options)));

program
  .command("drift")
  .description("plan every stack, print those that differ and how; exit code 2 when any does")
  .argument("[stack...]", "only these stacks")
  .action(async (stacks: string[]) => process.exit(await drift(stacks)));

program
  .command("build")
  .description("build a Rust codebase on this machine, by the steps of the pipeline")
  .argument("<path>", "root folder of a Cargo project")
  .option("--app <slug>", "the app whose entry says how (default: the folder's name)")
  .option("--checks", "only check: format, lints, tests")
  .option("--builder <image>", "image in which everything is compiled (default: made by this build)")
  .option("--runtime <image>", "image below the program (default: made by this build)")
  .option("--output <file>", "write the image to this file")
  .action((path: string, options: BuildOptions) => process.exit(buildHere(path, options)));

program
  .command("ci")
  .description("print an app's build as a workflow of another pipeline")
  .argument("<app>", "slug of the app")
  .argument("<kind>", "github-actions or gitlab")
  .action((app: string, kind: string) => {
    process.exitCode = printWorkflow(app, kind);
  });

program
  .command("manifests")
  .description("print an app's Kubernetes objects as YAML, for kubectl, Argo CD or Flux")
  .argument("<app>", "slug of the app")
  .argument("[environment]", "only this one of its environments")
  .action((app: string, environment?: string) => {
    process.exitCode = printAppManifests(app, environment);
  });

program
  .command("why")
  .description(
    "print why an app does not work: conditions, events, the end of its log, and what to do; exit code 1 when it doesn't",
  )
  .argument("<app>", "slug of the app")
  .argument("[environment]", "only this environment")
  .action(async (app: string, environment?: string) => process.exit(await why(app, environment)));

program
  .command("schemas", { hidden: true })
  .description("write the JSON Schemas of the fleet's files")
  .argument("[folder]", "where to", "schemas")
  .action(writeSchemas);

program.parseAsync();
