import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { machineSettings } from "../../e2e/tools/machine-settings";
import { run, runOrFail } from "../../e2e/tools/process";
import { compiledCrates, type Measurement } from "./measurement";
import type { Project, Situation } from "./projects";
import type { Job } from "./variants";

const COMMANDS: Readonly<Record<Job, readonly string[][]>> = {
  image: [["build", "--release", "--locked", "--workspace"]],
  checks: [
    ["fmt", "--all", "--check"],
    ["clippy", "--locked", "--workspace", "--all-targets", "--", "--deny", "warnings"],
    ["test", "--locked", "--workspace"],
  ],
  get pipeline() {
    return [...this.checks, ...this.image];
  },
};

/**
 * The bare machine, for one project and one job: Cargo without any image around it. In the first situation nothing is
 * there, neither crates nor anything compiled; in all others there are the dependencies, and nothing of the project.
 */
export class Floor {
  private readonly env: NodeJS.ProcessEnv;

  /** @param folder an empty one, for crates and what is compiled */
  constructor(
    private readonly folder: string,
    private readonly project: Project,
    private readonly job: Job,
  ) {
    const home = join(this.folder, "cargo");
    mkdirSync(home);
    const { cargo } = machineSettings();
    if (cargo !== undefined) writeFileSync(join(home, "config.toml"), cargo);
    this.env = { ...process.env, CARGO_HOME: home, CARGO_TARGET_DIR: join(this.folder, "target") };
  }

  /** @param checkout the project, as it is in the situation */
  async build({ isFirst }: Situation, checkout: string): Promise<Measurement> {
    const target = join(this.folder, "target");
    const dependencies = join(this.folder, "dependencies");
    rmSync(target, { recursive: true, force: true });
    if (isFirst) rmSync(join(this.folder, "cargo/registry"), { recursive: true, force: true });
    else await copy(dependencies, target);

    const started = performance.now();
    let log = "";
    for (const command of COMMANDS[this.job]) log += await this.cargo(command, checkout);
    const seconds = (performance.now() - started) / 1000;

    if (isFirst) {
      const own = this.project.crates.flatMap((name) => ["--package", name]);
      for (const profile of ["dev", "release"]) await this.cargo(["clean", "--profile", profile, ...own], checkout);
      rmSync(dependencies, { recursive: true, force: true });
      await copy(target, dependencies);
    }
    return { seconds, pulledBytes: 0, compiled: compiledCrates(log), log };
  }

  private async cargo(args: readonly string[], cwd: string): Promise<string> {
    const { code, output } = await run("cargo", args, { cwd, env: this.env, minutes: 30 });
    if (code !== 0) throw new Error(`cargo ${args.join(" ")} failed in ${cwd}:\n${output.slice(-4000)}`);
    return output;
  }
}

/** With the very times, which Cargo compares. */
async function copy(from: string, to: string): Promise<void> {
  await runOrFail("cp", ["--archive", from, to]);
}
