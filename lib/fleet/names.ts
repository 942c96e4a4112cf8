import { createHash } from "node:crypto";

/** The words from which names are made: lower-case letters and digits, joined by single hyphens, starting with a letter. */
export const NAME_PATTERN = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Fields of `replicas` and of `resources`, which hold either these or environments. */
export const REPLICAS_FIELDS = ["min", "max", "cpu"] as const;
export const RESOURCES_FIELDS = ["cpu", "memory", "memoryLimit"] as const;

/** Environments that would make a stack's name, or a key of `replicas` or `resources`, mean two things. */
export const RESERVED_ENVIRONMENTS = [
  "repository",
  "pipeline",
  "database",
  "access",
  "min",
  "max",
  "cpu",
  "memory",
] as const;

/** Processes and scheduled jobs that would take the name of the Job of a migration. */
export const RESERVED_PROCESSES = ["migrate"] as const;

/** Environment variables that a process is given whatever its entry says. */
export const RESERVED_VARIABLES = ["PORT"] as const;

/** Environment variable that names an app's database. */
export const DATABASE_VARIABLE = "DATABASE_URL";

/** CronJob of a database from which restores are started by hand; it is suspended for good. */
export const RESTORE_CRON_JOB = "restore";

/**
 * Characters of a Kubernetes name that is also a DNS label, such as that of a Namespace or a Service.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
 */
export const LONGEST_KUBERNETES_NAME = 63;

/** Id of the stack that holds what the apps share in AWS. */
export const PLATFORM_STACK = "platform";

/** CodeBuild project that makes the builder images. */
export const BUILDER_PROJECT = "drover-builder";

/** ECR repository of the builder images. */
export const BUILDER_REPOSITORY = "drover-builder";

/** S3 bucket of the files that the builder images are made from; a bucket's name is unique in all of AWS. */
export function builderBucketName({ accountId, region }: { accountId: string; region: string }): string {
  return `drover-builder-${accountId}-${region}`;
}

/**
 * The slug of an app, from its name: lower case, every run of other characters a hyphen.
 *
 * @example slugOf("Variables Service") === "variables-service"
 */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}

/**
 * Every name that an app has anywhere. Names are a contract: state, clusters and accounts rely on them.
 * Nothing else derives a name.
 */
export interface AppNames {
  /** Stack of the GitHub repository. */
  readonly repositoryStack: string;
  /** GitHub repository, unless the entry names another. */
  readonly repository: string;
  /** Stack of the build. */
  readonly pipelineStack: string;
  /** ECR repository of the released images. */
  readonly imageRepository: string;
  /** ECR repository of the build's cache. */
  readonly cacheRepository: string;
  /** CodeBuild project that builds `main` and pushes images. */
  readonly mainProject: string;
  /** CodeBuild project that checks pull requests. */
  readonly pullRequestProject: string;
  /** IAM role through which builds of `main` reach the app's part of the compile cache. */
  readonly compileCacheRole: string;
  /** Kubernetes ServiceAccount of all the app's pods. */
  readonly serviceAccount: string;
  /** Stack of one environment. */
  environmentStack(environment: string): string;
  /** Kubernetes Namespace of one environment. */
  namespace(environment: string): string;
  /** Stack of the database of one environment. */
  databaseStack(environment: string): string;
  /** Kubernetes Namespace of the database of one environment. */
  databaseNamespace(environment: string): string;
  /** Host under which the database of one environment is reached inside the cluster. */
  databaseHost(environment: string): string;
  /** IAM role of the dumps of one environment's database. */
  dumpRole(environment: string): string;
  /** S3 bucket of the dumps of one environment's database. */
  dumpBucket(environment: string, place: { accountId: string; region: string }): string;
  /** Kubernetes Secret of the environment variables whose values are secrets. */
  readonly secret: string;
  /** Secret of AWS Secrets Manager that holds the value of an environment variable. */
  variableSecret(environment: string, variable: string): string;
  /** Host of the app's front door. */
  host(domain: string): string;
  /** Host of a further public process. */
  processHost(process: string, domain: string): string;
}

/** Derives every name of an app from its slug. */
export function namesOf(slug: string): AppNames {
  return {
    repositoryStack: `${slug}-repository`,
    repository: slug,
    pipelineStack: `${slug}-pipeline`,
    imageRepository: slug,
    cacheRepository: `${slug}-cache`,
    mainProject: slug,
    pullRequestProject: `${slug}-pull-request`,
    compileCacheRole: `${slug}-sccache`,
    serviceAccount: slug,
    environmentStack: (environment) => `${slug}-${environment}`,
    namespace: (environment) => `${slug}-${environment}`,
    databaseStack: (environment) => `${slug}-${environment}-database`,
    databaseNamespace: (environment) => `${slug}-${environment}-database`,
    databaseHost: (environment) => `postgres.${slug}-${environment}-database`,
    dumpRole: (environment) => `${slug}-${environment}-database`,
    dumpBucket: (environment, place) => `${slug}-${environment}-db-${placeHash(place)}`,
    secret: slug,
    variableSecret: (environment, variable) => `${environment}/${slug}/${variable}`,
    host: (domain) => `${slug}.${domain}`,
    processHost: (process, domain) => `${slug}-${process}.${domain}`,
  };
}

/**
 * Makes a bucket's name unique in all of AWS, where there is no room for an account and a region: beside the longest slug
 * and environment that a database may have, 5 of the 63 characters are left.
 */
function placeHash({ accountId, region }: { accountId: string; region: string }): string {
  return createHash("sha256").update(`${accountId}/${region}`).digest("hex").slice(0, 5);
}

/** IAM role of a CodeBuild project: at most 40 + 13 + 10 of the 64 characters that IAM allows. */
export function buildRoleName(project: string): string {
  return `${project}-codebuild`;
}

/** CloudWatch log group of a CodeBuild project. */
export function buildLogGroupName(project: string): string {
  return `/aws/codebuild/${project}`;
}

/** CodeBuild report group of one of the `reports` in a project's buildspec, as CodeBuild itself names it. */
export function buildReportGroupName(project: string, report: string): string {
  return `${project}-${report}`;
}
