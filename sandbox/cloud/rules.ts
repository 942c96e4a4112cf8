import {
  adopted,
  between,
  computed,
  holds,
  json,
  kept,
  listed,
  matches,
  merged,
  oneOf,
  quantity,
  type Row,
  type Rule,
  refersTo,
  replace,
  sealed,
  shown,
  unique,
  within,
} from "./rule";

/** Argument, rule, what the cloud answers, and when, if not at apply. */
type Line = readonly [argument: string, rule: Rule, message?: string, at?: "plan"];

/** Rows about one type, or about several by a `*`, that have their source in common. */
function rows(type: string, source: string, lines: readonly Line[]): Row[] {
  return lines.map(([argument, rule, message = "", at]) => ({ type, argument, rule, message, source, at }));
}

const ECR = "https://docs.aws.amazon.com/AmazonECR/latest/APIReference";
const CODEBUILD = "https://docs.aws.amazon.com/codebuild/latest/APIReference";
const IAM = "https://docs.aws.amazon.com/IAM/latest/APIReference";
const LOGS = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference";
const S3 = "https://docs.aws.amazon.com/AmazonS3/latest";
const EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/APIReference";
const SECRETS = "https://docs.aws.amazon.com/secretsmanager/latest/apireference";
const BUDGETS = "https://docs.aws.amazon.com/aws-cost-management/latest/APIReference";
const GROUPS = "https://docs.aws.amazon.com/ARG/latest/APIReference";
const AWS_PROVIDER = "https://registry.terraform.io/providers/hashicorp/aws/latest/docs";
const GITHUB = "https://docs.github.com/en/rest";
const GITHUB_PROVIDER = "https://registry.terraform.io/providers/integrations/github/latest/docs/resources";
const KUBERNETES_PROVIDER = "https://registry.terraform.io/providers/hashicorp/kubernetes/latest/docs";
const KUBERNETES = "https://kubernetes.io/docs";

const NAMESPACES = ["kubernetes_namespace_v1", "kubernetes_namespace"];
const BUILT_IN_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];

const DNS_LABEL = /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_LABEL_FROM_LETTER = /^(?=.{1,63}$)[a-z]([-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_VALUE = /^(?=.{0,63}$)([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/**
 * All that the sandbox knows beyond the providers' schemas. What a real provider refuses at plan is marked so; all else
 * is refused by the cloud itself, at apply.
 */
export const RULES: readonly Row[] = [
  // --- AWS, all types ---
  ...rows("aws_*", `${AWS_PROVIDER}/guides/enhanced-region-support`, [["region", computed("{@region}", "plan")]]),
  ...rows("aws_*", `${AWS_PROVIDER}/guides/resource-tagging`, [["tags_all", merged("tags", "default_tags.tags")]]),
  ...rows("aws_iam_policy_document", `${AWS_PROVIDER}/data-sources/iam_policy_document`, [
    ["json", computed('{"Version":"2012-10-17","Statement":[]}')],
    ["minified_json", computed('{"Version":"2012-10-17","Statement":[]}')],
  ]),
  ...rows("aws_caller_identity", `${AWS_PROVIDER}/data-sources/caller_identity`, [
    ["id", computed("{@account}")],
    ["account_id", computed("{@account}")],
    ["arn", computed("arn:aws:iam::{@account}:user/sandbox")],
  ]),
  ...rows("aws_region", `${AWS_PROVIDER}/data-sources/region`, [
    ["id", computed("{@region}")],
    ["name", computed("{@region}")],
  ]),
  ...rows("aws_partition", `${AWS_PROVIDER}/data-sources/partition`, [
    ["id", computed("aws")],
    ["partition", computed("aws")],
    ["dns_suffix", computed("amazonaws.com")],
  ]),

  // --- ECR ---
  ...rows("aws_ecr_repository", `${ECR}/API_CreateRepository.html`, [
    [
      "name",
      matches(/^(?=.{2,256}$)([a-z0-9]+([._-][a-z0-9]+)*\/)*[a-z0-9]+([._-][a-z0-9]+)*$/, {
        accepts: "team/podcore",
        refuses: "podcore--cache",
      }),
      "InvalidParameterException: a repository's name has 2 to 256 lower case letters and digits, which single dots, underscores, hyphens or slashes may separate",
    ],
    ["name", unique(), "RepositoryAlreadyExistsException: the registry has a repository of this name"],
    ["name", replace()],
    ["encryption_configuration", replace()],
    [
      "image_tag_mutability",
      oneOf("MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"),
      "tags are mutable or immutable",
      "plan",
    ],
    ["encryption_configuration.encryption_type", oneOf("AES256", "KMS", "KMS_DSSE"), "no such encryption", "plan"],
    ["id", computed("{name}")],
    ["arn", computed("arn:aws:ecr:{@region}:{@account}:repository/{name}")],
    ["registry_id", computed("{@account}")],
    ["repository_url", computed("{@account}.dkr.ecr.{@region}.amazonaws.com/{name}")],
  ]),
  ...rows("aws_ecr_repository", `${ECR}/API_DeleteRepository.html`, [
    [
      "name",
      holds("image", "force_delete"),
      "RepositoryNotEmptyException: the repository still holds images; delete them first, or set force_delete",
    ],
  ]),
  ...rows("aws_ecr_repository", `${ECR}/API_PutImage.html`, [
    [
      "image_tag_mutability",
      sealed("image", "IMMUTABLE"),
      "ImageTagAlreadyExistsException: the repository is immutable, and has an image of this tag",
    ],
  ]),
  ...rows("aws_ecr_lifecycle_policy", `${ECR}/API_PutLifecyclePolicy.html`, [
    [
      "repository",
      refersTo("aws_ecr_repository", "name", { ends: true }),
      "RepositoryNotFoundException: the registry has no repository of this name",
    ],
    ["repository", replace()],
    ["policy", json(), "the policy is a JSON document", "plan"],
    ["id", computed("{repository}")],
    ["registry_id", computed("{@account}")],
  ]),

  // --- CodeBuild ---
  ...rows("aws_codebuild_project", `${CODEBUILD}/API_CreateProject.html`, [
    [
      "name",
      matches(/^[A-Za-z0-9][A-Za-z0-9_-]{1,149}$/, { accepts: "podcore-pull-request", refuses: "podcore/main" }),
      "InvalidInputException: a project's name has 2 to 150 letters, digits, hyphens and underscores, and starts with a letter or digit",
    ],
    ["name", unique(), "ResourceAlreadyExistsException: a project of this name exists"],
    ["name", replace()],
    [
      "service_role",
      refersTo("aws_iam_role", "arn"),
      "InvalidInputException: CodeBuild is not authorized to perform sts:AssumeRole on a service role that does not exist",
    ],
    ["build_timeout", between(5, 2160), "a build may take 5 to 2160 minutes", "plan"],
    ["queued_timeout", between(5, 480), "a build may wait for 5 to 480 minutes", "plan"],
    ["id", computed("arn:aws:codebuild:{@region}:{@account}:project/{name}")],
    ["arn", computed("arn:aws:codebuild:{@region}:{@account}:project/{name}")],
  ]),
  ...rows("aws_codebuild_project", `${CODEBUILD}/API_ProjectEnvironment.html`, [
    [
      "environment.compute_type",
      oneOf(
        "BUILD_GENERAL1_SMALL",
        "BUILD_GENERAL1_MEDIUM",
        "BUILD_GENERAL1_LARGE",
        "BUILD_GENERAL1_XLARGE",
        "BUILD_GENERAL1_2XLARGE",
        "BUILD_LAMBDA_1GB",
        "BUILD_LAMBDA_2GB",
        "BUILD_LAMBDA_4GB",
        "BUILD_LAMBDA_8GB",
        "BUILD_LAMBDA_10GB",
        "ATTRIBUTE_BASED_COMPUTE",
        "CUSTOM_INSTANCE_TYPE",
      ),
      "CodeBuild has no such machine",
      "plan",
    ],
    [
      "environment.type",
      oneOf(
        "LINUX_CONTAINER",
        "LINUX_GPU_CONTAINER",
        "LINUX_LAMBDA_CONTAINER",
        "LINUX_EC2",
        "ARM_CONTAINER",
        "ARM_LAMBDA_CONTAINER",
        "ARM_EC2",
        "WINDOWS_CONTAINER",
        "WINDOWS_SERVER_2019_CONTAINER",
        "WINDOWS_SERVER_2022_CONTAINER",
        "WINDOWS_EC2",
        "MAC_ARM",
      ),
      "CodeBuild has no such environment",
      "plan",
    ],
    [
      "environment.image_pull_credentials_type",
      oneOf("CODEBUILD", "SERVICE_ROLE"),
      "no such credentials for pulling the image",
      "plan",
    ],
    [
      "environment.environment_variable.type",
      oneOf("PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"),
      "no such kind of variable",
      "plan",
    ],
  ]),
  ...rows("aws_codebuild_project", `${CODEBUILD}/API_ProjectSource.html`, [
    [
      "source.type",
      oneOf(
        "BITBUCKET",
        "CODECOMMIT",
        "CODEPIPELINE",
        "GITHUB",
        "GITHUB_ENTERPRISE",
        "GITLAB",
        "GITLAB_SELF_MANAGED",
        "NO_SOURCE",
        "S3",
      ),
      "CodeBuild reads from no such source",
      "plan",
    ],
    [
      "source.buildspec",
      matches(/^.{0,25600}$/s, { accepts: "version: 0.2", refuses: "#".repeat(25_601) }),
      "InvalidInputException: a buildspec that stands in the project has at most 25600 characters",
    ],
    ["source.auth.type", oneOf("CODECONNECTIONS", "SECRETS_MANAGER", "OAUTH"), "no such authorization", "plan"],
    ["artifacts.type", oneOf("CODEPIPELINE", "S3", "NO_ARTIFACTS"), "no such kind of artifacts", "plan"],
    ["cache.type", oneOf("NO_CACHE", "LOCAL", "S3"), "no such kind of cache", "plan"],
  ]),
  ...rows("aws_codebuild_webhook", `${CODEBUILD}/API_CreateWebhook.html`, [
    [
      "project_name",
      refersTo("aws_codebuild_project", "name", { ends: true }),
      "ResourceNotFoundException: there is no project of this name",
    ],
    [
      "project_name",
      refersTo("aws_codebuild_project", "name", {
        next: { argument: "source.location", to: "github_repository", by: ["http_clone_url", "html_url"] },
      }),
      "OAuthProviderException: the repository that the project builds is not to be found on GitHub",
    ],
    ["project_name", unique(), "ResourceAlreadyExistsException: the project has a webhook already"],
    ["project_name", replace()],
    ["build_type", oneOf("BUILD", "BUILD_BATCH", "RUNNER_BUILDKITE_BUILD"), "no such kind of build", "plan"],
    ["id", computed("{project_name}")],
    ["payload_url", computed("https://codebuild.{@region}.amazonaws.com/webhooks?t={@hex}")],
    ["url", computed("https://api.github.com/hooks/{@number}")],
    // With a connection there is no secret.
    ["secret", computed("")],
  ]),
  ...rows("aws_codebuild_webhook", `${CODEBUILD}/API_WebhookFilter.html`, [
    [
      "filter_group.filter.type",
      oneOf(
        "EVENT",
        "BASE_REF",
        "HEAD_REF",
        "ACTOR_ACCOUNT_ID",
        "FILE_PATH",
        "COMMIT_MESSAGE",
        "WORKFLOW_NAME",
        "TAG_NAME",
        "RELEASE_NAME",
        "REPOSITORY_NAME",
        "ORGANIZATION_NAME",
      ),
      "no such filter",
      "plan",
    ],
  ]),
  ...rows("aws_codebuild_webhook", `${CODEBUILD}/API_PullRequestBuildPolicy.html`, [
    [
      "pull_request_build_policy.requires_comment_approval",
      oneOf("DISABLED", "ALL_PULL_REQUESTS", "FORK_PULL_REQUESTS"),
      "no such policy for pull requests",
      "plan",
    ],
  ]),

  // --- IAM ---
  ...rows("aws_iam_role", `${IAM}/API_CreateRole.html`, [
    [
      "name",
      matches(/^[\w+=,.@-]{1,64}$/, { accepts: "podcore-pipeline", refuses: "podcore pipeline" }),
      "a role's name has 1 to 64 letters, digits and characters of +=,.@_-",
      "plan",
    ],
    ["name", unique(), "EntityAlreadyExists: the account has a role of this name"],
    ["name", replace()],
    ["path", replace()],
    ["assume_role_policy", json(), "MalformedPolicyDocument: the policy is a JSON document", "plan"],
    ["max_session_duration", between(3600, 43200), "a session lasts 3600 to 43200 seconds", "plan"],
    ["id", computed("{name}")],
    ["arn", computed("arn:aws:iam::{@account}:role{path|/}{name}")],
    ["unique_id", computed("AROA{@hex}")],
  ]),
  ...rows("aws_iam_role_policy", `${IAM}/API_PutRolePolicy.html`, [
    ["role", refersTo("aws_iam_role", "name", { ends: true }), "NoSuchEntity: the account has no role of this name"],
    ["role", replace()],
    ["name", replace()],
    [
      "name",
      matches(/^[\w+=,.@-]{1,128}$/, { accepts: "push", refuses: "push images" }),
      "a policy's name has 1 to 128 letters, digits and characters of +=,.@_-",
      "plan",
    ],
    ["policy", json(), "MalformedPolicyDocument: the policy is a JSON document", "plan"],
    ["id", computed("{role}:{name}")],
  ]),
  ...rows("aws_iam_role_policy_attachment", `${IAM}/API_AttachRolePolicy.html`, [
    ["role", refersTo("aws_iam_role", "name", { ends: true }), "NoSuchEntity: the account has no role of this name"],
    ["role", replace()],
    ["policy_arn", replace()],
  ]),

  // --- Logs, events, groups, budgets ---
  ...rows("aws_cloudwatch_log_group", `${LOGS}/API_CreateLogGroup.html`, [
    [
      "name",
      matches(/^[.\-_/#A-Za-z0-9]{1,512}$/, { accepts: "/aws/codebuild/podcore", refuses: "podcore logs" }),
      "a log group's name has 1 to 512 letters, digits and characters of .-_/#",
      "plan",
    ],
    ["name", unique(), "ResourceAlreadyExistsException: the log group exists"],
    ["name", replace()],
    ["log_group_class", oneOf("STANDARD", "INFREQUENT_ACCESS", "DELIVERY"), "no such class of log group", "plan"],
    ["log_group_class", replace()],
    ["id", computed("{name}")],
    ["arn", computed("arn:aws:logs:{@region}:{@account}:log-group:{name}")],
  ]),
  ...rows("aws_cloudwatch_log_group", `${LOGS}/API_PutRetentionPolicy.html`, [
    [
      "retention_in_days",
      oneOf(
        ...[0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545],
        ...[731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      ),
      "CloudWatch keeps logs for fixed numbers of days only",
      "plan",
    ],
  ]),
  ...rows("aws_cloudwatch_event_rule", `${EVENTS}/API_PutRule.html`, [
    [
      "name",
      matches(/^[.\-_A-Za-z0-9]{1,64}$/, { accepts: "podcore-builds", refuses: "podcore/builds" }),
      "a rule's name has 1 to 64 letters, digits and characters of .-_",
      "plan",
    ],
    ["name", replace()],
    ["event_pattern", json(), "InvalidEventPatternException: the pattern is a JSON document", "plan"],
    ["id", computed("{name}")],
    ["arn", computed("arn:aws:events:{@region}:{@account}:rule/{name}")],
  ]),
  ...rows("aws_cloudwatch_event_target", `${EVENTS}/API_PutTargets.html`, [
    [
      "rule",
      refersTo("aws_cloudwatch_event_rule", "name", { ends: true }),
      "ResourceNotFoundException: there is no rule of this name",
    ],
    ["rule", replace()],
  ]),
  ...rows("aws_resourcegroups_group", `${GROUPS}/API_CreateGroup.html`, [
    [
      "name",
      matches(/^(?!aws)[a-zA-Z0-9_.-]{1,300}$/i, { accepts: "podcore", refuses: "aws-podcore" }),
      "BadRequestException: a group's name has 1 to 300 letters, digits, hyphens, dots and underscores, and does not start with aws",
    ],
    ["name", unique(), "BadRequestException: a group of this name exists"],
    ["name", replace()],
    [
      "resource_query.type",
      oneOf("TAG_FILTERS_1_0", "CLOUDFORMATION_STACK_1_0"),
      "BadRequestException: no such type of query",
      "plan",
    ],
    ["resource_query.query", json(), "BadRequestException: the query is a JSON document"],
    ["id", computed("{name}")],
    ["arn", computed("arn:aws:resource-groups:{@region}:{@account}:group/{name}")],
  ]),
  ...rows("aws_budgets_budget", `${BUDGETS}/API_budgets_Budget.html`, [
    ["name", unique(), "DuplicateRecordException: the account has a budget of this name"],
    ["name", replace()],
    [
      "budget_type",
      oneOf("USAGE", "COST", "RI_UTILIZATION", "RI_COVERAGE", "SAVINGS_PLANS_UTILIZATION", "SAVINGS_PLANS_COVERAGE"),
      "no such type of budget",
      "plan",
    ],
    ["time_unit", oneOf("DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY", "CUSTOM"), "no such unit of time", "plan"],
    ["id", computed("{@account}:{name}")],
    ["account_id", computed("{@account}")],
    ["arn", computed("arn:aws:budgets::{@account}:budget/{name}")],
  ]),
  ...rows("aws_budgets_budget", `${BUDGETS}/API_budgets_Notification.html`, [
    ["notification.comparison_operator", oneOf("GREATER_THAN", "LESS_THAN", "EQUAL_TO"), "no such comparison", "plan"],
    ["notification.notification_type", oneOf("ACTUAL", "FORECASTED"), "no such notification", "plan"],
    ["notification.threshold_type", oneOf("PERCENTAGE", "ABSOLUTE_VALUE"), "no such threshold", "plan"],
  ]),

  // --- Secrets Manager ---
  ...rows("aws_secretsmanager_secret", `${SECRETS}/API_CreateSecret.html`, [
    [
      "name",
      matches(/^[\w/+=.@-]{1,512}$/, { accepts: "production/podcore/DATABASE_URL", refuses: "podcore secret" }),
      "a secret's name has 1 to 512 letters, digits and characters of /_+=.@-",
      "plan",
    ],
    ["name", unique(), "ResourceExistsException: the account has a secret of this name"],
    ["name", replace()],
    ["id", computed("arn:aws:secretsmanager:{@region}:{@account}:secret:{name}-{@hex}")],
    ["arn", computed("arn:aws:secretsmanager:{@region}:{@account}:secret:{name}-{@hex}")],
  ]),
  ...rows("aws_secretsmanager_secret_version", `${SECRETS}/API_PutSecretValue.html`, [
    [
      "secret_id",
      refersTo("aws_secretsmanager_secret", ["arn", "name"], { ends: true }),
      "ResourceNotFoundException: Secrets Manager can't find the specified secret",
    ],
    ["secret_id", replace()],
    ["secret_string", replace()],
    ["secret_binary", replace()],
    ["secret_string_wo_version", replace()],
    ["version_id", computed("{@uuid}")],
    ["version_stages", computed("AWSCURRENT")],
    ["arn", computed("{secret_id}")],
    ["id", computed("{secret_id}|{@uuid}")],
  ]),
  ...rows("aws_secretsmanager_secrets", `${SECRETS}/API_ListSecrets.html`, [
    [
      "names",
      listed("aws_secretsmanager_secret", "filter.values", {
        by: "name",
        prefix: true,
        gives: "{name}",
        otherwise: "{asked}",
      }),
    ],
    [
      "arns",
      listed("aws_secretsmanager_secret", "filter.values", {
        by: "name",
        prefix: true,
        gives: "{arn}",
        otherwise: "arn:aws:secretsmanager:{@region}:{@account}:secret:{asked}",
      }),
    ],
  ]),
  ...rows("aws_secretsmanager_secret_versions", `${SECRETS}/API_ListSecretVersionIds.html`, [
    [
      "versions",
      listed("aws_secretsmanager_secret_version", "secret_id", {
        by: "secret_id",
        through: { to: ["aws_secretsmanager_secret"], by: ["name", "arn"] },
        gives: { version_id: "{version_id}", version_stages: "AWSCURRENT", created_time: "2026-01-01T00:00:00Z" },
        otherwise: {
          version_id: "00000000-0000-4000-8000-000000000000",
          version_stages: "AWSCURRENT",
          created_time: "2026-01-01T00:00:00Z",
        },
      }),
    ],
  ]),

  // --- S3 ---
  ...rows("aws_s3_bucket", `${S3}/userguide/bucketnamingrules.html`, [
    [
      "bucket",
      matches(/^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { accepts: "podcore-state", refuses: "Podcore_State" }),
      "a bucket's name has 3 to 63 lower case letters, digits, dots and hyphens, and starts and ends with a letter or digit",
      "plan",
    ],
    ["bucket", unique(), "BucketAlreadyExists: a bucket of this name exists, yours or somebody else's"],
    ["bucket", replace()],
    ["id", computed("{bucket}")],
    ["arn", computed("arn:aws:s3:::{bucket}")],
    ["bucket_domain_name", computed("{bucket}.s3.amazonaws.com")],
    ["bucket_regional_domain_name", computed("{bucket}.s3.{@region}.amazonaws.com")],
  ]),
  ...rows("aws_s3_bucket_*", `${S3}/API/API_Operations.html`, [
    ["bucket", refersTo("aws_s3_bucket", "bucket", { ends: true }), "NoSuchBucket: there is no bucket of this name"],
    ["bucket", replace()],
    ["id", computed("{bucket}")],
  ]),
  ...rows("aws_s3_object", `${S3}/API/API_PutObject.html`, [
    ["bucket", refersTo("aws_s3_bucket", "bucket"), "NoSuchBucket: there is no bucket of this name"],
    ["bucket", replace()],
    ["key", replace()],
    ["key", unique("bucket"), "the bucket has an object of this key, which another resource would overwrite"],
    ["id", computed("{bucket}/{key}")],
    ["arn", computed("arn:aws:s3:::{bucket}/{key}")],
    ["etag", computed("{@hex}")],
  ]),
  ...rows("aws_s3_bucket_lifecycle_configuration", `${S3}/API/API_LifecycleRule.html`, [
    ["rule.status", oneOf("Enabled", "Disabled"), "a rule is enabled or disabled", "plan"],
  ]),
  ...rows("aws_s3_bucket_policy", `${S3}/API/API_PutBucketPolicy.html`, [
    ["policy", json(), "MalformedPolicy: the policy is a JSON document", "plan"],
  ]),
  ...rows("aws_s3_bucket_versioning", `${S3}/API/API_PutBucketVersioning.html`, [
    [
      "versioning_configuration.status",
      oneOf("Enabled", "Suspended", "Disabled"),
      "versioning is enabled, suspended or disabled",
      "plan",
    ],
  ]),
  ...rows("aws_s3_bucket_server_side_encryption_configuration", `${S3}/API/API_ServerSideEncryptionByDefault.html`, [
    [
      "rule.apply_server_side_encryption_by_default.sse_algorithm",
      oneOf("AES256", "aws:kms", "aws:kms:dsse"),
      "no such encryption",
      "plan",
    ],
  ]),

  // --- GitHub ---
  ...rows("github_repository", `${GITHUB}/repos/repos#create-an-organization-repository`, [
    [
      "name",
      matches(/^[-a-zA-Z0-9_.]{1,100}$/, { accepts: "podcore.rs", refuses: "podcore service" }),
      "a repository's name has 1 to 100 letters, digits, hyphens, dots and underscores",
      "plan",
    ],
    ["name", unique(), "422 Repository creation failed: name already exists on this account"],
    ["visibility", oneOf("public", "private", "internal"), "no such visibility", "plan"],
    [
      "squash_merge_commit_title",
      oneOf("PR_TITLE", "COMMIT_OR_PR_TITLE"),
      "422 Invalid request: no such title for a squash merge",
    ],
    ["merge_commit_title", oneOf("PR_TITLE", "MERGE_MESSAGE"), "422 Invalid request: no such title for a merge"],
    ["id", computed("{name}")],
    ["full_name", computed("{@owner}/{name}")],
    ["html_url", computed("https://github.com/{@owner}/{name}")],
    ["http_clone_url", computed("https://github.com/{@owner}/{name}.git")],
    ["git_clone_url", computed("git://github.com/{@owner}/{name}.git")],
    ["ssh_clone_url", computed("git@github.com:{@owner}/{name}.git")],
    ["svn_url", computed("https://github.com/{@owner}/{name}")],
    ["default_branch", computed("main")],
    ["node_id", computed("R_{@hex}")],
    ["repo_id", computed("{@number}")],
  ]),
  ...rows("github_repository", `${GITHUB_PROVIDER}/repository`, [
    ["archive_on_destroy", kept("archived")],
    ["name", adopted()],
  ]),
  ...rows("github_repository_ruleset", `${GITHUB}/repos/rules#create-a-repository-ruleset`, [
    ["repository", refersTo("github_repository", "name", { ends: true }), "404 Not Found: no such repository"],
    ["repository", replace()],
    ["name", unique("repository"), "422 Validation Failed: the repository has a ruleset of this name"],
    ["enforcement", oneOf("disabled", "active", "evaluate"), "no such enforcement", "plan"],
    ["target", oneOf("branch", "tag", "push"), "a ruleset is for branches, tags or pushes", "plan"],
    [
      "bypass_actors.actor_type",
      oneOf("Integration", "OrganizationAdmin", "RepositoryRole", "Team", "DeployKey"),
      "no such actor",
      "plan",
    ],
    ["bypass_actors.bypass_mode", oneOf("always", "pull_request"), "no such way to bypass", "plan"],
    ["id", computed("{@number}")],
    ["ruleset_id", computed("{@number}")],
    ["node_id", computed("RRS_{@hex}")],
  ]),

  // --- Kubernetes, all types ---
  ...rows("kubernetes_*", `${KUBERNETES}/concepts/overview/working-with-objects/names/`, [
    [
      "metadata.name",
      matches(DNS_SUBDOMAIN, { accepts: "podcore.web-1", refuses: "Podcore" }),
      "a name has up to 253 lower case letters, digits, hyphens and dots, and starts and ends with a letter or digit",
      "plan",
    ],
    ["metadata.name", unique("metadata.namespace"), "AlreadyExists: the cluster has an object of this kind and name"],
    ["metadata.name", replace()],
    ["metadata.namespace", replace()],
    ["metadata.generate_name", replace()],
    ["id", computed("{metadata.name}")],
    ["id", computed("{metadata.namespace|default}/{metadata.name}")],
    ["metadata.name", computed("{metadata.generate_name|}{@hex}")],
    ["metadata.uid", computed("{@uuid}")],
    ["metadata.generation", computed("1")],
    ["metadata.resource_version", computed("{@number}")],
  ]),
  ...rows("kubernetes_*", `${KUBERNETES}/concepts/overview/working-with-objects/namespaces/`, [
    [
      "metadata.namespace",
      refersTo(NAMESPACES, "metadata.name", { except: BUILT_IN_NAMESPACES, ends: true }),
      "NotFound: the cluster has no namespace of this name",
    ],
  ]),
  ...rows("kubernetes_*", `${KUBERNETES}/concepts/overview/working-with-objects/labels/#syntax-and-character-set`, [
    [
      "**.labels",
      matches(LABEL_VALUE, { accepts: "podcore", refuses: "sandbox/podcore" }),
      "a label's value has up to 63 letters, digits, hyphens, underscores and dots, and starts and ends with a letter or digit",
      "plan",
    ],
  ]),

  ...rows("kubernetes_resource", `${KUBERNETES_PROVIDER}/data-sources/resource`, [["object", shown()]]),
  ...rows("kubernetes_resources", `${KUBERNETES_PROVIDER}/data-sources/resources`, [["objects", shown()]]),

  // --- Namespaces and Services ---
  ...["kubernetes_namespace", "kubernetes_namespace_v1"].flatMap((type) =>
    rows(type, `${KUBERNETES}/concepts/overview/working-with-objects/namespaces/`, [
      [
        "metadata.name",
        matches(DNS_LABEL, { accepts: "podcore-production", refuses: "podcore.production" }),
        "Invalid: a namespace's name has up to 63 lower case letters, digits and hyphens, and starts and ends with a letter or digit",
      ],
      ["id", computed("{metadata.name}")],
    ]),
  ),
  ...["kubernetes_service", "kubernetes_service_v1"].flatMap((type) =>
    rows(type, `${KUBERNETES}/concepts/services-networking/service/`, [
      [
        "metadata.name",
        matches(DNS_LABEL_FROM_LETTER, { accepts: "web", refuses: "1-web" }),
        "Invalid: a Service's name has up to 63 lower case letters, digits and hyphens, starts with a letter, and ends with a letter or digit",
      ],
      ["spec.type", oneOf("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"), "no such type of Service", "plan"],
      ["spec.session_affinity", oneOf("None", "ClientIP"), "no such session affinity", "plan"],
      ["spec.port.port", between(1, 65535), "a port lies between 1 and 65535", "plan"],
      ["spec.port.target_port", between(1, 65535), "a port lies between 1 and 65535, or has a name", "plan"],
      ["spec.port.node_port", between(30000, 32767), "a node's port lies between 30000 and 32767"],
      ["spec.port.protocol", oneOf("TCP", "UDP", "SCTP"), "no such protocol", "plan"],
    ]),
  ),

  // --- Pods, wherever they are described ---
  ...rows("kubernetes_*", `${KUBERNETES}/concepts/containers/images/#image-pull-policy`, [
    ["**.image_pull_policy", oneOf("Always", "IfNotPresent", "Never"), "no such pull policy", "plan"],
  ]),
  ...rows("kubernetes_*", `${KUBERNETES}/concepts/workloads/pods/pod-lifecycle/#restart-policy`, [
    ["**.spec.restart_policy", oneOf("Always", "OnFailure", "Never"), "no such restart policy", "plan"],
  ]),
  ...rows("kubernetes_*", `${KUBERNETES}/reference/kubernetes-api/common-definitions/quantity/`, [
    ["**.limits", quantity(), "Invalid: not a quantity such as 250m, 0.5 or 512Mi", "plan"],
    ["**.requests", quantity(), "Invalid: not a quantity such as 250m, 0.5 or 512Mi", "plan"],
    ["**.size_limit", quantity(), "Invalid: not a quantity such as 512Mi", "plan"],
  ]),
  ...rows("kubernetes_*", `${KUBERNETES}/concepts/services-networking/service/`, [
    ["**.container_port", between(1, 65535), "a port lies between 1 and 65535", "plan"],
    ["**.tcp_socket.port", between(1, 65535), "a port lies between 1 and 65535, or has a name", "plan"],
    ["**.http_get.port", between(1, 65535), "a port lies between 1 and 65535, or has a name", "plan"],
  ]),

  // --- Deployments, Ingresses, Jobs ---
  ...["kubernetes_deployment", "kubernetes_deployment_v1"].flatMap((type) =>
    rows(type, `${KUBERNETES}/concepts/workloads/controllers/deployment/`, [
      ["spec.selector", replace()],
      [
        "spec.selector.match_labels",
        within("spec.template.metadata.labels"),
        "Invalid: the selector does not match the template's labels",
      ],
      ["spec.strategy.type", oneOf("RollingUpdate", "Recreate"), "no such strategy", "plan"],
      [
        "spec.template.spec.restart_policy",
        oneOf("Always"),
        "Unsupported value: a Deployment restarts its pods always",
      ],
    ]),
  ),
  ...["kubernetes_stateful_set", "kubernetes_stateful_set_v1"].flatMap((type) =>
    rows(type, `${KUBERNETES}/concepts/workloads/controllers/statefulset/`, [
      ["spec.selector", replace()],
      ["spec.service_name", replace()],
      ["spec.volume_claim_template", replace()],
      [
        "spec.selector.match_labels",
        within("spec.template.metadata.labels"),
        "Invalid: the selector does not match the template's labels",
      ],
    ]),
  ),
  ...rows("kubernetes_ingress_v1", `${KUBERNETES}/concepts/services-networking/ingress/`, [
    ["**.path_type", oneOf("Exact", "Prefix", "ImplementationSpecific"), "Unsupported value: no such path type"],
    ["**.service.port.number", between(1, 65535), "a port lies between 1 and 65535"],
  ]),
  ...["kubernetes_job", "kubernetes_job_v1"].flatMap((type) =>
    rows(type, `${KUBERNETES}/concepts/workloads/controllers/job/`, [
      ["spec.template", replace()],
      ["spec.selector", replace()],
      [
        "spec.template.spec.restart_policy",
        oneOf("Never", "OnFailure"),
        "Unsupported value: a Job's pods restart on failure or never",
      ],
    ]),
  ),
  ...["kubernetes_secret", "kubernetes_secret_v1"].flatMap((type) =>
    rows(type, `${KUBERNETES}/concepts/configuration/secret/`, [["type", replace()]]),
  ),
];
