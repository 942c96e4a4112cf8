import { createHash } from "node:crypto";
import { ACCOUNT, type Json, REGION } from "./aws/api";
import { call, s3 } from "./aws/calls";
import { type Emulator, startEmulator } from "./aws/emulator";
import { ALPHA, ALPHA_TWO, BUCKET, COMPILE_CACHE, CONNECTION, GIT_CREDENTIALS, PLATFORM } from "./aws/example";
import { may, mayAssume, type Role, readRole, roleNames } from "./aws/iam";
import { TerraformStack } from "./aws/stack";
import { Fleet } from "./fleet";
import { moto } from "./tools/moto";
import { describeWith } from "./tools/needs";
import { providerMirror } from "./tools/provider-mirror";
import { terraform } from "./tools/terraform";

describeWith([terraform, providerMirror, moto], "platform and pipelines, applied by the real AWS provider", () => {
  let emulator: Emulator;
  let fleet: Fleet;
  let platform: TerraformStack;
  let alpha: TerraformStack;
  let alphaTwo: TerraformStack;

  beforeAll(async () => {
    fleet = new Fleet({ apps: [ALPHA, ALPHA_TWO], platform: PLATFORM });
    emulator = await startEmulator(2); // the first deployment succeeds only because it waits longer than that
    await s3(emulator.url, "PUT", `/${BUCKET}`); // by hand, as the README says: the first state has to lie somewhere
    await fleet.synthesize();
    const stack = (id: string) => new TerraformStack(fleet.output, id, emulator.url);
    [platform, alpha, alphaTwo] = [stack("platform"), stack("alpha-pipeline"), stack("alpha-two-pipeline")];
  });

  afterAll(() => {
    emulator?.stop();
    fleet?.remove();
  });

  describe("the first deployment", () => {
    test("succeeds, and takes over the bucket that was there", async () => {
      const outputs = await inEach(async (stack) => {
        await stack.prepare();
        return stack.apply();
      });
      expect(outputs[0]).toMatch(/1 imported/);
    });

    test("leaves nothing to change", async () => {
      for (const { code, output } of await inEach((stack) => stack.plan())) {
        expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
      }
    });
  });

  describe("state", () => {
    test("lies in the bucket, by stack, and no lock is left", async () => {
      const list = await s3(emulator.url, "GET", `/${BUCKET}?list-type=2`);
      expect([...list.matchAll(/<Key>([^<]*)/g)].map((match) => match[1]).sort()).toEqual([
        "fleet/alpha-pipeline/terraform.tfstate",
        "fleet/alpha-two-pipeline/terraform.tfstate",
        "fleet/platform/terraform.tfstate",
      ]);
    });

    test("is locked: who comes second is refused", async () => {
      const lock = `/${BUCKET}/fleet/alpha-pipeline/terraform.tfstate.tflock`;
      await s3(
        emulator.url,
        "PUT",
        lock,
        JSON.stringify({ ID: "0a1b2c3d", Operation: "OperationTypeApply", Who: "me" }),
      );
      const { code, output } = await alpha.plan();
      await s3(emulator.url, "DELETE", lock);
      expect(code).toBe(1);
      expect(output).toMatch(/Error acquiring the state lock/);
    });

    test("keeps its versions, and is nobody else's to read", async () => {
      expect(await s3(emulator.url, "GET", `/${BUCKET}?versioning`)).toMatch(/<Status>Enabled</);
      const access = await s3(emulator.url, "GET", `/${BUCKET}?publicAccessBlock`);
      expect([...access.matchAll(/>(true|false)</g)].map((match) => match[1])).toEqual(Array(4).fill("true"));
      expect(await s3(emulator.url, "GET", `/${BUCKET}?encryption`)).toMatch(/<SSEAlgorithm>/);
      expect(await s3(emulator.url, "GET", `/${BUCKET}?lifecycle`)).toMatch(/<NoncurrentDays>/);
    });

    test("travels encrypted only", async () => {
      const policy = JSON.parse(await s3(emulator.url, "GET", `/${BUCKET}?policy`));
      expect(policy.Statement).toEqual([
        expect.objectContaining({
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [`arn:aws:s3:::${BUCKET}`, `arn:aws:s3:::${BUCKET}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        }),
      ]);
    });
  });

  describe("image repositories", () => {
    test("keep released images as they are, and the cache apart from them", async () => {
      const { repositories } = await ecr("DescribeRepositories", { repositoryNames: ["alpha", "alpha-cache"] });
      const settings = repositories.map((repository: Json) => ({
        name: repository.repositoryName,
        tags: repository.imageTagMutability,
        scanned: repository.imageScanningConfiguration.scanOnPush,
      }));
      expect(settings).toHaveLength(2);
      expect(settings).toContainEqual({ name: "alpha", tags: "IMMUTABLE", scanned: true });
      expect(settings).toContainEqual({ name: "alpha-cache", tags: "MUTABLE", scanned: false });
    });

    test("never expire an image that has a tag", async () => {
      const { lifecyclePolicyText } = await ecr("GetLifecyclePolicy", { repositoryName: "alpha" });
      const selections = JSON.parse(lifecyclePolicyText).rules.map((rule: Json) => rule.selection);
      expect(selections).toEqual([
        { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 14 },
      ]);
    });

    test("expire the cache", async () => {
      const { lifecyclePolicyText } = await ecr("GetLifecyclePolicy", { repositoryName: "alpha-cache" });
      expect(JSON.parse(lifecyclePolicyText).rules.at(-1).selection.tagStatus).toBe("any");
    });
  });

  describe("build projects", () => {
    test("are two for each app, one for main and one for pull requests", async () => {
      const { projects } = await codeBuild("ListProjects", {});
      expect(projects).toEqual([
        ...["alpha", "alpha-pull-request", "alpha-two", "alpha-two-pull-request"],
        "drover-builder",
      ]);
    });

    test("have the machine that the entry asks for, with Docker", async () => {
      const sizes = await Promise.all(
        ["alpha", "alpha-two"].map(async (name) => {
          const { computeType, privilegedMode } = (await project(name)).environment;
          return { computeType, privilegedMode };
        }),
      );
      expect(sizes).toEqual([
        { computeType: "BUILD_GENERAL1_2XLARGE", privilegedMode: true },
        { computeType: "BUILD_GENERAL1_SMALL", privilegedMode: true },
      ]);
    });

    test.each([
      ["alpha", "drover/image"],
      ["alpha-pull-request", "drover/checks"],
    ])("%s reads through the connection, holds its own buildspec and reports as %s", async (name, context) => {
      const { source, logsConfig } = await project(name);
      expect(source).toMatchObject({
        type: "GITHUB",
        location: "https://github.com/acme/alpha.git",
        auth: { type: "CODECONNECTIONS", resource: CONNECTION },
        buildspec: expect.stringMatching(/^version: 0\.2$/m),
        reportBuildStatus: true,
        buildStatusConfig: { context },
      });
      expect(logsConfig.cloudWatchLogs).toMatchObject({ status: "ENABLED", groupName: `/aws/codebuild/${name}` });
    });

    test.each([
      ["alpha", "PUSH", "HEAD_REF"],
      ["alpha-pull-request", "PULL_REQUEST_CREATED,PULL_REQUEST_UPDATED,PULL_REQUEST_REOPENED", "BASE_REF"],
    ])("%s is started by %s where %s is main and nothing else", async (name, event, ref) => {
      const { webhook } = await project(name);
      const filters = webhook.filterGroups.map((group: Json[]) =>
        group.map(({ type, pattern }) => ({ type, pattern })),
      );
      expect(filters).toEqual([
        [
          { type: "EVENT", pattern: event },
          { type: ref, pattern: "^refs/heads/main$" },
        ],
      ]);
    });

    test("keep their logs for a limited time", async () => {
      const { logGroups } = await logs("DescribeLogGroups", { logGroupNamePrefix: "/aws/codebuild/alpha" });
      expect(logGroups.map((group: Json) => group.retentionInDays)).toEqual([30, 30, 30, 30]);
    });
  });

  describe("the builder", () => {
    const bucket = `drover-builder-${ACCOUNT}-${REGION}`;

    test("has a project without a source and a webhook, whose buildspec stands in it", async () => {
      const { source, timeoutInMinutes, webhook } = await project("drover-builder");
      expect(source).toMatchObject({ type: "NO_SOURCE", buildspec: expect.stringMatching(/^version: 0\.2$/m) });
      expect(timeoutInMinutes).toBe(60);
      expect(webhook).toBeUndefined();
    });

    test("has its file in a bucket of its own, as it was written", async () => {
      const file = await s3(emulator.url, "GET", `/${bucket}/rust-1.95.0.Dockerfile`);
      expect(file).toContain("FROM docker.io/library/rust:1.95.0-slim-trixie AS rust\n");
      expect(file).not.toMatch(/\$\$\{/);
      const access = await s3(emulator.url, "GET", `/${bucket}?publicAccessBlock`);
      expect([...access.matchAll(/>(true|false)</g)].map((match) => match[1])).toEqual(Array(4).fill("true"));
    });

    test("keeps images as they are", async () => {
      const { repositories } = await ecr("DescribeRepositories", { repositoryNames: ["drover-builder"] });
      expect(repositories[0].imageTagMutability).toBe("IMMUTABLE");
    });

    test("may push to its own repository and read its own files, and nothing else", async () => {
      const role = await roleOf("drover-builder");
      const repository = (name: string) => `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${name}`;
      expect(await allowed(role, ["ecr:PutImage"], ["drover-builder", "alpha", "alpha-cache"].map(repository))).toEqual(
        [true, false, false],
      );
      expect(await may(role, "s3:GetObject", `arn:aws:s3:::${bucket}/rust-1.95.0.Dockerfile`)).toBe(true);
      expect(await may(role, "s3:PutObject", `arn:aws:s3:::${bucket}/rust-1.95.0.Dockerfile`)).toBe(false);
      expect(await may(role, "s3:GetObject", `arn:aws:s3:::${BUCKET}/fleet/platform/terraform.tfstate`)).toBe(false);
      expect(await may(role, "codeconnections:UseConnection", CONNECTION)).toBe(false);
    });
  });

  describe("compiled crates", () => {
    test("are in a bucket that lets them go after 30 days, and travel encrypted only", async () => {
      expect(await s3(emulator.url, "GET", `/${COMPILE_CACHE}?lifecycle`)).toMatch(/<Days>30</);
      expect(await s3(emulator.url, "GET", `/${COMPILE_CACHE}?policy`)).toContain("TlsOnly");
    });

    test("are reached through a role for the app's own, which the main project alone may take on", async () => {
      const role = await readRole(emulator.url, "alpha-two-sccache");
      const object = (name: string) => `arn:aws:s3:::${COMPILE_CACHE}/${name}`;
      expect(await allowed(role, ["s3:GetObject", "s3:PutObject"], ["alpha-two/a", "alpha/a"].map(object))).toEqual([
        ...[true, true],
        ...[false, false],
      ]);
      const [main, pullRequest] = [await roleOf("alpha-two"), await roleOf("alpha-two-pull-request")];
      expect(await may(main, "sts:AssumeRole", role.arn)).toBe(true);
      expect(await may(pullRequest, "sts:AssumeRole", role.arn)).toBe(false);
      expect(await may(main, "s3:GetObject", object("alpha-two/a"))).toBe(false);
    });
  });

  test("the secret of an entry is read by its main project alone", async () => {
    const secret = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${GIT_CREDENTIALS}-AbCdEf`;
    const read = async (name: string) => may(await roleOf(name), "secretsmanager:GetSecretValue", secret);
    expect(await read("alpha-two")).toBe(true);
    for (const other of ["alpha-two-pull-request", "alpha"]) expect(await read(other)).toBe(false);
  });

  describe("roles", () => {
    const repository = (name: string) => `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${name}`;
    const push = ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage"];
    const pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
    let main: Role;
    let pullRequest: Role;

    beforeAll(async () => {
      main = await roleOf("alpha");
      pullRequest = await roleOf("alpha-pull-request");
    });

    test("main may push to its own repositories and no other", async () => {
      expect(await allowed(main, push, ["alpha", "alpha-cache"].map(repository))).toEqual(Array(8).fill(true));
      expect(await allowed(main, push, ["alpha-two", "alpha-two-cache"].map(repository))).toEqual(Array(8).fill(false));
    });

    test("main may delete no image, not even its own", async () => {
      const destructive = ["ecr:BatchDeleteImage", "ecr:DeleteRepository", "ecr:PutImageTagMutability"];
      expect(await allowed(main, destructive, [repository("alpha")])).toEqual([false, false, false]);
    });

    test("each may read the builder, and push nothing there", async () => {
      for (const role of [main, pullRequest]) {
        expect(await allowed(role, pull, [repository("drover-builder")])).toEqual([true, true, true]);
        expect(await allowed(role, push, [repository("drover-builder")])).toEqual(Array(4).fill(false));
      }
    });

    test("each may write its own test reports", async () => {
      const group = (project: string) => `arn:aws:codebuild:${REGION}:${ACCOUNT}:report-group/${project}-checks`;
      const projects = ["alpha", "alpha-pull-request", "alpha-two"].map(group);
      expect(await allowed(main, ["codebuild:CreateReport"], projects)).toEqual([true, false, false]);
      expect(await allowed(pullRequest, ["codebuild:CreateReport"], projects)).toEqual([false, true, false]);
    });

    test("a pull request may read the cache, and push nothing", async () => {
      expect(await allowed(pullRequest, pull, [repository("alpha-cache")])).toEqual([true, true, true]);
      const repositories = ["alpha", "alpha-cache", "alpha-two", "alpha-two-cache"].map(repository);
      expect(await allowed(pullRequest, push, repositories)).toEqual(Array(16).fill(false));
    });

    test("neither reads secrets, parameters, states or logs of others", async () => {
      const requests: [action: string, resource: string][] = [
        ["secretsmanager:GetSecretValue", `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:alpha/production-AbCdEf`],
        ["ssm:GetParameter", `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/alpha/production`],
        ["s3:GetObject", `arn:aws:s3:::${BUCKET}/fleet/alpha-pipeline/terraform.tfstate`],
        ["sts:AssumeRole", `arn:aws:iam::${ACCOUNT}:role/alpha-codebuild`],
        ["logs:GetLogEvents", `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/codebuild/alpha:log-stream:a`],
        ["logs:PutLogEvents", `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/codebuild/alpha-two:log-stream:a`],
      ];
      for (const role of [main, pullRequest]) {
        const granted = await Promise.all(requests.map(([action, resource]) => may(role, action, resource)));
        expect(requests.filter((_, index) => granted[index])).toEqual([]);
      }
    });

    test("each may write its own log, log in to the registry and use the one connection", async () => {
      for (const [role, project] of [
        [main, "alpha"],
        [pullRequest, "alpha-pull-request"],
      ] as const) {
        const stream = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/codebuild/${project}:log-stream:a`;
        expect(await may(role, "logs:PutLogEvents", stream)).toBe(true);
        expect(await may(role, "ecr:GetAuthorizationToken", "*")).toBe(true);
        expect(await may(role, "codeconnections:UseConnection", CONNECTION)).toBe(true);
        expect(await may(role, "codeconnections:UseConnection", CONNECTION.replace("0a1b", "9f9f"))).toBe(false);
      }
    });

    test("are taken on by CodeBuild for their own project, and by nobody else", async () => {
      const arn = (name: string, account = ACCOUNT) => `arn:aws:codebuild:${REGION}:${account}:project/${name}`;
      expect(await mayAssume(main, "codebuild.amazonaws.com", arn("alpha"))).toBe(true);
      expect(await mayAssume(main, "codebuild.amazonaws.com", arn("alpha-pull-request"))).toBe(false);
      expect(await mayAssume(main, "codebuild.amazonaws.com", arn("alpha", "999999999999"))).toBe(false);
      expect(await mayAssume(main, "lambda.amazonaws.com", arn("alpha"))).toBe(false);
      expect(await mayAssume(pullRequest, "codebuild.amazonaws.com", arn("alpha-pull-request"))).toBe(true);
      expect(await mayAssume(pullRequest, "codebuild.amazonaws.com", arn("alpha"))).toBe(false);
    });
  });

  describe("a change of the entry", () => {
    test("changes the project in place, and nothing else", async () => {
      fleet.write({ apps: [ALPHA, { ...ALPHA_TWO, build: { ...ALPHA_TWO.build, size: "large" } }] });
      await fleet.synthesize();
      await alphaTwo.prepare();
      expect(await alphaTwo.apply()).toMatch(/0 added, \d changed, 0 destroyed/);
      const { environment, webhook } = await project("alpha-two");
      expect(environment.computeType).toBe("BUILD_GENERAL1_LARGE");
      expect(webhook).toBeDefined();
    });
  });

  describe("the end of an app", () => {
    test("is refused while its images are guarded, and nothing is removed", async () => {
      await alpha.prepare();
      const before = await alpha.addresses();
      const { code, output } = await alpha.destroy();
      expect(code).toBe(1);
      expect(output).toMatch(/prevent_destroy/);
      expect(await alpha.addresses()).toEqual(before);
      expect((await alpha.plan()).code).toBe(0);
    });

    test("comes with `retiring`, and takes its images along", async () => {
      await pushImage("alpha");
      fleet.write({ apps: [{ ...ALPHA, retiring: true }, ALPHA_TWO] });
      await fleet.synthesize();
      await alpha.prepare();
      await alpha.apply();
      const { code, output } = await alpha.destroy();
      expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
    });

    test("leaves nothing of it, and all of the others", async () => {
      expect(await codeBuild("ListProjects", {})).toEqual({
        projects: ["alpha-two", "alpha-two-pull-request", "drover-builder"],
      });
      const { repositories } = await ecr("DescribeRepositories", {});
      expect(repositories.map((repository: Json) => repository.repositoryName).sort()).toEqual([
        "alpha-two",
        "alpha-two-cache",
        "drover-builder",
      ]);
      const { logGroups } = await logs("DescribeLogGroups", {});
      expect(logGroups.map((group: Json) => group.logGroupName).sort()).toEqual([
        "/aws/codebuild/alpha-two",
        "/aws/codebuild/alpha-two-pull-request",
        "/aws/codebuild/drover-builder",
      ]);
      expect((await roleNames(emulator.url)).sort()).toEqual([
        "alpha-two-codebuild",
        "alpha-two-pull-request-codebuild",
        "alpha-two-sccache",
        "drover-builder-codebuild",
      ]);
    });
  });

  test("the platform can't be destroyed: it holds everybody's state", async () => {
    await platform.prepare();
    const { code, output } = await platform.destroy();
    expect(code).toBe(1);
    expect(output).toMatch(/prevent_destroy/);
  });

  /** Does the same to all stacks at once: the provider's own waits, such as 55 s for a bucket's rules, overlap. */
  function inEach<Result>(act: (stack: TerraformStack) => Promise<Result>): Promise<Result[]> {
    return Promise.all([platform, alpha, alphaTwo].map(act));
  }

  const codeBuild = (operation: string, input: Json) =>
    call(emulator.url, "codebuild", `CodeBuild_20161006.${operation}`, input);
  const ecr = (operation: string, input: Json) =>
    call(emulator.url, "ecr", `AmazonEC2ContainerRegistry_V20150921.${operation}`, input);
  const logs = (operation: string, input: Json) => call(emulator.url, "logs", `Logs_20140328.${operation}`, input);

  async function project(name: string): Promise<Json> {
    return (await codeBuild("BatchGetProjects", { names: [name] })).projects[0];
  }

  async function roleOf(name: string): Promise<Role> {
    return readRole(emulator.url, (await project(name)).serviceRole.split("/").at(-1));
  }

  /** Whether the role may do each of the actions, to each of the resources. */
  function allowed(role: Role, actions: string[], resources: string[]): Promise<boolean[]> {
    return Promise.all(resources.flatMap((resource) => actions.map((action) => may(role, action, resource))));
  }

  async function pushImage(repositoryName: string): Promise<void> {
    const config = { mediaType: "application/vnd.docker.container.image.v1+json", size: 2, digest: digest("{}") };
    const mediaType = "application/vnd.docker.distribution.manifest.v2+json";
    const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] });
    await ecr("PutImage", { repositoryName, imageManifest, imageTag: "0".repeat(40) });
  }
});

function digest(content: string): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
