import { type AwsAccount, arn, bucketArn, roleArn } from "./aws-account";

/** A statement of an IAM policy. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
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
  /** ARN of the connection to GitHub, where the build reads a source through one. */
  readonly connectionArn?: string;
  /** Names of the ECR repositories that the build may pull from. */
  readonly pull?: readonly string[];
  /** Names of the ECR repositories that the build may push to, and pull from. */
  readonly push?: readonly string[];
  /** Names of the S3 buckets whose objects the build reads. */
  readonly buckets?: readonly string[];
  /** Names of the CodeBuild report groups to which the build writes what its tests said. */
  readonly reportGroups?: readonly string[];
  /** Names of the Secrets Manager secrets that the build reads. */
  readonly secrets?: readonly string[];
  /** Names of the IAM roles that the build takes on for a part of its work. */
  readonly roles?: readonly string[];
}

/** @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html */
const PULL = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:DescribeImages",
  "ecr:GetDownloadUrlForLayer",
];
const PUSH = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"];

/** @see https://docs.aws.amazon.com/codebuild/latest/userguide/test-permissions.html */
const REPORT = [
  "codebuild:BatchPutTestCases",
  "codebuild:CreateReport",
  "codebuild:CreateReportGroup",
  "codebuild:UpdateReport",
];

const CONNECTION_SERVICES = ["codeconnections", "codestar-connections"];

function allow(sid: string, actions: readonly string[], resources: readonly string[]): PolicyStatement[] {
  return resources.length > 0 ? [{ Sid: sid, Effect: "Allow", Action: actions, Resource: resources }] : [];
}

/**
 * What a build's role may do, and nothing else: its log, its source, its images, its reports, its secrets.
 *
 * @throws Error when the connection's ARN is none: the actions are named by the service in it
 */
export function buildPolicy(access: BuildAccess): PolicyDocument {
  const { account, logGroup, connectionArn, pull = [], push = [] } = access;
  const { buckets = [], reportGroups = [], secrets = [], roles = [] } = access;
  const inAccount = (service: string, kind: string, names: readonly string[]) =>
    names.map((name) => arn(account, service, `${kind}${name}`));
  return {
    Version: "2012-10-17",
    Statement: [
      ...allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], [arn(account, "logs", `log-group:${logGroup}:*`)]),
      ...(connectionArn === undefined ? [] : readSource(connectionArn)),
      // Has no resource to be limited to; what the login is good for stands below.
      ...allow("LogInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
      ...allow("Pull", PULL, inAccount("ecr", "repository/", [...pull, ...push])),
      ...allow("Push", PUSH, inAccount("ecr", "repository/", push)),
      ...allow(
        "ReadFiles",
        ["s3:GetObject"],
        buckets.map((bucket) => `${bucketArn(account, bucket)}/*`),
      ),
      ...allow("Report", REPORT, inAccount("codebuild", "report-group/", reportGroups)),
      ...allow(
        "ReadSecrets",
        ["secretsmanager:GetSecretValue"],
        // AWS adds a hyphen and six characters to a secret's name.
        inAccount("secretsmanager", "secret:", secrets).map((secret) => `${secret}-??????`),
      ),
      ...allow(
        "TakeOnRoles",
        ["sts:AssumeRole"],
        roles.map((role) => roleArn(account, role)),
      ),
    ],
  };
}

function readSource(connectionArn: string): PolicyStatement[] {
  // The service was renamed, and each name has its own actions: a connection answers to those of its ARN.
  const service = connectionArn.split(":")[2];
  if (!CONNECTION_SERVICES.includes(service ?? "")) {
    throw new Error(`"${connectionArn}" is not the ARN of a connection; it starts with arn:aws:codeconnections:`);
  }
  const actions = ["UseConnection", "GetConnection", "GetConnectionToken"].map((action) => `${service}:${action}`);
  return allow("ReadSource", actions, [connectionArn]);
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

/** What an app's part of the compile cache lets whoever has its role do: read and write objects below a folder. */
export function compileCachePolicy(account: AwsAccount, bucket: string, folder: string): PolicyDocument {
  const cache = bucketArn(account, bucket);
  return {
    Version: "2012-10-17",
    Statement: [
      ...allow("ReadAndWrite", ["s3:GetObject", "s3:PutObject"], [`${cache}/${folder}/*`]),
      {
        // Without it S3 answers 403 and not 404 for what is not there, and sccache does not start.
        Sid: "MissNotFail",
        Effect: "Allow",
        Action: ["s3:ListBucket"],
        Resource: [cache],
        // "IfExists": a request for an object has no prefix. What it shows are the hashes that objects are named by.
        Condition: { StringLikeIfExists: { "s3:prefix": [`${folder}/*`] } },
      },
    ],
  };
}

/** Who may take on a role that builds use for a part of their work: the role of one project's builds. */
export function partialTrust(account: AwsAccount, buildRole: string): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:${account.partition ?? "aws"}:iam::${account.accountId}:root` },
        Action: "sts:AssumeRole",
        // Named as the principal, the role would have to exist, and be named anew when it was made again.
        Condition: { ArnEquals: { "aws:PrincipalArn": roleArn(account, buildRole) } },
      },
    ],
  };
}
