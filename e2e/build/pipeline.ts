import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../../__tests__/support/program";
import { recipeBuildspec, recipeFiles } from "../../lib/build/image-recipe";
import {
  type BuilderRecipeProps,
  type BuilderTarget,
  builderImages,
  builderRecipe,
} from "../../lib/build/rust/builder";
import { type RustBuildspecProps, rustBuildspec } from "../../lib/build/rust/buildspec";
import type { RustImage } from "../tools/base-images";
import type { BuildMachine } from "../tools/build-machine";
import { run } from "../tools/process";
import { ECR_HOST } from "../tools/registry";
import { withoutMusl } from "./without-musl";

/** What a fixture's entry says of its build. */
export type FixtureOptions = Partial<RustBuildspecProps>;

/** What a build is given besides. */
export interface RunOptions {
  /** Is done to the copy of the fixture first. */
  readonly change?: (checkout: string) => void;
  /** The commit that is built. @default a new one */
  readonly commit?: string;
  /** What the build's variables hold: values of secrets, credentials. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a build has left behind. */
export interface PipelineRun {
  readonly succeeded: boolean;
  readonly output: string;
  readonly commit: string;
  /** JUnit reports, by file. */
  readonly reports: Readonly<Record<string, string>>;
}

const REGION = "eu-central-1";
const BUILDER_REPOSITORY = "drover-builder";
const BUCKET = "builder-files";

/** CodeBuild, with the build machine in the place of its own: it runs a buildspec phase by phase. */
export class Pipeline {
  readonly images: Readonly<Record<BuilderTarget, string>>;
  /** What the builder is made from. */
  readonly recipe: BuilderRecipeProps;
  private builds = 0;
  /** Makes of a recipe or buildspec what can be built on this machine. */
  private readonly adapted: (text: string) => string;

  constructor(
    private readonly machine: BuildMachine,
    rust: RustImage,
  ) {
    this.adapted = rust.musl ? (text) => text : withoutMusl;
    if (!rust.musl)
      process.stderr.write("SKIP musl: it can't be downloaded; static programs have the usual C library\n");
    const toolchain = { version: rust.version, components: [], targets: [] };
    this.recipe = { rust: toolchain, renewed: "2026-11-01" };
    this.images = builderImages(`${ECR_HOST}/${BUILDER_REPOSITORY}`, this.recipe);
    const aws = join(machine.folder, "bin/aws");
    cpSync(join(ROOT, "e2e/build/aws.sh"), aws);
    chmodSync(aws, 0o755);
  }

  /** Makes the builder's images as the platform's project does, once: they are kept in the cache folder. */
  async makeBuilder(): Promise<void> {
    const files = this.builderFiles();
    await this.machine.registry.cachedImages(BUILDER_REPOSITORY, { files }, async () => {
      const { succeeded, output } = await this.runBuilder(files);
      if (!succeeded) throw new Error(`the builder can't be made:\n${output.slice(-6000)}`);
    });
  }

  /** Starts the platform's project, whether the builder is there or not. */
  runBuilder(files = this.builderFiles()): Promise<{ succeeded: boolean; output: string }> {
    return this.machine.inFolder("builder", async (folder) => {
      for (const [name, content] of Object.entries(files)) {
        const file = join(this.buckets, BUCKET, name);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, content);
      }
      const buildspec = recipeBuildspec({
        registry: ECR_HOST,
        repository: BUILDER_REPOSITORY,
        bucket: BUCKET,
        region: REGION,
        recipes: [builderRecipe(this.recipe)],
      });
      return this.runPhases(buildspec, folder, folder, {});
    });
  }

  /** Builds a copy of a fixture. */
  async build(fixture: string, props: FixtureOptions = {}, options: RunOptions = {}): Promise<PipelineRun> {
    const number = ++this.builds;
    const { change, commit = number.toString(16).padStart(40, "0"), env } = options;
    return this.machine.inFolder("pipeline", async (folder) => {
      const checkout = join(folder, "checkout");
      cpSync(join(ROOT, "e2e/fixtures", fixture), checkout, { recursive: true });
      change?.(checkout);
      const own = join(folder, "own");
      mkdirSync(own);
      const buildspec = rustBuildspec({ ...this.propsOf(fixture), trigger: "main", pricePerMinute: 0.2, ...props });
      const { succeeded, output } = await this.runPhases(buildspec, checkout, own, {
        CODEBUILD_RESOLVED_SOURCE_VERSION: commit,
        CODEBUILD_BUILD_ID: `${fixture}:${number}`,
        CODEBUILD_START_TIME: String(Date.now()),
        ...env,
      });
      return { succeeded, output, commit, reports: readReports(join(own, "reports")) };
    });
  }

  /** How a fixture is built, unless its test says otherwise. */
  propsOf(fixture: string): Omit<RustBuildspecProps, "trigger"> {
    return {
      slug: fixture,
      registry: ECR_HOST,
      images: fixture,
      cache: `${fixture}-cache`,
      region: REGION,
      source: `https://github.com/acme/${fixture}`,
      builder: this.images,
      builderProject: BUILDER_REPOSITORY,
      environmentStacks: [`${fixture}-production`],
    };
  }

  /** What the programs of a build find in their environment. */
  environment(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
    return {
      ...this.machine.env,
      PATH: [join(this.machine.folder, "bin"), this.machine.env.PATH].join(delimiter),
      REGISTRY: this.machine.registry.repositories,
      BUCKETS: this.buckets,
      ...variables,
    };
  }

  private builderFiles(): Record<string, string> {
    const files = recipeFiles([builderRecipe(this.recipe)]);
    return Object.fromEntries(Object.entries(files).map(([name, content]) => [name, this.adapted(content)]));
  }

  private get buckets(): string {
    return join(this.machine.folder, "buckets");
  }

  /** Runs the commands of a phase until one fails; after a failed build nothing but what stands behind it. */
  private async runPhases(buildspec: string, cwd: string, own: string, variables: Record<string, string>) {
    const { phases } = parse(this.adapted(buildspec).replaceAll("/tmp/drover", own)) as Phases;
    const env = this.environment(variables);
    let output = "";
    let succeeded = true;
    for (const phase of ["install", "pre_build", "build", "post_build"]) {
      if (!succeeded && phase !== "post_build") continue;
      for (const command of phases[phase]?.commands ?? []) {
        const result = await run("bash", ["-c", command], {
          cwd,
          env: { ...env, CODEBUILD_BUILD_SUCCEEDING: succeeded ? "1" : "0" },
          minutes: 60,
        });
        output += result.output;
        if (result.code === 0) continue;
        succeeded = false;
        break;
      }
    }
    return { succeeded, output };
  }
}

interface Phases {
  readonly phases: Readonly<Record<string, { readonly commands: readonly string[] }>>;
}

function readReports(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder).filter((file) => file.endsWith(".xml"));
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), "utf8")]));
}
