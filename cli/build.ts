import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { type LocalBuildProps, localBuildFiles } from "../lib/build/rust/local";
import { SCRIPT } from "../lib/build/rust/script";
import { builderSpec } from "../lib/fleet/fleet";
import { slugOf } from "../lib/fleet/names";
import { appBuild } from "../stacks/app-build";
import { type FoundApp, findApp, fleetOf } from "./fleet";

/** What the command line of `drover build` may say. */
export interface BuildOptions {
  /** Slug of the app whose entry says how to build. */
  readonly app?: string;
  /** Only checks. */
  readonly checks?: boolean;
  /** Image in which everything is compiled. */
  readonly builder?: string;
  /** Image below the program. */
  readonly runtime?: string;
  /** File that the image is written to. */
  readonly output?: string;
}

/** A mistake of whoever called, in one line. */
class Mistake extends Error {}

/**
 * Builds a codebase on this machine, by the steps of every pipeline.
 *
 * @returns the exit code
 */
export function buildHere(path: string, options: BuildOptions): number {
  try {
    return build(path, options);
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    console.error(`error: ${error.message}`);
    return 1;
  }
}

function build(path: string, options: BuildOptions): number {
  const checkout = checkoutAt(path);
  const engine = findEngine();
  const props = localBuild(checkout, options);
  const product = productOf(props, options, engine);
  const own = mkdtempSync(join(tmpdir(), "drover-build-"));
  try {
    for (const [name, content] of Object.entries(localBuildFiles(props))) writeFileSync(join(own, name), content);
    const passed = runPhases(own, checkout, product) && (options.checks || save(product));
    if (passed && !options.checks) console.log(product.message);
    return passed ? 0 : 1;
  } finally {
    rmSync(own, { recursive: true });
  }
}

function checkoutAt(path: string): string {
  const checkout = resolve(path);
  if (!statSync(checkout, { throwIfNoEntry: false })?.isDirectory()) throw new Mistake(`${path} is not a folder`);
  if (!existsSync(join(checkout, "Cargo.toml"))) {
    throw new Mistake(`${path} has no Cargo.toml; name the root folder of a Cargo project`);
  }
  return checkout;
}

/** Whether docker's engine answers; without it, builds go to BUILDKIT_HOST. */
function findEngine(): boolean {
  const docker = (...args: string[]) => spawnSync("docker", args, { encoding: "utf8" });
  if (docker("--version").error) {
    throw new Mistake("docker was not found: install it (https://docs.docker.com/get-started/get-docker/)");
  }
  if (docker("buildx", "version").status !== 0) {
    throw new Mistake("docker has no buildx: install it (https://github.com/docker/buildx#installing)");
  }
  if (process.env.BUILDKIT_HOST) return false;
  if (docker("version", "--format", "{{.Server.Version}}").status === 0) return true;
  throw new Mistake(
    "docker's engine does not answer: start it, or name a BuildKit by its address: BUILDKIT_HOST=tcp://… or unix://…",
  );
}

/** What is built: as the fleet's entry says, or as usual where no entry is of this codebase. */
function localBuild(checkout: string, options: BuildOptions): LocalBuildProps {
  const { builder, runtime } = options;
  const found = entryOf(checkout, options.app);
  const given = { builder, runtime, trigger: options.checks ? "pull-request" : "main" } as const;
  if (!found) {
    const { renewed, rust } = builderSpec();
    const slug = slugOf(basename(checkout)) || "app";
    return { ...given, slug, source: checkout, recipe: { rust: rust[0], renewed } };
  }
  const { app, platform } = found;
  const { slug, source, options: how, context, dockerfile, gitCredentials } = appBuild({ ...app, platform }, "main");
  if (dockerfile !== undefined && runtime === undefined && !options.checks) {
    throw new Mistake(
      `${slug} has its own Dockerfile, into which the helper is copied from an image: name one that has it, with --runtime IMAGE`,
    );
  }
  return {
    ...given,
    slug,
    source,
    context,
    dockerfile,
    options: { ...how, sccache: undefined },
    gitCredentials: gitCredentials !== undefined && Boolean(process.env.GIT_CREDENTIALS),
    recipe: { rust: app.build.rust, renewed: platform.builder.renewed },
  };
}

function entryOf(checkout: string, slug: string | undefined): FoundApp | undefined {
  if (slug === undefined && !existsSync("apps.json")) return undefined;
  const fleet = fleetOf();
  if (typeof fleet === "string") throw new Mistake(fleet);
  const found = findApp(fleet, slug ?? slugOf(basename(checkout)));
  if (typeof found !== "string") return found;
  if (slug !== undefined) throw new Mistake(found);
  return undefined;
}

/** What becomes of the image. */
interface Product {
  readonly image: string;
  /** Value of buildx's `--output`. */
  readonly output: string;
  /** File into which the engine saves it afterwards. */
  readonly file?: string;
  readonly message: string;
}

function productOf({ slug }: LocalBuildProps, { output }: BuildOptions, engine: boolean): Product {
  const image = `${slug}:local`;
  if (engine && output === undefined) {
    return { image, output: "type=docker", message: `the image is ${image}; this starts it: docker run --rm ${image}` };
  }
  const file = resolve(output ?? `${slug}.tar`);
  const message = `the image is in ${file}; this loads it: docker load --input ${file}`;
  // Not every engine's own builder writes files.
  if (engine) return { image, output: "type=docker", file, message };
  return { image, output: `type=oci,"dest=${file.replaceAll('"', '""')}"`, message };
}

function save({ image, file }: Product): boolean {
  return (
    file === undefined || spawnSync("docker", ["save", "--output", file, image], { stdio: "inherit" }).status === 0
  );
}

/** Runs the script's phases as a pipeline does: the summary always comes. */
function runPhases(own: string, checkout: string, { image, output }: Product): boolean {
  const env = {
    ...process.env,
    COMMIT: commitOf(checkout),
    BUILD_ID: randomUUID(),
    STARTED: String(Math.floor(Date.now() / 1000)),
    IMAGE: image,
    OUTPUT: output,
    // The choice of a builder is for this build, and not for the user's others.
    ...(process.env.BUILDKIT_HOST && { BUILDX_CONFIG: join(own, "buildx") }),
  };
  const phase = (name: string) =>
    spawnSync("bash", [join(own, SCRIPT), name], { cwd: checkout, env, stdio: "inherit" }).status === 0;
  const passed = phase("prepare") && phase("build");
  return phase("summary") && passed;
}

function commitOf(checkout: string): string {
  const { status, stdout } = spawnSync("git", ["rev-parse", "HEAD"], { cwd: checkout, encoding: "utf8" });
  return status === 0 ? stdout.trim() : "unknown";
}
