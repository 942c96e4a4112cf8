import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { CodebuildProject } from "@cdktf/provider-aws/lib/codebuild-project";
import { CodebuildWebhook } from "@cdktf/provider-aws/lib/codebuild-webhook";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type BuildSize, DEFAULT_BRANCH } from "../fleet/fleet";
import { buildLogGroupName, buildRoleName } from "../fleet/names";
import { Delay } from "../terraform/delay";
import type { AwsAccount } from "./aws-account";
import { buildPolicy, buildTrust } from "./build-policy";

/** When a project builds. */
export type BuildTrigger = "main" | "pull-request";

export interface BuildProjectProps {
  /** Name of the CodeBuild project: 2 to 255 letters, digits, hyphens and underscores. */
  readonly name: string;
  readonly account: AwsAccount;
  /** Address of the GitHub repository, such as "https://github.com/acme/podcore.git". */
  readonly source: string;
  /** ARN of the CodeConnections connection through which the source is read; it keeps every token out of the state. */
  readonly connectionArn: string;
  /** What the build does: YAML. It stands in the project, so that no pull request can change it. */
  readonly buildspec: string;
  /** Pushes to the main branch, or pull requests against it. */
  readonly trigger: BuildTrigger;
  /** Name of the status that is reported on the commit, such as "drover/checks". */
  readonly statusContext: string;
  /**
   * Machine that builds.
   *
   * @default "2xlarge" 72 vCPU
   */
  readonly size?: BuildSize;
  /**
   * Image in which the buildspec runs.
   *
   * @default "aws/codebuild/standard:8.0"
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html
   */
  readonly image?: string;
  /**
   * Environment variables of the buildspec. Never a secret: whoever may read the project reads them.
   *
   * @default {}
   */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * ECR repositories from which the build may pull.
   *
   * @default []
   */
  readonly pull?: readonly string[];
  /**
   * ECR repositories to which the build may push.
   *
   * @default []
   */
  readonly push?: readonly string[];
  /**
   * Minutes after which a build is ended.
   *
   * @default 30
   */
  readonly timeoutMinutes?: number;
  /**
   * Days for which logs are kept.
   *
   * @default 30
   */
  readonly logRetentionDays?: number;
  /**
   * Seconds between the role's policy and the project. CodeBuild checks the role when a project or webhook is made, and
   * IAM is slow to spread. 0 where nothing real is behind it.
   *
   * @default 15
   */
  readonly iamPropagationSeconds?: number;
}

const COMPUTE_TYPES: Record<BuildSize, string> = {
  small: "BUILD_GENERAL1_SMALL",
  medium: "BUILD_GENERAL1_MEDIUM",
  large: "BUILD_GENERAL1_LARGE",
  xlarge: "BUILD_GENERAL1_XLARGE",
  "2xlarge": "BUILD_GENERAL1_2XLARGE",
};

/** Anchored at both ends: an unanchored pattern lets others in, such as a branch "not-main". */
const BRANCH_PATTERN = `^refs/heads/${DEFAULT_BRANCH}$`;

/** @see https://docs.aws.amazon.com/codebuild/latest/userguide/github-webhook.html */
const FILTERS: Record<BuildTrigger, { type: string; pattern: string }[]> = {
  main: [
    { type: "EVENT", pattern: "PUSH" },
    { type: "HEAD_REF", pattern: BRANCH_PATTERN },
  ],
  "pull-request": [
    { type: "EVENT", pattern: "PULL_REQUEST_CREATED,PULL_REQUEST_UPDATED,PULL_REQUEST_REOPENED" },
    { type: "BASE_REF", pattern: BRANCH_PATTERN },
  ],
};

/**
 * A CodeBuild project with all that is its own: role, policy, log group and webhook.
 *
 * A project that builds pull requests runs what strangers wrote, so it must be another one than the project that pushes
 * images, and be given nothing to push to.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/webhooks.html
 */
export class BuildProject extends Construct {
  readonly project: CodebuildProject;
  readonly role: IamRole;
  readonly logGroup: CloudwatchLogGroup;
  readonly webhook: CodebuildWebhook;

  constructor(scope: Construct, id: string, props: BuildProjectProps) {
    super(scope, id);
    this.logGroup = new CloudwatchLogGroup(this, "logs", {
      name: buildLogGroupName(props.name),
      retentionInDays: props.logRetentionDays ?? 30,
    });
    this.role = new IamRole(this, "role", {
      name: buildRoleName(props.name),
      description: `Builds of ${props.name}`,
      assumeRolePolicy: JSON.stringify(buildTrust(props.account, props.name)),
    });
    const ready = this.permissions(props);
    this.project = this.createProject(props, ready);
    this.webhook = this.createWebhook(props.trigger);
  }

  /** Gives the role its policy, and returns what to wait for before the role is used. */
  private permissions(props: BuildProjectProps): ITerraformDependable {
    const policy = JSON.stringify(
      buildPolicy({
        account: props.account,
        logGroup: buildLogGroupName(props.name),
        connectionArn: props.connectionArn,
        pull: props.pull,
        push: props.push,
      }),
    );
    const attached = new IamRolePolicy(this, "policy", { name: "build", role: this.role.name, policy });
    const seconds = props.iamPropagationSeconds ?? 15;
    if (seconds === 0) return attached;
    return new Delay(this, "propagation", { after: attached, seconds, trigger: policy });
  }

  private createProject(props: BuildProjectProps, ready: ITerraformDependable): CodebuildProject {
    return new CodebuildProject(this, "project", {
      name: props.name,
      description: props.trigger === "main" ? "Builds and pushes images" : "Checks pull requests; can push nothing",
      serviceRole: this.role.arn,
      buildTimeout: props.timeoutMinutes ?? 30,
      sourceVersion: props.trigger === "main" ? DEFAULT_BRANCH : undefined,
      source: {
        type: "GITHUB",
        location: props.source,
        gitCloneDepth: 1,
        buildspec: props.buildspec,
        reportBuildStatus: true,
        buildStatusConfig: { context: props.statusContext },
        auth: { type: "CODECONNECTIONS", resource: props.connectionArn },
      },
      environment: {
        type: "LINUX_CONTAINER",
        computeType: COMPUTE_TYPES[props.size ?? "2xlarge"],
        image: props.image ?? "aws/codebuild/standard:8.0",
        privilegedMode: true, // BuildKit needs it
        environmentVariable: Object.entries(props.variables ?? {}).map(([name, value]) => ({ name, value })),
      },
      // CodeBuild's own caches do not work on the largest machine; the registry is the cache.
      cache: { type: "NO_CACHE" },
      artifacts: { type: "NO_ARTIFACTS" },
      logsConfig: { cloudwatchLogs: { groupName: this.logGroup.name, status: "ENABLED" } },
      dependsOn: [ready],
    });
  }

  private createWebhook(trigger: BuildTrigger): CodebuildWebhook {
    return new CodebuildWebhook(this, "webhook", {
      projectName: this.project.name,
      buildType: "BUILD",
      filterGroup: [{ filter: FILTERS[trigger] }],
      // A stranger's pull request waits until someone who may write to the repository has looked at it.
      pullRequestBuildPolicy: {
        requiresCommentApproval: "FORK_PULL_REQUESTS",
        approverRoles: ["GITHUB_WRITE", "GITHUB_MAINTAIN", "GITHUB_ADMIN"],
      },
    });
  }
}
