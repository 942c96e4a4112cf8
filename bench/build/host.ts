import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Pipeline } from "../../e2e/build/pipeline";
import { BUILD_MACHINE, type BuildMachine, startBuildMachine } from "../../e2e/tools/build-machine";
import { missingOf } from "../../e2e/tools/needs";
import { runOrFail } from "../../e2e/tools/process";
import { ECR_HOST } from "../../e2e/tools/registry";
import { compiledCrates, type Measurement } from "./measurement";
import { FOLDER, type Project, type Situation } from "./projects";
import { filesOf, type Job, PULLED, type Setting, type Step, type Variant } from "./variants";

/** @see https://crates.io/crates/cargo-chef */
const CHEF = "0.1.78";

/** What a registry's cache is written with: whatever the Dockerfile, this is the best there is. */
const CACHE_OPTIONS = "mode=max,image-manifest=true,oci-mediatypes=true,compression=zstd,ignore-error=true";

/** What is built, how, and where it is. */
export interface Build {
  readonly project: Project;
  readonly situation: Situation;
  readonly variant: Variant;
  readonly job: Job;
  /** The codebase, as it is in the situation. */
  readonly checkout: string;
}

/**
 * A host that builds with BuildKit, and forgets everything before each build, as those of CodeBuild do. What BuildKit
 * keeps lies in memory: a disk needs now 15 s and now 33 s to unpack the same image, which decided every comparison.
 */
export class Host {
  private builds = 0;
  /** By the repository of a cache: brings back what it was after the first build. */
  private readonly caches = new Map<string, () => void>();

  private constructor(
    private readonly machine: BuildMachine,
    private readonly setting: Setting,
    private readonly rust: string,
  ) {}

  /** Starts it, with all images that the variants build on. */
  static async start(): Promise<Host> {
    const missing = missingOf(BUILD_MACHINE);
    if (missing !== undefined) throw new Error(missing);
    const { machine, rust } = await startBuildMachine({ memory: "70%" });
    try {
      const pipeline = new Pipeline(machine, rust);
      await pipeline.makeBuilder();
      const host = new Host(machine, { registry: ECR_HOST, builder: pipeline.images }, rust.version);
      await host.prepare();
      return host;
    } catch (error) {
      await machine.stop();
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.machine.stop();
  }

  /** Does something in a folder that is gone afterwards, whatever happens. */
  inFolder<T>(name: string, action: (folder: string) => Promise<T>): Promise<T> {
    return this.machine.inFolder(name, action);
  }

  /** Builds on a fresh host: without a cache in the first situation, in all others with the cache of that. */
  async build(build: Build): Promise<Measurement> {
    const { project, variant, job, situation } = build;
    const images = `${project.name}-${variant.name}`;
    const cache = `${images}-${job}-cache`;
    if (situation.isFirst) this.machine.registry.emptyRepository(cache);
    else this.caches.get(cache)?.();
    await this.machine.becomeFresh();
    const measurement = await this.machine.inFolder("bench", (folder) => this.steps(build, folder, images, cache));
    if (situation.isFirst) this.caches.set(cache, this.machine.registry.remember(cache));
    return measurement;
  }

  private async steps(build: Build, folder: string, images: string, cache: string): Promise<Measurement> {
    const { project, variant, job, situation, checkout } = build;
    for (const [name, content] of Object.entries(filesOf(variant, job, project, this.setting))) {
      writeFileSync(join(folder, name), content);
    }
    const [first] = variant.jobs[job];
    const steps = situation.onlyPulls ? [{ ...first!, target: PULLED, output: "nothing" as const }] : variant.jobs[job];
    const id = (++this.builds).toString(16).padStart(40, "0");
    // Pull requests may read the cache only.
    const writes = situation.isFirst || (job !== "checks" && !situation.onlyPulls);
    const log = join(folder, "log");
    let seconds = 0;
    const pulledBytes = await this.machine.registry.pulledBytes(async () => {
      const started = performance.now();
      for (const step of steps) {
        await this.buildx([...this.options(step, folder, id, images, cache, writes), checkout], log);
      }
      seconds = (performance.now() - started) / 1000;
    });
    const said = readFileSync(log, "utf8");
    return { seconds, pulledBytes, compiled: compiledCrates(said), log: said };
  }

  private options(step: Step, folder: string, id: string, images: string, cache: string, writes: boolean): string[] {
    const ref = (name: string) => `type=registry,ref=${ECR_HOST}/${cache}:${name}`;
    const outputs = {
      push: ["--push", "--tag", `${ECR_HOST}/${images}:${id}`],
      reports: ["--output", `type=local,dest=${join(folder, "reports")}`],
      nothing: ["--output", "type=cacheonly"],
    };
    const args = { RUST: this.rust, CHEF, BUILD_ID: id, REVISION: id };
    return [
      ...["--file", join(folder, "Dockerfile"), "--target", step.target, "--provenance=false"],
      ...Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
      ...["--cache-from", ref("checks"), "--cache-from", ref("image")],
      ...(writes ? ["--cache-to", `${ref(step.cache)},${CACHE_OPTIONS}`] : []),
      ...outputs[step.output],
    ];
  }

  private async buildx(args: readonly string[], log?: string): Promise<void> {
    const docker = join(this.machine.folder, "bin/docker");
    const options = { env: this.machine.env, minutes: 30, log };
    await runOrFail(docker, ["buildx", "build", "--progress", "plain", ...args], options);
  }

  private async prepare(): Promise<void> {
    const { machine } = this;
    await runOrFail(
      join(machine.folder, "bin/docker"),
      ["buildx", "create", "--driver", "remote", "--use", machine.env.BUILDKIT_HOST!],
      { env: machine.env },
    );
    await this.provideChef();
  }

  /** The image that cargo-chef's author publishes, or rather its stand-in. */
  private async provideChef(): Promise<void> {
    const repository = "lukemathwalker/cargo-chef";
    const dockerfile = readFileSync(join(FOLDER, "dockerfiles/cargo-chef-tool.Dockerfile"), "utf8");
    const buildArgs = { RUST: this.rust, CHEF };
    await this.machine.registry.cachedImages(repository, { dockerfile, buildArgs }, () =>
      this.machine.inFolder("cargo-chef", async (context) => {
        writeFileSync(join(context, "Dockerfile"), dockerfile);
        const image = this.machine.image(repository, `${CHEF}-rust-${this.rust}-slim-trixie`);
        await this.machine.build({ context, buildArgs, image });
      }),
    );
  }
}
