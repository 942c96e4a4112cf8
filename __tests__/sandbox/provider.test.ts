import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Cloud } from "../../sandbox/cloud/cloud";
import { pushInto } from "../../sandbox/cloud/push";
import { remove } from "../../sandbox/cloud/removal";
import { Types } from "../../sandbox/cloud/types";
import { configurationOf } from "../../sandbox/provider/place";
import { Provider } from "../../sandbox/provider/provider";
import { conform, UNKNOWN, type ValueObject } from "../../sandbox/provider/values";
import type { ProviderName } from "../../sandbox/schema/bindings";
import { temporaryFolder } from "../support/folder";

const types = new Types();
const file = join(temporaryFolder(), "objects.jsonl");

const CONFIGURATIONS: Record<ProviderName, ValueObject> = {
  aws: { region: "eu-central-1", default_tags: [{ tags: { "managed-by": "drover" } }] },
  github: { owner: "me" },
  kubernetes: { config_context: "sandbox" },
};

let cloud: Cloud;
beforeEach(() => {
  rmSync(file, { force: true });
  cloud = new Cloud(file);
});
afterEach(() => cloud.close());

function provide(type: string) {
  const name = type.split("_")[0] as ProviderName;
  return { provider: new Provider(name, types, cloud), configuration: configurationOf(name, CONFIGURATIONS[name]) };
}

/** What Terraform proposes: the configuration, and what is computed and not given as it was before. */
function proposed(type: string, config: ValueObject, prior: ValueObject | null): ValueObject {
  const block = types.block("resource", type);
  const full = conform(block, config);
  for (const [name, { computed }] of Object.entries(block.attributes)) {
    if (computed && full[name] === null) full[name] = prior?.[name] ?? null;
  }
  return full;
}

function plan(type: string, config: ValueObject, prior: ValueObject | null = null) {
  const { provider, configuration } = provide(type);
  return provider.plan(type, configuration, prior, proposed(type, config, prior));
}

function apply(type: string, config: ValueObject | null, prior: ValueObject | null = null) {
  const { provider, configuration } = provide(type);
  const planned = config === null ? null : plan(type, config, prior).value;
  return provider.apply(type, configuration, prior, planned);
}

/** Makes an object that nothing is against. */
function make(type: string, config: ValueObject): ValueObject {
  const { value, refusals } = apply(type, config);
  expect(refusals).toEqual([]);
  return value as ValueObject;
}

const repository = { name: "podcore", image_tag_mutability: "IMMUTABLE" };
const deployment = {
  metadata: [{ name: "web", namespace: "default" }],
  spec: [
    {
      selector: [{ match_labels: { app: "podcore" } }],
      template: [
        { metadata: [{ labels: { app: "podcore" } }], spec: [{ container: [{ name: "web", image: "podcore:1" }] }] },
      ],
    },
  ],
};

describe("a new object", () => {
  it("has unknown values at plan where they are computed and not given", () => {
    const { value } = plan("aws_ecr_repository", repository);
    expect(value).toMatchObject({ name: "podcore", arn: UNKNOWN, repository_url: UNKNOWN, force_delete: null });
  });

  it("has at plan what the real provider knows by then", () => {
    const { value } = plan("aws_ecr_repository", { ...repository, tags: { app: "podcore" } });
    expect(value).toMatchObject({
      region: "eu-central-1",
      tags_all: { app: "podcore", "managed-by": "drover" },
    });
  });

  it("has values at apply as the real cloud gives them", () => {
    expect(make("aws_ecr_repository", repository)).toMatchObject({
      id: "podcore",
      arn: "arn:aws:ecr:eu-central-1:000000000000:repository/podcore",
      repository_url: "000000000000.dkr.ecr.eu-central-1.amazonaws.com/podcore",
    });
    expect(make("github_repository", { name: "podcore" })).toMatchObject({
      full_name: "me/podcore",
      http_clone_url: "https://github.com/me/podcore.git",
    });
    expect(make("kubernetes_deployment_v1", deployment)).toMatchObject({ id: "default/web" });
    expect(make("kubernetes_namespace_v1", { metadata: [{ generate_name: "podcore-" }] }).id).toMatch(/^podcore-\w+$/);
  });

  it("has a value of the right type for everything that no rule speaks of", () => {
    const cluster = make("aws_eks_cluster", {
      name: "production",
      role_arn: "arn:aws:iam::000000000000:role/cluster",
      vpc_config: [{ subnet_ids: ["subnet-1"] }],
    });
    expect(cluster).toMatchObject({
      arn: expect.stringContaining("arn:aws:eks:eu-central-1:000000000000:"),
      certificate_authority: [{ data: "sandbox-data" }],
      endpoint: "sandbox-endpoint",
    });
    expect(JSON.stringify(cluster)).not.toContain("unknown");
  });
});

describe("an object that exists", () => {
  it("is planned as it is when nothing has changed", () => {
    const made = make("kubernetes_deployment_v1", deployment);
    const { provider, configuration } = provide("kubernetes_deployment_v1");
    const { value, replace } = provider.plan("kubernetes_deployment_v1", configuration, made, made);
    expect(value).toEqual(made);
    expect(replace).toEqual([]);
  });

  it("keeps its computed values when it is changed in place", () => {
    const made = make("aws_ecr_repository", repository);
    const { value, replace } = plan("aws_ecr_repository", { ...repository, image_tag_mutability: "MUTABLE" }, made);
    expect(replace).toEqual([]);
    expect(value).toEqual({ ...made, image_tag_mutability: "MUTABLE" });
    apply("aws_ecr_repository", { ...repository, image_tag_mutability: "MUTABLE" }, made);
    expect(cloud.objects("aws_ecr_repository")).toMatchObject([{ value: { image_tag_mutability: "MUTABLE" } }]);
  });

  it("gets other computed values where they are made of what changes", () => {
    const made = make("github_repository", { name: "podcore" });
    const { value, replace } = plan("github_repository", { name: "podcast" }, made);
    expect(replace).toEqual([]);
    expect(value).toMatchObject({ id: UNKNOWN, html_url: UNKNOWN, node_id: made.node_id });
    const renamed = apply("github_repository", { name: "podcast" }, made).value;
    expect(renamed).toMatchObject({ id: "podcast", full_name: "me/podcast" });
    expect(cloud.objects().map(({ id }) => id)).toEqual(["podcast"]);
  });

  it("is replaced where the cloud can't change an argument", () => {
    const made = make("aws_ecr_repository", repository);
    expect(plan("aws_ecr_repository", { ...repository, name: "podcast" }, made).replace).toEqual([["name"]]);

    const web = make("kubernetes_deployment_v1", deployment);
    const other = structuredClone(deployment);
    other.spec[0]!.selector[0]!.match_labels.app = "podcast";
    expect(plan("kubernetes_deployment_v1", other, web).replace).toEqual([["spec", 0, "selector", 0]]);
  });

  it("changes with the tags of the provider", () => {
    const made = make("aws_ecr_repository", repository);
    const before = { ...made, tags_all: {} };
    expect(plan("aws_ecr_repository", repository, before).value.tags_all).toEqual({ "managed-by": "drover" });
  });

  it("is read until it is gone", () => {
    const made = make("aws_ecr_repository", repository);
    const { provider, configuration } = provide("aws_ecr_repository");
    expect(provider.read("aws_ecr_repository", configuration, made)).toEqual(made);
    for (const object of cloud.objects()) cloud.remove(object);
    expect(provider.read("aws_ecr_repository", configuration, made)).toBeNull();
  });

  it("can't be changed when somebody has removed it since the plan", () => {
    const made = make("aws_ecr_repository", repository);
    for (const object of cloud.objects()) cloud.remove(object);
    const { refusals } = apply("aws_ecr_repository", { ...repository, force_delete: true }, made);
    expect(refusals).toMatchObject([{ summary: "aws_ecr_repository: podcore does not exist" }]);
  });

  it("ends with what names it", () => {
    make("kubernetes_namespace_v1", { metadata: [{ name: "podcore-production" }] });
    make("kubernetes_service_account_v1", { metadata: [{ name: "podcore", namespace: "podcore-production" }] });
    make("kubernetes_service_account_v1", { metadata: [{ name: "podcore", namespace: "default" }] });
    const [namespace] = cloud.objects("kubernetes_namespace_v1");
    const removed = remove(cloud, types, namespace!);
    expect(removed.map(({ id }) => id)).toEqual(["podcore-production", "podcore-production/podcore"]);
    expect(cloud.objects().map(({ id }) => id)).toEqual(["default/podcore"]);
  });

  it("stays where its arguments say so, with its name", () => {
    const made = make("github_repository", { name: "podcore", archive_on_destroy: true });
    expect(apply("github_repository", null, made).refusals).toEqual([]);
    expect(cloud.objects("github_repository")).toMatchObject([{ id: "podcore", value: { archived: true } }]);
    expect(apply("github_repository", { name: "podcore" }).refusals).toHaveLength(1);
  });
});

describe("a repository that holds images", () => {
  it("is kept, unless it may be deleted by force", () => {
    const made = make("aws_ecr_repository", repository);
    pushInto(cloud, types, "image", "podcore", { tag: "1", digest: "sha256:1" });
    const { value, refusals } = apply("aws_ecr_repository", null, made);
    expect(value).toEqual(made);
    expect(refusals[0]?.detail).toContain("RepositoryNotEmptyException");

    const forced = apply("aws_ecr_repository", { ...repository, force_delete: true }, made).value;
    expect(apply("aws_ecr_repository", null, forced).refusals).toEqual([]);
    expect(cloud.objects()).toEqual([]);
  });

  it("refuses a tag that it has, where it is immutable", () => {
    make("aws_ecr_repository", repository);
    make("aws_ecr_repository", { name: "podcore-cache", image_tag_mutability: "MUTABLE" });
    for (const digest of ["sha256:1", "sha256:2"]) {
      pushInto(cloud, types, "image", "podcore-cache", { tag: "1", digest });
    }
    pushInto(cloud, types, "image", "podcore", { tag: "1", digest: "sha256:1" });
    const again = () => pushInto(cloud, types, "image", "podcore", { tag: "1", digest: "sha256:2" });
    expect(again).toThrow(/ImageTagAlreadyExistsException/);
    expect(cloud.objects("image")).toHaveLength(2);
  });
});

describe("an import", () => {
  const github = () => provide("github_repository");

  it("finds what exists", () => {
    const made = make("github_repository", { name: "podcore", description: "Podcasts" });
    expect(github().provider.import("github_repository", github().configuration, "podcore")).toEqual(made);
  });

  it("finds a repository of the time before the sandbox", () => {
    const found = github().provider.import("github_repository", github().configuration, "podcore");
    expect(found).toMatchObject({ name: "podcore", full_name: "me/podcore" });
    expect(cloud.objects("github_repository")).toHaveLength(1);
  });

  it("finds nothing else", () => {
    const { provider, configuration } = provide("aws_ecr_repository");
    const found = provider.import("aws_ecr_repository", configuration, "podcore");
    expect(provider.read("aws_ecr_repository", configuration, found)).toBeNull();
  });
});

describe("a data source", () => {
  const read = (type: string, config: ValueObject) => {
    const { provider, configuration } = provide(type);
    return provider.readData(type, configuration, conform(types.block("data", type), config)) as ValueObject;
  };

  it("shows the object that has its name", () => {
    make("aws_ecr_repository", { name: "mailer" });
    const made = make("aws_ecr_repository", repository);
    expect(read("aws_ecr_repository", { name: "podcore" })).toMatchObject({
      arn: made.arn,
      image_tag_mutability: "IMMUTABLE",
    });
  });

  it("shows made-up values where there is none, always the same where a rule knows them", () => {
    expect(read("aws_caller_identity", {})).toMatchObject({ account_id: "000000000000" });
    expect(read("aws_region", {})).toMatchObject({ name: "eu-central-1" });
    expect(read("aws_ssm_parameter", { name: "/podcore" })).toMatchObject({ value: "sandbox-value" });
    expect(JSON.parse(String(read("aws_iam_policy_document", {}).json))).toMatchObject({ Version: "2012-10-17" });
  });

  it("looks into blocks, too", () => {
    make("kubernetes_service_account_v1", { metadata: [{ name: "other", namespace: "default" }] });
    make("kubernetes_service_account_v1", { metadata: [{ name: "web", namespace: "default", labels: { a: "b" } }] });
    const found = read("kubernetes_service_account_v1", { metadata: [{ name: "web", namespace: "default" }] });
    expect(found.id).toBe("default/web");
  });

  it("shows an object of the cluster as Kubernetes does, once it is ready", () => {
    make("kubernetes_deployment_v1", deployment);
    const wanted = { api_version: "apps/v1", kind: "Deployment", metadata: [{ name: "web" }] };
    expect(read("kubernetes_resource", wanted).object).toMatchObject({
      value: {
        apiVersion: "apps/v1",
        metadata: { name: "web" },
        status: {
          conditions: expect.arrayContaining([expect.objectContaining({ type: "Progressing", status: "True" })]),
        },
      },
      type: ["object", expect.objectContaining({ kind: "string" })],
    });
  });

  it("shows nothing where there is no such object", () => {
    const wanted = { api_version: "apps/v1", kind: "Deployment", metadata: [{ name: "web", namespace: "other" }] };
    make("kubernetes_deployment_v1", deployment);
    expect(read("kubernetes_resource", wanted)).toBeNull();
  });

  it("lists the objects of a namespace that have some labels, as Kubernetes does", () => {
    const labels = { "app.kubernetes.io/name": "podcore" };
    const [spec] = deployment.spec as ValueObject[];
    for (const [name, namespace, own] of [
      ["web", "default", labels],
      ["api", "default", { ...labels, more: "yes" }],
      ["other", "default", {}],
      ["web", "elsewhere", labels],
    ] as const) {
      if (namespace !== "default") make("kubernetes_namespace_v1", { metadata: [{ name: namespace }] });
      make("kubernetes_deployment_v1", { metadata: [{ name, namespace, labels: own }], spec: [spec!] });
    }
    const list = (selection: ValueObject) =>
      (
        read("kubernetes_resources", { api_version: "apps/v1", kind: "Deployment", ...selection })
          .objects as ValueObject
      ).value as unknown as readonly { metadata: { name: string } }[];
    const found = list({ namespace: "default", label_selector: "app.kubernetes.io/name=podcore" });
    expect(found.map(({ metadata }) => metadata.name)).toEqual(["api", "web"]);
    expect(found[0]).toMatchObject({ kind: "Deployment", status: { conditions: expect.any(Array) } });
    expect(list({}).map(({ metadata }) => metadata.name)).toEqual(["api", "other", "web"]);
    expect(list({ label_selector: "app.kubernetes.io/name=podcore,more=yes" })).toHaveLength(1);
    expect(list({ namespace: "nowhere" })).toEqual([]);
    expect(() => list({ label_selector: "app in (podcore)" })).toThrow("equal labels only");
  });
});

describe("a list of secrets", () => {
  const read = (type: string, config: ValueObject) => {
    const { provider, configuration } = provide(type);
    return provider.readData(type, configuration, conform(types.block("data", type), config)) as ValueObject;
  };
  const named = (...values: string[]) => read("aws_secretsmanager_secrets", { filter: [{ name: "name", values }] });

  it("has those whose names begin as asked, and takes any other for one that somebody has set", () => {
    make("aws_secretsmanager_secret", { name: "production/podcore/TOKEN" });
    make("aws_secretsmanager_secret", { name: "production/podcore/DATABASE_URL" });
    expect(named("production/podcore/").names).toEqual(["production/podcore/TOKEN", "production/podcore/DATABASE_URL"]);
    expect(named("production/podcore/TOKEN", "production/podcore/KEY").names).toEqual([
      "production/podcore/TOKEN",
      "production/podcore/KEY",
    ]);
  });

  it("has the current version of a secret, by its name or its ARN", () => {
    const { arn, name } = make("aws_secretsmanager_secret", { name: "production/podcore/TOKEN" });
    const { version_id } = make("aws_secretsmanager_secret_version", { secret_id: String(arn), secret_string_wo: "x" });
    for (const secret_id of [name, arn].map(String)) {
      expect(read("aws_secretsmanager_secret_versions", { secret_id }).versions).toEqual([
        expect.objectContaining({ version_id, version_stages: ["AWSCURRENT"] }),
      ]);
    }
    const other = read("aws_secretsmanager_secret_versions", { secret_id: "production/podcore/KEY" }).versions;
    expect(other).toMatchObject([{ version_id: expect.not.stringMatching(String(version_id)) }]);
    expect(read("aws_secretsmanager_secret_versions", { secret_id: "production/podcore/KEY" }).versions).toEqual(other);
  });
});

describe("secrets", () => {
  it("that are write-only are neither planned nor kept", () => {
    const config = { metadata: [{ name: "podcore" }], data_wo: { password: "correct-horse" }, data_wo_revision: 1 };
    expect(plan("kubernetes_secret_v1", config).value.data_wo).toBeNull();
    expect(make("kubernetes_secret_v1", config).data_wo).toBeNull();
    expect(readFileSync(file, "utf8")).not.toContain("correct-horse");
  });

  it("that are ephemeral are made up", () => {
    const { provider, configuration } = provide("aws_secretsmanager_secret_version");
    const type = "aws_secretsmanager_secret_version";
    const config = conform(types.block("ephemeral", type), { secret_id: "podcore/production" });
    expect(provider.openEphemeral(type, configuration, config)).toMatchObject({
      secret_id: "podcore/production",
      secret_string: "sandbox-secret-string",
    });
    const password = "aws_secretsmanager_random_password";
    const length = conform(types.block("ephemeral", password), { password_length: 40 });
    expect(provider.openEphemeral(password, configuration, length)).toMatchObject({
      random_password: "sandbox-random-password",
    });
  });
});
