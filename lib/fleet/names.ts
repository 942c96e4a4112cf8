/** The words from which names are made: lower-case letters and digits, joined by single hyphens, starting with a letter. */
export const NAME_PATTERN = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Environments that would make a stack's name mean two things. */
export const RESERVED_ENVIRONMENTS = ["repository", "pipeline", "database"] as const;

/** Processes and scheduled jobs that would take the name of the Job of a migration. */
export const RESERVED_PROCESSES = ["migrate"] as const;

/** Environment variables that a process is given whatever its entry says. */
export const RESERVED_VARIABLES = ["PORT"] as const;

/** Environment variable that names an app's database. */
export const DATABASE_VARIABLE = "DATABASE_URL";

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
    host: (domain) => `${slug}.${domain}`,
    processHost: (process, domain) => `${slug}-${process}.${domain}`,
  };
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
