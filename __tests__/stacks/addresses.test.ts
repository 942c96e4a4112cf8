import { PIN, PLATFORM } from "../support/fleet-files";
import { addresses } from "../support/synth";
import { synthFleet } from "../support/synth-fleet";

// An address is what a state knows a resource by: under another one, Terraform destroys the old object and makes a new
// one. A line that has to change here needs a `moved`, so that nobody's repository, image or namespace is lost.
const FLEET = synthFleet({
  apps: [
    {
      name: "Podcore",
      language: "rust",
      build: { sccache: true },
      processes: { web: {}, crawl: { replicas: { max: 2 }, resources: { cpu: "100m" } } },
      migrate: ["podcore", "migrate"],
      schedule: { report: { cron: "@daily", args: ["report"] } },
    },
  ],
  platform: {
    ...PLATFORM,
    build: { sccache: { bucket: "acme-sccache" } },
    state: { bucket: "acme-terraform-state" },
    budget: { monthlyUsd: 200, email: "me@example.com" },
  },
  releases: { production: { podcore: PIN } },
});

it("platform", () => {
  expect(addresses(FLEET.stack("platform"))).toEqual([
    "aws_budgets_budget.budget_16939279",
    "aws_cloudwatch_log_group.builder_build_logs_8CF54BC1",
    "aws_codebuild_project.builder_build_project_957962B9",
    "aws_ecr_lifecycle_policy.builder_images-expiry_A7F3E79F",
    "aws_ecr_repository.builder_images_FFBDFFA4",
    "aws_iam_role.builder_build_role_ED976F9F",
    "aws_iam_role_policy.builder_build_policy_EA24FF12",
    "aws_resourcegroups_group.fleet_group_B839149E",
    "aws_s3_bucket.builder-files_bucket_55A9D103",
    "aws_s3_bucket.compile-cache_bucket_39564530",
    "aws_s3_bucket.state_bucket_803B4E61",
    "aws_s3_bucket_lifecycle_configuration.compile-cache_expiry_22823D06",
    "aws_s3_bucket_lifecycle_configuration.state_expiry_D38CD384",
    "aws_s3_bucket_policy.builder-files_policy_4E1799FA",
    "aws_s3_bucket_policy.compile-cache_policy_C52B6070",
    "aws_s3_bucket_policy.state_policy_DB2E7E78",
    "aws_s3_bucket_public_access_block.builder-files_public-access_F787341A",
    "aws_s3_bucket_public_access_block.compile-cache_public-access_8C87D68F",
    "aws_s3_bucket_public_access_block.state_public-access_20555841",
    "aws_s3_bucket_server_side_encryption_configuration.builder-files_encryption_6A68E70C",
    "aws_s3_bucket_server_side_encryption_configuration.compile-cache_encryption_E87DDC6A",
    "aws_s3_bucket_server_side_encryption_configuration.state_encryption_3FDA0990",
    "aws_s3_bucket_versioning.state_versioning_27DF9ED5",
    "aws_s3_object.builder-files_file-postgres-17Dockerfile_0D711094",
    "aws_s3_object.builder-files_file-rust-1950Dockerfile_2A4E78BA",
    "terraform_data.builder_build_propagation_B670EF22",
  ]);
});

it("the repository's stack", () => {
  expect(addresses(FLEET.stack("podcore-repository"))).toEqual([
    "github_repository.source_repository_692C4E3A",
    "github_repository_ruleset.source_ruleset_C33D7FCC",
  ]);
});

it("the pipeline's stack", () => {
  expect(addresses(FLEET.stack("podcore-pipeline"))).toEqual([
    "aws_cloudwatch_log_group.main_logs_91FA7CE2",
    "aws_cloudwatch_log_group.pull-request_logs_22F9E37B",
    "aws_codebuild_project.main_project_55AA2B58",
    "aws_codebuild_project.pull-request_project_A1080A31",
    "aws_codebuild_webhook.main_webhook_2C4AD59C",
    "aws_codebuild_webhook.pull-request_webhook_23C2C1BE",
    "aws_ecr_lifecycle_policy.registry_cache-expiry_32E8E3FB",
    "aws_ecr_lifecycle_policy.registry_images-expiry_F7B7B5FC",
    "aws_ecr_repository.registry_cache_2C0EBD6A",
    "aws_ecr_repository.registry_images_F3A5FC04",
    "aws_iam_role.compile-cache_role_2D8C0C27",
    "aws_iam_role.main_role_F773333D",
    "aws_iam_role.pull-request_role_9620F526",
    "aws_iam_role_policy.compile-cache_policy_C52B6070",
    "aws_iam_role_policy.main_policy_BE5CFE1A",
    "aws_iam_role_policy.pull-request_policy_DD426F98",
    "terraform_data.main_propagation_D97581C3",
    "terraform_data.pull-request_propagation_914B80AC",
  ]);
});

it("an environment's stack", () => {
  expect(addresses(FLEET.stack("podcore-production"))).toEqual([
    "kubernetes_cron_job_v1.schedule-report_cron-job_77E0E83B",
    "kubernetes_deployment_v1.process-crawl_deployment_40B72F38",
    "kubernetes_deployment_v1.process-web_deployment_CE272BA4",
    "kubernetes_horizontal_pod_autoscaler_v2.process-crawl_autoscaler_0172860D",
    "kubernetes_ingress_v1.process-web_ingress_721AB61B",
    "kubernetes_job_v1.migration_job_EFF01D5B",
    "kubernetes_namespace_v1.app_namespace_687CF816",
    "kubernetes_network_policy_v1.network_network-policy_E7ED27E8",
    "kubernetes_network_policy_v1.process-web_network-policy_910F33F1",
    "kubernetes_pod_disruption_budget_v1.process-crawl_disruption-budget_33A6859B",
    "kubernetes_pod_disruption_budget_v1.process-web_disruption-budget_BBBDF0D9",
    "kubernetes_service_account_v1.app_service-account_D0AB65F7",
    "kubernetes_service_v1.process-web_service_9DABECAF",
    "terraform_data.configuration",
    "terraform_data.process-crawl_replicas_configuration_CF45C263",
  ]);
});

it("the secrets of an environment, and its database's stack", () => {
  const fleet = synthFleet({
    apps: [{ name: "Podcore", language: "rust", database: "postgres" }],
    releases: { production: { podcore: PIN } },
  });
  expect(addresses(fleet.stack("podcore-production"))).toContain("kubernetes_secret_v1.secrets_secret_E7668703");
  expect(addresses(fleet.stack("podcore-production-database"))).toEqual([
    "aws_eks_pod_identity_association.dump-role_association_7B8297E2",
    "aws_iam_role.dump-role_5152C16E",
    "aws_iam_role_policy.dump-role_policy_2A34C985",
    "aws_s3_bucket.dumps_bucket_BC3F8705",
    "aws_s3_bucket_lifecycle_configuration.dumps_expiry_3654330E",
    "aws_s3_bucket_policy.dumps_policy_CDD0455F",
    "aws_s3_bucket_public_access_block.dumps_public-access_D6D3AE3C",
    "aws_s3_bucket_server_side_encryption_configuration.dumps_encryption_A961E2B9",
    "aws_s3_bucket_versioning.dumps_versioning_B32D12C7",
    "aws_secretsmanager_secret.credentials_url_9ACF0E29",
    "aws_secretsmanager_secret_version.credentials_version_571C0BEF",
    "kubernetes_cron_job_v1.postgres_dump_7C152C1C",
    "kubernetes_cron_job_v1.postgres_restore_839B44E7",
    "kubernetes_job_v1.postgres_image_5E4DCF3B",
    "kubernetes_namespace_v1.database_namespace_FFC32BD8",
    "kubernetes_network_policy_v1.postgres_default-policy_24C0884A",
    "kubernetes_network_policy_v1.postgres_dump-policy_8FBEB079",
    "kubernetes_network_policy_v1.postgres_server-policy_D4778304",
    "kubernetes_persistent_volume_claim_v1.postgres_volume_9514DF81",
    "kubernetes_secret_v1.credentials_secret_E9FDEF67",
    "kubernetes_service_account_v1.database_service-account_A0220CCD",
    "kubernetes_service_account_v1.postgres_dump-account_E62B87C4",
    "kubernetes_service_v1.postgres_service_71DCEA6D",
    "kubernetes_stateful_set_v1.postgres_server_20CD2676",
    "terraform_data.version",
  ]);
});

it("are the same for every app and in every environment", () => {
  const fleet = synthFleet({ apps: ["Podcore", "Variables"].map((name) => ({ name, language: "rust" })) });
  for (const kind of ["repository", "pipeline", "production", "staging"]) {
    expect(addresses(fleet.stack(`variables-${kind}`))).toEqual(addresses(fleet.stack(`podcore-${kind}`)));
  }
  expect(addresses(fleet.stack("podcore-staging"))).toEqual(addresses(fleet.stack("podcore-production")));
});
