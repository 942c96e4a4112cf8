import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BuilderTarget } from "../../lib/build/rust/builder";
import { buildFiles } from "../../lib/build/rust/buildspec";
import { FOLDER, type Project } from "./projects";

/** What is waited for. */
export const JOBS = {
  image: "the image alone",
  checks: "format, lints and tests alone",
  pipeline: "checks and image, as a pipeline makes them",
} as const;
export type Job = keyof typeof JOBS;

/** One `docker buildx build`. */
export interface Step {
  readonly target: string;
  /** Name of the cache that it writes; all are read. */
  readonly cache: "checks" | "image";
  /** Whether the image is pushed, the reports are taken out, or nothing is kept. */
  readonly output: "push" | "reports" | "nothing";
}

/** A way to build a Rust codebase with BuildKit. */
export interface Variant {
  readonly name: string;
  readonly title: string;
  readonly jobs: Readonly<Record<Job, readonly Step[]>>;
  /** Stage, or image, on which the codebase's own crates are compiled. */
  readonly compilesOn: Readonly<Record<Job, string>>;
  /** Files that lie beside each other: `Dockerfile` and `Dockerfile.dockerignore`. */
  readonly files: (project: Project, setting: Setting) => Readonly<Record<string, string>>;
}

/** What Dockerfiles are rendered for. */
export interface Setting {
  readonly registry: string;
  readonly builder: Readonly<Record<BuilderTarget, string>>;
}

const CHECKS: Step = { target: "checks", cache: "checks", output: "nothing" };
const IMAGE: Step = { target: "image", cache: "image", output: "push" };
const REPORTS: Step = { target: "reports", cache: "checks", output: "reports" };

/** As whoever has the Dockerfile would write the rest: check first, then build. */
const CHECKS_FIRST: Variant["jobs"] = { image: [IMAGE], checks: [CHECKS], pipeline: [CHECKS, IMAGE] };

const RUST_IMAGE = "docker.io/library/rust:${RUST}-slim-trixie";
const DEPENDENCIES = { image: "dependencies", checks: "check-dependencies", pipeline: "dependencies" };

/** The product first. */
export const VARIANTS: readonly Variant[] = [
  {
    name: "drover",
    title: "Drover",
    jobs: {
      // What becomes the image when the checks have passed.
      image: [{ ...IMAGE, target: "candidate" }],
      checks: [REPORTS, CHECKS],
      pipeline: [IMAGE, REPORTS],
    },
    compilesOn: { ...DEPENDENCIES, checks: "test-dependencies" },
    files: ({ name }, { registry, builder }) => {
      const images = `${name}-drover`;
      return buildFiles({
        ...{ trigger: "main", slug: name, registry, images, cache: `${images}-cache`, region: "eu-central-1" },
        ...{ source: `https://github.com/acme/${name}`, builder, builderProject: "drover-builder" },
      });
    },
  },
  {
    name: "chef",
    title: "cargo-chef",
    jobs: CHECKS_FIRST,
    compilesOn: DEPENDENCIES,
    files: () => written("cargo-chef"),
  },
  {
    name: "two-step",
    title: "two steps",
    jobs: CHECKS_FIRST,
    compilesOn: DEPENDENCIES,
    files: () => written("two-step"),
  },
  {
    name: "naive",
    title: "one stage",
    jobs: CHECKS_FIRST,
    compilesOn: { image: RUST_IMAGE, checks: RUST_IMAGE, pipeline: RUST_IMAGE },
    files: () => written("naive"),
  },
];

function written(name: string): Record<string, string> {
  const read = (file: string) => readFileSync(join(FOLDER, "dockerfiles", file), "utf8");
  return { Dockerfile: read(`${name}.Dockerfile`), "Dockerfile.dockerignore": read("dockerignore") };
}

/** Name of a stage that is never in a cache, and needs all that compiling the codebase's own crates needs. */
export const PULLED = "pulled";

/** The files of a variant, with the stage {@link PULLED} for a job. */
export function filesOf(variant: Variant, job: Job, project: Project, setting: Setting): Record<string, string> {
  const files = variant.files(project, setting);
  const stage = `\nFROM ${variant.compilesOn[job]} AS ${PULLED}\nARG BUILD_ID\nRUN true\n`;
  return { ...files, Dockerfile: files.Dockerfile + stage };
}
