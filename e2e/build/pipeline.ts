import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../../__tests__/support/program";
import { BUILDER_TARGETS, builderDockerfile, builderImages } from "../../lib/build/rust/builder";
import { type RustBuildspecProps, rustBuildspec } from "../../lib/build/rust/buildspec";
import type { BuildMachine } from "../tools/build-machine";
import { runOrFail, run as runProgram } from "../tools/process";
import { ECR_HOST } from "../tools/registry";

/** What a fixture's entry says of its build. */
export type FixtureOptions = Partial<RustBuildspecProps>;

/** What a build has left behind. */
export interface PipelineRun {
  readonly succeeded: boolean;
  readonly output: string;
  readonly commit: string;
  /** JUnit reports, by file. */
  readonly reports: Readonly<Record<string, string>>;
}

/** What `aws` is asked for in a build; there is nothing of AWS behind it. */
const AWS = `#!/bin/sh
case "$*" in
  *get-login-password*) echo password ;;
  *"--repository-name drover-builder "*) [ ! -e "$NO_BUILDER" ] || exit 254; echo '{}' ;;
  *describe-images*) [ -e "$EXISTING" ] || exit 254; cat "$EXISTING" ;;
  *) echo "unexpected: aws $*" >&2; exit 2 ;;
esac
`;

/** CodeBuild, with the build machine in the place of its own: it runs a buildspec phase by phase. */
export class Pipeline {
  readonly builder: Readonly<Record<(typeof BUILDER_TARGETS)[number], string>>;
  private builds = 0;

  constructor(
    private readonly machine: BuildMachine,
    private readonly rust: string,
  ) {
    this.builder = builderImages(`${ECR_HOST}/drover-builder`, this.recipe);
    const aws = join(machine.folder, "bin/aws");
    writeFileSync(aws, AWS);
    chmodSync(aws, 0o755);
  }

  /** Makes the builder's images, once: they are kept in the cache folder. */
  async makeBuilder(): Promise<void> {
    const dockerfile = builderDockerfile(this.recipe);
    await this.machine.registry.cachedImages("drover-builder", { dockerfile }, () =>
      this.machine.inFolder("builder", async (folder) => {
        writeFileSync(join(folder, "Dockerfile"), dockerfile);
        for (const target of BUILDER_TARGETS) {
          const tag = this.builder[target].split(":").at(-1)!;
          await this.machine.build({ context: folder, target, image: this.machine.image("drover-builder", tag) });
        }
      }),
    );
  }

  /**
   * Builds a copy of a fixture as a new commit.
   *
   * @param change is done to the copy first
   */
  async build(
    fixture: string,
    props: FixtureOptions = {},
    change: (checkout: string) => void = () => {},
  ): Promise<PipelineRun> {
    const number = ++this.builds;
    const commit = number.toString(16).padStart(40, "0");
    return this.machine.inFolder("pipeline", async (folder) => {
      const checkout = join(folder, "checkout");
      cpSync(join(ROOT, "e2e/fixtures", fixture), checkout, { recursive: true });
      change(checkout);
      const own = join(folder, "own");
      mkdirSync(own);
      const buildspec = rustBuildspec({
        trigger: "main",
        slug: fixture,
        registry: ECR_HOST,
        images: fixture,
        cache: `${fixture}-cache`,
        region: "eu-central-1",
        source: `https://github.com/acme/${fixture}`,
        builder: this.builder,
        builderProject: "drover-builder",
        environmentStacks: [`${fixture}-production`],
        pricePerMinute: 0.2,
        ...props,
      }).replaceAll("/tmp/drover", own);
      const env = {
        ...this.machine.env,
        PATH: [join(this.machine.folder, "bin"), this.machine.env.PATH].join(delimiter),
        CODEBUILD_RESOLVED_SOURCE_VERSION: commit,
        CODEBUILD_BUILD_ID: `${fixture}:${number}`,
        CODEBUILD_START_TIME: String(Date.now()),
        EXISTING: join(folder, "existing.json"),
        NO_BUILDER: join(folder, "no-builder"),
      };
      const { succeeded, output } = await runPhases(buildspec, checkout, env);
      return { succeeded, output, commit, reports: readReports(join(own, "reports")) };
    });
  }

  private get recipe() {
    return { rust: { version: this.rust, components: [], targets: [] }, renewed: "2026-11-01" };
  }
}

async function runPhases(buildspec: string, cwd: string, env: NodeJS.ProcessEnv) {
  const { phases } = parse(buildspec) as { phases: Record<string, { commands: string[] }> };
  let output = "";
  let succeeded = true;
  for (const phase of ["install", "pre_build", "build", "post_build"]) {
    if (!succeeded && phase !== "post_build") continue;
    for (const command of phases[phase]?.commands ?? []) {
      const result = await runProgram("bash", ["-c", command], {
        cwd,
        env: { ...env, CODEBUILD_BUILD_SUCCEEDING: succeeded ? "1" : "0" },
        minutes: 15,
      });
      output += result.output;
      if (result.code !== 0) {
        succeeded = false;
        break;
      }
    }
  }
  return { succeeded, output };
}

function readReports(folder: string): Record<string, string> {
  try {
    const files = readdirSync(folder).filter((file) => file.endsWith(".xml"));
    return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), "utf8")]));
  } catch {
    return {};
  }
}

/** The tests of the tools that every build uses. */
export async function testTools(target: string): Promise<string> {
  const env = { ...process.env, CARGO_TARGET_DIR: target };
  const cwd = join(ROOT, "lib/build/rust/tools");
  await runOrFail("cargo", ["fmt", "--check"], { cwd, env });
  await runOrFail("cargo", ["clippy", "--locked", "--all-targets", "--", "--deny", "warnings"], { cwd, env });
  return runOrFail("cargo", ["test", "--locked"], { cwd, env });
}
