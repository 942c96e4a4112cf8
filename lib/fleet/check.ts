import { INSTANCE_METADATA, isWithin, PRIVATE_RANGES } from "./addresses";
import { covered, wildcardOf } from "./certificates";
import { printValue } from "./error";
import {
  ALB,
  byText,
  DEFAULT_PROCESS,
  DEFAULT_RESOURCES,
  type DestinationSpec,
  databaseResourcesOf,
  type EnvironmentSpec,
  isByEnvironment,
  LEAST_ALB_DRAIN,
  LONGEST_DEREGISTRATION,
  mebibytes,
  ownEgressOf,
  type PlatformSpec,
  type ProcessEntry,
  processSpecs,
  type ResourcesEntry,
  replicasOf,
  resourcesIn,
  resourcesOf,
} from "./fleet";
import {
  BUILDER_PROJECT,
  BUILDER_REPOSITORY,
  buildLogGroupName,
  buildRoleName,
  DATABASE_VARIABLE,
  LONGEST_KUBERNETES_NAME,
  namesOf,
  PLATFORM_STACK,
  REPLICAS_FIELDS,
  RESOURCES_FIELDS,
} from "./names";
import { type AppEntry, didYouMean, isObject, isSetting } from "./schema";

/** An entry of `apps.json` that may have faults: only its sound fields are here. */
export interface EntryDraft {
  readonly entry: Partial<AppEntry>;
  /** Absent where neither a sound slug nor a name to derive it from is there. */
  readonly slug?: string;
}

/** Something wrong between fields, entries or files. */
export interface Conflict {
  readonly file: "apps" | "platform" | "releases";
  /** Index of the entry, for `apps`. */
  readonly index?: number;
  /** Path of the field; below the entry for `apps`. */
  readonly path: readonly (string | number)[];
  readonly rule: string;
  readonly fix: string;
}

/** What the files say, as far as it is sound. */
export interface Drafts {
  /** Empty where `apps.json` has no list. */
  readonly apps: readonly EntryDraft[];
  /** Names of the environments; absent where they can't be known. */
  readonly environments?: readonly string[];
  /** Versions of Rust that the platform builds with; absent where they can't be known. */
  readonly rust?: readonly string[];
  /** Whether the platform keeps compiled crates; absent where it can't be known. */
  readonly sccache?: boolean;
  /** Absent where anything in `platform.json` is wrong. */
  readonly platform?: PlatformSpec;
  /** `releases.json` as it stands, for its keys. */
  readonly releases?: unknown;
}

/** What no field can tell of itself: that it fits the others, the other entries and the other files. */
export function conflicts({ apps, environments, rust, sccache, platform, releases }: Drafts): Conflict[] {
  return [
    ...apps.flatMap(({ entry }, index) => [
      ...inProcesses(entry, index),
      ...inResources(entry, index),
      ...inSchedule(entry, index),
      ...inVariables(entry, index),
      ...inMetrics(entry, index),
      ...inBuild(entry, index),
    ]),
    ...apps.flatMap(({ entry }, index) => inAutoscaling(entry, index, environments)),
    ...apps.flatMap((draft, index) => longNames(draft, index, environments ?? [])),
    ...(rust ? apps.flatMap(({ entry }, index) => unknownRust(entry, index, rust)) : []),
    ...(sccache === false ? apps.flatMap(({ entry }, index) => nowhereToKeep(entry, index)) : []),
    ...(environments ? apps.flatMap(({ entry }, index) => unknownEnvironments(entry, index, environments)) : []),
    ...takenNames(apps, platform),
    ...(platform ? hostsWithoutCertificate(apps, platform) : []),
    ...(platform ? apps.flatMap((draft, index) => inEndings(draft, index, platform)) : []),
    ...(platform
      ? [...otherPlace(platform), ...repeatedDomains(platform), ...sharedBucket(platform), ...uselessTls(platform)]
      : []),
    ...(platform ? inEnvironmentEgress(platform) : []),
    ...(platform ? apps.flatMap(({ entry }, index) => inEgress(entry, index, platform)) : []),
    ...strayPins(apps, environments, releases),
  ];
}

/** What means something where requests come in. */
const NEEDS_PORT = {
  hosts: "a process that is public needs a port",
  readiness: "a worker gets no requests, so nothing asks whether it is ready for them",
  liveness: "a worker has no port at which it could be asked",
  protocol: "a worker has no port at which it could speak one",
} as const;

function inProcesses({ processes = {} }: Partial<AppEntry>, index: number): Conflict[] {
  return Object.entries(processes).flatMap(([name, process]) => [
    ...(name === DEFAULT_PROCESS ? [] : inOtherProcess(name, process, index)),
    ...inReplicas(name, process, index),
    ...inProbes(name, process, index),
  ]);
}

/** A probe speaks the protocol of its process. */
function inProbes(name: string, process: ProcessEntry, index: number): Conflict[] {
  const [wanted, other, example] =
    process.protocol === "grpc"
      ? ([
          "service",
          "path",
          '{ "service": "podcore.v1.Episodes" }, or { "service": "" } for the whole server',
        ] as const)
      : (["path", "service", '{ "path": "/ready" }'] as const);
  return (["readiness", "liveness"] as const).flatMap((field): Conflict[] => {
    const probe = process[field];
    if (probe === undefined || (probe[wanted] !== undefined && probe[other] === undefined)) return [];
    return [
      {
        file: "apps",
        index,
        path: ["processes", name, field],
        rule: `must name a ${wanted}, and nothing else, since "protocol" is "${process.protocol ?? "http"}"`,
        fix: `write for example ${example}`,
      },
    ];
  });
}

/** `web` has a port and is public whatever it says. */
function inOtherProcess(name: string, process: ProcessEntry, index: number): Conflict[] {
  const conflict = (field: string, rule: string, fix: string): Conflict => ({
    file: "apps",
    index,
    path: ["processes", name, field],
    rule,
    fix,
  });
  const portless = Object.entries(NEEDS_PORT)
    .filter(([field]) => process.port === undefined && process[field as keyof typeof NEEDS_PORT] !== undefined)
    .map(([field, rule]) => conflict(field, rule, 'write for example "port": 8080 beside it'));
  if (process.paths === undefined || process.hosts !== undefined) return portless;
  return [
    ...portless,
    conflict("paths", "a process without hosts is not public, and has no paths", 'write "hosts": true beside it'),
  ];
}

function inReplicas(name: string, { replicas }: ProcessEntry, index: number): Conflict[] {
  return eachWritten(replicas, ["processes", name, "replicas"], REPLICAS_FIELDS).flatMap(([bounds, path]) => {
    if (typeof bounds !== "object" || bounds.min === undefined || bounds.min <= bounds.max) return [];
    const rule = `must be at most "max", ${bounds.max}`;
    return [{ file: "apps", index, path: [...path, "min"], rule, fix: "write a smaller number" }];
  });
}

type Path = readonly (string | number)[];

/** The values of a field, each with its path: one, or one for each environment that it names. */
function eachWritten<Value>(
  written: Value | Readonly<Record<string, Value>> | undefined,
  path: Path,
  fields: readonly string[],
): [value: Value, path: Path][] {
  if (written === undefined) return [];
  if (!isByEnvironment(written, fields)) return [[written, path]];
  return Object.entries(written).map(([environment, value]) => [value, [...path, environment]]);
}

/**
 * Behind a load balancer of EKS a pod must outlive the requests that still reach it, and the load balancer must wait for
 * them: it deregisters a pod within the pod's drain and its longest request, and no service waits longer than its limit.
 */
function inEndings({ entry, slug }: EntryDraft, index: number, { environments }: PlatformSpec): Conflict[] {
  if (slug === undefined) return [];
  const places = environments.filter(
    ({ name, ingressClass }) => ingressClass === ALB && (entry.environments?.includes(name) ?? true),
  );
  const conflict = (process: string, field: string, rule: string, fix: string): Conflict[] => [
    { file: "apps", index, path: ["processes", process, field], rule, fix },
  ];
  return places
    .flatMap((place) => processSpecs(entry, namesOf(slug), place))
    .filter(({ hosts }) => hosts.length > 0)
    .flatMap(({ name, drainDelay, gracePeriod }) => {
      if (drainDelay < LEAST_ALB_DRAIN) {
        const rule = `must be at least ${LEAST_ALB_DRAIN} behind a load balancer of EKS, which still sends requests to a pod for some seconds after its removal`;
        return conflict(name, "drainDelay", rule, "write 20, or leave the field out for its default");
      }
      if (drainDelay + gracePeriod <= LONGEST_DEREGISTRATION) return [];
      const rule = `"drainDelay" (${drainDelay}) and "gracePeriod" (${gracePeriod}) must be at most ${LONGEST_DEREGISTRATION} together behind a load balancer of EKS: it waits no longer for requests to a removed pod`;
      const most = LONGEST_DEREGISTRATION - drainDelay;
      return most < 0
        ? conflict(name, "drainDelay", rule, "write 20, or leave the field out for its default")
        : conflict(name, "gracePeriod", rule, `write at most ${most}`);
    });
}

/** What an error proposes for processes with an autoscaler. */
const AUTOSCALED_CPU = '"cpu": "100m"';

/**
 * An autoscaler compares what pods use with what they request. Of the default request, 70 % are 35 thousandths of a core,
 * so little that every process would run at its maximum.
 */
function inAutoscaling(
  { processes = {}, environments: chosen }: Partial<AppEntry>,
  index: number,
  known: readonly string[] = [],
): Conflict[] {
  const environments = known.filter((name) => chosen?.includes(name) ?? true);
  return Object.entries(processes).flatMap(([name, process]) => {
    const { replicas, resources } = process;
    const [bounds, requests] = [namedIn(replicas, REPLICAS_FIELDS), namedIn(resources, RESOURCES_FIELDS)];
    const isDifferent = bounds !== undefined || requests !== undefined;
    const places = isDifferent ? (known.length > 0 ? environments : [...(bounds ?? []), ...(requests ?? [])]) : [""];
    return places
      .filter((place) => typeof replicasOf(process, place) === "object")
      .filter((place) => resourcesIn(resources, place).cpu === undefined)
      .map((place): Conflict => {
        const where = isDifferent ? ` in "${place}"` : "";
        const rule = `bounds need "resources.cpu"${where}: with the default request of ${DEFAULT_RESOURCES.cpu} the process would always run at its maximum`;
        const path = ["processes", name, "replicas", ...(bounds === undefined ? [] : [place])];
        return { file: "apps", index, path, rule, fix: cpuFix(resources, requests && place) };
      });
  });
}

/** @param environment absent where all have the same resources */
function cpuFix(resources: ResourcesEntry, environment: string | undefined): string {
  if (resources === undefined) return `write "resources": { ${AUTOSCALED_CPU} } beside it`;
  if (environment === undefined) return `write ${AUTOSCALED_CPU} into "resources"`;
  return `write "${environment}": { ${AUTOSCALED_CPU} } into "resources"`;
}

/** The environments that a value names; undefined where it is one for all. */
function namedIn(written: unknown, fields: readonly string[]): string[] | undefined {
  return isByEnvironment(written, fields) ? Object.keys(written) : undefined;
}

/** What an entry says of the needs of its pods, with what fills in their defaults. */
function writtenResources({ processes = {}, schedule = {}, migrate, database }: Partial<AppEntry>) {
  const each = (of: Readonly<Record<string, { resources?: ResourcesEntry }>>, ...path: string[]) =>
    Object.entries(of).map(([name, { resources }]) => ({
      resources,
      path: [...path, name, "resources"],
      filled: path.length === 0 && name === "database" ? databaseResourcesOf : resourcesOf,
    }));
  return [
    ...each(processes, "processes"),
    ...each(schedule, "schedule"),
    ...each({ ...(isWrittenOut(migrate) && { migrate }), ...(isWrittenOut(database) && { database }) }),
  ];
}

/** Whether a field says more than its short form could. */
function isWrittenOut<Value>(value: Value): value is Exclude<Value, string | readonly string[] | undefined> {
  return isObject(value);
}

/** Kubernetes refuses a pod whose limit is below its request. */
function inResources(entry: Partial<AppEntry>, index: number): Conflict[] {
  return writtenResources(entry).flatMap(({ resources, path, filled }) =>
    eachWritten(resources, path, RESOURCES_FIELDS).flatMap(([value, path]): Conflict[] => {
      const { memory, memoryLimit } = filled(value, "");
      if (mebibytes(memoryLimit) >= mebibytes(memory)) return [];
      const rule = `must be at least the memory that the pod requests, ${memory}`;
      return [{ file: "apps", index, path: [...path, "memoryLimit"], rule, fix: `write for example "${memory}"` }];
    }),
  );
}

function inSchedule(
  { schedule = {}, processes = { [DEFAULT_PROCESS]: {} } }: Partial<AppEntry>,
  index: number,
): Conflict[] {
  return Object.entries(schedule).flatMap(([name, { command, args }]): Conflict[] => {
    const conflict = (rule: string, fix: string): Conflict => ({
      file: "apps",
      index,
      path: ["schedule", name],
      rule,
      fix,
    });
    return [
      ...(Object.hasOwn(processes, name) ? [conflict("a process has this name", "write another one")] : []),
      ...(command === undefined && args === undefined
        ? [conflict("must say what runs: its command, its arguments, or both", `write for example "args": ["${name}"]`)]
        : []),
    ];
  });
}

/** A variable has one value. */
function inVariables({ env = {}, secrets = [], database }: Partial<AppEntry>, index: number): Conflict[] {
  const conflict = (path: (string | number)[], rule: string): Conflict => ({
    file: "apps",
    index,
    path,
    rule,
    fix: "take one of the two out",
  });
  const named = [
    ...Object.keys(env).map((name) => ({ name, path: ["env", name] })),
    ...secrets.map((name, position) => ({ name, path: ["secrets", position] })),
  ];
  return [
    ...secrets.flatMap((name, position) =>
      Object.hasOwn(env, name) ? [conflict(["secrets", position], 'stands in "env", too')] : [],
    ),
    ...named.flatMap(({ name, path }) =>
      database !== undefined && name === DATABASE_VARIABLE
        ? [conflict(path, 'comes from the app\'s own database, which "database" asks for')]
        : [],
    ),
  ];
}

/** Where there are metrics, a port has them, over HTTP/1.1. */
function inMetrics({ metrics, processes }: Partial<AppEntry>, index: number): Conflict[] {
  if (metrics === undefined || metrics.port !== undefined || processes === undefined) return [];
  const listening = Object.entries(processes).filter(
    ([name, { port }]) => name === DEFAULT_PROCESS || port !== undefined,
  );
  const [grpc] = listening.find(([, { protocol = "http" }]) => protocol !== "http") ?? [];
  if (listening.length > 0 && grpc === undefined) return [];
  const rule =
    grpc === undefined
      ? "no process has a port from which they could be read"
      : `Prometheus can't read them at the port of the process "${grpc}", which does not speak HTTP/1.1`;
  return [{ file: "apps", index, path: ["metrics"], rule, fix: 'write for example { "port": 9090 }' }];
}

/** All other names fit whatever the slug and the environment. */
function longNames({ entry, slug }: EntryDraft, index: number, environments: readonly string[]): Conflict[] {
  if (slug === undefined || entry.database === undefined) return [];
  return environments
    .filter((environment) => entry.environments?.includes(environment) ?? true)
    .map((environment) => namesOf(slug).databaseNamespace(environment))
    .filter((namespace) => namespace.length > LONGEST_KUBERNETES_NAME)
    .map((namespace) => ({
      file: "apps",
      index,
      path: entry.slug === undefined ? ["name"] : ["slug"],
      rule: `the namespace of its database, "${namespace}", has ${namespace.length} characters; ${LONGEST_KUBERNETES_NAME} are allowed`,
      fix: `write a "slug" that is ${namespace.length - LONGEST_KUBERNETES_NAME} shorter`,
    }));
}

/** What means something for the Dockerfile that is made for an app, and so nothing beside one of its own. */
const NOT_BESIDE_DOCKERFILE = [
  "rust",
  "package",
  "libc",
  "packages",
  "libraries",
  "context",
  "files",
  "network",
  "gitCredentials",
  "sccache",
] as const;

function inBuild({ build = {} }: Partial<AppEntry>, index: number): Conflict[] {
  const conflict = (field: string, rule: string, fix: string): Conflict[] => [
    { file: "apps", index, path: ["build", field], rule, fix },
  ];
  if (build.dockerfile !== undefined) {
    const rule = "means nothing beside a Dockerfile of the app's own";
    const fix = 'take it out, or take "dockerfile" out';
    return NOT_BESIDE_DOCKERFILE.filter((field) => build[field] !== undefined).flatMap((field) =>
      conflict(field, rule, fix),
    );
  }
  if (build.libc === "musl" && build.libraries !== undefined) {
    const rule = 'a static binary loads no library, and "libc" is "musl"';
    return conflict("libraries", rule, 'take one of the two out; what is linked statically belongs into "packages"');
  }
  return [];
}

/** The fix is a line of `platform.json`: there, one place decides which builders there are. */
function unknownRust({ build }: Partial<AppEntry>, index: number, known: readonly string[]): Conflict[] {
  const wanted = build?.rust;
  if (wanted === undefined || build?.dockerfile !== undefined || known.includes(wanted)) return [];
  const versions = [...known, wanted].map((version) => `"${version}"`).join(", ");
  return [
    {
      file: "apps",
      index,
      path: ["build", "rust"],
      rule: `platform.json builds with Rust ${known.join(", ")} only`,
      fix: `write one of these, or into platform.json "builder": { "rust": [${versions}] }`,
    },
  ];
}

function nowhereToKeep({ build }: Partial<AppEntry>, index: number): Conflict[] {
  if (build?.sccache !== true || build.dockerfile !== undefined) return [];
  return [
    {
      file: "apps",
      index,
      path: ["build", "sccache"],
      rule: "platform.json names no bucket in which compiled crates are kept",
      fix: 'write into platform.json "build": { "sccache": { "bucket": "acme-sccache" } }, or take it out',
    },
  ];
}

/** The fields that may hold a value for each environment. */
function fieldsByEnvironment(entry: Partial<AppEntry>): { written: unknown; path: Path; fields?: readonly string[] }[] {
  const { processes = {}, schedule = {}, env = {}, database, egress } = entry;
  return [
    ...Object.entries(processes).flatMap(([name, { hosts, replicas }]) => [
      { written: hosts, path: ["processes", name, "hosts"] },
      { written: replicas, path: ["processes", name, "replicas"], fields: REPLICAS_FIELDS },
    ]),
    ...Object.entries(schedule).map(([name, { cron }]) => ({ written: cron, path: ["schedule", name, "cron"] })),
    ...writtenResources(entry).map(({ resources, path }) => ({ written: resources, path, fields: RESOURCES_FIELDS })),
    ...(isWrittenOut(database) ? [{ written: database.volume, path: ["database", "volume"] }] : []),
    ...Object.entries(env).map(([variable, written]) => ({ written, path: ["env", variable] })),
    { written: egress, path: ["egress"] },
  ];
}

function unknownEnvironments(entry: Partial<AppEntry>, index: number, known: readonly string[]): Conflict[] {
  const conflict = (path: Path, name: string, words: readonly string[]): Conflict => ({
    file: "apps",
    index,
    path,
    rule: `platform.json has no environment "${name}"`,
    fix: didYouMean(name, words),
  });
  const listed = (entry.environments ?? []).flatMap((name, position) =>
    known.includes(name) ? [] : [conflict(["environments", position], name, known)],
  );
  const named = fieldsByEnvironment(entry).flatMap(({ written, path, fields = [] }) =>
    isByEnvironment(written, fields)
      ? Object.keys(written)
          .filter((name) => !known.includes(name))
          .map((name) => conflict([...path, name], name, [...known, ...fields]))
      : [],
  );
  return [...listed, ...named];
}

/** The connection must be one that the account's builds can use. */
function otherPlace({ connectionArn, accountId, region, partition }: PlatformSpec): Conflict[] {
  const [, itsPartition, , , itsAccount] = connectionArn.split(":");
  const conflict = (rule: string, fix: string): Conflict => ({
    file: "platform",
    path: ["github", "connectionArn"],
    rule,
    fix,
  });
  return [
    ...(itsAccount === accountId
      ? []
      : [
          conflict(
            `is a connection of account ${itsAccount}, but aws.accountId is "${accountId}"`,
            "write a connection of that account, or mend aws.accountId",
          ),
        ]),
    ...(itsPartition === partition
      ? []
      : [
          conflict(
            `is a connection of the partition "${itsPartition}", but the region "${region}" is in "${partition}"`,
            "write a connection of that partition, or mend aws.region",
          ),
        ]),
  ];
}

/**
 * Ports to which a pod may be let out. AWS's agent keeps 24 pairs of protocol and port for a destination, and drops others
 * at random: four are for DNS, the database, and apps among each other.
 *
 * @see https://github.com/aws/aws-network-policy-agent/blob/v1.4.1/pkg/ebpf/c/tc.v4egress.bpf.c MAX_PORT_PROTOCOL
 */
const MOST_EGRESS_PORTS = 20;

/** What is wrong with destinations in an environment; paths are relative to the list. */
function wrongDestinations(
  own: readonly DestinationSpec[],
  { name, egress, privateRanges }: EnvironmentSpec,
): { path: (string | number)[]; rule: string; fix: string }[] {
  const ports = new Set([...egress, ...own].flatMap((destination) => destination.ports));
  return [
    ...own.flatMap((destination, index) => {
      if (!("cidr" in destination)) return [];
      const { cidr } = destination;
      const contained = [...PRIVATE_RANGES, ...privateRanges].filter(
        (range) => range !== cidr && isWithin(range, cidr),
      );
      const metadata = INSTANCE_METADATA.find((address) => isWithin(address, cidr));
      if (contained.length === 0 && metadata !== undefined) {
        const rule = `contains ${metadata}, where every node hands out the credentials of its role`;
        return [{ path: [index, "cidr"], rule, fix: "write the destination's own range" }];
      }
      if (contained.length === 0) return [];
      // AWS's agent would open the whole private range to every port.
      const rule = `is wider than ${contained.join(", ")}, which "${name}" keeps private`;
      return [{ path: [index, "cidr"], rule, fix: `write for example "${contained[0]}"; the internet is open anyway` }];
    }),
    ...(own.length > 0 && ports.size > MOST_EGRESS_PORTS
      ? [
          {
            path: [],
            rule: `lets out to ${ports.size} different ports in "${name}"; at most ${MOST_EGRESS_PORTS} are possible`,
            fix: "take some out",
          },
        ]
      : []),
  ];
}

function inEnvironmentEgress({ environments }: PlatformSpec): Conflict[] {
  return environments.flatMap((environment) =>
    wrongDestinations(environment.egress, { ...environment, egress: [] }).map(({ path, ...words }): Conflict => {
      return { file: "platform", path: ["environments", environment.name, "egress", ...path], ...words };
    }),
  );
}

/** One list for all environments is told once what is wrong with it, for the first environment where it is. */
function inEgress(entry: Partial<AppEntry>, index: number, { environments }: PlatformSpec): Conflict[] {
  const found = environments
    .filter(({ name }) => entry.environments?.includes(name) ?? true)
    .flatMap((environment) => {
      const base = isByEnvironment(entry.egress) ? ["egress", environment.name] : ["egress"];
      return wrongDestinations(ownEgressOf(entry, environment.name), environment).map(
        ({ path, ...words }): Conflict => {
          return { file: "apps", index, path: [...base, ...path], ...words };
        },
      );
    });
  return found.filter(({ path }, at) => found.findIndex((other) => other.path.join(".") === path.join(".")) === at);
}

/** The environment that has a domain: the first that names it. */
function ownerOf(domain: string, platform: PlatformSpec): string | undefined {
  return platform.environments.find((environment) => environment.domain === domain)?.name;
}

/** One host without a certificate stops the load balancer from changing, for every app behind it. */
function hostsWithoutCertificate(drafts: readonly EntryDraft[], platform: PlatformSpec): Conflict[] {
  return platform.environments.flatMap((environment) => {
    const { name, ingressCertificates: certificates } = environment;
    if (certificates === undefined) return [];
    const found = drafts.flatMap(({ entry, slug }, index) =>
      slug === undefined || entry.environments?.includes(name) === false
        ? []
        : processSpecs(entry, namesOf(slug), environment).flatMap(({ name: process, hosts }) =>
            hosts
              .filter((host) => !covered(certificates, host))
              .map((host) => ({ index, host, path: hostPath(entry, process, name, host) })),
          ),
    );
    const wildcard = wildcardOf(environment.domain);
    const missing = found.map(({ host }) => (covered([wildcard], host) ? wildcard : host)).sort(byText);
    const written = [...new Set([...certificates, ...missing])].map((certificate) => `"${certificate}"`).join(", ");
    return found.map(
      ({ index, host, path }): Conflict => ({
        file: "apps",
        index,
        path,
        rule: `no certificate of the environment "${name}" covers the host "${host}"; those named cover ${certificates.join(", ")}`,
        fix: `request one, and once it is issued write in the environment "${name}" of platform.json: "ingress": { "certificates": [${written}] }`,
      }),
    );
  });
}

/** Where an entry names a host of a process; the name of the app where it follows from that. */
function hostPath(entry: Partial<AppEntry>, process: string, environment: string, host: string): (string | number)[] {
  const hosts = entry.processes?.[process]?.hosts;
  const path = ["processes", process, "hosts"];
  if (Array.isArray(hosts)) return [...path, hosts.indexOf(host)];
  if (isObject(hosts) && hosts[environment]) return [...path, environment, hosts[environment].indexOf(host)];
  if (hosts !== undefined) return path;
  return entry.slug === undefined ? ["name"] : ["slug"];
}

/** A load balancer of EKS takes its certificates from ACM only. */
function uselessTls({ environments }: PlatformSpec): Conflict[] {
  return environments
    .filter(({ ingressClass, ingressTls }) => ingressClass === ALB && ingressTls !== undefined)
    .map(({ name }) => ({
      file: "platform",
      path: ["environments", name, "ingress", "tls"],
      rule: 'means nothing for the class "alb": its load balancer finds certificates in ACM',
      fix: 'take it out, or name another "class" beside it',
    }));
}

/** Told once, instead of once for each app. */
function repeatedDomains(platform: PlatformSpec): Conflict[] {
  return platform.environments.flatMap(({ name, domain }): Conflict[] => {
    const owner = ownerOf(domain, platform);
    if (owner === name) return [];
    const rule = `environment "${owner}" has this domain; the hosts of every app would be the same`;
    return [
      { file: "platform", path: ["environments", name, "domain"], rule, fix: `write for example "${name}.${domain}"` },
    ];
  });
}

/** What is cached expires. */
function sharedBucket({ sccache, state }: PlatformSpec): Conflict[] {
  if (sccache === undefined || !("bucket" in state) || state.bucket !== sccache.bucket) return [];
  return [
    {
      file: "platform",
      path: ["build", "sccache", "bucket"],
      rule: "is the bucket of the states; what is cached expires, and states must not",
      fix: `write for example "${sccache.bucket.slice(0, 55)}-sccache"`,
    },
  ];
}

/** A name that something wants, in the words of whoever hands out such names. */
interface Claim {
  readonly kind: string;
  readonly name: string;
  readonly path: readonly (string | number)[];
  /** The process and the environment that want it, where it is not the whole entry. */
  readonly process?: string;
  readonly environment?: string;
}

function claims({ entry, slug }: EntryDraft, platform?: PlatformSpec): Claim[] {
  if (slug === undefined) return [];
  const names = namesOf(slug);
  const own = entry.slug === undefined ? ["name"] : ["slug"];
  const environments = (platform?.environments ?? []).filter(({ name }) => entry.environments?.includes(name) ?? true);
  const projects = [names.mainProject, names.pullRequestProject];
  const claim = (kind: string, path: readonly (string | number)[], ...values: string[]) =>
    values.map((name): Claim => ({ kind, name, path }));
  return [
    ...claim("slug", own, slug),
    ...claim("stack", own, names.repositoryStack, names.pipelineStack),
    ...claim("stack", own, ...environments.map(({ name }) => names.environmentStack(name))),
    ...claim("namespace", own, ...environments.map(({ name }) => names.namespace(name))),
    ...(entry.database ? environments : []).flatMap(({ name }) => [
      ...claim("stack", own, names.databaseStack(name)),
      ...claim("namespace", own, names.databaseNamespace(name)),
    ]),
    ...claim("ECR repository", own, names.imageRepository, names.cacheRepository),
    ...claim("CodeBuild project", own, ...projects),
    ...claim("IAM role", own, ...projects.map(buildRoleName), names.compileCacheRole),
    ...claim("log group", own, ...projects.map(buildLogGroupName)),
    ...claim(
      "GitHub repository",
      entry.repository?.name ? ["repository", "name"] : own,
      (entry.repository?.name ?? names.repository).toLowerCase(),
    ),
    ...environments
      // An environment with another's domain is told of that.
      .filter(({ name, domain }) => platform && ownerOf(domain, platform) === name)
      .flatMap((environment) =>
        processSpecs(entry, names, environment).flatMap(({ name: process, hosts, paths }) =>
          claim(
            "host",
            entry.processes?.[process]?.hosts ? ["processes", process, "hosts"] : own,
            ...hosts.flatMap((host) => paths.map((path) => `${host}${path === "/" ? "" : path}`)),
          ).map((host) => ({ ...host, process, environment: environment.name })),
        ),
      ),
  ];
}

/** Names that the platform's own stacks have, or will have. */
function platformClaims(platform?: PlatformSpec): Claim[] {
  const environments = platform?.environments ?? [];
  const stacks = environments.flatMap(({ name }) => [`cluster-${name}`, `ingress-${name}`]);
  const claim = (kind: string, ...values: string[]) => values.map((name): Claim => ({ kind, name, path: [] }));
  return [
    ...claim("stack", PLATFORM_STACK, ...stacks),
    ...claim("ECR repository", BUILDER_REPOSITORY),
    ...claim("CodeBuild project", BUILDER_PROJECT),
    ...claim("IAM role", buildRoleName(BUILDER_PROJECT)),
    ...claim("log group", buildLogGroupName(BUILDER_PROJECT)),
  ];
}

/** Who has a name. */
interface Owner {
  readonly title: string;
  readonly index?: number;
  readonly claim: Claim;
}

/** Two things that want one name: the later one is told who has it. */
function takenNames(drafts: readonly EntryDraft[], platform?: PlatformSpec): Conflict[] {
  const owners = new Map<string, Owner>();
  for (const claim of platformClaims(platform))
    owners.set(`${claim.kind} ${claim.name}`, { title: "the platform", claim });
  const found: Conflict[] = [];
  for (const [index, draft] of drafts.entries()) {
    const taken = new Map<string, Conflict>();
    const title = `${printValue(draft.entry.name ?? draft.slug)} (entry ${index + 1})`;
    for (const claim of claims(draft, platform)) {
      const { kind, name, path } = claim;
      const key = `${kind} ${name}`;
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, { title, index, claim });
      // Two entries with one slug want everything twice: one message for a field is enough.
      else if (!taken.has(path.join("."))) {
        const words = owner.index === index ? explainWithin(claim, owner.claim) : explain(claim, owner.title);
        taken.set(path.join("."), { file: "apps", index, path, ...words });
      }
    }
    found.push(...taken.values());
  }
  return found;
}

const OTHER_HOSTS = 'name other hosts, for each environment its own: { "production": ["podcore.fm"] }';

function explain({ kind, name }: Claim, owner: string): { rule: string; fix: string } {
  const rule = `wants ${kind} "${name}", which ${owner} has`;
  if (kind === "host") return { rule, fix: OTHER_HOSTS };
  if (kind === "GitHub repository") return { rule, fix: "name another repository" };
  return { rule, fix: 'write another name, or another "slug" in one of the entries' };
}

/** Hosts are all that an entry can want twice. */
function explainWithin({ name, process, environment }: Claim, first: Claim): { rule: string; fix: string } {
  if (process !== first.process) {
    return {
      rule: `wants host "${name}", which the process "${first.process}" has`,
      fix: "name other hosts, or other paths, for one of them",
    };
  }
  return { rule: `wants host "${name}" in "${first.environment}" and in "${environment}"`, fix: OTHER_HOSTS };
}

function strayPins(
  drafts: readonly EntryDraft[],
  environments: readonly string[] | undefined,
  releases: unknown,
): Conflict[] {
  if (!isObject(releases)) return [];
  const entries = new Map(drafts.flatMap(({ slug, entry }) => (slug === undefined ? [] : [[slug, entry]])));
  // An unknown slug may be that of an entry that can't be read.
  const slugs = drafts.length > 0 && drafts.every(({ slug }) => slug !== undefined) ? [...entries.keys()] : undefined;
  const conflict = (path: string[], rule: string, fix: string): Conflict => ({ file: "releases", path, rule, fix });

  const inEnvironment = (environment: string, slug: string): Conflict[] => {
    const entry = entries.get(slug);
    if (entry) {
      if (entry.environments?.includes(environment) ?? true) return [];
      const rule = `"${slug}" does not run in "${environment}"`;
      return [conflict([environment, slug], rule, "take the pin out, or add the environment to the app's entry")];
    }
    return slugs ? [conflict([environment, slug], `apps.json has no app "${slug}"`, didYouMean(slug, slugs))] : [];
  };
  return Object.entries(releases).flatMap(([environment, pins]): Conflict[] => {
    // The schema tells of settings.
    if (environment === "$schema" || (isSetting(environment) && !isObject(pins))) return [];
    if (environments && !environments.includes(environment)) {
      const rule = `platform.json has no environment "${environment}"`;
      return [conflict([environment], rule, didYouMean(environment, environments))];
    }
    return isObject(pins) ? Object.keys(pins).flatMap((slug) => inEnvironment(environment, slug)) : [];
  });
}
