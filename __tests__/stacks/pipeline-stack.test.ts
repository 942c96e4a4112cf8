import { arn, roleArn } from "../../lib/build/aws-account";
import { PLATFORM } from "../support/fleet-files";
import { ACCOUNT, allows } from "../support/iam";
import { address, type Body, resource, resources, type StackJson } from "../support/synth";
import { synthFleet } from "../support/synth-fleet";

const make = (entry: object = {}, platform: object = PLATFORM) =>
  synthFleet({ apps: [{ name: "Podcore", language: "rust", ...entry }], platform }).stack("podcore-pipeline");
const project = (json: StackJson, name: string) => resource(json, "aws_codebuild_project", { name });

/** What the role of a project may do. */
function policy(json: StackJson, name: string): Body {
  const role = address(json, "aws_iam_role", { name: `${name}-codebuild` });
  expect(project(json, name).service_role).toBe(`\${${role}.arn}`);
  return JSON.parse(resource(json, "aws_iam_role_policy", { role: `\${${role}.name}` }).policy);
}

/** Names of the ECR repositories in which a project's role may do something. */
async function reach(json: StackJson, name: string, action: string): Promise<string[]> {
  const repositories = ["drover-builder", "podcore", "podcore-cache", "podcore-pull-request", "variables"];
  const reached: string[] = [];
  for (const repository of repositories) {
    if (await allows(policy(json, name), action, arn(ACCOUNT, "ecr", `repository/${repository}`))) {
      reached.push(repository);
    }
  }
  return reached;
}

const json = make();

describe("the main project", () => {
  it("builds pushes to main, and reports the image", () => {
    const main = project(json, "podcore");
    expect(main.source).toMatchObject({
      location: "https://github.com/acme/podcore.git",
      build_status_config: { context: "drover/image" },
    });
    const webhook = webhookOf("podcore");
    expect(webhook.filter_group[0].filter[0]).toEqual({ type: "EVENT", pattern: "PUSH" });
  });

  it("pushes to the app's two repositories, and to no other; pulls the builder, too", async () => {
    expect(await reach(json, "podcore", "ecr:PutImage")).toEqual(["podcore", "podcore-cache"]);
    expect(await reach(json, "podcore", "ecr:BatchGetImage")).toEqual(["drover-builder", "podcore", "podcore-cache"]);
  });

  it("reads no secret and takes on no role, unless the entry says so", () => {
    expect(JSON.stringify(policy(json, "podcore"))).not.toMatch(/secretsmanager|sts:/);
  });

  it("pushes where the registry has its repositories", () => {
    expect(project(json, "podcore").source.buildspec).toContain(json.output?.images?.value);
    const names = Object.values(resources(json, "aws_ecr_repository")).map(({ name }) => name);
    expect(names.sort()).toEqual(["podcore", "podcore-cache"]);
  });
});

describe("the pull-request project", () => {
  it("is another one, which builds pull requests and reports the checks", () => {
    expect(project(json, "podcore-pull-request").source).toMatchObject({
      location: "https://github.com/acme/podcore.git",
      build_status_config: { context: "drover/checks" },
    });
    const { filter_group, pull_request_build_policy } = webhookOf("podcore-pull-request");
    expect(filter_group[0].filter[0].pattern).toMatch(/^PULL_REQUEST_/);
    expect(pull_request_build_policy.requires_comment_approval).toBe("FORK_PULL_REQUESTS");
  });

  it("pushes nowhere, and pulls the cache and the builder only", async () => {
    expect(await reach(json, "podcore-pull-request", "ecr:PutImage")).toEqual([]);
    expect(await reach(json, "podcore-pull-request", "ecr:InitiateLayerUpload")).toEqual([]);
    expect(await reach(json, "podcore-pull-request", "ecr:BatchGetImage")).toEqual(["drover-builder", "podcore-cache"]);
  });

  it("reads no secret, and nothing of the main project, whatever the entry says", () => {
    const json = make(
      { build: { gitCredentials: "podcore/git", sccache: true } },
      { ...PLATFORM, build: { sccache: { bucket: "acme-sccache" } } },
    );
    const statements: Body[] = policy(json, "podcore-pull-request").Statement;
    const services = new Set(statements.flatMap(({ Action }) => Action).map((action) => action.split(":")[0]));
    expect([...services].sort()).toEqual(["codebuild", "codeconnections", "ecr", "logs"]);
    expect(statements.flatMap(({ Resource }) => Resource)).toEqual([
      "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/codebuild/podcore-pull-request:*",
      PLATFORM.github.connectionArn,
      "*",
      "arn:aws:ecr:eu-central-1:111122223333:repository/podcore-cache",
      "arn:aws:ecr:eu-central-1:111122223333:repository/drover-builder",
      "arn:aws:codebuild:eu-central-1:111122223333:report-group/podcore-pull-request-checks",
    ]);
  });

  it("is given no environment variables, in which a secret could be", () => {
    expect(project(json, "podcore-pull-request").environment.environment_variable).toEqual([]);
  });

  it("has a buildspec that can't push", () => {
    expect(project(json, "podcore-pull-request").source.buildspec).not.toMatch(
      /push=true|--push|--cache-to|docker push/,
    );
  });
});

it.each(["podcore", "podcore-pull-request"])("%s reports its tests to a group of its own", async (name) => {
  const group = (project: string) => arn(ACCOUNT, "codebuild", `report-group/${project}-checks`);
  for (const action of ["CreateReportGroup", "CreateReport", "UpdateReport", "BatchPutTestCases"]) {
    expect(await allows(policy(json, name), `codebuild:${action}`, group(name))).toBe(true);
    expect(await allows(policy(json, name), `codebuild:${action}`, group("variables"))).toBe(false);
  }
});

it.each(["podcore", "podcore-pull-request"])("%s has a buildspec that CodeBuild takes", (name) => {
  expect(project(json, name).source.buildspec.length).toBeLessThanOrEqual(25_600);
});

it("holds no secret and no token", () => {
  expect(JSON.stringify(json)).not.toMatch(/secretsmanager|ssm:|PARAMETER_STORE|SECRETS_MANAGER|"token"/);
});

it("says where images and builds are", () => {
  expect(json.output?.images?.value).toBe("111122223333.dkr.ecr.eu-central-1.amazonaws.com/podcore");
  expect(json.output?.builds?.value).toBe(
    "https://eu-central-1.console.aws.amazon.com/codesuite/codebuild/111122223333/projects/podcore/history",
  );
});

describe("what the files may say", () => {
  const sizes = (json: StackJson) =>
    Object.values(resources(json, "aws_codebuild_project")).map(({ environment }) => environment.compute_type);

  it("build.size of the platform", () => {
    const platform = { ...PLATFORM, build: { size: "medium" } };
    expect(sizes(make({}, platform))).toEqual(["BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_MEDIUM"]);
  });

  it("build.size of the entry, which goes before", () => {
    const platform = { ...PLATFORM, build: { size: "medium" } };
    expect(sizes(make({ build: { size: "large" } }, platform))).toEqual([
      "BUILD_GENERAL1_LARGE",
      "BUILD_GENERAL1_LARGE",
    ]);
  });

  it("build.gitCredentials: the main project reads that secret, and no other", async () => {
    const json = make({ build: { gitCredentials: "podcore/git" } });
    const read = (name: string) =>
      allows(
        policy(json, "podcore"),
        "secretsmanager:GetSecretValue",
        arn(ACCOUNT, "secretsmanager", `secret:${name}`),
      );
    expect(await read("podcore/git-AbCdEf")).toBe(true);
    for (const other of ["podcore/git-2-AbCdEf", "podcore/git", "podcore/production-AbCdEf"]) {
      expect(await read(other)).toBe(false);
    }
  });

  it("build.sccache: the main project may take on a role that reaches the app's own objects", async () => {
    const json = make({ build: { sccache: true } }, { ...PLATFORM, build: { sccache: { bucket: "acme-sccache" } } });
    const role = address(json, "aws_iam_role", { name: "podcore-sccache" });
    const own = JSON.parse(resource(json, "aws_iam_role_policy", { role: `\${${role}.name}` }).policy);
    expect(await allows(own, "s3:PutObject", "arn:aws:s3:::acme-sccache/podcore/0/1")).toBe(true);
    const take = (name: string) => allows(policy(json, "podcore"), "sts:AssumeRole", roleArn(ACCOUNT, name));
    expect(await take("podcore-sccache")).toBe(true);
    expect(await take("variables-sccache")).toBe(false);
    expect(JSON.stringify(policy(json, "podcore"))).not.toContain("s3:");
  });

  it("pricePerMinute of the size that builds", () => {
    const platform = { ...PLATFORM, build: { pricePerMinute: { "2xlarge": 0.25, large: 0.07 } } };
    const price = (entry: object) =>
      /s \/ 60 \* ([\d.]+)/.exec(project(make(entry, platform), "podcore").source.buildspec);
    expect(price({})?.[1]).toBe("0.25");
    expect(price({ build: { size: "large" } })?.[1]).toBe("0.07");
    expect(price({ build: { size: "small" } })).toBeNull();
  });

  it("iamPropagationSeconds", () => {
    const platform = (iamPropagationSeconds: number) => ({
      ...PLATFORM,
      aws: { ...PLATFORM.aws, iamPropagationSeconds },
    });
    expect(resources(make({}, platform(0)), "terraform_data")).toEqual({});
    expect(JSON.stringify(resources(make({}, platform(40)), "terraform_data"))).toContain("sleep 40");
  });

  it("repository.name, which is all that GitHub is asked for", () => {
    const json = make({ repository: { name: "Podcore.rs" } });
    for (const { source } of Object.values(resources(json, "aws_codebuild_project"))) {
      expect(source.location).toBe("https://github.com/acme/Podcore.rs.git");
    }
    expect(Object.values(resources(json, "aws_ecr_repository")).map(({ name }) => name)).toContain("podcore");
    expect(json.provider?.aws[0].default_tags[0].tags.repository).toBe("acme/Podcore.rs");
  });

  it("a connection of the service's former name", () => {
    const connectionArn = PLATFORM.github.connectionArn.replace("codeconnections", "codestar-connections");
    const json = make({}, { ...PLATFORM, github: { ...PLATFORM.github, connectionArn } });
    for (const name of ["podcore", "podcore-pull-request"]) {
      expect(JSON.stringify(policy(json, name))).toContain("codestar-connections:UseConnection");
      expect(JSON.stringify(policy(json, name))).not.toContain("codeconnections:UseConnection");
      expect(project(json, name).source.auth).toEqual({ type: "CODECONNECTIONS", resource: connectionArn });
    }
  });

  it("another partition", () => {
    const aws = { accountId: "111122223333", region: "us-gov-west-1" };
    const connectionArn = "arn:aws-us-gov:codeconnections:us-gov-west-1:111122223333:connection/0a1b2c3d";
    const json = make({}, { ...PLATFORM, aws, github: { ...PLATFORM.github, connectionArn } });
    expect(JSON.stringify(json)).not.toContain("arn:aws:");
  });
});

function webhookOf(name: string): Body {
  const reference = address(json, "aws_codebuild_project", { name });
  return resource(json, "aws_codebuild_webhook", { project_name: `\${${reference}.name}` });
}
