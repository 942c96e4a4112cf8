import { PLATFORM } from "../support/fleet-files";
import { allows } from "../support/iam";
import { addresses, resource, resources, type StackJson } from "../support/synth";
import { synthFleet } from "../support/synth-fleet";

const make = (platform: object = {}) => synthFleet({ platform: { ...PLATFORM, ...platform } }).stack("platform");

const BUILDER_BUCKET = "drover-builder-111122223333-eu-central-1";
const buckets = (json: StackJson) =>
  Object.values(resources(json, "aws_s3_bucket"))
    .map(({ bucket }) => bucket)
    .sort();

it("with only what is required: what makes images, and the group of all that the fleet has", () => {
  const json = make();
  expect(addresses(json).map((resource) => resource.split(".")[0])).toEqual([
    "aws_cloudwatch_log_group",
    "aws_codebuild_project",
    "aws_ecr_lifecycle_policy",
    "aws_ecr_repository",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_resourcegroups_group",
    "aws_s3_bucket",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_object",
    "aws_s3_object",
    "terraform_data",
  ]);
  const { query } = resource(json, "aws_resourcegroups_group").resource_query;
  expect(JSON.parse(query).TagFilters).toEqual([{ Key: "managed-by", Values: ["drover"] }]);
});

it("finds in the group what the pipelines make", () => {
  const fleet = synthFleet();
  const { query } = resource(fleet.stack("platform"), "aws_resourcegroups_group").resource_query;
  const { tags } = fleet.stack("podcore-pipeline").provider?.aws[0].default_tags[0] ?? {};
  for (const { Key, Values } of JSON.parse(query).TagFilters) expect(Values).toEqual([tags[Key]]);
});

it("state in a bucket: keeps that bucket", () => {
  const json = make({ state: { bucket: "acme-terraform-state" } });
  expect(buckets(json)).toEqual([BUILDER_BUCKET, "acme-terraform-state"].sort());
  expect(resource(json, "aws_s3_bucket", { bucket: "acme-terraform-state" }).lifecycle).toEqual({
    prevent_destroy: true,
  });
});

it("local state: touches no bucket of states", () => {
  expect(buckets(make({ state: { directory: "states" } }))).toEqual([BUILDER_BUCKET]);
});

describe("the builder", () => {
  const project = (json: StackJson) => resource(json, "aws_codebuild_project", { name: "drover-builder" });

  it("is built on the apps' machine, and waits as they do", () => {
    const json = make({ build: { size: "large" }, aws: { ...PLATFORM.aws, iamPropagationSeconds: 40 } });
    expect(project(json).environment.compute_type).toBe("BUILD_GENERAL1_LARGE");
    expect(JSON.stringify(resource(json, "terraform_data"))).toContain("sleep 40");
  });

  it("has a buildspec that CodeBuild takes", () => {
    expect(project(make()).source.buildspec).toMatch(/^version: 0\.2$/m);
    expect(project(make()).source.buildspec.length).toBeLessThanOrEqual(25_600);
  });

  it("reads what it is made from, a file for each Rust and one for databases, in a bucket of its own", async () => {
    const json = make({ builder: { rust: ["1.95.0", "1.94.0"] }, database: { postgres: 16 } });
    const files = Object.values(resources(json, "aws_s3_object"));
    const contents: Record<string, string> = {
      "postgres-16.Dockerfile": " postgresql-16 ",
      "rust-1.94.0.Dockerfile": "rust:1.94.0-slim-trixie AS rust",
      "rust-1.95.0.Dockerfile": "rust:1.95.0-slim-trixie AS rust",
    };
    expect(files.map(({ key }) => key).sort()).toEqual(Object.keys(contents));
    const policy = JSON.parse(resource(json, "aws_iam_role_policy").policy);
    for (const { key, content } of files) {
      expect(content).toContain(contents[key]);
      expect(project(json).source.buildspec).toContain(`s3://${BUILDER_BUCKET}/${key}`);
      expect(await allows(policy, "s3:GetObject", `arn:aws:s3:::${BUILDER_BUCKET}/${key}`)).toBe(true);
    }
  });

  it("says the command that makes it", () => {
    expect(make().output?.["builder-command"]?.value).toBe(
      "aws codebuild start-build --region eu-central-1 --project-name drover-builder",
    );
  });
});

describe("build.sccache", () => {
  const json = make({ build: { sccache: { bucket: "acme-sccache" } }, state: { bucket: "acme-terraform-state" } });

  it("makes the bucket, beside that of the states", () => {
    expect(buckets(json)).toEqual([BUILDER_BUCKET, "acme-sccache", "acme-terraform-state"].sort());
  });
});

it("budget", () => {
  const json = make({ budget: { monthlyUsd: 200, email: "me@example.com" } });
  expect(resource(json, "aws_budgets_budget").limit_amount).toBe("200.00");
});

it("names the page that shows it all", () => {
  expect(make().output?.console?.value).toBe(
    "https://eu-central-1.console.aws.amazon.com/resource-groups/group/drover?region=eu-central-1",
  );
});

it("another partition", () => {
  const json = make({
    aws: { accountId: "111122223333", region: "us-gov-west-1" },
    github: { ...PLATFORM.github, connectionArn: PLATFORM.github.connectionArn.replace("arn:aws:", "arn:aws-us-gov:") },
    state: { bucket: "acme-terraform-state" },
  });
  const policies = Object.values(resources(json, "aws_s3_bucket_policy")).map(({ policy }) => policy);
  expect(policies.join()).toContain("arn:aws-us-gov:s3:::acme-terraform-state");
  expect(JSON.stringify(json)).not.toContain("arn:aws:");
});
