export { type AwsAccount, registryHost } from "./lib/build/aws-account";
export { BuildJob, type BuildJobProps } from "./lib/build/build-job";
export { type BuildAccess, buildPolicy, buildTrust, type PolicyDocument } from "./lib/build/build-policy";
export { BuildProject, type BuildProjectProps, type BuildTrigger } from "./lib/build/build-project";
export { BuilderImage, type BuilderImageProps, makeBuilderCommand } from "./lib/build/builder-image";
export { CompileCacheRole, type CompileCacheRoleProps } from "./lib/build/compile-cache-role";
export { type ImageRecipe, type RecipeBuildspecProps, recipeBuildspec, recipeFiles } from "./lib/build/image-recipe";
export { ImageRegistry, type ImageRegistryProps } from "./lib/build/image-registry";
export {
  DATABASE_VOLUME,
  type DatabaseRecipeProps,
  databaseDockerfile,
  databaseImage,
  databaseRecipe,
} from "./lib/build/postgres/database-image";
export { type BuilderRecipeProps, builderDockerfile, builderImages, builderRecipe } from "./lib/build/rust/builder";
export { type RustBuildspecProps, rustBuildspec } from "./lib/build/rust/buildspec";
export {
  type CompileCache,
  type RustBuildOptions,
  type RustDockerfileProps,
  rustDockerfile,
} from "./lib/build/rust/dockerfile";
export { FleetError, type FleetIssue } from "./lib/fleet/error";
export type {
  AppEnvironmentSpec,
  AppSpec,
  AutoscalingSpec,
  BucketState,
  BuilderSpec,
  BuildSize,
  BuildSpec,
  DestinationSpec,
  EnvironmentSpec,
  Fleet,
  LocalState,
  MetricsSpec,
  Pin,
  PlatformSpec,
  ProbeSpec,
  ProcessSpec,
  ResourcesSpec,
  RustSpec,
  ScheduledSpec,
  ToolOptions,
} from "./lib/fleet/fleet";
export { type LoadFleetOptions, loadFleet } from "./lib/fleet/load";
export { type AppNames, namesOf, slugOf } from "./lib/fleet/names";
export { BuilderFiles, type BuilderFilesProps } from "./lib/platform/builder-files";
export { CompileCacheBucket, type CompileCacheBucketProps } from "./lib/platform/compile-cache-bucket";
export { DumpBucket, type DumpBucketProps } from "./lib/platform/dump-bucket";
export { FleetGroup, type FleetGroupProps } from "./lib/platform/fleet-group";
export { MonthlyBudget, type MonthlyBudgetProps } from "./lib/platform/monthly-budget";
export { StateBucket, type StateBucketProps } from "./lib/platform/state-bucket";
export { AppNamespace, type AppNamespaceProps } from "./lib/runtime/app-namespace";
export { AppNetworkPolicy, type AppNetworkPolicyProps } from "./lib/runtime/app-network-policy";
export { type AppSecret, AppSecrets, type AppSecretsProps } from "./lib/runtime/app-secrets";
export { DatabaseCredentials, type DatabaseCredentialsProps } from "./lib/runtime/database-credentials";
export { DumpRole, type DumpRoleProps } from "./lib/runtime/dump-role";
export type { ObjectOwner } from "./lib/runtime/labels";
export { type KubernetesMetadata, type KubernetesObject, type Manifest, manifestOf } from "./lib/runtime/manifest";
export { ManifestError, manifestsOf, printManifests, type StackManifest } from "./lib/runtime/manifests";
export { Migration, type MigrationProps } from "./lib/runtime/migration";
export type { TrafficSource } from "./lib/runtime/network-traffic";
export { type Endpoint, type PodProps, type PodSecret, withoutReferences } from "./lib/runtime/pod";
export { DUMP_SERVICE_ACCOUNT, PostgresDatabase, type PostgresDatabaseProps } from "./lib/runtime/postgres-database";
export { ScheduledJob, type ScheduledJobProps } from "./lib/runtime/scheduled-job";
export { Workload, type WorkloadProps } from "./lib/runtime/workload";
export { SourceRepository, type SourceRepositoryProps } from "./lib/source/source-repository";
export { DatabaseStack } from "./stacks/database-stack";
export { EnvironmentStack } from "./stacks/environment-stack";
export { PipelineStack } from "./stacks/pipeline-stack";
export { Platform } from "./stacks/platform";
export { RepositoryStack } from "./stacks/repository-stack";
export { RustService, type RustServiceProps } from "./stacks/rust-service";
