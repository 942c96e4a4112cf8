import { TerraformOutput } from "cdktf";
import type { Construct } from "constructs";
import { registryHost } from "../lib/build/aws-account";
import { DATABASE_VOLUME, databaseImage } from "../lib/build/postgres/database-image";
import type { AppEnvironmentSpec } from "../lib/fleet/fleet";
import { BUILDER_REPOSITORY, DATABASE_VARIABLE, namesOf } from "../lib/fleet/names";
import { DumpBucket } from "../lib/platform/dump-bucket";
import { AppNamespace } from "../lib/runtime/app-namespace";
import { DatabaseCredentials } from "../lib/runtime/database-credentials";
import { DumpRole } from "../lib/runtime/dump-role";
import { kubectlCommand } from "../lib/runtime/kubectl";
import { DUMP_SERVICE_ACCOUNT, PostgresDatabase } from "../lib/runtime/postgres-database";
import { KeptValue } from "../lib/terraform/kept-value";
import { repositoryUrl } from "./conventions";
import { type AppStackProps, FleetStack } from "./fleet-stack";

/**
 * The database of an app in one environment, with its password and its dumps: precious, and touched rarely. It outlives
 * the entry that asked for it.
 */
export class DatabaseStack extends FleetStack {
  constructor(scope: Construct, id: string, props: AppStackProps, environment: AppEnvironmentSpec) {
    super(scope, id, props.platform);
    const { platform, repository, retiring, slug } = props;
    const { clusterArn, database, imagePullSecrets, name, storageClass } = environment;
    const names = namesOf(slug);
    const namespace = names.databaseNamespace(name);
    const bucket = names.dumpBucket(name, platform);
    const owner = { app: slug, environment: name, repository: repositoryUrl(repository) };
    const guard = { preventDestroy: !retiring };
    this.useAws({ app: slug, environment: name });
    this.useKubernetes(environment);

    new KeptValue(this, "version", { value: String(platform.postgres), refusal: this.refusal(platform.postgres) });
    const place = new AppNamespace(this, "database", {
      ...owner,
      ...guard,
      name: namespace,
      component: "database",
      imagePullSecrets,
    });
    new DumpBucket(this, "dumps", { ...guard, name: bucket, partition: platform.partition });
    if (clusterArn !== undefined) {
      new DumpRole(this, "dump-role", {
        name: names.dumpRole(name),
        bucket,
        clusterArn,
        namespace,
        serviceAccount: DUMP_SERVICE_ACCOUNT,
      });
    }
    const credentials = new DatabaseCredentials(this, "credentials", {
      ...owner,
      ...guard,
      secret: names.variableSecret(name, DATABASE_VARIABLE),
      host: names.databaseHost(name),
      name: "postgres",
      namespace,
      after: [place.namespace],
    });
    new PostgresDatabase(this, "postgres", {
      ...owner,
      ...guard,
      namespace,
      serviceAccount: names.serviceAccount,
      clients: [names.namespace(name)],
      image: databaseImage(`${registryHost(platform)}/${BUILDER_REPOSITORY}`, {
        postgres: platform.postgres,
        renewed: platform.builder.renewed,
      }),
      volumePath: DATABASE_VOLUME,
      credentials: { name: "postgres", revision: credentials.revision },
      dumps: { bucket, region: platform.region },
      size: database?.volume,
      resources: database?.resources,
      storageClass,
      imagePullSecrets,
      dumpDestinations: environment.egress,
      privateRanges: environment.privateRanges,
      after: [place.namespace, place.serviceAccount, credentials.secret],
    });
    this.explain(kubectlCommand(environment, namespace), bucket);
  }

  /** Another major version can't read the files of the one that wrote them. */
  private refusal(wanted: number) {
    return (kept: string, address: string) =>
      `PostgreSQL ${kept} wrote the data of this database, and PostgreSQL ${wanted}, which platform.json asks for, can't read them: dump the database, let the new version begin beside them, and restore the dump, as the README says of databases. It begins with, in the folder cdktf.out/stacks/${this.node.id}:
  terraform apply -replace=${address}`;
  }

  private explain(kubectl: string, bucket: string): void {
    const commands = {
      psql: ["Command that opens the database", `${kubectl} exec --stdin --tty statefulset/postgres -- psql`],
      dump: ["Command that dumps the database now", `${kubectl} create job dump-now --from=cronjob/dump`],
      "dump-versions": [
        "Command that lists the dumps, the newest first",
        `aws s3api list-object-versions --bucket ${bucket} --region ${this.platform.region} --query 'Versions[].[LastModified, Size, VersionId]' --output text`,
      ],
      restore: [
        "Command that fills the database, when it is empty, from its newest dump",
        `${kubectl} create job restore-now --from=cronjob/restore`,
      ],
    };
    for (const [id, [description, value]] of Object.entries(commands)) {
      new TerraformOutput(this, id, { value, description });
    }
  }
}
