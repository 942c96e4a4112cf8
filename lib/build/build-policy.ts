import { type AwsAccount, arn } from "./aws-account";

/** A statement of an IAM policy. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/** An IAM policy document. */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

/** What a build may touch. */
export interface BuildAccess {
  readonly account: AwsAccount;
  /** Name of the project's log group. */
  readonly logGroup: string;
  /** ARN of the connection to GitHub. */
  readonly connectionArn: string;
  /** Names of the ECR repositories that the build may pull from. */
  readonly pull?: readonly string[];
  /** Names of the ECR repositories that the build may push to, and pull from. */
  readonly push?: readonly string[];
}

/** @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html */
const PULL = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:DescribeImages",
  "ecr:GetDownloadUrlForLayer",
];
const PUSH = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"];

const CONNECTION_SERVICES = ["codeconnections", "codestar-connections"];

function allow(sid: string, actions: readonly string[], resources: readonly string[]): PolicyStatement[] {
  return resources.length > 0 ? [{ Sid: sid, Effect: "Allow", Action: actions, Resource: resources }] : [];
}

/**
 * What a build's role may do, and nothing else: its log, its connection, its images.
 *
 * @throws Error when the connection's ARN is none: the actions are named by the service in it
 */
export function buildPolicy(access: BuildAccess): PolicyDocument {
  const { account, logGroup, connectionArn, pull = [], push = [] } = access;
  const repositories = (names: readonly string[]) => names.map((name) => arn(account, "ecr", `repository/${name}`));
  // The service was renamed, and each name has its own actions: a connection answers to those of its ARN.
  const connections = connectionArn.split(":")[2];
  if (!CONNECTION_SERVICES.includes(connections ?? "")) {
    throw new Error(`"${connectionArn}" is not the ARN of a connection; it starts with arn:aws:codeconnections:`);
  }
  return {
    Version: "2012-10-17",
    Statement: [
      ...allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], [arn(account, "logs", `log-group:${logGroup}:*`)]),
      ...allow(
        "ReadSource",
        ["UseConnection", "GetConnection", "GetConnectionToken"].map((action) => `${connections}:${action}`),
        [connectionArn],
      ),
      // Has no resource to be limited to; what the login is good for stands below.
      ...allow("LogInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
      ...allow("Pull", PULL, repositories([...pull, ...push])),
      ...allow("Push", PUSH, repositories(push)),
    ],
  };
}

/**
 * Who may take a build's role: CodeBuild, and only for this very project.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/cross-service-confused-deputy-prevention.html
 */
export function buildTrust(account: AwsAccount, project: string): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "codebuild.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          // Made from the name: taken from the project, it would need the project before its role.
          StringEquals: {
            "aws:SourceAccount": account.accountId,
            "aws:SourceArn": arn(account, "codebuild", `project/${project}`),
          },
        },
      },
    ],
  };
}
