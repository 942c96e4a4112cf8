import { type AppNames, namesOf } from "./names";

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

/** A place where images run. */
export interface EnvironmentSpec {
  readonly name: string;
  /** Domain below which hosts are made. */
  readonly domain: string;
  /** Context of the kubeconfig. */
  readonly context: string;
  /** Path of the kubeconfig, as Terraform reads it: `~` is the home of whoever runs it. */
  readonly kubeconfig: string;
  /** IngressClass. */
  readonly ingressClass: string;
}

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
  readonly environments: readonly EnvironmentSpec[];
}

/** One way to run an app's image, in one environment. */
export interface ProcessSpec {
  readonly name: string;
  /** Program and arguments; absent: the image's own. */
  readonly command?: readonly string[];
  /** Port on which it listens; absent: a worker. */
  readonly port?: number;
  /** Hosts under which it is public; empty: it is not. */
  readonly hosts: readonly string[];
}

/** An app in one environment. */
export interface AppEnvironmentSpec extends EnvironmentSpec {
  readonly processes: readonly ProcessSpec[];
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
  /** Package of the workspace whose binaries the image holds; absent: the only one with any. */
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
  /** Database that the app needs; absent: none. */
  readonly database?: "postgres";
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
const DEFAULT_PROCESS = "web";

/** Where `kubectl` looks for its contexts, unless it is told another place. */
export const DEFAULT_KUBECONFIG = "~/.kube/config";

/** Rust of platforms that name none. */
const DEFAULT_RUST = "1.95.0";

/** Day from which the builder's Debian packages are, on platforms that name none. */
const DEFAULT_RENEWED = "2026-11-01";

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

/** Fills in the defaults of `platform.json`. */
export function platformSpec(file: PlatformFile): PlatformSpec {
  const { accountId, region } = file.aws;
  const partition = partitionOf(region);
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
    environments: Object.entries(file.environments)
      .map(([name, environment]) => ({
        name,
        domain: environment.domain,
        context: environment.context ?? `arn:${partition}:eks:${region}:${accountId}:cluster/${name}`,
        kubeconfig: environment.kubeconfig ?? DEFAULT_KUBECONFIG,
        ingressClass: environment.ingress?.class ?? "alb",
      }))
      .sort((a, b) => byText(a.name, b.name)),
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

type ProcessEntry = NonNullable<AppEntry["processes"]>[string];

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
  if (Array.isArray(hosts)) return hosts;
  if (typeof hosts === "object" && hosts[environment.name]) return hosts[environment.name] ?? [];
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
  return processes.map(([name, process]) => ({
    name,
    command: process.command,
    port: process.port,
    hosts: hostsOf(name, process, onlyPort, names, environment),
  }));
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
    database: entry.database,
    environments: platform.environments
      .filter(({ name }) => entry.environments?.includes(name) ?? true)
      .map((environment) => ({
        ...environment,
        processes: processSpecs(entry, names, environment),
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
