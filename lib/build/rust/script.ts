import type { BuildTrigger } from "../build-project";
import type { BuilderTarget } from "./builder";

export interface BuildScriptProps {
  /** Whether the build checks and pushes an image, or only checks. */
  readonly trigger: BuildTrigger;
  /**
   * Whether it builds for this machine alone: without AWS, without a registry, and into IMAGE, as OUTPUT says.
   *
   * @default false
   */
  readonly local?: boolean;
  /**
   * Whether the stages before the image have a command each, too: for a pipeline that shows them apart.
   *
   * @default false
   */
  readonly stages?: boolean;
  /** Slug of the app. */
  readonly slug: string;
  /** Host of the ECR registry. */
  readonly registry: string;
  /** Name of the ECR repository of the images. */
  readonly images: string;
  /** Name of the ECR repository of the cache. */
  readonly cache: string;
  /** AWS region of the registry. */
  readonly region: string;
  /** Images of the builder, by the targets of its recipe. */
  readonly builder: Readonly<Record<BuilderTarget, string>>;
  /** CodeBuild project that makes the builder. */
  readonly builderProject: string;
  /**
   * Stacks of the app's environments, which a release deploys.
   *
   * @default []
   */
  readonly environmentStacks?: readonly string[];
  /**
   * US dollars that a minute of the machine costs.
   *
   * @default - the build does not print what it cost
   */
  readonly pricePerMinute?: number;
  /**
   * Path of the codebase's own Dockerfile.
   *
   * @default - the Dockerfile of every Rust codebase
   */
  readonly dockerfile?: string;
  /**
   * Whether GIT_CREDENTIALS holds credentials for private dependencies.
   *
   * @default false
   */
  readonly gitCredentials?: boolean;
  /**
   * ARN of the role that may use the cache of compiled crates.
   *
   * @default - there is none
   */
  readonly sccacheRole?: string;
  /**
   * Whether the image says how it was built and what is in it.
   *
   * @default false
   */
  readonly attestations?: boolean;
}

/** Name of the script, beside the Dockerfile. */
export const SCRIPT = "build.sh";

/**
 * The script of every build, with one command for each phase: `prepare`, `build`, `summary`; and of each stage, where a
 * pipeline shows them apart: `lint`, `compile`, `tests`.
 *
 * It runs with the role's credentials, so it starts nothing of the checkout: the code runs in BuildKit only, without
 * credentials. COMMIT names the commit; BUILD_ID this very build, STARTED its begin in seconds. The working directory is
 * the checkout.
 */
export function buildScript(props: BuildScriptProps): string {
  const isMain = props.trigger === "main";
  return `#!/usr/bin/env bash
# Builds the checkout in the working directory: ${SCRIPT} prepare | build | summary
set -euo pipefail

own=$(cd "$(dirname "\${BASH_SOURCE[0]}")" && pwd)
log=$own/log
trap '[ "$?" = 0 ] || touch "$own/failed"' EXIT

${prepare(props, isMain)}

${buildx(props, isMain)}

${props.stages ? `${STAGES}\n\n` : ""}${isMain ? buildImage(props) : props.dockerfile ? buildOnly() : buildChecks()}

${LEFT_OUT}

${REASON}

${summary(props, isMain)}

"$1"
`;
}

function prepare(props: BuildScriptProps, isMain: boolean): string {
  const { registry, region, images, builder, builderProject, dockerfile } = props;
  const builderTag = builder.builder.split(":").at(-1);
  const [, builderRepository] = builder.builder.split(/[/:]/);
  // Without a registry there is none to take the helper from, and no image that would need it.
  const helper = props.local && !isMain ? undefined : builder["runtime-static"];
  const ownDockerfile = dockerfile ? takeDockerfile(dockerfile, helper) : [];
  const byAddress = [
    'if [ -n "${BUILDKIT_HOST:-}" ]; then',
    '  docker buildx create --driver remote --use "$BUILDKIT_HOST"',
  ];
  // The engine's own builder, with its own cache, is the fastest on one machine.
  if (props.local) return shellFunction("prepare", [...ownDockerfile, ...byAddress, "fi"]);
  const lines = [
    `aws ecr get-login-password --region ${region} | docker login --username AWS --password-stdin ${registry}`,
    ...(isMain
      ? [
          "# A tag can be pushed once only: a commit that has its image needs no build.",
          `if has_image ${images} "$COMMIT" > "$own/existing.json"; then`,
          '  echo "the image of $COMMIT is there already"',
          "  return",
          "fi",
          'rm -f "$own/existing.json"',
        ]
      : []),
    `if ! has_image ${builderRepository} ${builderTag} > /dev/null; then`,
    `  echo "error: the builder ${builder.builder} is not there; this makes it:"`,
    `  echo "  aws codebuild start-build --region ${region} --project-name ${builderProject}"`,
    "  exit 1",
    "fi",
    ...ownDockerfile,
    ...(props.sccacheRole && isMain
      ? [
          `(umask 077 && aws sts assume-role --role-arn ${props.sccacheRole} --role-session-name build --query 'Credentials.[AccessKeyId, SecretAccessKey, SessionToken]' --output text |`,
          `  awk '{ printf "AWS_ACCESS_KEY_ID=%s\\nAWS_SECRET_ACCESS_KEY=%s\\nAWS_SESSION_TOKEN=%s\\n", $1, $2, $3 }' > "$own/sccache")`,
        ]
      : []),
    "# The engine's own builder can't write a cache to a registry.",
    ...byAddress,
    "else",
    `  docker buildx create --driver docker-container --driver-opt image=${builder.buildkit} --use`,
    "fi",
  ];
  const hasImage = shellFunction("has_image", [
    `aws ecr describe-images --region ${region} --repository-name "$1" --image-ids imageTag="$2" 2> "$own/error" && return`,
    'if grep -q ImageNotFoundException "$own/error"; then return 1; fi',
    'cat "$own/error" >&2',
    "exit 1",
  ]);
  return `# Whether a repository has an image; where that can't be found out, the build ends.\n${hasImage}\n\n${shellFunction("prepare", lines)}`;
}

/** The codebase's own Dockerfile, and our helper after whatever it makes. A link could name a file of the machine. */
function takeDockerfile(path: string, helper?: string): string[] {
  const last = helper && `COPY --from=${helper} /usr/local/bin/drover-helper /usr/local/bin/drover-helper`;
  return [
    `if [ ! -f ${path} ]; then echo "error: the repository has no ${path}, which the app's entry names"; exit 1; fi`,
    `case $(realpath -- ${path}) in "$(pwd -P)"/*) ;; *) echo "error: ${path} leads out of the repository"; exit 1 ;; esac`,
    // What git keeps is nobody's business; beside that, the codebase says itself what the build does not see.
    `local ignore=${path}.dockerignore; [ -f "$ignore" ] || ignore=.dockerignore`,
    `{ if [ -f "$ignore" ] && [ ! -L "$ignore" ]; then cat "$ignore"; fi; printf '\\n**/.git\\n'; } > "$own/Dockerfile.dockerignore"`,
    `{ cat ${path}; printf '\\n%s\\n' '${last ?? ""}'; } > "$own/Dockerfile"`,
  ];
}

function shellFunction(name: string, lines: readonly string[]): string {
  return `${name}() {\n${lines.map((line) => `  ${line}`).join("\n")}\n}`;
}

function buildx(props: BuildScriptProps, isMain: boolean): string {
  const ref = (name: string) => `type=registry,ref=${props.registry}/${props.cache}:${name}`;
  const lines = [
    ...(isMain && !props.local ? ['[ ! -s "$own/existing.json" ] || return 0'] : []),
    // The target's own cache is written; both are read.
    `local target=$1; shift`,
    'echo "### $target" >> "$log"',
    // Other machines, such as those of Apple, would make it for themselves.
    "docker buildx build --progress plain --platform linux/amd64 \\",
    `  --file "$own/Dockerfile"${props.dockerfile ? "" : ' --target "$target"'} --build-arg REVISION="$COMMIT" --build-arg BUILD_ID="$BUILD_ID" \\`,
    ...(props.local ? [] : [`  --cache-from ${ref("checks")} --cache-from ${ref("image")} \\`]),
    ...(props.gitCredentials && isMain ? ["  --secret id=git-credentials,env=GIT_CREDENTIALS \\"] : []),
    ...(props.sccacheRole && isMain ? ['  --secret id=sccache,src="$own/sccache" \\'] : []),
    '  "$@" . 2>&1 | tee -a "$log"',
  ];
  const cache =
    isMain && !props.local
      ? `\n\n# Where a target writes its cache; one export replaces the other's under one name.\ncache_to() { echo "type=registry,ref=${props.registry}/${props.cache}:$1,mode=max,image-manifest=true,oci-mediatypes=true,compression=zstd,ignore-error=true"; }`
      : "";
  return `buildx() {\n${lines.map((line) => `  ${line}`).join("\n")}\n}${cache}`;
}

/** Without provenance the tag is one manifest, and its digest the one that runs. */
function attestations({ attestations, builder }: BuildScriptProps): string {
  if (!attestations) return "--provenance=false";
  return `--attest type=provenance,mode=max,version=v1 --attest type=sbom,generator=${builder["sbom-scanner"]}`;
}

function buildImage(props: BuildScriptProps): string {
  const cacheTo = (target: string) => (props.local ? "" : ` --cache-to "$(cache_to ${target})"`);
  const tag = props.local ? "$IMAGE" : `${props.registry}/${props.images}:$COMMIT`;
  // Docker has no type for layers packed with zstd, so a cluster's containerd would leave out those of the base image.
  const destination = props.local ? '--output "$OUTPUT"' : "--output type=image,push=true,oci-mediatypes=true";
  const push = `buildx image${cacheTo("image")} --tag "${tag}" ${attestations(props)} ${destination} --metadata-file "$own/image.json"`;
  if (props.dockerfile) return `build() {\n  ${push}\n}`;
  return `build() {
  local pushed=yes
  # Compiles the release beside the tests; the image needs both.
  ${push} || pushed=no
  # What the checks have found is there now, whether they passed or not.
  buildx reports${cacheTo("checks")} --output "type=local,dest=$own/reports"
  [ "$pushed" = no ] || return 0
  # Fails with the checks' reason, if it was theirs.
  buildx checks --output type=cacheonly
  return 1
}`;
}

/** What one stage has made, the next finds in the cache. */
const STAGES = `lint() {
  # Dependencies are kept in any case, what was found only if it is good: whoever tries again finds a failure anew.
  buildx test-dependencies --cache-to "$(cache_to checks)" --output type=cacheonly
  buildx lint-reports --output "type=local,dest=$own/reports"
  buildx lint-checks --cache-to "$(cache_to checks)" --output type=cacheonly
}

compile() {
  buildx release --cache-to "$(cache_to image)" --output type=cacheonly
}

tests() {
  # As above.
  buildx reports --output "type=local,dest=$own/reports"
  buildx checks --cache-to "$(cache_to checks)" --output type=cacheonly
}`;

function buildChecks(): string {
  return `build() {
  buildx reports --output "type=local,dest=$own/reports"
  buildx checks --output type=cacheonly
}`;
}

function buildOnly(): string {
  return `build() {\n  buildx image --output type=cacheonly\n}`;
}

/** A path that the build misses, and the checkout has, was left out. */
const LEFT_OUT = `# Names the paths that the build has missed although the checkout has them.
left_out() {
  local here; here=$(pwd -P)
  grep -iE 'no such file|not found|couldn.t read|does not exist|cannot find' "$log" | grep -oE "/?[A-Za-z0-9_.][A-Za-z0-9_./-]*" | grep '[./]' | sort -u |
    while read -r path; do
      # A path in an error of a crate is seen from the crate.
      { echo ./Cargo.toml; find . -name Cargo.toml -not -path './target/*'; } | while read -r manifest; do
        case $path in /src/*) found=./\${path#/src/} ;; /*) continue ;; *) found=\${manifest%/*}/$path ;; esac
        found=\${found%/}
        case \${found##*/} in . | .. | Cargo.*) continue ;; esac
        [ -e "$found" ] || continue
        found=$(cd "\${found%/*}" && pwd -P)/\${found##*/}
        case $found in "$here"/target/*) ;; "$here"/*) printf '%s\\n' "\${found#"$here"/}" ;; esac
      done
    done | sort -u | while read -r path; do
    echo "hint: the build does not see $path; if it should, add it in the app's entry: \\"build\\": { \\"context\\": [\\"$path\\"] }"
  done
}`;

/**
 * What the step that failed has printed; BuildKit's own last words are an excerpt of the Dockerfile. Where no step has
 * failed, such as at a push, those are the reason.
 */
const REASON = `# Prints what the step that failed has said.
reason() {
  awk '
    /^### / { delete said }
    /^#[0-9]+ [0-9.]+ / { step = $1; sub(/^#[0-9]+ [0-9.]+ /, ""); said[step] = said[step] $0 "\\n" }
    /^#[0-9]+ ERROR: process/ { reason = said[$1] }
    /^ERROR: / { last = $0 "\\n" }
    END { printf "%s", reason == "" ? last : reason }
  ' "$log" | tail -60
}`;

function summary(props: BuildScriptProps, isMain: boolean): string {
  const { pricePerMinute, slug, environmentStacks = [] } = props;
  const cost =
    pricePerMinute === undefined
      ? `printf 'build: %d s\\n' "$seconds"`
      : `awk -v s="$seconds" 'BEGIN { printf "build: %d s, about $%.2f\\n", s, s / 60 * ${pricePerMinute} }'`;
  const lines = [
    'if [ -e "$log" ]; then awk -f "$own/phases.awk" "$log"; fi',
    "local seconds=$(( $(date +%s) - STARTED ))",
    cost,
  ];
  lines.push(
    'if [ -e "$own/failed" ]; then',
    '  [ ! -e "$log" ] || { echo "the build has failed:"; reason; left_out || true; }',
    "  return",
    "fi",
  );
  if (isMain && !props.local) {
    lines.push(
      "local digest",
      "local image=$own/image.json",
      '[ ! -s "$own/existing.json" ] || image=$own/existing.json',
      // A stage before the image has none.
      ...(props.stages ? ['[ -s "$image" ] || return 0'] : []),
      `digest=$(sed -nE 's/.*"(imageDigest|containerimage.digest)": *"([^"]*)".*/\\2/p' "$image" | head -1)`,
      "echo 'to release it, write this line into releases.json, commit it, and deploy:'",
      `echo "\\"${slug}\\": { \\"tag\\": \\"$COMMIT\\", \\"digest\\": \\"$digest\\" }"`,
      ...environmentStacks.map((stack) => `echo "npx cdktf deploy ${stack}"`),
    );
  }
  return `summary() {\n${lines.map((line) => `  ${line}`).join("\n")}\n}`;
}

/** Name of the program that sums up a log, beside the script. */
export const PHASES = "phases.awk";

/** Sums up BuildKit's plain log: seconds of each stage, and how many steps came from the cache. */
export const PHASES_PROGRAM = `# Stages of a build with their seconds, from BuildKit's plain log.
/^### / { run++ }
# A step counts in the first run that has it: what this build has made itself came from nowhere else.
/^#[0-9]+ \\[/ {
  stage = $2; sub(/^\\[/, "", stage); sub(/\\]$/, "", stage); name[run, $1] = stage
  if (stage == "internal") next
  if (!((stage, $3) in first)) first[stage, $3] = run
  counts[run, $1] = first[stage, $3] == run
}
/^#[0-9]+ (exporting|importing) / { name[run, $1] = $2 == "exporting" ? ($3 == "cache" ? "write cache" : "export") : "read cache" }
/^#[0-9]+ CACHED/ && counts[run, $1] { counts[run, $1] = 0; steps++; cached++ }
/^#[0-9]+ DONE / {
  if (counts[run, $1]) { counts[run, $1] = 0; steps++ }
  # A long step is told in parts, each with all the seconds so far.
  seconds = $3; sub(/s$/, "", seconds)
  if (seconds + 0 > so_far[run, $1] + 0) { add(name[run, $1], seconds - so_far[run, $1]); so_far[run, $1] = seconds }
}
function add(stage, seconds) {
  if (stage == "" || stage == "internal") return
  if (!(stage in total)) order[++count] = stage
  total[stage] += seconds
}
END {
  for (i = 1; i <= count; i++) if (total[order[i]] >= 0.1) printf "%-18s %7.1f s\\n", order[i], total[order[i]]
  printf "%d of %d steps came from the cache\\n", cached, steps
}
`;
