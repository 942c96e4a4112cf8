import { Catalog } from "../../sandbox/schema/catalog";
import type { Block } from "../../sandbox/schema/schema";

const aws = new Catalog("aws");
const github = new Catalog("github");
const kubernetes = new Catalog("kubernetes");

function resource(catalog: Catalog, type: string): Block {
  const block = catalog.schema("resource", type);
  if (block === undefined) throw new Error(`no ${type}`);
  return block;
}

function nested(block: Block, ...path: string[]): Block {
  return path.reduce((inner, name) => {
    const found = inner.blocks[name];
    if (found === undefined) throw new Error(`no ${name}`);
    return found.block;
  }, block);
}

describe("attributes", () => {
  it("are required, optional, computed, or optional and computed", () => {
    const { name, arn, force_delete, tags_all } = resource(aws, "aws_ecr_repository").attributes;
    expect(name).toEqual({ type: "string", required: true, optional: false, computed: false, writeOnly: false });
    expect(arn).toMatchObject({ required: false, optional: false, computed: true });
    expect(force_delete).toMatchObject({ type: "bool", required: false, optional: true, computed: false });
    expect(tags_all).toMatchObject({ type: ["map", "string"], optional: true, computed: true });
  });

  it.each([
    [aws, "aws_iam_role", "max_session_duration", "number"],
    [aws, "aws_iam_role", "managed_policy_arns", ["set", "string"]],
    [aws, "aws_acm_certificate", "validation_emails", ["list", "string"]],
    [aws, "aws_accessanalyzer_analyzer", "tags_all", ["map", "string"]],
    [aws, "aws_datazone_environment_blueprint_configuration", "regional_parameters", ["map", ["map", "string"]]],
    [github, "github_repository", "topics", ["set", "string"]],
    [github, "github_repository", "has_issues", "bool"],
    [kubernetes, "kubernetes_secret_v1", "data", ["map", "string"]],
    [kubernetes, "kubernetes_manifest", "manifest", "dynamic"],
  ])("of %# have their types", (catalog, type, name, expected) => {
    expect(resource(catalog, type).attributes[name]?.type).toEqual(expected);
  });

  it("hold objects where the provider computes what looks like a block", () => {
    const { attributes, blocks } = resource(aws, "aws_acm_certificate");
    expect(blocks).not.toHaveProperty("domain_validation_options");
    expect(attributes.domain_validation_options).toMatchObject({
      computed: true,
      type: ["set", ["object", { domain_name: "string", resource_record_name: "string" }]],
    });
  });

  it.each([
    [kubernetes, "kubernetes_secret_v1", ["binary_data_wo", "data_wo"]],
    [aws, "aws_secretsmanager_secret_version", ["secret_string_wo"]],
    [aws, "aws_ssm_parameter", ["value_wo"]],
    [aws, "aws_db_instance", ["password_wo"]],
  ])("that are write-only are known by their names (%#)", (catalog, type, expected) => {
    const { attributes } = resource(catalog, type);
    expect(Object.keys(attributes).filter((name) => attributes[name]?.writeOnly)).toEqual(expected);
  });
});

describe("blocks", () => {
  it.each([
    [aws, "aws_codebuild_project", [], "environment", { nesting: "list", minItems: 1, maxItems: 1 }],
    [aws, "aws_codebuild_project", [], "secondary_sources", { nesting: "set", minItems: 0, maxItems: 0 }],
    [aws, "aws_codebuild_project", ["source"], "auth", { nesting: "list", minItems: 0, maxItems: 1 }],
    [aws, "aws_codebuild_webhook", [], "filter_group", { nesting: "set", minItems: 0, maxItems: 0 }],
    [aws, "aws_ecr_repository", [], "timeouts", { nesting: "single", minItems: 0, maxItems: 0 }],
    [aws, "aws_lexv2models_bot_version", [], "locale_specification", { nesting: "map" }],
    [github, "github_repository_ruleset", [], "bypass_actors", { nesting: "list", minItems: 0, maxItems: 0 }],
    [github, "github_repository_ruleset", ["rules"], "required_status_checks", { maxItems: 1 }],
    [kubernetes, "kubernetes_deployment_v1", ["spec", "template", "spec"], "container", { nesting: "list" }],
    [kubernetes, "kubernetes_service_v1", [], "spec", { nesting: "list", maxItems: 1 }],
  ] as const)("nest as the provider has them (%#)", (catalog, type, path, name, expected) => {
    expect(nested(resource(catalog, type), ...path).blocks[name]).toMatchObject(expected);
  });

  it("are found where the bindings have put a resource into several files", () => {
    const container = nested(resource(kubernetes, "kubernetes_deployment_v1"), "spec", "template", "spec", "container");
    expect(container.attributes.image_pull_policy).toMatchObject({ type: "string", optional: true, computed: true });
    expect(container.blocks.resources?.block.attributes.limits?.type).toEqual(["map", "string"]);
  });
});

describe("providers", () => {
  it("have configurations", () => {
    const { attributes, blocks } = aws.configuration();
    expect(attributes.region).toMatchObject({ type: "string", optional: true });
    expect(attributes.allowed_account_ids?.type).toEqual(["set", "string"]);
    expect(attributes).not.toHaveProperty("alias");
    expect(blocks.default_tags).toMatchObject({ nesting: "list", block: { attributes: { tags: { optional: true } } } });
    expect(kubernetes.configuration().blocks.exec?.block.attributes.command).toMatchObject({ required: true });
  });

  it("have data sources of their own shape", () => {
    const data = aws.schema("data", "aws_ecr_repository");
    expect(data?.attributes.image_tag_mutability).toMatchObject({ computed: true, optional: false });
    expect(data?.blocks).toEqual({});
  });

  it("have ephemeral resources of the shape of what goes by the same name, without write-only arguments and id", () => {
    const ephemeral = aws.schema("ephemeral", "aws_secretsmanager_secret_version");
    expect(ephemeral?.attributes.secret_string).toMatchObject({ computed: true });
    expect(ephemeral?.attributes).not.toHaveProperty("id");
    expect(Object.values(ephemeral?.attributes ?? {}).some(({ writeOnly }) => writeOnly)).toBe(false);
  });

  it("don't know what their bindings don't", () => {
    expect(aws.schema("resource", "aws_ecr_repositry")).toBeUndefined();
    expect(aws.schema("resource", "github_repository")).toBeUndefined();
  });
});
