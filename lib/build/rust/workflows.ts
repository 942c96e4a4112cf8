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

/** What stands at the top, for whoever takes it along. */
function manual({ build }: WorkflowProps): string {
  const { builder, cache, gitCredentials, images } = build;
  const [, builders] = builder.builder.split(/[/:]/);
  return `Printed by drover, which does not manage it: print it anew after each change of the app's entry.
The role must trust tokens for sts.amazonaws.com whose subject is this repository's main branch, and nothing else. It may
log in to ECR (ecr:GetAuthorizationToken), pull from ${builders}, pull from and push to ${images} and ${cache}, and ask
for their images (ecr:DescribeImages)${gitCredentials === undefined ? "" : `, and read the secret ${gitCredentials}`}.`;
}

const call = (command: string) => `bash ${OWN}/${SCRIPT} ${command}`;

/** By commits, as tags can be moved; the versions are for people. */
const ACTIONS = {
  "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd": "v6.0.2",
  "actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f": "v6.0.0",
  "aws-actions/configure-aws-credentials@ec61189d14ec14c8efccab744f656cffd0e33f37": "v6.1.0",
};
const [CHECKOUT, UPLOAD, CREDENTIALS] = Object.keys(ACTIONS);

/** The build of an app as a workflow of another pipeline, in YAML. */
export function workflow(kind: WorkflowKind, props: WorkflowProps): string {
  const content = kind === "github-actions" ? githubActions(props) : gitlab(props);
  const comment = manual(props).replace(/^/gm, "# ");
  const text = stringify(content, { lineWidth: 0, aliasDuplicateObjects: false });
  const versioned = Object.entries(ACTIONS).reduce(
    (all, [action, version]) => all.replaceAll(action, `${action} # ${version}`),
    text,
  );
  return `${comment}\n${versioned}`;
}

/** The cache of compiled crates is for CodeBuild's role alone, and its price is CodeBuild's. */
function mainFiles({ build }: WorkflowProps, stages = false): Record<string, string> {
  const options = { ...build.options, sccache: undefined };
  return buildFiles({ ...build, trigger: "main", stages, sccacheRole: undefined, pricePerMinute: undefined, options });
}

function checkFiles({ build, recipe }: WorkflowProps): Record<string, string> {
  const { slug, source, options, context, dockerfile } = build;
  const own = { ...options, sccache: undefined };
  return localBuildFiles({ slug, source, context, dockerfile, recipe, trigger: "pull-request", options: own });
}

/** Characters of a command: linters pass each step's shell through a pipe, which holds 64 KiB. */
const LONGEST_PIECE = 30_000;

/** Commands that write the files of a build; a long file is written piece by piece. */
function writeFiles(files: Record<string, string>): string[] {
  const writes = Object.entries(files).flatMap(([name, content]) => {
    const end = `END_OF_${name.replace(/\W/g, "_").toUpperCase()}`;
    return joined(content.split(/(?<=\n)/)).map((piece, index) => {
      return `cat ${index === 0 ? ">" : ">>"} ${OWN}/${name} <<'${end}'\n${piece}${end}\n`;
    });
  });
  return [`mkdir -p ${OWN}\n`, ...writes];
}

/** Joins neighbours, as far as one piece may reach. */
function joined(texts: readonly string[]): string[] {
  const pieces = [""];
  for (const text of texts) {
    const last = pieces.at(-1) ?? "";
    if (last.length + text.length > LONGEST_PIECE) pieces.push(text);
    else pieces[pieces.length - 1] = last + text;
  }
  return pieces;
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
      { uses: CHECKOUT, with: { "persist-credentials": false } },
      { name: "Time of the build", run: `echo "STARTED=$(date +%s)" >> "$GITHUB_ENV"\n` },
      ...joined(writeFiles(files)).map((run, index) => ({ name: `Files of the build ${index + 1}`, run })),
      ...login,
      { name: "Prepare", run: `${call("prepare")}\n` },
      { name: "Build", run: `${secret}${call("build")}\n` },
      { name: "Summary", if: "always()", run: `${call("summary")}\n` },
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

/** In docker's own image, which has a plain shell and little else. */
const GITLAB_IMAGE = "docker:28.2.2";

/**
 * Each stage is a job, on a machine that knows nothing of the one before: what that has compiled is in the registry's
 * cache, and so is what the checks have found, under the pipeline's number.
 */
function gitlab(props: WorkflowProps): object {
  const onMain = { if: `$CI_COMMIT_BRANCH == "${DEFAULT_BRANCH}"` };
  const onMergeRequest = { if: '$CI_PIPELINE_SOURCE == "merge_request_event"' };
  const job = (stage: string, command: string) => ({
    extends: ".main",
    stage,
    script: [gitlabRun(command)],
  });
  return {
    stages: ["check", "build", "test", "publish", "deploy"],
    default: { image: `${GITLAB_IMAGE}-cli`, services: [`${GITLAB_IMAGE}-dind`] },
    variables: { DOCKER_HOST: "tcp://docker:2375", DOCKER_TLS_CERTDIR: "" },
    ".main": {
      rules: [onMain],
      id_tokens: { AWS_TOKEN: { aud: "sts.amazonaws.com" } },
      before_script: [
        gitlabVariables("$CI_PIPELINE_ID") +
          writeFiles(mainFiles(props, true)).join("") +
          gitlabLogin(props) +
          readSecret(props),
      ],
      artifacts: ARTIFACTS,
    },
    ...(props.build.dockerfile === undefined && {
      check: job("check", "lint"),
      build: job("build", "compile"),
      test: job("test", "tests"),
    }),
    publish: job("publish", "build"),
    // Prints the pin and the command: what deploys is the fleet's repository. It needs no machine and no credentials.
    deploy: {
      stage: "deploy",
      rules: [{ ...onMain, when: "manual", allow_failure: true }],
      services: [],
      dependencies: ["publish"],
      script: [`cat ${SUMMARY}`],
    },
    // One job, as there is no cache that it may use.
    "merge-request": {
      stage: "check",
      rules: [onMergeRequest],
      before_script: [gitlabVariables("$CI_JOB_ID") + writeFiles(checkFiles(props)).join("")],
      script: [gitlabRun("build")],
      artifacts: ARTIFACTS,
    },
  };
}

const SUMMARY = "drover-summary.txt";
const ARTIFACTS = { when: "always", paths: [SUMMARY], reports: { junit: "drover-reports/*.xml" } };

function gitlabVariables(buildId: string): string {
  return `export COMMIT="$CI_COMMIT_SHA" BUILD_ID="${buildId}"
STARTED=$(date +%s)
export STARTED
apk add --no-cache aws-cli bash coreutils findutils
`;
}

function gitlabLogin({ role, build }: WorkflowProps): string {
  const file = `${OWN}/aws-token`;
  return `(umask 077 && printf '%s' "$AWS_TOKEN" > ${file})
unset AWS_TOKEN
export AWS_WEB_IDENTITY_TOKEN_FILE=${file} AWS_ROLE_ARN=${role} AWS_ROLE_SESSION_NAME=gitlab AWS_REGION=${build.region}
`;
}

/** Artifacts are of the checkout only, and are wanted of a build that has failed, too. */
function gitlabRun(command: string): string {
  return `status=0
{ ${call("prepare")} && ${call(command)}; } || status=$?
${call("summary")} > ${SUMMARY}
cat ${SUMMARY}
[ ! -d ${OWN}/reports ] || cp -R ${OWN}/reports drover-reports
exit "$status"
`;
}
