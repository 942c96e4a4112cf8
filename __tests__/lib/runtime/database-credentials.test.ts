import { DatabaseCredentials, type DatabaseCredentialsProps } from "../../../lib/runtime/database-credentials";
import { address, type Body, resource, type StackJson, synth } from "../../support/synth";

const make = (props: Partial<DatabaseCredentialsProps> = {}) =>
  synth(
    (stack) =>
      new DatabaseCredentials(stack, "credentials", {
        app: "podcore",
        environment: "production",
        repository: "https://github.com/acme/podcore",
        secret: "production/podcore/DATABASE_URL",
        host: "postgres.podcore-production-database",
        name: "postgres",
        namespace: "podcore-production-database",
        ...props,
      }),
  ) as StackJson & Body;

describe("with only what is required", () => {
  const json = make();
  const version = resource(json, "aws_secretsmanager_secret_version");
  const versionAddress = address(json, "aws_secretsmanager_secret_version");
  const secret = resource(json, "kubernetes_secret_v1");
  const ephemeral = (type: string) => Object.entries<Body>(json.ephemeral[type])[0] as [string, Body];

  it("makes a secret that nobody loses by an edit, and whose name is free once it is gone", () => {
    expect(resource(json, "aws_secretsmanager_secret")).toMatchObject({
      name: "production/podcore/DATABASE_URL",
      recovery_window_in_days: 0,
      lifecycle: { prevent_destroy: true },
    });
  });

  it("writes the address of the database there, with a password that AWS makes", () => {
    const [name, password] = ephemeral("aws_secretsmanager_random_password");
    expect(password).toEqual({ password_length: 40, exclude_punctuation: true });
    expect(version.secret_string_wo).toBe(
      `postgres://podcore:\${ephemeral.aws_secretsmanager_random_password.${name}.random_password}@postgres.podcore-production-database:5432/podcore`,
    );
  });

  it("writes it once: another apply makes another password, but does not send it", () => {
    expect(version.secret_string_wo_version).toBe(1);
  });

  it("gives the server the password that is stored, and no other", () => {
    const [name, value] = ephemeral("aws_secretsmanager_secret_version");
    expect(value).toEqual({
      secret_id: `\${${versionAddress}.secret_id}`,
      version_id: `\${${versionAddress}.version_id}`,
    });
    expect(secret.metadata).toMatchObject({ name: "postgres", namespace: "podcore-production-database" });
    expect(secret.data_wo).toEqual({
      password: `\${trimsuffix(trimprefix(ephemeral.aws_secretsmanager_secret_version.${name}.secret_string, "postgres://podcore:"), "@postgres.podcore-production-database:5432/podcore")}`,
    });
  });

  it("sends it again when it is another one, and always has a revision", () => {
    const [[name, revision] = []] = Object.entries<string>(json.locals);
    expect(secret.data_wo_revision).toBe(`\${local.${name}}`);
    expect(revision).toContain(`${versionAddress}.version_id`);
    expect(revision).toMatch(/ \+ 1}$/);
  });

  it("holds no value where a state would keep it", () => {
    expect(version.secret_string).toBeUndefined();
    expect(secret.data).toBeUndefined();
    expect(json.data).toBeUndefined();
    expect(json.output).toBeUndefined();
  });
});

it("passwordRevision", () => {
  const json = make({ passwordRevision: 2 });
  expect(resource(json, "aws_secretsmanager_secret_version").secret_string_wo_version).toBe(2);
});

it("preventDestroy: false", () => {
  const { lifecycle } = resource(make({ preventDestroy: false }), "aws_secretsmanager_secret");
  expect(lifecycle).toEqual({ prevent_destroy: false });
});

it("after", () => {
  const json = make({ after: [{ fqn: "kubernetes_namespace_v1.app" }] });
  expect(resource(json, "kubernetes_secret_v1").depends_on).toEqual(["kubernetes_namespace_v1.app"]);
});
