import { wildcardOf } from "./certificates";
import { type AppNames, DATABASE_VARIABLE, namesOf, REPLICAS_FIELDS, RESOURCES_FIELDS } from "./names";
import { type ProviderName, type ProviderSpec, providerSpecs } from "./providers";
import { DEFAULT_TIME_ZONE } from "./time-zones";

export type { BuildSize, Pin } from "./schema";

import type { AppEntry, BuilderFile, BuildSize, Pin, PlatformFile, ReleasesFile } from "./schema";

/** States are kept in an S3 bucket of the account, which everybody who deploys can reach. */
export interface BucketState {
  readonly bucket: string;
  /** Path below which the states are kept. */
  readonly prefix?: string;
}

/** States are kept in a folder of this machine. */
export interface LocalState {
  readonly directory: string;
}

/** Where pods may connect to: addresses outside the cluster, or the pods of a namespace. */
export type DestinationSpec =
  | {
      /** Range of addresses in CIDR notation. */
      readonly cidr: string;
      /** TCP ports. */
      readonly ports: readonly number[];
    }
  | {
      readonly namespace: string;
      /** TCP ports of the pods. */
      readonly ports: readonly number[];
    };

/** A place where images run. */
export interface EnvironmentSpec {
  readonly name: string;
  /** Domain below which hosts are made. */
  readonly domain: string;
  /** Context of the kubeconfig. */
  readonly context: string;
  /** Path of the kubeconfig, as Terraform reads it: `~` is the home of whoever runs it. */
  readonly kubeconfig: string;
  /** ARN of the EKS cluster; absent: it is none, or nobody has said. */
  readonly clusterArn?: string;
  /** IngressClass. */
  readonly ingressClass: string;
  /** Namespace of the ingress controller, or subnets of a load balancer outside the cluster; absent: anywhere. */
  readonly ingressFrom?: string | readonly string[];
  /** Names that the certificates of the load balancer are valid for; absent: nobody has said. */
  readonly ingressCertificates?: readonly string[];
  /** Certificate of an Ingress whose class is not {@link ALB}; absent: the controller's own. */
  readonly ingressTls?: IngressTlsSpec;
  /** Further annotations of every Ingress; sorted by name. */
  readonly ingressAnnotations: Readonly<Record<string, string>>;
  /** Namespace of the Prometheus that scrapes the apps; absent: none does. */
  readonly metricsFrom?: string;
  /** StorageClass of the databases' volumes; absent: the cluster's default one. */
  readonly storageClass?: string;
  /** Secrets with which the cluster pulls images; sorted. */
  readonly imagePullSecrets: readonly string[];
  /** Private destinations that every app and every dump may connect to. */
  readonly egress: readonly DestinationSpec[];
  /** Public addresses that are not of the internet, in CIDR notation. */
  readonly privateRanges: readonly string[];
}

/** Where the certificate of an Ingress comes from: a Secret of the app's namespace, or an issuer of cert-manager. */
export type IngressTlsSpec = { readonly secret: string } | { readonly clusterIssuer: string };

/** A version of Rust that the platform builds with, with what it holds beyond the usual. */
export interface RustSpec {
  /** Such as "1.95.0". */
  readonly version: string;
  /** Components besides clippy and rustfmt; sorted. */
  readonly components: readonly string[];
  /** Targets besides those of Linux on x86-64, with GNU's C library and with musl; sorted. */
  readonly targets: readonly string[];
}

/** What the builder images are made from. */
export interface BuilderSpec {
  /** Day on which they were last renewed, such as "2026-11-21". */
  readonly renewed: string;
  /** One builder image each; the first is every app's default. */
  readonly rust: readonly [RustSpec, ...RustSpec[]];
}

/** Options of a tool, as its configuration file in TOML has them. */
export type ToolOptions = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** What the apps share. */
export interface PlatformSpec {
  /** GitHub user or organization that owns the repositories. */
  readonly githubOwner: string;
  /** Whether default branches are protected. */
  readonly rulesets: boolean;
  /** Connection through which CodeBuild reads the repositories. */
  readonly connectionArn: string;
  readonly accountId: string;
  readonly region: string;
  /** First part of every ARN: `aws`, or `aws-us-gov` for the regions of the US government. */
  readonly partition: string;
  /** Seconds between a role's policy and what needs it. */
  readonly iamPropagationSeconds: number;
  /** Where Terraform keeps its states. */
  readonly state: BucketState | LocalState;
  readonly buildSize: BuildSize;
  /** US dollars a minute, by size. */
  readonly pricePerMinute: Readonly<Partial<Record<BuildSize, number>>>;
  /** Options for apps without a rustfmt.toml. */
  readonly rustfmt: ToolOptions;
  /** Options for apps without a clippy.toml. */
  readonly clippy: ToolOptions;
  /** S3 bucket in which apps that say so keep their compiled crates; absent: none can. */
  readonly sccache?: { readonly bucket: string };
  readonly builder: BuilderSpec;
  readonly budget?: { readonly monthlyUsd: number; readonly email: string };
  /** Major version of PostgreSQL that the databases run. */
  readonly postgres: number;
  /** The Terraform providers that the stacks need. */
  readonly providers: Readonly<Record<ProviderName, ProviderSpec>>;
  readonly environments: readonly EnvironmentSpec[];
}

/** Bounds between which the use of CPU decides how many pods there are. */
export interface AutoscalingSpec {
  readonly min: number;
  readonly max: number;
  /** Percent of the CPU kept for them that the pods should use on average. */
  readonly cpu: number;
}

/** What a pod needs. */
export interface ResourcesSpec {
  /** CPU that it requests, such as "50m". */
  readonly cpu: string;
  /** Memory that it requests, such as "64Mi". */
  readonly memory: string;
  /** Memory that it may use, such as "256Mi"; one that uses more is killed. */
  readonly memoryLimit: string;
}

/**
 * A request that tells how a pod does: of a path over HTTP, or of a service over gRPC. The empty name of a service means the
 * whole server.
 */
export type ProbeSpec = { readonly path: string } | { readonly service: string };

/** What a process speaks at its port, without TLS: HTTP/1.1, HTTP/2, or gRPC. */
export type Protocol = NonNullable<ProcessEntry["protocol"]>;

/** One way to run an app's image, in one environment. */
export interface ProcessSpec {
  readonly name: string;
  /** Program and arguments; absent: the image's own. */
  readonly command?: readonly string[];
  /** Arguments; absent: none beyond those of the command. */
  readonly args?: readonly string[];
  /** Port on which it listens; absent: a worker. */
  readonly port?: number;
  /** What it speaks at its port. */
  readonly protocol: Protocol;
  /** Hosts under which it is public; empty: it is not. */
  readonly hosts: readonly string[];
  /** Paths of its hosts that lead to it, each with all below it. */
  readonly paths: readonly string[];
  /** Number of pods, or the bounds of autoscaling. */
  readonly replicas: number | AutoscalingSpec;
  readonly resources: ResourcesSpec;
  /** When a pod gets requests; absent: when its port can be reached. */
  readonly readiness?: ProbeSpec;
  /** When a pod is restarted; absent: never. */
  readonly liveness?: ProbeSpec;
  /** Seconds that the longest request, or a worker's longest job, may take to end. */
  readonly gracePeriod: number;
  /** Seconds that a new pod may take from its start until it is ready. */
  readonly startTimeout: number;
  /** Seconds between the removal of a pod and its SIGTERM. */
  readonly drainDelay: number;
}

/** Something that the app's image does at certain times. */
export interface ScheduledSpec {
  readonly name: string;
  /** When, as cron has it. */
  readonly cron: string;
  /** Time zone of these times, such as "Etc/UTC". */
  readonly timezone: string;
  /** Program and arguments; absent: the image's own. */
  readonly command?: readonly string[];
  /** Arguments; absent: none beyond those of the command. */
  readonly args?: readonly string[];
  readonly resources: ResourcesSpec;
}

/** Where Prometheus finds the metrics of every process. */
export interface MetricsSpec {
  /** Absent: the process's own port. */
  readonly port?: number;
  readonly path: string;
}

/** The database of an app. */
export interface DatabaseSpec {
  readonly engine: "postgres";
  /** Space for its data, such as "1Gi". */
  readonly volume: string;
  readonly resources: ResourcesSpec;
}

/** What brings the database to where a release needs it. */
export interface MigrationSpec {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly resources: ResourcesSpec;
  /** Seconds after which it has failed. */
  readonly deadline: number;
}

/** An app in one environment. */
export interface AppEnvironmentSpec extends EnvironmentSpec {
  /** Sorted by name. */
  readonly processes: readonly ProcessSpec[];
  /** Environment variables of all that runs the image, as they are; sorted by name. */
  readonly env: Readonly<Record<string, string>>;
  /** Environment variables whose values are secrets, that of the database among them; sorted. */
  readonly secrets: readonly string[];
  /** What runs once before a new release; absent: nothing does. */
  readonly migrate?: MigrationSpec;
  /** Database that the app has here; absent: none. */
  readonly database?: DatabaseSpec;
  /** Sorted by name. */
  readonly schedule: readonly ScheduledSpec[];
  /** Absent: nowhere. */
  readonly metrics?: MetricsSpec;
  /** Private destinations that the app may connect to besides those of the environment. */
  readonly ownEgress: readonly DestinationSpec[];
  /** What runs here; absent: nothing yet, so there is no Deployment. */
  readonly pin?: Pin;
}

/** How an app is built. */
export interface BuildSpec {
  readonly size: BuildSize;
  /** US dollars that a minute of the machine costs; absent: nobody has said. */
  readonly pricePerMinute?: number;
  /** Rust, one of the platform's. */
  readonly rust: RustSpec;
  /** Package of the workspace whose binaries the image holds; absent: all of them. */
  readonly package?: string;
  /** C library: "musl" for a static binary. */
  readonly libc: "gnu" | "musl";
  /** Debian packages that are there while the app is built. */
  readonly packages: readonly string[];
  /** Debian packages whose files the image holds. */
  readonly libraries: readonly string[];
  /** Further paths of the repository that the build sees; `*` and `**` are patterns. */
  readonly context: readonly string[];
  /** Further paths of the repository that the image holds. */
  readonly files: readonly string[];
  /** Whether every step has a network. */
  readonly network: boolean;
  /** Secret of AWS Secrets Manager with a line of git's credential store; for builds of the main branch only. */
  readonly gitCredentials?: string;
  /** Whether compiled crates are kept in the platform's bucket; by builds of the main branch only. */
  readonly sccache: boolean;
  /** Whether provenance and a bill of materials are attached to the image. */
  readonly attestations: boolean;
  /** The app's own Dockerfile; absent: one is made for it. */
  readonly dockerfile?: string;
}

/** One Rust codebase, with every default filled in. */
export interface AppSpec {
  readonly name: string;
  readonly slug: string;
  readonly language: AppEntry["language"];
  readonly repository: { readonly owner: string; readonly name: string; readonly adopt: boolean };
  readonly build: BuildSpec;
  /** Kind of database that the app needs; absent: none. */
  readonly database?: DatabaseSpec["engine"];
  /** Sorted by name. */
  readonly environments: readonly AppEnvironmentSpec[];
  /** Whether the guards on what is precious are lifted. */
  readonly retiring: boolean;
}

/** All that the JSON files say, validated, with every default filled in. */
export interface Fleet {
  readonly platform: PlatformSpec;
  /** Sorted by slug, so that the order of entries means nothing. */
  readonly apps: readonly AppSpec[];
}

/** Port of `web` where its entry names none. */
const DEFAULT_PORT = 8080;
/** The process that has a port and is public whatever an entry says of it. */
export const DEFAULT_PROCESS = "web";

/** Fit for Rust: a service of a few MiB has room for a burst of requests, and a leak ends one pod only. */
export const DEFAULT_RESOURCES: ResourcesSpec = { cpu: "50m", memory: "64Mi", memoryLimit: "256Mi" };

/** Seconds that a migration may take unless its entry says otherwise. */
export const DEFAULT_MIGRATION_DEADLINE = 1800;

/** What a database has unless its entry says otherwise. */
export const DEFAULT_DATABASE: Omit<DatabaseSpec, "engine"> = {
  volume: "1Gi",
  resources: { cpu: "100m", memory: "512Mi", memoryLimit: "512Mi" },
};

/** Percent of the CPU that is kept for the pods, at which autoscaling makes more of them. */
const DEFAULT_CPU = 70;

/** Seconds of the longest request, or job of a worker. */
export const DEFAULT_GRACE_PERIOD = 30;

/** Seconds that a new pod may take from its start until it is ready. */
export const DEFAULT_START_TIMEOUT = 300;

/**
 * Seconds for which a load balancer of EKS lets requests to a removed pod end, at most.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#deregistration-delay
 */
export const LONGEST_DEREGISTRATION = 3600;

/**
 * Seconds for which a load balancer of EKS may still send requests to a removed pod, at least: its controller has to see
 * the removal and to deregister the pod, and each of the load balancer's nodes has to hear of it.
 */
export const LEAST_ALB_DRAIN = 10;

/** IngressClass of the load balancers that EKS makes. */
export const ALB = "alb";

/** Where `kubectl` looks for its contexts, unless it is told another place. */
export const DEFAULT_KUBECONFIG = "~/.kube/config";

/** Rust of platforms that name none. */
const DEFAULT_RUST = "1.95.0";

/** Day from which the builder's Debian packages are, on platforms that name none. */
const DEFAULT_RENEWED = "2026-11-01";

/** Major version of PostgreSQL on platforms that name none: the one of Debian 13. */
const DEFAULT_POSTGRES = 17;

/** Branch from which releases are built. */
export const DEFAULT_BRANCH = "main";

/** Order that no machine's language settings change. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
function partitionOf(region: string): string {
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** The EKS cluster that a context means, as `aws eks update-kubeconfig` calls contexts. */
function clusterOf(context: string): string | undefined {
  return /^arn:[a-z-]+:eks:/.test(context) ? context : undefined;
}

/** Fills in the defaults of `platform.json`. */
export function platformSpec(file: PlatformFile): PlatformSpec {
  const { accountId, region } = file.aws;
  const partition = partitionOf(region);
  const clusterArn = (name: string) => `arn:${partition}:eks:${region}:${accountId}:cluster/${name}`;
  return {
    githubOwner: file.github.owner,
    rulesets: file.github.rulesets ?? true,
    connectionArn: file.github.connectionArn,
    accountId,
    region,
    partition,
    iamPropagationSeconds: file.aws.iamPropagationSeconds ?? 15,
    state: file.state ?? { directory: ".drover/state" },
    buildSize: file.build?.size ?? "2xlarge",
    pricePerMinute: file.build?.pricePerMinute ?? {},
    rustfmt: file.build?.rustfmt ?? {},
    clippy: file.build?.clippy ?? {},
    sccache: file.build?.sccache,
    builder: builderSpec(file.builder),
    budget: file.budget,
    postgres: file.database?.postgres ?? DEFAULT_POSTGRES,
    providers: providerSpecs(file.providers),
    environments: Object.entries(file.environments)
      .map(([name, environment]) => ({
        name,
        domain: environment.domain,
        context: environment.context ?? clusterArn(name),
        clusterArn: environment.cluster
          ? clusterArn(environment.cluster)
          : clusterOf(environment.context ?? clusterArn(name)),
        kubeconfig: environment.kubeconfig ?? DEFAULT_KUBECONFIG,
        ...ingressSpec(environment),
        metricsFrom: environment.metrics?.from,
        storageClass: environment.storageClass,
        imagePullSecrets: (environment.imagePullSecrets ?? []).toSorted(byText),
        egress: environment.egress ?? [],
        privateRanges: environment.privateRanges ?? [],
      }))
      .sort((a, b) => byText(a.name, b.name)),
  };
}

/** Fills in the defaults of `ingress` in an environment. */
function ingressSpec({ domain, ingress = {} }: PlatformFile["environments"][string]) {
  const { class: ingressClass = ALB, from, certificates, tls, annotations } = ingress;
  return {
    ingressClass,
    ingressFrom: from,
    ingressCertificates: certificates ?? (ingressClass === ALB ? [wildcardOf(domain)] : undefined),
    ingressTls: tls,
    ingressAnnotations: Object.fromEntries(sortedEntries(annotations)),
  };
}

/** Fills in the defaults of `builder` in `platform.json`. */
export function builderSpec({ renewed = DEFAULT_RENEWED, rust = [DEFAULT_RUST] }: BuilderFile = {}): BuilderSpec {
  const specs = rust.map((written): RustSpec => {
    const { version, components = [], targets = [] } = typeof written === "string" ? { version: written } : written;
    return { version, components: components.toSorted(byText), targets: targets.toSorted(byText) };
  });
  return { renewed, rust: specs as [RustSpec, ...RustSpec[]] };
}

/** Fills in the defaults of `build` in an entry. */
function buildSpec(build: NonNullable<AppEntry["build"]>, platform: PlatformSpec): BuildSpec {
  const { size = platform.buildSize } = build;
  const [first, ...others] = platform.builder.rust;
  return {
    size,
    pricePerMinute: platform.pricePerMinute[size],
    rust: others.find(({ version }) => version === build.rust) ?? first,
    package: build.package,
    libc: build.libc ?? "gnu",
    packages: build.packages ?? [],
    libraries: build.libraries ?? [],
    context: build.context ?? [],
    files: build.files ?? [],
    network: build.network ?? false,
    gitCredentials: build.gitCredentials,
    sccache: build.sccache ?? false,
    attestations: build.attestations ?? false,
    dockerfile: build.dockerfile,
  };
}

export type ProcessEntry = NonNullable<AppEntry["processes"]>[string];
export type ResourcesEntry = ProcessEntry["resources"];
type WrittenReplicas = number | (Pick<AutoscalingSpec, "max"> & Partial<AutoscalingSpec>);

/** The processes of an entry, with their ports. */
function processEntries(entry: Partial<AppEntry>): [name: string, process: ProcessEntry][] {
  return Object.entries(entry.processes ?? { [DEFAULT_PROCESS]: {} })
    .map(([name, process]): [string, ProcessEntry] => [
      name,
      name === DEFAULT_PROCESS ? { port: DEFAULT_PORT, ...process } : process,
    ])
    .sort(([a], [b]) => byText(a, b));
}

/** The hosts of a process in an environment; none when the process is not public there. */
function hostsOf(
  name: string,
  process: ProcessEntry,
  onlyPort: boolean,
  names: AppNames,
  environment: EnvironmentSpec,
): readonly string[] {
  const { hosts, port } = process;
  if (port === undefined) return [];
  const named = valueIn<true | string[]>(hosts, environment.name);
  if (Array.isArray(named)) return named;
  if (name !== DEFAULT_PROCESS && hosts === undefined) return [];
  const isFrontDoor = name === DEFAULT_PROCESS || onlyPort;
  return [isFrontDoor ? names.host(environment.domain) : names.processHost(name, environment.domain)];
}

/** The processes of an app in an environment. */
export function processSpecs(
  entry: Partial<AppEntry>,
  names: AppNames,
  environment: EnvironmentSpec,
): readonly ProcessSpec[] {
  const processes = processEntries(entry);
  const onlyPort = processes.filter(([, process]) => process.port !== undefined).length === 1;
  return processes.map(([name, process]) => {
    const hosts = hostsOf(name, process, onlyPort, names, environment);
    return processSpec(name, process, hosts, environment);
  });
}

function processSpec(
  name: string,
  process: ProcessEntry,
  hosts: readonly string[],
  { name: environment, ingressClass }: EnvironmentSpec,
): ProcessSpec {
  const { port } = process;
  return {
    name,
    command: process.command,
    args: process.args,
    port,
    hosts,
    paths: process.paths ?? ["/"],
    replicas: replicasOf(process, environment),
    resources: resourcesOf(process.resources, environment),
    protocol: process.protocol ?? "http",
    readiness: process.readiness as ProbeSpec | undefined,
    liveness: process.liveness as ProbeSpec | undefined,
    gracePeriod: process.gracePeriod ?? DEFAULT_GRACE_PERIOD,
    startTimeout: process.startTimeout ?? DEFAULT_START_TIMEOUT,
    drainDelay: process.drainDelay ?? defaultDrainDelay({ port, hosts, ingressClass }),
  };
}

/**
 * Seconds between the removal of a pod and its SIGTERM, where an entry names none. An Application Load Balancer hears of
 * the removal late; inside the cluster it is a matter of a few seconds. A worker gets no requests.
 */
export function defaultDrainDelay({
  port,
  hosts = [],
  ingressClass = ALB,
}: {
  readonly port?: number;
  readonly hosts?: readonly string[];
  readonly ingressClass?: string;
}): number {
  if (port === undefined) return 0;
  return hosts.length > 0 && ingressClass === ALB ? 20 : 5;
}

/** One answers while the other is replaced, or its node goes away; a worker has nobody waiting for it. */
export function fewestReplicas(port: number | undefined): number {
  return port === undefined ? 1 : 2;
}

/** How many pods there are at least. */
export function leastOf(replicas: number | AutoscalingSpec): number {
  return typeof replicas === "object" ? replicas.min : replicas;
}

/** A value that an entry gives for all environments, or for each. */
type ByEnvironment<Value> = Value | Readonly<Record<string, Value>>;

/** Whether a value holds environments: no environment has the name of a field. */
export function isByEnvironment<Value>(
  written: ByEnvironment<Value> | undefined,
  fields: readonly string[] = [],
): written is Readonly<Record<string, Value>> {
  if (typeof written !== "object" || written === null || Array.isArray(written)) return false;
  const keys = Object.keys(written);
  return keys.length > 0 && !keys.some((key) => fields.includes(key));
}

/**
 * The value of a field in an environment; undefined where the entry gives it none.
 *
 * @param fields fields of the value where it is an object
 */
function valueIn<Value>(
  written: ByEnvironment<Value> | undefined,
  environment: string,
  fields: readonly string[] = [],
): Value | undefined {
  if (!isByEnvironment(written, fields)) return written;
  return Object.hasOwn(written, environment) ? written[environment] : undefined;
}

/** The number of pods of a process in an environment, or their bounds. */
export function replicasOf({ port, replicas }: ProcessEntry, environment: string): number | AutoscalingSpec {
  const written = valueIn<WrittenReplicas>(replicas, environment, REPLICAS_FIELDS) ?? fewestReplicas(port);
  if (typeof written === "number") return written;
  return { min: Math.min(fewestReplicas(port), written.max), cpu: DEFAULT_CPU, ...written };
}

/** What an entry says of a pod's needs in an environment. */
export function resourcesIn(written: ResourcesEntry, environment: string): Partial<ResourcesSpec> {
  return valueIn<Partial<ResourcesSpec>>(written, environment, RESOURCES_FIELDS) ?? {};
}

/** What a pod needs in an environment. Its limit follows a request that is larger than the default limit. */
export function resourcesOf(written: ResourcesEntry, environment: string): ResourcesSpec {
  const {
    cpu = DEFAULT_RESOURCES.cpu,
    memory = DEFAULT_RESOURCES.memory,
    memoryLimit = larger(memory, DEFAULT_RESOURCES.memoryLimit),
  } = resourcesIn(written, environment);
  return { cpu, memory, memoryLimit };
}

/** What a database needs in an environment. Its limit is its request: a server that is killed has to recover. */
export function databaseResourcesOf(written: ResourcesEntry, environment: string): ResourcesSpec {
  const {
    cpu = DEFAULT_DATABASE.resources.cpu,
    memory = DEFAULT_DATABASE.resources.memory,
    memoryLimit = memory,
  } = resourcesIn(written, environment);
  return { cpu, memory, memoryLimit };
}

/** An amount of memory such as "64Mi", in MiB. */
export function mebibytes(amount: string): number {
  return Number.parseInt(amount, 10) * (amount.endsWith("Gi") ? 1024 : 1);
}

function larger(one: string, other: string): string {
  return mebibytes(one) > mebibytes(other) ? one : other;
}

/** The names and values of an object, sorted by name. */
function sortedEntries<Value>(values: Readonly<Record<string, Value>> = {}): [name: string, value: Value][] {
  return Object.entries(values).sort(([a], [b]) => byText(a, b));
}

/** The environment variables of an entry, as they are in an environment. */
function envOf({ env }: AppEntry, environment: string): Record<string, string> {
  return Object.fromEntries(
    sortedEntries(env).flatMap(([name, value]) => {
      const own = valueIn<string>(value, environment);
      return own === undefined ? [] : [[name, own]];
    }),
  );
}

/** Where an entry's pods may connect to in an environment, besides where all may. */
export function ownEgressOf({ egress }: Partial<AppEntry>, environment: string): readonly DestinationSpec[] {
  const own = valueIn<readonly DestinationSpec[]>(egress, environment);
  // A draft has an empty object where none of its destinations is valid.
  return Array.isArray(own) ? own : [];
}

/** What an entry does at certain times in an environment. */
function scheduledSpecs({ schedule }: AppEntry, environment: string): readonly ScheduledSpec[] {
  return sortedEntries(schedule).flatMap(([name, { cron: written, timezone = DEFAULT_TIME_ZONE, ...job }]) => {
    const cron = valueIn<string>(written, environment);
    const { command, args, resources } = job;
    return cron === undefined
      ? []
      : [{ name, cron, timezone, command, args, resources: resourcesOf(resources, environment) }];
  });
}

function databaseSpec(database: AppEntry["database"], environment: string): DatabaseSpec | undefined {
  if (database === undefined) return undefined;
  const { engine, volume, resources } = typeof database === "string" ? { engine: database } : database;
  return {
    engine,
    volume: valueIn<string>(volume, environment) ?? DEFAULT_DATABASE.volume,
    resources: databaseResourcesOf(resources, environment),
  };
}

function migrationSpec(migrate: AppEntry["migrate"], environment: string): MigrationSpec | undefined {
  if (migrate === undefined) return undefined;
  const { command, resources, deadline } = "command" in migrate ? migrate : { command: migrate };
  return {
    command,
    resources: resourcesOf(resources, environment),
    deadline: deadline ?? DEFAULT_MIGRATION_DEADLINE,
  };
}

/** Fills in the defaults of an entry of `apps.json`. */
export function appSpec(entry: AppEntry, slug: string, platform: PlatformSpec, releases: ReleasesFile): AppSpec {
  const names = namesOf(slug);
  return {
    name: entry.name,
    slug,
    language: entry.language,
    repository: {
      owner: platform.githubOwner,
      name: entry.repository?.name ?? names.repository,
      adopt: entry.repository?.adopt ?? false,
    },
    build: buildSpec(entry.build ?? {}, platform),
    database: typeof entry.database === "object" ? entry.database.engine : entry.database,
    environments: platform.environments
      .filter(({ name }) => entry.environments?.includes(name) ?? true)
      .map((environment) => ({
        ...environment,
        processes: processSpecs(entry, names, environment),
        env: envOf(entry, environment.name),
        secrets: [...(entry.secrets ?? []), ...(entry.database ? [DATABASE_VARIABLE] : [])].sort(byText),
        migrate: migrationSpec(entry.migrate, environment.name),
        database: databaseSpec(entry.database, environment.name),
        schedule: scheduledSpecs(entry, environment.name),
        ownEgress: ownEgressOf(entry, environment.name),
        metrics: entry.metrics && { port: entry.metrics.port, path: entry.metrics.path ?? "/metrics" },
        pin: pinOf(releases, environment.name, slug),
      })),
    retiring: entry.retiring ?? false,
  };
}

/** What runs of an app in an environment. Own keys only: an app may be called "constructor". */
function pinOf(releases: ReleasesFile, environment: string, slug: string): Pin | undefined {
  const pins = Object.hasOwn(releases, environment) ? releases[environment] : undefined;
  return typeof pins === "object" && Object.hasOwn(pins, slug) ? pins[slug] : undefined;
}
