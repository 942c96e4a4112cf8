import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { temporaryFolder } from "./folder";
import { findProgram } from "./program";

const PHASES = ["install", "pre_build", "build", "post_build"] as const;

export interface Buildspec {
  readonly version: number;
  readonly env: { readonly shell: string; readonly "secrets-manager"?: Readonly<Record<string, string>> };
  readonly reports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly phases: Record<(typeof PHASES)[number], { readonly commands: readonly string[] }>;
}

/** All commands of a buildspec, in order. */
export function commandsOf(buildspec: string): string[] {
  return Object.values((parse(buildspec) as Buildspec).phases).flatMap(({ commands }) => commands);
}

export interface RunOptions {
  /** What `aws`, `docker` and others do: lines of a shell script, whose arguments are those of the program. */
  readonly stubs?: Readonly<Record<string, string>>;
  /** Files of the checkout in which the build runs. */
  readonly checkout?: Readonly<Record<string, string>>;
  /** Symbolic links of the checkout, by their paths. */
  readonly links?: Readonly<Record<string, string>>;
  /** Programs of the machine that the build may start. */
  readonly programs: readonly string[];
  /**
   * Variables besides CodeBuild's.
   *
   * @default {}
   */
  readonly env?: Readonly<Record<string, string>>;
}

export interface BuildRun {
  readonly succeeded: boolean;
  readonly output: string;
  /** What was started of the stubs, with arguments. */
  readonly started: readonly string[];
  /** What the pipeline has written beside its script, by name. */
  readonly own: (file: string) => string;
  /** Folder of the checkout. */
  readonly sources: string;
}

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/**
 * Runs a buildspec as CodeBuild does: the commands of a phase until one fails, and after a failed build nothing but
 * what stands behind it. No other programs can be started than the given ones.
 */
export function runBuildspec(
  buildspec: string,
  { stubs, checkout = {}, links = {}, programs, env }: RunOptions,
): BuildRun {
  const folder = temporaryFolder();
  const [bin, own, sources, log] = ["bin", "own", "sources", "started.log"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const made of [bin, sources]) mkdirSync(made);
  for (const program of programs) symlinkSync(findProgram(program) as string, join(bin, program));
  for (const [program, lines] of Object.entries({ aws: "", docker: "", ...stubs })) {
    const path = join(bin, program);
    writeFileSync(path, `#!${findProgram("bash")}\necho "${program} $*" >> ${log}\n${lines}\n`);
    chmodSync(path, 0o755);
  }
  for (const [file, content] of Object.entries(checkout)) {
    mkdirSync(dirname(join(sources, file)), { recursive: true });
    writeFileSync(join(sources, file), content);
    chmodSync(join(sources, file), 0o755);
  }
  for (const [link, target] of Object.entries(links)) symlinkSync(target, join(sources, link));
  writeFileSync(log, "");

  const { phases } = parse(buildspec) as Buildspec;
  let output = "";
  let succeeded = true;
  for (const phase of PHASES) {
    if (!succeeded && phase !== "post_build") continue;
    for (const command of phases[phase].commands) {
      const { status, stdout, stderr } = spawnSync(
        findProgram("bash") as string,
        ["--norc", "-c", command.replaceAll("/tmp/drover", own)],
        {
          cwd: sources,
          encoding: "utf8",
          stdio: ["ignore", "pipe", "pipe"],
          env: {
            PATH: bin,
            CODEBUILD_RESOLVED_SOURCE_VERSION: COMMIT,
            CODEBUILD_BUILD_ID: "podcore-main:1",
            CODEBUILD_START_TIME: String(Date.now() - 90_000),
            CODEBUILD_BUILD_SUCCEEDING: succeeded ? "1" : "0",
            ...env,
          },
        },
      );
      output += `${stdout}${stderr}`;
      if (status !== 0) {
        succeeded = false;
        break;
      }
    }
  }
  const started = readFileSync(log, "utf8").split("\n").filter(Boolean);
  return {
    succeeded,
    output,
    started: started.map((line) => line.replaceAll(own, "/tmp/drover")),
    own: (file) => readFileSync(join(own, file), "utf8"),
    sources,
  };
}
