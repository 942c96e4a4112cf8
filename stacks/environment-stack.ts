import type { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import { type ITerraformDependable, TerraformOutput, TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import { registryHost } from "../lib/build/aws-account";
import { ALB, type AppEnvironmentSpec, type Pin, type ProcessSpec, type ScheduledSpec } from "../lib/fleet/fleet";
import { type AppNames, DATABASE_VARIABLE, namesOf } from "../lib/fleet/names";
import { AppNamespace } from "../lib/runtime/app-namespace";
import { AppNetworkPolicy } from "../lib/runtime/app-network-policy";
import { type AppSecret, AppSecrets } from "../lib/runtime/app-secrets";
import { kubectlCommand } from "../lib/runtime/kubectl";
import type { ObjectOwner } from "../lib/runtime/labels";
import { Migration } from "../lib/runtime/migration";
import { withoutReferences } from "../lib/runtime/pod";
import { RolloutCheck } from "../lib/runtime/rollout-check";
import { ScheduledJob } from "../lib/runtime/scheduled-job";
import { Workload } from "../lib/runtime/workload";
import { ConfigurationHash } from "../lib/terraform/configuration-hash";
import { literal, literals } from "../lib/terraform/literal";
import { repositoryUrl } from "./conventions";
import { type AppStackProps, FleetStack } from "./fleet-stack";

/** Port of every PostgreSQL. */
const POSTGRES_PORT = 5432;

/**
 * Log streams that the `logs` output may follow; `kubectl` refuses to start beyond its limit, which is 5 by default. Each
 * container of each pod is one, init containers and finished Jobs included, so replicas alone don't bound their number:
 * a process has up to 100 pods, a rollout adds a quarter, and evicted pods stay. A limit that is too high costs nothing.
 *
 * @see https://kubernetes.io/docs/reference/kubectl/generated/kubectl_logs/
 */
const MAX_LOG_STREAMS = 10_000;

/**
 * An app in one environment, at the pinned release. This is all that a release touches, so it is quick, and needs no
 * GitHub token, and of AWS only to read the app's secrets, where it has any. Without a pin there is everything but what
 * runs the image and what that needs.
 */
export class EnvironmentStack extends FleetStack {
  private readonly secrets?: AppSecrets;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AppStackProps,
    private readonly environment: AppEnvironmentSpec,
  ) {
    super(scope, id, props.platform);
    this.useKubernetes(environment);
    const place = new AppNamespace(this, "app", {
      ...this.owner,
      name: this.namespace,
      preventDestroy: !props.retiring,
      podReadinessGates: environment.ingressClass === ALB,
      imagePullSecrets: environment.imagePullSecrets,
    });
    new AppNetworkPolicy(this, "network", {
      ...this.owner,
      namespace: this.namespace,
      destinations: [
        ...this.databases.map(({ namespace }) => ({ namespace, ports: [POSTGRES_PORT] })),
        ...environment.egress,
        ...environment.ownEgress,
      ],
      privateRanges: environment.privateRanges,
      after: [place.namespace],
    });
    this.secrets = this.readSecrets([place.namespace]);
    const after = [place.namespace, place.serviceAccount];
    const secrets = this.secrets ? [this.secrets.secret] : [];
    const migration = this.migrate([...after, ...secrets]);
    const deployments = this.runProcesses(after, [...secrets, ...migration]);
    for (const job of environment.schedule) this.runAtTimes(job, [...after, ...secrets, ...migration, ...deployments]);
    this.checkRollouts(deployments);
    this.tell();
  }

  private get names(): AppNames {
    return namesOf(this.props.slug);
  }

  private get namespace(): string {
    return this.names.namespace(this.environment.name);
  }

  private get owner(): ObjectOwner {
    const { slug, repository } = this.props;
    return { app: slug, environment: this.environment.name, repository: repositoryUrl(repository) };
  }

  /** The app's database in this environment, where it has one. */
  private get databases(): readonly { namespace: string; host: string }[] {
    if (this.environment.database === undefined) return [];
    const { name } = this.environment;
    return [{ namespace: this.names.databaseNamespace(name), host: this.names.databaseHost(name) }];
  }

  private image({ digest }: Pin): string {
    return `${registryHost(this.platform)}/${this.names.imageRepository}@${digest}`;
  }

  /** What everything that runs the image has in common. */
  private get pods() {
    const { env } = this.environment;
    return {
      ...this.owner,
      namespace: this.namespace,
      serviceAccount: this.names.serviceAccount,
      env: literals(env, withoutReferences),
      secret: this.secrets,
      waitFor: this.databases.map(({ host }) => ({ host, port: POSTGRES_PORT })),
    };
  }

  /** The app's secrets, where it has any and something that wants them. */
  private readSecrets(after: readonly ITerraformDependable[]): AppSecrets | undefined {
    const { pin, secrets } = this.environment;
    if (pin === undefined || secrets.length === 0) return undefined;
    const { slug } = this.props;
    this.useAws({ app: slug });
    return new AppSecrets(this, "secrets", {
      ...this.owner,
      name: this.names.secret,
      namespace: this.namespace,
      region: this.platform.region,
      secrets: secrets.map((variable) => this.secretOf(variable)),
      after,
    });
  }

  private secretOf(variable: string): AppSecret {
    const { name, database } = this.environment;
    const secret = this.names.variableSecret(name, variable);
    if (database === undefined || variable !== DATABASE_VARIABLE) return { variable, secret };
    const remedy = `${this.props.slug} has no database in ${name} yet; make it:\n  npx cdktf deploy ${this.names.databaseStack(name)}`;
    return { variable, secret, remedy };
  }

  /** The migration of the pinned release, where it has one. */
  private migrate(after: readonly ITerraformDependable[]): ITerraformDependable[] {
    const { pin, migrate } = this.environment;
    if (pin === undefined || pin.migrate === false || migrate === undefined) return [];
    const { job } = new Migration(this, "migration", {
      ...this.pods,
      image: this.image(pin),
      command: migrate.command.map(literal),
      resources: migrate.resources,
      deadlineSeconds: migrate.deadline,
      after,
    });
    return [job];
  }

  /**
   * Public processes are released first, all at once; then the others, which find the public ones on the new release. If
   * the rollout of an earlier one fails in this apply, later ones keep their release.
   */
  private runProcesses(
    after: readonly ITerraformDependable[],
    deploymentAfter: readonly ITerraformDependable[],
  ): DeploymentV1[] {
    const { processes } = this.environment;
    const isPublic = ({ hosts }: ProcessSpec) => hosts.length > 0;
    const run = (specs: readonly ProcessSpec[], earlier: readonly DeploymentV1[] = []) =>
      specs.flatMap((process) => this.run(process, after, [...deploymentAfter, ...earlier]).deployment ?? []);
    const first = run(processes.filter(isPublic));
    return [
      ...first,
      ...run(
        processes.filter((process) => !isPublic(process)),
        first,
      ),
    ];
  }

  /** After all other resources of the stack, so that it reads what the cluster made of them. */
  private checkRollouts(deployments: readonly DeploymentV1[]): void {
    if (deployments.length === 0) return;
    const resources = this.node.findAll().filter(TerraformResource.isTerraformResource);
    const { name, processes } = this.environment;
    new RolloutCheck(this, "rollouts", {
      ...this.owner,
      namespace: this.namespace,
      deployments: processes.map((process) => process.name),
      deployCommand: `npx cdktf deploy ${this.names.environmentStack(name)}`,
      after: [...resources, new ConfigurationHash(this, "configuration")],
    });
  }

  private run(
    process: ProcessSpec,
    after: readonly ITerraformDependable[],
    deploymentAfter: readonly ITerraformDependable[],
  ): Workload {
    const { pin, ingressClass, ingressFrom, ingressTls, ingressAnnotations, metrics, metricsFrom } = this.environment;
    return new Workload(this, `process-${process.name}`, {
      ...this.pods,
      process: process.name,
      image: pin && this.image(pin),
      version: pin?.tag,
      command: process.command?.map(literal),
      args: process.args?.map(literal),
      port: process.port,
      hosts: process.hosts,
      paths: process.paths,
      ingressClass,
      ingressFrom,
      ingressTls,
      ingressAnnotations: literals(ingressAnnotations),
      replicas: process.replicas,
      resources: process.resources,
      protocol: process.protocol,
      readiness: process.readiness && literals(process.readiness),
      liveness: process.liveness && literals(process.liveness),
      gracePeriodSeconds: process.gracePeriod,
      startTimeoutSeconds: process.startTimeout,
      drainDelaySeconds: process.drainDelay,
      metrics: metrics && { ...metrics, path: literal(metrics.path) },
      metricsFrom,
      after,
      deploymentAfter,
    });
  }

  private runAtTimes(
    { name, cron, timezone, command, args, resources }: ScheduledSpec,
    after: ITerraformDependable[],
  ): void {
    const { pin } = this.environment;
    if (pin === undefined) return;
    new ScheduledJob(this, `schedule-${name}`, {
      ...this.pods,
      name,
      cron,
      timezone,
      image: this.image(pin),
      command: command?.map(literal),
      args: args?.map(literal),
      resources,
      after,
    });
  }

  /** What a deploy ends with. */
  private tell(): void {
    const { processes } = this.environment;
    const addresses = processes.flatMap(({ hosts, paths }) =>
      hosts.flatMap((host) => paths.map((path) => `https://${host}${path === "/" ? "" : path}`)),
    );
    if (addresses.length > 0) {
      new TerraformOutput(this, "addresses", { value: addresses, description: "Where the app answers" });
    }
    new TerraformOutput(this, "logs", {
      value: `${kubectlCommand(this.environment, this.namespace)} logs --selector app.kubernetes.io/name=${this.props.slug} --all-containers --prefix --follow --ignore-errors --max-log-requests ${MAX_LOG_STREAMS}`,
      description: "Command that shows the app's logs",
    });
  }
}
