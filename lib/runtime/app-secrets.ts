import { DataAwsSecretsmanagerSecretVersions } from "@cdktf/provider-aws/lib/data-aws-secretsmanager-secret-versions";
import { DataAwsSecretsmanagerSecrets } from "@cdktf/provider-aws/lib/data-aws-secretsmanager-secrets";
import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1";
import { type ITerraformDependable, TerraformIterator, TerraformLocal, Token } from "cdktf";
import { Construct } from "constructs";
import { Ephemeral } from "../terraform/ephemeral";
import { type ObjectOwner, objectAnnotations, objectLabels } from "./labels";

/** An environment variable whose value is kept in AWS Secrets Manager, plain. */
export interface AppSecret {
  /** Name of the variable. */
  readonly variable: string;
  /** Name of the secret. */
  readonly secret: string;
  /**
   * What is missing and how to make it, where something else than a person sets the secret.
   *
   * @default - the command of the AWS CLI that sets it
   */
  readonly remedy?: string;
}

export interface AppSecretsProps extends ObjectOwner {
  /** Name of the Kubernetes Secret. */
  readonly name: string;
  /** Name of the Namespace. */
  readonly namespace: string;
  /** AWS region in which the secrets are kept. */
  readonly region: string;
  readonly secrets: readonly AppSecret[];
  /**
   * What has to be there before the Secret, such as the namespace.
   *
   * @default []
   */
  readonly after?: readonly ITerraformDependable[];
}

/**
 * Secrets of AWS Secrets Manager as a Kubernetes Secret, for the environment of an app's containers. Their values go from
 * one to the other while Terraform applies, and stand in no state, plan or log; what it keeps of them are the ids of
 * their versions. A secret that is missing, or has no value, is an error of the plan, which says how to set it.
 *
 * A line break at the end of a value is not part of it: whoever types one hardly means it.
 */
export class AppSecrets extends Construct {
  readonly secret: SecretV1;
  /** Name of the Kubernetes Secret. */
  readonly name: string;
  /** Environment variables, which are the Secret's keys. */
  readonly variables: readonly string[];
  /** Another one when a value has changed; it tells nothing of the values. */
  readonly revision: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AppSecretsProps,
  ) {
    super(scope, id);
    const { name, namespace, secrets, after } = props;
    this.name = name;
    this.variables = secrets.map(({ variable }) => variable);
    const listed = this.list();
    const present = new TerraformLocal(this, "present", presentExpression(secrets, listed));
    const current = new TerraformLocal(this, "current", currentExpression(this.listVersions(present)));
    const values = new Ephemeral(this, "value", "aws_secretsmanager_secret_version", {
      for_each: `\${local.${current.friendlyUniqueId}}`,
      secret_id: `\${local.${present.friendlyUniqueId}[each.key]}`,
      version_id: "${each.value}",
    });
    const revision = new TerraformLocal(this, "revision", revisionExpression(current));
    this.revision = revision.asString;
    this.secret = new SecretV1(this, "secret", {
      metadata: { name, namespace, labels: objectLabels(props), annotations: objectAnnotations(props) },
      dataWo: Token.asStringMap(
        `\${{ for variable, secret in ${values.address} : variable => chomp(secret.secret_string) }}`,
      ),
      dataWoRevision: revision.asNumber,
      lifecycle: {
        precondition: secrets.map((secret) => ({
          condition: `\${contains(keys(local.${current.friendlyUniqueId}), "${secret.variable}")}`,
          errorMessage: secret.remedy ?? this.remedy(secret, present),
        })),
      },
      dependsOn: [...(after ?? [])],
    });
  }

  /** Whether there is a secret of each name: asked for one that is not there, its versions would be an error. */
  private list(): DataAwsSecretsmanagerSecrets {
    const names = TerraformIterator.fromMap(
      Object.fromEntries(this.props.secrets.map(({ variable, secret }) => [variable, secret])),
    );
    return new DataAwsSecretsmanagerSecrets(this, "listed", {
      forEach: names,
      filter: [{ name: "name", values: [Token.asString(names.value)] }],
    });
  }

  private listVersions(present: TerraformLocal): DataAwsSecretsmanagerSecretVersions {
    const names = TerraformIterator.fromMap(present.asStringMap);
    return new DataAwsSecretsmanagerSecretVersions(this, "versions", {
      forEach: names,
      secretId: Token.asString(names.value),
    });
  }

  /** A secret without a value can't be made once more. */
  private remedy({ variable, secret }: AppSecret, present: TerraformLocal): string {
    const isThere = `contains(keys(local.${present.friendlyUniqueId}), "${variable}")`;
    const verb = `\${${isThere} ? "put-secret-value --secret-id" : "create-secret --name"}`;
    return `secret ${secret} is missing or has no value (one that was made just now may be listed some minutes later); set it, with the value from standard input:
  aws secretsmanager ${verb} ${secret} --region ${this.props.region} --secret-string file:///dev/stdin`;
  }
}

/** Name of each secret that is there, by its variable. */
function presentExpression(secrets: readonly AppSecret[], listed: DataAwsSecretsmanagerSecrets): string {
  const wanted = secrets.map(({ variable, secret }) => `${variable} = "${secret}"`).join(", ");
  const names = `data.${listed.terraformResourceType}.${listed.friendlyUniqueId}[variable].names`;
  return `\${{ for variable, secret in { ${wanted} } : variable => secret if contains(${names}, secret) }}`;
}

/** Id of the version of each secret that is in force, by its variable; without those that have none. */
function currentExpression(all: DataAwsSecretsmanagerSecretVersions): string {
  const current = `[for version in all.versions : version.version_id if contains(version.version_stages, "AWSCURRENT")]`;
  const versions = `data.${all.terraformResourceType}.${all.friendlyUniqueId}`;
  return `\${{ for variable, all in ${versions} : variable => ${current}[0] if can(${current}[0]) }}`;
}

/**
 * A number that is another one when a secret comes, goes or changes, and never 0, with which the provider would make an
 * empty Secret and read its data into the state later.
 *
 * @see https://github.com/hashicorp/terraform-provider-kubernetes/issues/2833
 */
function revisionExpression(current: TerraformLocal): string {
  return `\${parseint(substr(sha256(jsonencode(local.${current.friendlyUniqueId})), 0, 12), 16) + 1}`;
}
