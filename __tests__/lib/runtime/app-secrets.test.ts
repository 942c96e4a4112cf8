import { AppSecrets, type AppSecretsProps } from "../../../lib/runtime/app-secrets";
import { type Body, resource, type StackJson, synth } from "../../support/synth";

const OWNER = { app: "podcore", environment: "production", repository: "https://github.com/acme/podcore" };
const TOKEN = { variable: "API_TOKEN", secret: "production/podcore/API_TOKEN" };
const DATABASE = {
  variable: "DATABASE_URL",
  secret: "production/podcore/DATABASE_URL",
  remedy: "there is no database; make it: npx cdktf deploy podcore-production-database",
};

function make(props: Partial<AppSecretsProps> = {}) {
  let made: AppSecrets | undefined;
  const json = synth((stack) => {
    made = new AppSecrets(stack, "secrets", {
      ...OWNER,
      name: "podcore",
      namespace: "podcore-production",
      region: "eu-central-1",
      secrets: [TOKEN],
      ...props,
    });
  });
  return { json: json as StackJson & Body, secrets: made as AppSecrets };
}

const only = (named: Body = {}) => {
  expect(Object.keys(named)).toHaveLength(1);
  return Object.entries(named)[0] as [string, Body];
};

describe("with only what is required", () => {
  const { json, secrets } = make();
  const secret = resource(json, "kubernetes_secret_v1");
  const [listed, list] = only(json.data.aws_secretsmanager_secrets);
  const [versions] = only(json.data.aws_secretsmanager_secret_versions);
  const [value, ephemeral] = only(json.ephemeral.aws_secretsmanager_secret_version);
  const local = (word: string) => {
    const [name, text] = Object.entries<string>(json.locals).find(([key]) => key.includes(word)) ?? [];
    return { name, text };
  };

  it("is a Secret of the app's namespace", () => {
    expect(secret.metadata).toMatchObject({
      name: "podcore",
      namespace: "podcore-production",
      labels: { "app.kubernetes.io/name": "podcore", "drover/environment": "production" },
    });
  });

  it("gets its data by the one way that leaves no trace", () => {
    expect(secret.data_wo).toContain(`in ephemeral.aws_secretsmanager_secret_version.${value} : variable =>`);
    expect(secret.data).toBeUndefined();
    expect(json.data.aws_secretsmanager_secret_version).toBeUndefined();
    expect(json.output).toBeUndefined();
  });

  it("opens the very versions that the revision is made from", () => {
    const current = local("current");
    expect(ephemeral).toEqual({
      for_each: `\${local.${current.name}}`,
      secret_id: `\${local.${local("present").name}[each.key]}`,
      version_id: "${each.value}",
    });
    expect(current.text).toContain(`data.aws_secretsmanager_secret_versions.${versions}`);
    expect(current.text).toContain('"AWSCURRENT"');
    expect(local("revision").text).toContain(`sha256(jsonencode(local.${current.name}))`);
  });

  it("always has a revision, which is never 0", () => {
    expect(secret.data_wo_revision).toBe(`\${local.${local("revision").name}}`);
    expect(local("revision").text).toMatch(/ \+ 1}$/);
  });

  it("asks for a secret's versions only when the list has its very name", () => {
    expect(list).toMatchObject({ for_each: { API_TOKEN: TOKEN.secret }, filter: [{ name: "name" }] });
    expect(local("present").text).toContain(`data.aws_secretsmanager_secrets.${listed}[variable].names, secret)`);
  });

  it("is refused when a secret is missing, with the command that sets it from standard input", () => {
    const [{ condition, error_message }] = secret.lifecycle.precondition;
    expect(condition).toBe(`\${contains(keys(local.${local("current").name}), "API_TOKEN")}`);
    expect(error_message).toContain("secret production/podcore/API_TOKEN is missing");
    expect(error_message).toMatch(
      /\n {2}aws secretsmanager \$\{.* \? "put-secret-value --secret-id" : "create-secret --name"\} production\/podcore\/API_TOKEN --region eu-central-1 --secret-string file:\/\/\/dev\/stdin$/,
    );
  });

  it("tells pods what they need", () => {
    expect(secrets).toMatchObject({ name: "podcore", variables: ["API_TOKEN"], revision: expect.any(String) });
  });
});

it("remedy", () => {
  const { json } = make({ secrets: [TOKEN, DATABASE] });
  const [first, second] = resource(json, "kubernetes_secret_v1").lifecycle.precondition;
  expect(first.error_message).toContain("create-secret");
  expect(second.error_message).toBe(DATABASE.remedy);
});

it("after", () => {
  const namespace = { fqn: "kubernetes_namespace_v1.app" };
  expect(resource(make({ after: [namespace] }).json, "kubernetes_secret_v1").depends_on).toEqual([namespace.fqn]);
});
