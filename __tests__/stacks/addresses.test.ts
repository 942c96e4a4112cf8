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
      processes: { web: {}, crawl: { replicas: { max: 2 } } },
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
    "kubernetes_pod_disruption_budget_v1.process-web_disruption-budget_BBBDF0D9",
    "kubernetes_service_account_v1.app_service-account_D0AB65F7",
    "kubernetes_service_v1.process-web_service_9DABECAF",
  ]);
});

it("are the same for every app and in every environment", () => {
  const fleet = synthFleet({ apps: ["Podcore", "Variables"].map((name) => ({ name, language: "rust" })) });
  for (const kind of ["repository", "pipeline", "production", "staging"]) {
    expect(addresses(fleet.stack(`variables-${kind}`))).toEqual(addresses(fleet.stack(`podcore-${kind}`)));
  }
  expect(addresses(fleet.stack("podcore-staging"))).toEqual(addresses(fleet.stack("podcore-production")));
});
