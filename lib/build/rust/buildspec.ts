import { stringify } from "yaml";
import { dockerignore } from "./context";
import { type RustBuildOptions, rustDockerfile } from "./dockerfile";
import { type BuildScriptProps, buildScript, PHASES, PHASES_PROGRAM, SCRIPT } from "./script";

export interface RustBuildspecProps extends Omit<BuildScriptProps, "gitCredentials"> {
  /**
   * How the codebase becomes an image.
   *
   * @default {}
   */
  readonly options?: Omit<RustBuildOptions, "gitCredentials">;
  /**
   * Paths of the checkout that the build sees besides those of every Rust codebase.
   *
   * @default []
   */
  readonly context?: readonly string[];
  /** Address of the source, for the image's label. */
  readonly source: string;
  /**
   * Secret of AWS Secrets Manager with git credentials for private dependencies; builds of the main branch alone have it.
   *
   * @default - there are none
   */
  readonly gitCredentials?: string;
}

/** Where the pipeline's own files are: outside the checkout, which may be anybody's. */
const OWN = "/tmp/drover";

/** Name of the report group in the buildspec; CodeBuild puts the project's name in front. */
export const REPORT_GROUP = "checks";

/**
 * What a build does, as a CodeBuild buildspec: it writes the Dockerfile and the script, and calls the script.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
 */
export function rustBuildspec(props: RustBuildspecProps): string {
  const isMain = props.trigger === "main";
  const call = (command: string) => `bash ${OWN}/${SCRIPT} ${command}`;
  return stringify(
    {
      version: 0.2,
      env: {
        shell: "bash",
        ...(isMain && props.gitCredentials && { "secrets-manager": { GIT_CREDENTIALS: props.gitCredentials } }),
      },
      phases: {
        install: { commands: [`mkdir -p ${OWN}`, ...Object.entries(buildFiles(props)).map(writeFile)] },
        pre_build: { commands: [`${VARIABLES}\n${call("prepare")}`] },
        build: { commands: [`${VARIABLES}\n${call("build")}`] },
        // Also runs after a build that failed.
        post_build: { commands: [`${VARIABLES}\n${call("summary")}`] },
      },
      ...(!props.dockerfile && {
        reports: {
          [REPORT_GROUP]: { files: ["*.xml"], "base-directory": `${OWN}/reports`, "file-format": "JUNITXML" },
        },
      }),
    },
    { lineWidth: 0 },
  );
}

const VARIABLES =
  'export COMMIT="$CODEBUILD_RESOLVED_SOURCE_VERSION" BUILD_ID="$CODEBUILD_BUILD_ID" STARTED=$(( CODEBUILD_START_TIME / 1000 ))';

/** Files of a build, by name: they lie together in one folder, outside the checkout. */
export function buildFiles(props: RustBuildspecProps): Record<string, string> {
  const { builder, options = {}, trigger, gitCredentials } = props;
  const script = {
    [SCRIPT]: buildScript({ ...props, gitCredentials: gitCredentials !== undefined }),
    [PHASES]: PHASES_PROGRAM,
  };
  // The codebase has its own Dockerfile and .dockerignore, which the script takes.
  if (props.dockerfile) return script;
  const dockerfile = rustDockerfile({
    ...options,
    // Compiling with a cache needs a network and credentials, and a pull request gets neither.
    sccache: trigger === "main" ? options.sccache : undefined,
    gitCredentials: gitCredentials !== undefined,
    builder: builder.builder,
    runtime: builder[options.libc === "musl" ? "runtime-static" : "runtime"],
    source: props.source,
  });
  const seen = [...(props.context ?? []), ...(options.files ?? [])];
  return { Dockerfile: dockerfile, "Dockerfile.dockerignore": dockerignore(seen), ...script };
}

function writeFile([name, content]: [string, string]): string {
  return `cat > ${OWN}/${name} <<'END_OF_${name.replace(/\W/g, "_").toUpperCase()}'\n${content}END_OF_${name.replace(/\W/g, "_").toUpperCase()}`;
}
