import { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret";
import { Ephemeral } from "../../../lib/terraform/ephemeral";
import { type Body, synth } from "../../support/synth";

const GIVEN = { secret_id: "production/podcore/API_TOKEN", version_id: '${local.ids["API_TOKEN"]}', length: 32 };

function make() {
  let made: Ephemeral | undefined;
  const json = synth((stack) => {
    made = new Ephemeral(stack, "value", "aws_secretsmanager_secret_version", GIVEN);
  });
  return { json: json as Body, ephemeral: made as Ephemeral };
}

it("is a block that Terraform opens", () => {
  const { json, ephemeral } = make();
  expect(json.ephemeral).toEqual({ aws_secretsmanager_secret_version: { value: GIVEN } });
  expect(ephemeral.address).toBe("ephemeral.aws_secretsmanager_secret_version.value");
});

it("is the same block in HCL", () => {
  expect(make().ephemeral.toHcl()).toBe(`ephemeral "aws_secretsmanager_secret_version" "value" {
  secret_id = "production/podcore/API_TOKEN"
  version_id = "\${local.ids["API_TOKEN"]}"
  length = 32
}`);
});

it("means other elements in HCL as it does in JSON", () => {
  const hcl: string[] = [];
  const json: Body = synth((stack) => {
    const { id } = new SecretsmanagerSecret(stack, "secret", { name: "production/podcore/API_TOKEN" });
    const made = new Ephemeral(stack, "value", "aws_secretsmanager_secret_version", { secret_id: id });
    hcl.push(made.toHcl());
  });
  const reference = json.ephemeral.aws_secretsmanager_secret_version.value.secret_id;
  expect(reference).toBe("${aws_secretsmanager_secret.secret.id}");
  expect(hcl[0]).toContain(`secret_id = "${reference}"\n`);
});
