import { stringify } from "yaml";
import type { BuildTrigger } from "../build-project";
import { type RustDockerfileOptions, rustDockerfile } from "./dockerfile";

export interface RustBuildspecProps extends RustDockerfileOptions {
  /** Whether the build checks and pushes an image, or only checks. */
  readonly trigger: BuildTrigger;
  /** Host of the ECR registry. */
  readonly registry: string;
  /** Name of the ECR repository of the images. */
  readonly images: string;
  /** Name of the ECR repository of the cache. */
  readonly cache: string;
  /** AWS region of the registry. */
  readonly region: string;
  /**
   * US dollars that a minute of the machine costs.
   *
   * @default - the build does not print what it cost
   */
  readonly pricePerMinute?: number;
}

/** Where the pipeline's own files are: outside the checkout, which may be anybody's. */
const OWN = "/tmp/drover";

/** What builds. Unpinned, it would be another one from one day to the next. */
const BUILDKIT = "moby/buildkit:v0.26.1";

/**
 * What a build does, as a CodeBuild buildspec.
 *
 * Its own shell holds the role's credentials, so it never starts cargo or a file of the checkout: the code runs inside
 * BuildKit only, without credentials.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
 */
export function rustBuildspec(props: RustBuildspecProps): string {
  const isMain = props.trigger === "main";
  return stringify(
    {
      version: 0.2,
      env: { shell: "bash" },
      phases: {
        install: { commands: [writeDockerfile(props)] },
        pre_build: {
          commands: [logIn(props), ...(isMain ? [lookForImage(props)] : []), createBuilder()],
        },
        build: { commands: isMain ? [unlessThere(checks(props)), unlessThere(push(props))] : [checks(props)] },
        post_build: { commands: isMain ? [cost(props), printPin(props)] : [cost(props)] },
      },
    },
    { lineWidth: 0 },
  );
}

function writeDockerfile(props: RustBuildspecProps): string {
  return [
    `mkdir -p ${OWN}`,
    // Stands before the checkout's own. Git's folder would make every commit's context another one, and show it to RUNs.
    `printf '%s\\n' .git target > ${OWN}/Dockerfile.dockerignore`,
    `cat > ${OWN}/Dockerfile <<'END_OF_DOCKERFILE'\n${rustDockerfile(props)}END_OF_DOCKERFILE`,
  ].join("\n");
}

function logIn({ registry, region }: RustBuildspecProps): string {
  return `aws ecr get-login-password --region ${region} | docker login --username AWS --password-stdin ${registry}`;
}

/** A tag can be pushed once only: a commit that has its image needs no build. */
function lookForImage({ images, region }: RustBuildspecProps): string {
  return [
    `if aws ecr describe-images --region ${region} --repository-name ${images} --image-ids imageTag="$CODEBUILD_RESOLVED_SOURCE_VERSION" > ${OWN}/existing.json 2> /dev/null; then`,
    '  echo "the image of $CODEBUILD_RESOLVED_SOURCE_VERSION is there already"',
    "fi",
  ].join("\n");
}

/** The engine's own builder can't write a cache to a registry. */
function createBuilder(): string {
  return `docker buildx create --driver docker-container --driver-opt image=${BUILDKIT} --use`;
}

function unlessThere(command: string): string {
  return `[ -s ${OWN}/existing.json ] || ${command}`;
}

function buildx(target: "checks" | "image", props: RustBuildspecProps, ...options: string[]): string {
  const cache = `type=registry,ref=${props.registry}/${props.cache}:${target}`;
  const write = props.trigger === "main" ? [`--cache-to ${cache},mode=max,image-manifest=true,ignore-error=true`] : [];
  return ["docker buildx build --progress plain", `--file ${OWN}/Dockerfile --target ${target}`]
    .concat([`--cache-from ${cache}`], write, options, ["."])
    .join(" ");
}

function checks(props: RustBuildspecProps): string {
  return buildx("checks", props, "--output type=cacheonly");
}

function push(props: RustBuildspecProps): string {
  const tag = `--tag "${props.registry}/${props.images}:$CODEBUILD_RESOLVED_SOURCE_VERSION"`;
  // Without provenance the tag is one manifest, and its digest the one that runs.
  return buildx("image", props, tag, "--provenance=false --push", `--metadata-file ${OWN}/image.json`);
}

function cost({ pricePerMinute }: RustBuildspecProps): string {
  const seconds = `$(( $(date +%s) - CODEBUILD_START_TIME / 1000 ))`;
  if (pricePerMinute === undefined) return `echo "build: ${seconds} s"`;
  return `awk -v s="${seconds}" 'BEGIN { printf "build: %d s, about $%.2f\\n", s, s / 60 * ${pricePerMinute} }'`;
}

/** This phase also runs after a build that failed. */
function printPin({ images }: RustBuildspecProps): string {
  return [
    `if [ "$CODEBUILD_BUILD_SUCCEEDING" = 1 ]; then`,
    `  digest=$(cat ${OWN}/existing.json ${OWN}/image.json 2> /dev/null | jq --raw-output '.imageDetails[0].imageDigest // ."containerimage.digest"')`,
    `  echo 'to release it, write this line into releases.json:'`,
    `  echo "\\"${images}\\": { \\"tag\\": \\"$CODEBUILD_RESOLVED_SOURCE_VERSION\\", \\"digest\\": \\"$digest\\" }"`,
    "fi",
  ].join("\n");
}
