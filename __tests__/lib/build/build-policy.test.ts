import { arn, roleArn } from "../../../lib/build/aws-account";
import {
  type BuildAccess,
  buildPolicy,
  buildTrust,
  compileCachePolicy,
  partialTrust,
} from "../../../lib/build/build-policy";
import { ACCOUNT, allows, trusts, trustsRole } from "../../support/iam";

const CONNECTION = "arn:aws:codeconnections:eu-central-1:111122223333:connection/0a1b2c3d";
const ACCESS: BuildAccess = {
  account: ACCOUNT,
  logGroup: "/aws/codebuild/podcore",
  connectionArn: CONNECTION,
};
const repository = (name: string) => arn(ACCOUNT, "ecr", `repository/${name}`);
const actions = (access: BuildAccess) => buildPolicy(access).Statement.flatMap(({ Action }) => Action);

const PUSHING = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"];
const PULLING = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

describe("with only what is required", () => {
  it("allows its own log, its connection and the login, and nothing else", () => {
    expect(buildPolicy(ACCESS).Statement).toMatchInlineSnapshot(`
      [
        {
          "Action": [
            "logs:CreateLogStream",
            "logs:PutLogEvents",
          ],
          "Effect": "Allow",
          "Resource": [
            "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/codebuild/podcore:*",
          ],
          "Sid": "Log",
        },
        {
          "Action": [
            "codeconnections:UseConnection",
            "codeconnections:GetConnection",
            "codeconnections:GetConnectionToken",
          ],
          "Effect": "Allow",
          "Resource": [
            "arn:aws:codeconnections:eu-central-1:111122223333:connection/0a1b2c3d",
          ],
          "Sid": "ReadSource",
        },
        {
          "Action": [
            "ecr:GetAuthorizationToken",
          ],
          "Effect": "Allow",
          "Resource": [
            "*",
          ],
          "Sid": "LogInToRegistry",
        },
      ]
    `);
  });

  it("allows neither to pull nor to push", () => {
    const registry = actions(ACCESS).filter((action) => action.startsWith("ecr:"));
    expect(registry).toEqual(["ecr:GetAuthorizationToken"]);
  });
});

describe("push", () => {
  const policy = buildPolicy({ ...ACCESS, push: ["podcore", "podcore-cache"] });

  it.each(["podcore", "podcore-cache"])("allows to push to and pull from %s", async (name) => {
    for (const action of [...PUSHING, ...PULLING]) expect(await allows(policy, action, repository(name))).toBe(true);
  });

  it.each(["podcore-2", "podcor", "other", "podcore/x"])("leaves %s alone", async (name) => {
    for (const action of [...PUSHING, ...PULLING]) expect(await allows(policy, action, repository(name))).toBe(false);
  });

  it.each(["ecr:BatchDeleteImage", "ecr:DeleteRepository", "ecr:PutImageTagMutability", "ecr:SetRepositoryPolicy"])(
    "does not allow %s",
    async (action) => expect(await allows(policy, action, repository("podcore"))).toBe(false),
  );

  it("does not reach a repository of that name in another account or region", async () => {
    for (const other of [
      { ...ACCOUNT, accountId: "999988887777" },
      { ...ACCOUNT, region: "us-east-1" },
    ]) {
      expect(await allows(policy, "ecr:PutImage", arn(other, "ecr", "repository/podcore"))).toBe(false);
    }
  });
});

describe("pull", () => {
  const policy = buildPolicy({ ...ACCESS, pull: ["podcore-cache"] });

  it("allows to pull from it", async () => {
    for (const action of PULLING) expect(await allows(policy, action, repository("podcore-cache"))).toBe(true);
  });

  it("does not allow to push to it, nor to pull from another", async () => {
    for (const action of PUSHING) expect(await allows(policy, action, repository("podcore-cache"))).toBe(false);
    for (const action of PULLING) expect(await allows(policy, action, repository("podcore"))).toBe(false);
  });
});

describe("without a connection", () => {
  it("reads no source", () => {
    const { connectionArn: _, ...access } = ACCESS;
    expect(buildPolicy(access).Statement.map(({ Sid }) => Sid)).toEqual(["Log", "LogInToRegistry"]);
  });
});

describe("buckets", () => {
  const policy = buildPolicy({ ...ACCESS, buckets: ["acme-builder"] });

  it("allows to read what is in them, and to write nothing", async () => {
    expect(await allows(policy, "s3:GetObject", "arn:aws:s3:::acme-builder/a.Dockerfile")).toBe(true);
    expect(await allows(policy, "s3:PutObject", "arn:aws:s3:::acme-builder/a.Dockerfile")).toBe(false);
    expect(await allows(policy, "s3:GetObject", "arn:aws:s3:::acme-builder-2/a.Dockerfile")).toBe(false);
  });
});

describe("reportGroups", () => {
  const policy = buildPolicy({ ...ACCESS, reportGroups: ["podcore-checks"] });
  const group = (name: string) => arn(ACCOUNT, "codebuild", `report-group/${name}`);

  it("allows to write to them, and to no other", async () => {
    for (const action of ["CreateReportGroup", "CreateReport", "UpdateReport", "BatchPutTestCases"]) {
      expect(await allows(policy, `codebuild:${action}`, group("podcore-checks"))).toBe(true);
      expect(await allows(policy, `codebuild:${action}`, group("podcore-checks-2"))).toBe(false);
    }
  });

  it.each(["DeleteReportGroup", "UpdateReportGroup", "BatchGetReportGroups"])(
    "does not allow codebuild:%s",
    async (action) => {
      expect(await allows(policy, `codebuild:${action}`, group("podcore-checks"))).toBe(false);
    },
  );
});

describe("secrets", () => {
  const policy = buildPolicy({ ...ACCESS, secrets: ["podcore/git"] });
  const read = (name: string, action = "secretsmanager:GetSecretValue") =>
    allows(policy, action, arn(ACCOUNT, "secretsmanager", `secret:${name}`));

  it("allows to read them, by the name that AWS makes of theirs, and no other", async () => {
    expect(await read("podcore/git-AbCdEf")).toBe(true);
    for (const other of ["podcore/git-2-AbCdEf", "podcore/github-AbCdEf", "podcore/git"]) {
      expect(await read(other)).toBe(false);
    }
  });

  it("does not allow to change them", async () => {
    expect(await read("podcore/git-AbCdEf", "secretsmanager:PutSecretValue")).toBe(false);
  });
});

describe("roles", () => {
  it("allows to take them on, and no other", async () => {
    const policy = buildPolicy({ ...ACCESS, roles: ["podcore-sccache"] });
    expect(await allows(policy, "sts:AssumeRole", roleArn(ACCOUNT, "podcore-sccache"))).toBe(true);
    expect(await allows(policy, "sts:AssumeRole", roleArn(ACCOUNT, "podcore-sccache-2"))).toBe(false);
  });
});

describe("an app's part of the compile cache", () => {
  const policy = compileCachePolicy(ACCOUNT, "acme-sccache", "podcore");
  const bucket = "arn:aws:s3:::acme-sccache";

  it.each(["s3:GetObject", "s3:PutObject"])("lets %s what is below the app's folder only", async (action) => {
    expect(await allows(policy, action, `${bucket}/podcore/a/b/c`)).toBe(true);
    for (const other of ["podcore-2/a", "variables/a", "podcore", ".sccache_check"]) {
      expect(await allows(policy, action, `${bucket}/${other}`)).toBe(false);
    }
    expect(await allows(policy, action, "arn:aws:s3:::acme-terraform-state/podcore/a")).toBe(false);
  });

  it("lets delete nothing", async () => {
    expect(await allows(policy, "s3:DeleteObject", `${bucket}/podcore/a`)).toBe(false);
  });

  it("lets know that an object is not there", async () => {
    expect(await allows(policy, "s3:ListBucket", bucket)).toBe(true);
    expect(await allows(policy, "s3:ListBucket", bucket, { "s3:prefix": "podcore/a" })).toBe(true);
    expect(await allows(policy, "s3:ListBucket", bucket, { "s3:prefix": "variables/a" })).toBe(false);
  });

  it("is for the role of one project's builds", async () => {
    const trust = partialTrust(ACCOUNT, "podcore-codebuild");
    expect(await trustsRole(trust, "podcore-codebuild")).toBe(true);
    for (const other of ["podcore-pull-request-codebuild", "variables-codebuild"]) {
      expect(await trustsRole(trust, other)).toBe(false);
    }
  });
});

describe("whatever a build may touch", () => {
  const all = { ...ACCESS, pull: ["base"], push: ["podcore"] };

  it("logs in with the only statement that has no resource of its own", () => {
    const open = buildPolicy(all).Statement.filter(({ Resource }) => Resource.includes("*"));
    expect(open).toEqual([
      {
        Sid: "LogInToRegistry",
        Effect: "Allow",
        Action: ["ecr:GetAuthorizationToken"],
        Resource: ["*"],
      },
    ]);
  });

  it("names every action in full", () => {
    expect(actions(all).filter((action) => action.includes("*"))).toEqual([]);
  });

  it("reads no secret, takes on no role, and changes no right", () => {
    const services = new Set(actions(all).map((action) => action.split(":")[0]));
    expect([...services].sort()).toEqual(["codeconnections", "ecr", "logs"]);
  });

  it("writes its own log only", async () => {
    const stream = (group: string) => arn(ACCOUNT, "logs", `log-group:${group}:log-stream:1`);
    const write = (group: string) => allows(buildPolicy(all), "logs:PutLogEvents", stream(group));
    expect(await write("/aws/codebuild/podcore")).toBe(true);
    expect(await write("/aws/codebuild/podcore-pull-request")).toBe(false);
  });

  it("uses its own connection only", async () => {
    const use = (connection: string) => allows(buildPolicy(all), "codeconnections:UseConnection", connection);
    expect(await use(CONNECTION)).toBe(true);
    expect(await use(`${CONNECTION}2`)).toBe(false);
  });
});

describe("a connection of the service's former name", () => {
  it("has the actions of that name, and none of the new one", () => {
    const former = CONNECTION.replace("codeconnections", "codestar-connections");
    const statement = buildPolicy({
      ...ACCESS,
      connectionArn: former,
    }).Statement.find(({ Sid }) => Sid === "ReadSource");
    expect(statement).toMatchObject({
      Action: [
        "codestar-connections:UseConnection",
        "codestar-connections:GetConnection",
        "codestar-connections:GetConnectionToken",
      ],
      Resource: [former],
    });
  });
});

describe("the trust policy", () => {
  const trust = buildTrust(ACCOUNT, "podcore");
  const project = (account: { accountId: string; region: string }, name: string) =>
    arn(account, "codebuild", `project/${name}`);

  it("names the service, the project and the account", () => {
    expect(trust).toMatchInlineSnapshot(`
      {
        "Statement": [
          {
            "Action": "sts:AssumeRole",
            "Condition": {
              "StringEquals": {
                "aws:SourceAccount": "111122223333",
                "aws:SourceArn": "arn:aws:codebuild:eu-central-1:111122223333:project/podcore",
              },
            },
            "Effect": "Allow",
            "Principal": {
              "Service": "codebuild.amazonaws.com",
            },
          },
        ],
        "Version": "2012-10-17",
      }
    `);
  });

  it("lets CodeBuild take the role for this project", async () => {
    expect(await trusts(trust, "codebuild.amazonaws.com", project(ACCOUNT, "podcore"))).toBe(true);
  });

  it("refuses CodeBuild for another project, and for another account's project of that name", async () => {
    const stranger = { ...ACCOUNT, accountId: "999988887777" };
    expect(await trusts(trust, "codebuild.amazonaws.com", project(ACCOUNT, "podcore-pull-request"))).toBe(false);
    expect(await trusts(trust, "codebuild.amazonaws.com", project(stranger, "podcore"))).toBe(false);
  });

  it("refuses every other service", async () => {
    expect(await trusts(trust, "lambda.amazonaws.com", project(ACCOUNT, "podcore"))).toBe(false);
  });
});

it("refuses a connection that is none, instead of allowing actions that there are not", () => {
  expect(() => buildPolicy({ ...ACCESS, connectionArn: "drover" })).toThrow(
    '"drover" is not the ARN of a connection; it starts with arn:aws:codeconnections:',
  );
});
