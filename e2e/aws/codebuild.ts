import { ACCOUNT, AwsError, type Json, REGION, type Service } from "./api";
import { may, mayAssume, type Role } from "./iam";

/** The service whose builds take on a project's role. */
const SERVICE = "codebuild.amazonaws.com";

/** @see https://docs.aws.amazon.com/codebuild/latest/APIReference/API_CreateProject.html */
const PROJECT_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{1,254}$/;

/** Characters of a buildspec that stands in the project. */
const LONGEST_BUILDSPEC = 25_600;

/** @see https://docs.aws.amazon.com/codebuild/latest/APIReference/API_WebhookFilter.html */
const FILTER_TYPES = [
  "EVENT",
  "ACTOR_ACCOUNT_ID",
  "HEAD_REF",
  "BASE_REF",
  "FILE_PATH",
  "COMMIT_MESSAGE",
  "WORKFLOW_NAME",
  "TAG_NAME",
  "RELEASE_NAME",
  "REPOSITORY_NAME",
  "ORGANIZATION_NAME",
];

/** How a role is found by its name; fails where there is none. */
export type FindRole = (name: string) => Promise<Role>;

/**
 * CodeBuild with its projects and webhooks, kept here and not in moto, which has neither UpdateProject nor webhooks,
 * forgets a project's logs' defaults and concurrency limit, answers DeleteProject by ARN (as the provider calls it)
 * with success but keeps the project, and checks nothing.
 *
 * What is checked here is what a fleet can get wrong: a role that CodeBuild can't take on, one that may not use the
 * connection, a webhook without its project, filters that AWS would refuse.
 */
export function codeBuild(findRole: FindRole): Service {
  const projects = new Map<string, Json>();

  const find = (nameOrArn: string): Json => {
    const project = projects.get(projectName(nameOrArn));
    if (project !== undefined) return project;
    throw new AwsError("ResourceNotFoundException", `Project cannot be found: ${projectArn(projectName(nameOrArn))}`);
  };

  return {
    target: "CodeBuild_20161006",
    forwardsOthers: false,
    operations: {
      CreateProject: async ({ input }) => {
        const project = withDefaults(input);
        if (projects.has(input.name)) {
          throw new AwsError("ResourceAlreadyExistsException", `Project already exists: ${project.arn}`);
        }
        await check(project, findRole);
        projects.set(input.name, project);
        return { project };
      },

      UpdateProject: async ({ input }) => {
        const project = withDefaults({ ...find(input.name), ...input });
        await check(project, findRole);
        projects.set(project.name, project);
        return { project };
      },

      BatchGetProjects: ({ input }) => {
        const found = input.names.filter((name: string) => projects.has(projectName(name)));
        const missing = input.names.filter((name: string) => !projects.has(projectName(name)));
        return { projects: found.map(find), projectsNotFound: missing };
      },

      ListProjects: () => ({ projects: [...projects.keys()].sort() }),

      DeleteProject: ({ input }) => {
        projects.delete(projectName(input.name));
        return {};
      },

      CreateWebhook: async ({ input }) => {
        const project = find(input.projectName);
        if (project.webhook !== undefined) {
          throw new AwsError("ResourceAlreadyExistsException", `The webhook of project ${project.name} already exists`);
        }
        await checkConnection(project, findRole, (arn) =>
          invalid(`Failed to call CreateWebhook, reason: Access denied to connection ${arn}`),
        );
        checkFilters(input.filterGroups);
        project.webhook = {
          url: `https://api.github.com/repos/${repository(project)}/hooks/1`,
          payloadUrl: `https://codebuild.${REGION}.amazonaws.com/webhooks`,
          // No secret: a connection's GitHub App signs its events with its own.
          ...webhookSettings(input),
        };
        return { webhook: project.webhook };
      },

      UpdateWebhook: ({ input }) => {
        const project = find(input.projectName);
        if (project.webhook === undefined) throw noWebhook(project);
        checkFilters(input.filterGroups);
        project.webhook = { ...project.webhook, ...webhookSettings(input) };
        return { webhook: project.webhook };
      },

      DeleteWebhook: ({ input }) => {
        const project = find(input.projectName);
        if (project.webhook === undefined) throw noWebhook(project);
        delete project.webhook;
        return {};
      },
    },
  };
}

/** A project as CodeBuild answers it: what was left out is there with its default. */
function withDefaults(input: Json): Json {
  const now = Date.now() / 1000;
  const { badgeEnabled = false, concurrentBuildLimit, ...given } = input;
  return {
    created: now,
    encryptionKey: `arn:aws:kms:${REGION}:${ACCOUNT}:alias/aws/s3`,
    timeoutInMinutes: 60,
    queuedTimeoutInMinutes: 480,
    projectVisibility: "PRIVATE",
    badge: { badgeEnabled },
    ...given,
    // −1 is how a limit is taken away.
    ...(concurrentBuildLimit > 0 ? { concurrentBuildLimit } : {}),
    arn: projectArn(input.name),
    lastModified: now,
    cache: { type: "NO_CACHE", ...given.cache },
    logsConfig: {
      cloudWatchLogs: { status: "ENABLED", ...given.logsConfig?.cloudWatchLogs },
      s3Logs: { status: "DISABLED", encryptionDisabled: false, ...given.logsConfig?.s3Logs },
    },
  };
}

async function check(project: Json, findRole: FindRole): Promise<void> {
  if (!PROJECT_NAME.test(project.name)) throw invalid(`Project name does not match ${PROJECT_NAME.source}`);
  const role = await findRole(roleName(project)).catch((error) => {
    if (error instanceof AwsError && error.type === "NoSuchEntity") return undefined;
    // That IAM could not be asked says nothing of the role.
    throw error;
  });
  if (role === undefined || !(await mayAssume(role, SERVICE, project.arn))) {
    throw invalid(`CodeBuild is not authorized to perform: sts:AssumeRole on service role ${project.serviceRole}`);
  }
  checkBuildspec(project);
  await checkConnection(
    project,
    findRole,
    (arn) => new AwsError("OAuthProviderException", `User is not authorized to access connection ${arn}`),
  );
}

/**
 * A buildspec that stands in the project is of limited length, and needed where there is no source to hold one.
 * @see https://github.com/aws/aws-cdk/pull/14974
 */
function checkBuildspec({ source }: Json): void {
  if (source.type === "NO_SOURCE" && !source.buildspec) throw invalid("A project without a source needs a buildspec");
  if (source.buildspec?.length > LONGEST_BUILDSPEC) {
    throw invalid(`Buildspec has ${source.buildspec.length} characters, of at most ${LONGEST_BUILDSPEC}`);
  }
}

/**
 * The role of a project that is authorized by a connection must be allowed to use it, when the project is made and
 * again when its webhook is.
 * @see https://github.com/aws/aws-cdk/issues/38504
 * @see https://github.com/aws/aws-cdk/issues/31726
 */
async function checkConnection(project: Json, findRole: FindRole, denied: (arn: string) => AwsError): Promise<void> {
  if (project.source.type === "NO_SOURCE") return;
  const { type, resource } = project.source.auth ?? {};
  if (type !== "CODECONNECTIONS") {
    // The account-wide token, which a fleet does without.
    throw invalid(`Could not find access token for server type ${project.source.type}`);
  }
  // A connection made under the service's former name wants the former action.
  const action = `${String(resource).split(":")[2]}:UseConnection`;
  if (!(await may(await findRole(roleName(project)), action, resource))) throw denied(resource);
}

function checkFilters(groups: readonly (readonly Json[])[] = []): void {
  for (const group of groups) {
    if (!group.some(({ type }) => type === "EVENT")) throw invalid("A filter group must have an EVENT filter");
    for (const { type, pattern } of group) {
      if (!FILTER_TYPES.includes(type)) throw invalid(`Invalid webhook filter type: ${type}`);
      if (!isRegularExpression(pattern)) throw invalid(`Invalid webhook filter pattern: ${pattern}`);
    }
  }
}

function isRegularExpression(pattern: string): boolean {
  try {
    return Boolean(new RegExp(pattern));
  } catch {
    return false;
  }
}

function webhookSettings({ filterGroups, buildType, manualCreation, pullRequestBuildPolicy }: Json): Json {
  return { filterGroups, buildType: buildType ?? "BUILD", manualCreation, pullRequestBuildPolicy };
}

function invalid(message: string): AwsError {
  return new AwsError("InvalidInputException", message);
}

function noWebhook(project: Json): AwsError {
  return new AwsError("ResourceNotFoundException", `There is no webhook for project ${project.name}`);
}

/** A project's name, also where its ARN was given. */
function projectName(nameOrArn: string): string {
  return nameOrArn.replace(/^arn:.*:project\//, "");
}

function projectArn(name: string): string {
  return `arn:aws:codebuild:${REGION}:${ACCOUNT}:project/${name}`;
}

function roleName(project: Json): string {
  return String(project.serviceRole).split("/").at(-1) ?? "";
}

/** `owner/name`, out of the source's address. */
function repository(project: Json): string {
  return new URL(project.source.location).pathname.slice(1).replace(/\.git$/, "");
}
