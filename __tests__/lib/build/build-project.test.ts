import { buildPolicy, buildTrust } from "../../../lib/build/build-policy";
import { BuildProject, type BuildProjectProps } from "../../../lib/build/build-project";
import { BUILD_SIZES } from "../../../lib/fleet/schema";
import { ACCOUNT } from "../../support/iam";
import { address, addresses, type Body, resource, resources, type StackJson, synth } from "../../support/synth";

const CONNECTION = "arn:aws:codeconnections:eu-central-1:111122223333:connection/0a1b2c3d";

const make = (props: Partial<BuildProjectProps> = {}) =>
  synth(
    (stack) =>
      new BuildProject(stack, "build", {
        name: "podcore",
        account: ACCOUNT,
        source: "https://github.com/acme/podcore.git",
        connectionArn: CONNECTION,
        buildspec: "version: 0.2\n",
        trigger: "main",
        statusContext: "drover/image",
        ...props,
      }),
  );
const project = (json: StackJson) => resource(json, "aws_codebuild_project");
const policy = (json: StackJson) => JSON.parse(resource(json, "aws_iam_role_policy").policy);

/** The one group of filters of a webhook: all of them have to match. */
function filters(json: StackJson): Body[] {
  const groups: Body[] = resource(json, "aws_codebuild_webhook").filter_group;
  expect(groups).toHaveLength(1);
  return groups[0]?.filter;
}

/** What has to be there before a resource, whether it says so or takes a value from there. */
function needs(body: Body): string[] {
  const references = [...JSON.stringify(body).matchAll(/\$\{(\w+\.[\w-]+)\./g)].map((match) => match[1] as string);
  return [...(body.depends_on ?? []), ...references];
}

describe("with only what is required", () => {
  const json = make();

  it("makes a project, a webhook, a role with one policy, a log group, and the wait between", () => {
    expect(addresses(json).map((resource) => resource.split(".")[0])).toEqual([
      "aws_cloudwatch_log_group",
      "aws_codebuild_project",
      "aws_codebuild_webhook",
      "aws_iam_role",
      "aws_iam_role_policy",
      "terraform_data",
    ]);
  });

  it("builds on 72 cores, in a machine that may run BuildKit", () => {
    expect(project(json).environment).toEqual({
      type: "LINUX_CONTAINER",
      compute_type: "BUILD_GENERAL1_2XLARGE",
      image: "aws/codebuild/standard:8.0",
      privileged_mode: true,
      environment_variable: [],
    });
  });

  it("reads the source through the connection, so that the state holds no token", () => {
    expect(project(json).source).toMatchObject({
      type: "GITHUB",
      location: "https://github.com/acme/podcore.git",
      auth: { type: "CODECONNECTIONS", resource: CONNECTION },
    });
    expect(resources(json, "aws_codebuild_source_credential")).toEqual({});
  });

  it("has its buildspec in the project, where a pull request can't change it", () => {
    expect(project(json).source.buildspec).toBe("version: 0.2\n");
  });

  it("reports its status under the given name", () => {
    expect(project(json).source).toMatchObject({
      report_build_status: true,
      build_status_config: { context: "drover/image" },
    });
  });

  it("has no cache of CodeBuild's own, which the largest machine lacks", () => {
    expect(project(json).cache).toEqual({ type: "NO_CACHE" });
  });

  it("writes to its own log group, which ends after 30 days", () => {
    expect(project(json).logs_config.cloudwatch_logs).toEqual({
      group_name: `\${${address(json, "aws_cloudwatch_log_group")}.name}`,
      status: "ENABLED",
    });
    expect(resource(json, "aws_cloudwatch_log_group")).toEqual({
      name: "/aws/codebuild/podcore",
      retention_in_days: 30,
    });
  });

  it("ends after half an hour", () => {
    expect(project(json).build_timeout).toBe(30);
  });

  it("has a role of its own that only this project may take on", () => {
    expect(project(json).service_role).toBe(`\${${address(json, "aws_iam_role")}.arn}`);
    const { name, assume_role_policy, managed_policy_arns } = resource(json, "aws_iam_role");
    expect(name).toBe("podcore-codebuild");
    expect(JSON.parse(assume_role_policy)).toEqual(buildTrust(ACCOUNT, "podcore"));
    expect(managed_policy_arns).toBeUndefined();
  });

  it("may do what a build's policy says, pulling and pushing nothing", () => {
    expect(resource(json, "aws_iam_role_policy").role).toBe(`\${${address(json, "aws_iam_role")}.name}`);
    expect(policy(json)).toEqual(
      buildPolicy({
        account: ACCOUNT,
        logGroup: "/aws/codebuild/podcore",
        connectionArn: CONNECTION,
      }),
    );
  });

  it("waits 15 seconds between the role's policy and the project", () => {
    const wait = resource(json, "terraform_data");
    expect(wait.depends_on).toEqual([address(json, "aws_iam_role_policy")]);
    expect(wait.provisioner).toEqual([{ "local-exec": { command: "sleep 15" } }]);
    expect(project(json).depends_on).toEqual([address(json, "terraform_data")]);
  });

  it("waits again when the policy changes", () => {
    const trigger = (json: StackJson) => resource(json, "terraform_data").triggers_replace;
    expect(trigger(json)).toEqual([resource(json, "aws_iam_role_policy").policy]);
    expect(trigger(make({ push: ["podcore"] }))).not.toEqual(trigger(json));
  });

  it("makes the webhook after the project", () => {
    expect(needs(resource(json, "aws_codebuild_webhook"))).toContain(address(json, "aws_codebuild_project"));
  });

  it("guards nothing: all of it can be made again", () => {
    expect(JSON.stringify(json)).not.toContain("prevent_destroy");
  });
});

describe("trigger", () => {
  it("main: builds pushes to the main branch", () => {
    const json = make({ trigger: "main" });
    expect(filters(json)).toEqual([
      { type: "EVENT", pattern: "PUSH" },
      { type: "HEAD_REF", pattern: "^refs/heads/main$" },
    ]);
    expect(project(json).source_version).toBe("main");
  });

  it("pull-request: builds what a pull request against the main branch brings", () => {
    const json = make({ trigger: "pull-request" });
    expect(filters(json)).toEqual([
      { type: "EVENT", pattern: "PULL_REQUEST_CREATED,PULL_REQUEST_UPDATED,PULL_REQUEST_REOPENED" },
      { type: "BASE_REF", pattern: "^refs/heads/main$" },
    ]);
    expect(project(json).source_version).toBeUndefined();
  });

  describe.each(["main", "pull-request"] as const)("%s", (trigger) => {
    const json = make({ trigger });
    // An event is a word; all other patterns are regular expressions.
    const patterns = filters(json).flatMap(({ type, pattern }) => (type === "EVENT" ? [] : [pattern as string]));

    it("anchors every regular expression at both ends", () => {
      expect(patterns.length).toBeGreaterThan(0);
      for (const pattern of patterns) expect(pattern).toMatch(/^\^[^|]*\$$/);
    });

    it.each(["refs/heads/not-main", "refs/heads/main-2", "refs/tags/main", "refs/heads/x/refs/heads/main"])(
      "builds main, and not %s",
      (ref) => {
        for (const pattern of patterns) {
          expect("refs/heads/main").toMatch(new RegExp(pattern));
          expect(ref).not.toMatch(new RegExp(pattern));
        }
      },
    );

    it("lets a stranger's pull request wait for somebody who may write", () => {
      expect(resource(json, "aws_codebuild_webhook").pull_request_build_policy).toEqual({
        requires_comment_approval: "FORK_PULL_REQUESTS",
        approver_roles: ["GITHUB_WRITE", "GITHUB_MAINTAIN", "GITHUB_ADMIN"],
      });
    });
  });
});

describe("size", () => {
  it.each([
    ["small", "BUILD_GENERAL1_SMALL"],
    ["medium", "BUILD_GENERAL1_MEDIUM"],
    ["large", "BUILD_GENERAL1_LARGE"],
    ["xlarge", "BUILD_GENERAL1_XLARGE"],
    ["2xlarge", "BUILD_GENERAL1_2XLARGE"],
  ] as const)("%s is %s", (size, computeType) => {
    expect(project(make({ size })).environment.compute_type).toBe(computeType);
  });

  it("is known for all that the fleet's files may say", () => {
    for (const size of BUILD_SIZES) {
      expect(project(make({ size })).environment.compute_type).toBe(`BUILD_GENERAL1_${size.toUpperCase()}`);
    }
  });
});

it("image", () => {
  const image = "aws/codebuild/amazonlinux-x86_64-standard:5.0";
  expect(project(make({ image })).environment.image).toBe(image);
});

it("variables", () => {
  expect(project(make({ variables: { RUST_LOG: "debug" } })).environment.environment_variable).toEqual([
    { name: "RUST_LOG", value: "debug" },
  ]);
});

it("timeoutMinutes", () => {
  expect(project(make({ timeoutMinutes: 5 })).build_timeout).toBe(5);
});

it("logRetentionDays", () => {
  expect(resource(make({ logRetentionDays: 7 }), "aws_cloudwatch_log_group").retention_in_days).toBe(7);
});

it("pull and push go into the role's policy", () => {
  const access = { pull: ["base"], push: ["podcore", "podcore-cache"] };
  expect(policy(make(access))).toEqual(
    buildPolicy({
      account: ACCOUNT,
      logGroup: "/aws/codebuild/podcore",
      connectionArn: CONNECTION,
      ...access,
    }),
  );
});

it("reports, secrets and roles go into it, too", () => {
  const json = make({ reports: ["checks"], secrets: ["podcore/git"], roles: ["podcore-sccache"] });
  expect(policy(json)).toEqual(
    buildPolicy({
      account: ACCOUNT,
      logGroup: "/aws/codebuild/podcore",
      connectionArn: CONNECTION,
      reportGroups: ["podcore-checks"],
      secrets: ["podcore/git"],
      roles: ["podcore-sccache"],
    }),
  );
});

it("leaves a shell's variables in the buildspec to the shell", () => {
  expect(project(make({ buildspec: "echo ${CODEBUILD_BUILD_ID%:*} %{x}" })).source.buildspec).toBe(
    "echo $${CODEBUILD_BUILD_ID%:*} %%{x}",
  );
});

describe("iamPropagationSeconds", () => {
  it("is how long the project waits", () => {
    const [wait] = Object.values(resources(make({ iamPropagationSeconds: 40 }), "terraform_data"));
    expect(wait?.provisioner).toEqual([{ "local-exec": { command: "sleep 40" } }]);
  });

  it("0: the project waits for the policy alone", () => {
    const json = make({ iamPropagationSeconds: 0 });
    expect(resources(json, "terraform_data")).toEqual({});
    expect(project(json).depends_on).toEqual([address(json, "aws_iam_role_policy")]);
  });
});

it("two in one stack stay apart", () => {
  const props = { account: ACCOUNT, source: "", connectionArn: CONNECTION, buildspec: "", statusContext: "x" } as const;
  const json = synth((stack) => {
    new BuildProject(stack, "main", { ...props, name: "podcore", trigger: "main" });
    new BuildProject(stack, "pull-request", { ...props, name: "podcore-pull-request", trigger: "pull-request" });
  });
  const role = (name: string) => `\${${address(json, "aws_iam_role", { name: `${name}-codebuild` })}.arn}`;
  for (const name of ["podcore", "podcore-pull-request"]) {
    expect(resource(json, "aws_codebuild_project", { name }).service_role).toBe(role(name));
  }
});
