import { PLATFORM } from "../support/fleet-files";
import { addresses, resource, resources } from "../support/synth";
import { synthFleet } from "../support/synth-fleet";

const make = (platform: object = {}) => synthFleet({ platform: { ...PLATFORM, ...platform } }).stack("platform");

it("with only what is required: the group of all that the fleet has", () => {
  const json = make();
  expect(addresses(json).map((resource) => resource.split(".")[0])).toEqual(["aws_resourcegroups_group"]);
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
  expect(resource(make({ state: { bucket: "acme-terraform-state" } }), "aws_s3_bucket")).toEqual({
    bucket: "acme-terraform-state",
    lifecycle: { prevent_destroy: true },
  });
});

it("local state: touches no bucket", () => {
  expect(resources(make({ state: { directory: "states" } }), "aws_s3_bucket")).toEqual({});
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
  expect(resource(json, "aws_s3_bucket_policy").policy).toContain("arn:aws-us-gov:s3:::acme-terraform-state");
});
