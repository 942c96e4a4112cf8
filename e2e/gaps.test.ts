import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { ACCOUNT, authorization, type Json, REGION } from "./aws/api";
import { call } from "./aws/calls";
import { type Emulator, startEmulator } from "./aws/emulator";
import { CONNECTION } from "./aws/example";
import { query } from "./aws/iam";
import { moto } from "./tools/moto";
import { describeWith } from "./tools/needs";

/** Long enough that a busy machine does two things within it. */
const PROPAGATION_SECONDS = 10;
const PUSH_TO_MAIN = [
  { type: "EVENT", pattern: "PUSH" },
  { type: "HEAD_REF", pattern: "^refs/heads/main$" },
];

describeWith([moto], "the emulated CodeBuild refuses what the real one refuses", () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator(PROPAGATION_SECONDS);
    await createRole("ready", { trust: trustIn("ready"), policy: allow("codeconnections:UseConnection", CONNECTION) });
    await delay(PROPAGATION_SECONDS * 1000);
  });
  afterAll(() => emulator?.stop());

  test("a role that does not exist", async () => {
    await expect(createProject("unknown-role")).rejects.toThrow(/not authorized to perform: sts:AssumeRole/);
  });

  test("a role that trusts another service", async () => {
    const trust = { ...trustIn("lambda"), Principal: { Service: "lambda.amazonaws.com" } };
    await createRole("lambda", { trust, policy: allow("codeconnections:UseConnection", CONNECTION) });
    await expect(createProject("lambda")).rejects.toThrow(/not authorized to perform: sts:AssumeRole/);
  });

  test("a role that trusts CodeBuild for another project", async () => {
    await expect(createProject("other", { serviceRole: roleArn("ready") })).rejects.toThrow(/sts:AssumeRole/);
  });

  test("a role that may not use the connection", async () => {
    await createRole("no-policy", { trust: trustIn("no-policy") });
    await expect(createProject("no-policy")).rejects.toMatchObject({ type: "OAuthProviderException" });
  });

  test("the new action's name for a connection made under the old one", async () => {
    const resource = CONNECTION.replace("codeconnections", "codestar-connections");
    await createRole("renamed", {
      trust: trustIn("renamed"),
      policy: allow("codeconnections:UseConnection", resource),
    });
    const refused = createProject("renamed", { source: { ...source(), auth: { type: "CODECONNECTIONS", resource } } });
    await expect(refused).rejects.toMatchObject({ type: "OAuthProviderException" });
  });

  test("a project without a connection, where the account has no token", async () => {
    const { auth: _, ...withoutAuth } = source();
    await expect(createProject("ready", { source: withoutAuth })).rejects.toThrow(/Could not find access token/);
  });

  test("a project without a source and without a buildspec", async () => {
    await expect(createProject("ready", { source: { type: "NO_SOURCE" } })).rejects.toThrow(/needs a buildspec/);
  });

  test("a buildspec of more than 25,600 characters", async () => {
    const refused = createProject("ready", { source: { type: "NO_SOURCE", buildspec: "#".repeat(25_601) } });
    await expect(refused).rejects.toThrow(/25601 characters/);
  });

  test("a role whose policy has not spread yet", async () => {
    const policy = allow("codeconnections:UseConnection", CONNECTION);
    await createRole("fresh", { trust: trustIn("fresh"), policy });
    await expect(createProject("fresh")).rejects.toMatchObject({ type: "OAuthProviderException" });
    await delay(PROPAGATION_SECONDS * 1000);
    await createProject("fresh");
    await codeBuild("DeleteProject", { name: "fresh" });
  });

  test("a webhook before its project", async () => {
    await expect(createWebhook("later")).rejects.toMatchObject({ type: "ResourceNotFoundException" });
  });

  describe("once the project is there", () => {
    beforeAll(() => createProject("ready"));

    test("a second project of the name", async () => {
      await expect(createProject("ready")).rejects.toMatchObject({ type: "ResourceAlreadyExistsException" });
    });

    test.each([
      ["without an event", [{ type: "HEAD_REF", pattern: "^refs/heads/main$" }], /EVENT/],
      ["of an unknown type", [...PUSH_TO_MAIN, { type: "BRANCH", pattern: "main" }], /filter type: BRANCH/],
      ["that is no regular expression", [...PUSH_TO_MAIN, { type: "BASE_REF", pattern: "(" }], /filter pattern: \(/],
    ])("a webhook's filter %s", async (_, filters, message) => {
      await expect(createWebhook("ready", filters)).rejects.toThrow(message);
    });

    test("a webhook whose role has lost the connection, and a second webhook", async () => {
      await query(emulator.url, { Action: "DeleteRolePolicy", RoleName: "ready", PolicyName: "build" });
      await expect(createWebhook("ready")).rejects.toThrow(`Access denied to connection ${CONNECTION}`);
      await putPolicy("ready", allow("codeconnections:UseConnection", CONNECTION));
      await delay(PROPAGATION_SECONDS * 1000);
      const { webhook } = await createWebhook("ready");
      expect(webhook.secret).toBeUndefined();
      await expect(createWebhook("ready")).rejects.toMatchObject({ type: "ResourceAlreadyExistsException" });
    });

    test("nothing when the project is deleted by its ARN, as the provider does", async () => {
      await codeBuild("DeleteProject", { name: `arn:aws:codebuild:${REGION}:${ACCOUNT}:project/ready` });
      expect(await codeBuild("ListProjects", {})).toEqual({ projects: [] });
    });
  });

  const codeBuild = (operation: string, input: Json) =>
    call(emulator.url, "codebuild", `CodeBuild_20161006.${operation}`, input);

  function createProject(name: string, more: Json = {}): Promise<Json> {
    return codeBuild("CreateProject", { name, serviceRole: roleArn(name), source: source(), ...more });
  }

  function createWebhook(projectName: string, filters: Json[] = PUSH_TO_MAIN): Promise<Json> {
    return codeBuild("CreateWebhook", { projectName, filterGroups: [filters] });
  }

  async function createRole(name: string, { trust, policy }: { trust: Json; policy?: Json }): Promise<void> {
    const document = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
    await query(emulator.url, { Action: "CreateRole", RoleName: name, AssumeRolePolicyDocument: document });
    if (policy) await putPolicy(name, policy);
  }

  function putPolicy(role: string, statement: Json): Promise<string> {
    const document = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    const parameters = { RoleName: role, PolicyName: "build", PolicyDocument: document };
    return query(emulator.url, { Action: "PutRolePolicy", ...parameters });
  }
});

describeWith([moto], "the emulated AWS", () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator();
  });
  afterAll(() => emulator?.stop());

  test("keeps a connection on which nothing has come for a while: a provider may use it any moment", async () => {
    const agent = new Agent({ keepAlive: true });
    expect(await listProjects(agent)).toEqual({ status: 200, reused: false });
    await delay(7000); // Node.js closes after 5 s
    expect(await listProjects(agent)).toEqual({ status: 200, reused: true });
    agent.destroy();
  });

  function listProjects(agent: Agent): Promise<{ status?: number; reused: boolean }> {
    const headers = { authorization: authorization("codebuild"), "x-amz-target": "CodeBuild_20161006.ListProjects" };
    return new Promise((resolve, reject) => {
      const sent = request(emulator.url, { method: "POST", agent, headers }, (response) => {
        response.resume().on("end", () => resolve({ status: response.statusCode, reused: sent.reusedSocket }));
      });
      sent.on("error", reject).end("{}");
    });
  }
});

function source(): Json {
  return {
    type: "GITHUB",
    location: "https://github.com/acme/podcore.git",
    auth: { type: "CODECONNECTIONS", resource: CONNECTION },
  };
}

function roleArn(name: string): string {
  return `arn:aws:iam::${ACCOUNT}:role/${name}`;
}

/** Trusts CodeBuild, for one project alone. */
function trustIn(project: string): Json {
  const sourceArn = `arn:aws:codebuild:${REGION}:${ACCOUNT}:project/${project}`;
  return {
    Effect: "Allow",
    Principal: { Service: "codebuild.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT, "aws:SourceArn": sourceArn } },
  };
}

function allow(action: string, resource: string): Json {
  return { Effect: "Allow", Action: action, Resource: resource };
}
