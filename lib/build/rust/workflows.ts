import { stringify } from "yaml";
import { DEFAULT_BRANCH } from "../../fleet/fleet";
import { buildFiles, type RustBuildspecProps } from "./buildspec";
import { type LocalBuildProps, localBuildFiles } from "./local";
import { SCRIPT } from "./script";

/** Pipelines of others that can run the build. */
export const WORKFLOW_KINDS = ["github-actions", "gitlab"] as const;
export type WorkflowKind = (typeof WORKFLOW_KINDS)[number];

export interface WorkflowProps {
  /** The build of the main branch. */
  readonly build: Omit<RustBuildspecProps, "trigger">;
  /** What the builder is made from: pull requests have no credentials with which to pull it. */
  readonly recipe: LocalBuildProps["recipe"];
  /** ARN of the role that builds of the main branch take on by OIDC. */
  readonly role: string;
}

/** Where the pipeline's own files are: outside the checkout, which may be anybody's. */
const OWN = "/tmp/drover";
const MANUAL = `Printed by drover, which does not manage it: print it anew after each change of the app's entry.
The role must trust this repository's main branch only, and may do what the role of the app's CodeBuild project may.`;

const call = (command: string) => `bash ${OWN}/${SCRIPT} ${command}\n`;

/** Version tags in full, so that no action changes by itself. */
const CHECKOUT = { uses: "actions/checkout@v4.2.2", with: { "persist-credentials": false } };
const CREDENTIALS = "aws-actions/configure-aws-credentials@v4.1.0";
const UPLOAD = "actions/upload-artifact@v4.6.2";

/** The build of an app as a workflow of another pipeline, in YAML. */
export function workflow(kind: WorkflowKind, props: WorkflowProps): string {
  const content = kind === "github-actions" ? githubActions(props) : gitlab(props);
  const comment = MANUAL.replace(/^/gm, "# ");
  return `${comment}\n${stringify(content, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

/** Credentials for compiled crates are for the CodeBuild project's role alone. */
function mainFiles({ build }: WorkflowProps): Record<string, string> {
  const options = { ...build.options, sccache: undefined };
  return buildFiles({ ...build, trigger: "main", sccacheRole: undefined, options });
}

function checkFiles({ build, recipe }: WorkflowProps): Record<string, string> {
  const { slug, source, options, context, dockerfile } = build;
  const own = { ...options, sccache: undefined };
  return localBuildFiles({ slug, source, context, dockerfile, recipe, trigger: "pull-request", options: own });
}

function writeFiles(files: Record<string, string>): string {
  const writes = Object.entries(files).map(([name, content]) => {
    const end = `END_OF_${name.replace(/\W/g, "_").toUpperCase()}`;
    return `cat > ${OWN}/${name} <<'${end}'\n${content}${end}\n`;
  });
  return [`mkdir -p ${OWN}\n`, ...writes].join("");
}

/** Git credentials are read where they are needed, and stand in no file. */
function readSecret({ build }: WorkflowProps): string {
  const { gitCredentials, region } = build;
  if (gitCredentials === undefined) return "";
  return `GIT_CREDENTIALS=$(aws secretsmanager get-secret-value --region ${region} --secret-id ${gitCredentials} --query SecretString --output text)\nexport GIT_CREDENTIALS\n`;
}

function githubActions(props: WorkflowProps): object {
  const { slug, region } = props.build;
  const env = { BUILD_ID: "${{ github.run_id }}-${{ github.run_attempt }}", COMMIT: "${{ github.sha }}" };
  const job = (
    condition: string,
    permissions: object,
    login: object[],
    files: Record<string, string>,
    secret = "",
  ) => ({
    if: condition,
    "runs-on": "ubuntu-24.04",
    "timeout-minutes": 60,
    permissions: { contents: "read", ...permissions },
    env,
    steps: [
      CHECKOUT,
      { name: "Files of the build", run: `${writeFiles(files)}echo "STARTED=$(date +%s)" >> "$GITHUB_ENV"\n` },
      ...login,
      { name: "Prepare", run: call("prepare") },
      { name: "Build", run: secret + call("build") },
      { name: "Summary", if: "always()", run: call("summary") },
      {
        name: "Reports",
        if: "always()",
        uses: UPLOAD,
        with: { name: "reports", path: `${OWN}/reports`, "if-no-files-found": "ignore" },
      },
    ],
  });
  const login = {
    name: "Log in to AWS",
    uses: CREDENTIALS,
    with: { "role-to-assume": props.role, "aws-region": region },
  };
  return {
    name: slug,
    on: { push: { branches: [DEFAULT_BRANCH] }, pull_request: { branches: [DEFAULT_BRANCH] } },
    permissions: {},
    jobs: {
      image: job("github.event_name == 'push'", { "id-token": "write" }, [login], mainFiles(props), readSecret(props)),
      checks: job("github.event_name == 'pull_request'", {}, [], checkFiles(props)),
    },
  };
}

function gitlab(props: WorkflowProps): object {
  const { region } = props.build;
  const variables =
    'export COMMIT="$CI_COMMIT_SHA" BUILD_ID="$CI_JOB_ID"\nSTARTED=$(date +%s)\nexport STARTED\napk add --no-cache aws-cli bash coreutils\n';
  const login = `umask 077
printf '%s' "$AWS_TOKEN" > /tmp/aws-token
export AWS_WEB_IDENTITY_TOKEN_FILE=/tmp/aws-token AWS_ROLE_ARN=${props.role} AWS_ROLE_SESSION_NAME=gitlab AWS_REGION=${region}
unset AWS_TOKEN
`;
  const tokens = { AWS_TOKEN: { aud: "sts.amazonaws.com" } };
  const summary = `bash ${OWN}/${SCRIPT} summary`;
  const run = (commands: string) => `status=0\n${commands} || status=$?\n${summary}\nexit "$status"\n`;
  const phases = run(`{ bash ${OWN}/${SCRIPT} prepare && bash ${OWN}/${SCRIPT} build; }`);
  const onMain = `$CI_COMMIT_BRANCH == "${DEFAULT_BRANCH}"`;
  // Artifacts are of the checkout only.
  const after = { after_script: [`cp -R ${OWN}/reports reports || true`] };
  const reports = { artifacts: { when: "always", reports: { junit: "reports/*.xml" } } };
  return {
    // One graph compiles, tests and pushes, so that nothing is compiled twice: "publish" holds "build" and "test".
    stages: ["check", "build", "test", "publish", "deploy"],
    default: { image: "docker:28.2.2-cli", services: ["docker:28.2.2-dind"] },
    variables: { DOCKER_HOST: "tcp://docker:2375", DOCKER_TLS_CERTDIR: "" },
    check: {
      stage: "check",
      rules: [{ if: '$CI_PIPELINE_SOURCE == "merge_request_event"' }],
      script: [variables + writeFiles(checkFiles(props)) + phases],
      ...after,
      ...reports,
    },
    publish: {
      stage: "publish",
      rules: [{ if: onMain }],
      id_tokens: tokens,
      script: [variables + login + readSecret(props) + writeFiles(mainFiles(props)) + phases],
      ...after,
      ...reports,
    },
    // Prints the pin and the command: what deploys is the fleet's repository.
    deploy: {
      stage: "deploy",
      rules: [{ if: onMain, when: "manual" }],
      id_tokens: tokens,
      script: [`${variables}${login}${writeFiles(mainFiles(props))}${call("prepare")}${call("summary")}`],
    },
  };
}
