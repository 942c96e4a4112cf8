import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import {
  CodebuildProject,
  type CodebuildProjectConfig,
  type CodebuildProjectSource,
} from "@cdktf/provider-aws/lib/codebuild-project";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { BuildSize } from "../fleet/fleet";
import { buildLogGroupName, buildReportGroupName, buildRoleName } from "../fleet/names";
import { Delay } from "../terraform/delay";
import { literal } from "../terraform/literal";
import type { AwsAccount } from "./aws-account";
import { buildPolicy, buildTrust } from "./build-policy";

export interface BuildJobProps {
  /** Name of the CodeBuild project: 2 to 255 letters, digits, hyphens and underscores. */
  readonly name: string;
  readonly account: AwsAccount;
  /**
   * What the build does: YAML, at most 25,600 characters. It stands in the project, so that no pull request can change
   * it, and as it is: a shell's `${…}` is none of Terraform's.
   *
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
   */
  readonly buildspec: string;
  /**
   * What the project is for, in the console.
   *
   * @default - nothing
   */
  readonly description?: string;
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
   * Names of the S3 buckets whose objects the build may read.
   *
   * @default []
   */
  readonly buckets?: readonly string[];
  /**
   * Names under which the buildspec reports what its tests said. CodeBuild makes a report group of each,
   * `<project>-<report>`.
   *
   * @default []
   * @see https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec.reports
   */
  readonly reports?: readonly string[];
  /**
   * Names of the Secrets Manager secrets that the build may read.
   *
   * @default []
   */
  readonly secrets?: readonly string[];
  /**
   * Names of the IAM roles that the build may take on for a part of its work.
   *
   * @default []
   */
  readonly roles?: readonly string[];
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

/** From where a build reads its source, and what it needs for that. */
export interface BuildSource {
  /** The project's source, but for the buildspec. */
  readonly source: Omit<CodebuildProjectSource, "buildspec">;
  /** Branch, tag or commit that is built where a build names none. */
  readonly sourceVersion?: string;
  /** ARN of the connection through which it is read. */
  readonly connectionArn?: string;
}

const NO_SOURCE: BuildSource = { source: { type: "NO_SOURCE" } };

const COMPUTE_TYPES: Record<BuildSize, string> = {
  small: "BUILD_GENERAL1_SMALL",
  medium: "BUILD_GENERAL1_MEDIUM",
  large: "BUILD_GENERAL1_LARGE",
  xlarge: "BUILD_GENERAL1_XLARGE",
  "2xlarge": "BUILD_GENERAL1_2XLARGE",
};

/**
 * A CodeBuild project with all that is its own: role, policy and log group. It runs its buildspec when somebody starts
 * it; one that GitHub starts is a `BuildProject`.
 */
export class BuildJob extends Construct {
  readonly project: CodebuildProject;
  readonly role: IamRole;
  readonly logGroup: CloudwatchLogGroup;

  constructor(scope: Construct, id: string, props: BuildJobProps, from: BuildSource = NO_SOURCE) {
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
    const ready = this.permissions(props, from);
    this.project = new CodebuildProject(this, "project", this.settings(props, from, ready));
  }

  /** Gives the role its policy, and returns what to wait for before the role is used. */
  private permissions(props: BuildJobProps, { connectionArn }: BuildSource): ITerraformDependable {
    const { account, name, pull, push, buckets, reports = [], secrets, roles } = props;
    const policy = JSON.stringify(
      buildPolicy({
        account,
        logGroup: buildLogGroupName(name),
        connectionArn,
        pull,
        push,
        buckets,
        reportGroups: reports.map((report) => buildReportGroupName(name, report)),
        secrets,
        roles,
      }),
    );
    const attached = new IamRolePolicy(this, "policy", { name: "build", role: this.role.name, policy });
    const seconds = props.iamPropagationSeconds ?? 15;
    if (seconds === 0) return attached;
    return new Delay(this, "propagation", { after: attached, seconds, trigger: policy });
  }

  private settings(
    props: BuildJobProps,
    { source, sourceVersion }: BuildSource,
    ready: ITerraformDependable,
  ): CodebuildProjectConfig {
    return {
      name: props.name,
      description: props.description,
      serviceRole: this.role.arn,
      buildTimeout: props.timeoutMinutes ?? 30,
      sourceVersion,
      source: { ...source, buildspec: literal(props.buildspec) },
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
    };
  }
}
