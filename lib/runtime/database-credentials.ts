import { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret";
import { SecretsmanagerSecretVersion } from "@cdktf/provider-aws/lib/secretsmanager-secret-version";
import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1";
import { type ITerraformDependable, TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import { Ephemeral } from "../terraform/ephemeral";
import { type ObjectOwner, objectAnnotations, objectLabels } from "./labels";

export interface DatabaseCredentialsProps extends ObjectOwner {
  /** Name of the secret of AWS Secrets Manager that holds the database's address, password and all. */
  readonly secret: string;
  /** Host of the database. */
  readonly host: string;
  /** Name of the Kubernetes Secret that holds the password for the server. */
  readonly name: string;
  /** Name of the Namespace of the server. */
  readonly namespace: string;
  /**
   * Another number makes another password. The app has it when its own stack is deployed after that.
   *
   * @default 1
   */
  readonly passwordRevision?: number;
  /**
   * Refuse every plan that would destroy the secret.
   *
   * @default true
   */
  readonly preventDestroy?: boolean;
  /**
   * What has to be there before the Kubernetes Secret, such as the namespace.
   *
   * @default []
   */
  readonly after?: readonly ITerraformDependable[];
}

/**
 * The password of a database. It is made once, by AWS, and goes into the secret that tells the app its `DATABASE_URL`, and
 * from there into a Secret of Kubernetes for the server: by ephemeral values and write-only arguments, so that it stands
 * in no state, plan or log.
 */
export class DatabaseCredentials extends Construct {
  readonly url: SecretsmanagerSecret;
  /** Holds the password as `password`. */
  readonly secret: SecretV1;
  /** Another one when the password is. */
  readonly revision: string;

  constructor(scope: Construct, id: string, props: DatabaseCredentialsProps) {
    super(scope, id);
    const { name, namespace } = props;
    this.url = new SecretsmanagerSecret(this, "url", {
      name: props.secret,
      description: `Database of ${props.app} in ${props.environment}`,
      // It is worth nothing without the database, and would keep its name from the next one.
      recoveryWindowInDays: 0,
      lifecycle: { preventDestroy: props.preventDestroy ?? true },
    });
    // What stands before the password in the database's address, and after it.
    const [before, after] = [`postgres://${props.app}:`, `@${props.host}:5432/${props.app}`];
    const stored = this.makePassword(before, after, props.passwordRevision ?? 1);
    const value = new Ephemeral(this, "value", "aws_secretsmanager_secret_version", {
      secret_id: stored.secretId,
      version_id: stored.versionId,
    });
    const revision = new TerraformLocal(this, "revision", revisionExpression(stored));
    this.revision = revision.asString;
    this.secret = new SecretV1(this, "secret", {
      metadata: { name, namespace, labels: objectLabels(props), annotations: objectAnnotations(props) },
      dataWo: { password: `\${trimsuffix(trimprefix(${value.address}.secret_string, "${before}"), "${after}")}` },
      dataWoRevision: revision.asNumber,
      dependsOn: [...(props.after ?? [])],
    });
  }

  private makePassword(before: string, after: string, passwordRevision: number): SecretsmanagerSecretVersion {
    // Without punctuation it stands in an address as it is.
    const random = new Ephemeral(this, "password", "aws_secretsmanager_random_password", {
      password_length: 40,
      exclude_punctuation: true,
    });
    return new SecretsmanagerSecretVersion(this, "version", {
      secretId: this.url.id,
      secretStringWo: `${before}\${${random.address}.random_password}${after}`,
      secretStringWoVersion: passwordRevision,
    });
  }
}

/** A number of the version's id, which is never 0. */
function revisionExpression({ friendlyUniqueId, terraformResourceType }: SecretsmanagerSecretVersion): string {
  return `\${parseint(substr(sha256(${terraformResourceType}.${friendlyUniqueId}.version_id), 0, 12), 16) + 1}`;
}
