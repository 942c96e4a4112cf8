import type { RustSpec } from "../../fleet/fleet";
import { type BuilderTarget, builderDockerfile } from "./builder";
import { buildFiles, type RustBuildspecProps } from "./buildspec";

export interface LocalBuildProps
  extends Pick<RustBuildspecProps, "slug" | "source" | "options" | "context" | "dockerfile"> {
  /** Whether an image is made, or the codebase only checked. */
  readonly trigger: RustBuildspecProps["trigger"];
  /** What the builder is made from, where no image of it is given. */
  readonly recipe: { readonly rust: RustSpec; readonly renewed: string };
  /**
   * Image in which everything is compiled.
   *
   * @default - it is made by the same build
   */
  readonly builder?: string;
  /**
   * Image below the program.
   *
   * @default - it is made by the same build
   */
  readonly runtime?: string;
  /**
   * Whether GIT_CREDENTIALS holds credentials for private dependencies.
   *
   * @default false
   */
  readonly gitCredentials?: boolean;
}

/** Name of the builder's stage before an app's own stages, one of which is called as it is called in its recipe. */
const BUILDER_STAGE = "builder-image";

/**
 * Files of a build on this machine, by name: those of every pipeline, without AWS and without a registry. Where it is
 * given no builder image, the recipe's stages stand before the app's.
 */
export function localBuildFiles(props: LocalBuildProps): Record<string, string> {
  const { recipe, builder, runtime, ...build } = props;
  const files = buildFiles({
    ...build,
    local: true,
    gitCredentials: props.gitCredentials ? "GIT_CREDENTIALS" : undefined,
    builder: localImages(builder, runtime),
    // There is no registry.
    registry: "",
    images: "",
    cache: "",
    region: "",
    builderProject: "",
  });
  const { Dockerfile } = files;
  if (Dockerfile === undefined || (builder && runtime)) return files;
  const stages = builderDockerfile(recipe).replace(" AS builder\n", ` AS ${BUILDER_STAGE}\n`);
  return { ...files, Dockerfile: `${stages}\n${Dockerfile}` };
}

/** Images, or the stages that stand for them. */
function localImages(builder: string = BUILDER_STAGE, runtime?: string): Record<BuilderTarget, string> {
  return {
    builder,
    runtime: runtime ?? "runtime",
    "runtime-static": runtime ?? "runtime-static",
    buildkit: "buildkit",
    "sbom-scanner": "sbom-scanner",
  };
}
