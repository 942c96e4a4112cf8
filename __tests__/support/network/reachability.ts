import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesObject } from "../../../lib/runtime/manifest";
import type { FleetFiles } from "../fleet-files";
import { filesOf, objectsByCluster } from "../fleets";
import { ROOT } from "../program";
import type { Change } from "./changes";
import type { Engine } from "./engines";
import {
  type Connection,
  type Destination,
  directly,
  type Network,
  type Pod,
  type Service,
  type Source,
  throughService,
  type World,
  worldOf,
} from "./world";

const TABLE = "docs/reachability.md";

/** A network, and what the environments of the fleets in it say. */
export interface Setting extends Network {
  /** The rows of the table that are about it, by their first column. */
  readonly rows: readonly string[];
  readonly privateRanges?: readonly string[];
}

const IPV6 = { ipv6: true, node: "2001:db8:0:100::1", pods: "2001:db8:0:110::", services: "fd12:3456:789a::" };

/** Clusters of EKS: both ranges of Services that it chooses from, and one of IPv6, whose pods have public addresses. */
export const SETTINGS: readonly Setting[] = [
  { name: "IPv4, Services in 10.100.0.0/16", rows: ["all", "IPv4"], ...ipv4("10.100.") },
  { name: "IPv4, Services in 172.20.0.0/16", rows: ["all", "IPv4"], ...ipv4("172.20.") },
  { name: "IPv6", rows: ["all", "IPv6"], ...IPV6 },
  {
    name: "IPv6 with private ranges",
    rows: ["all", "IPv6 with `privateRanges`"],
    privateRanges: ["2001:db8:0:100::/56"],
    ...IPV6,
  },
];

function ipv4(services: string) {
  return { ipv6: false, node: "10.0.0.10", pods: "10.0.", services };
}

/** The row of a destination: for each column, whether it is reached, by engine where they differ. */
interface Row {
  readonly networks: readonly string[];
  readonly destination: string;
  readonly cells: Readonly<Record<string, Cell>>;
}

interface Cell {
  readonly reached: boolean;
  readonly unless: Readonly<Record<string, boolean>>;
}

/** What the documentation says. */
function expectations(): Row[] {
  const lines = readFileSync(join(ROOT, TABLE), "utf8").split("\n");
  const [columns = [], , ...rows] = lines
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return rows.map(([network = "", destination = "", ...cells]) => ({
    networks: network.split(", "),
    destination,
    cells: Object.fromEntries(
      cells.flatMap((text, index) => (text === "" ? [] : [[columns[index + 2] as string, cellOf(text)]])),
    ),
  }));
}

function cellOf(text: string): Cell {
  const [, word, exceptions = ""] = text.match(/^(yes|no)(?: \((.*)\))?$/) ?? [];
  if (word === undefined) throw new Error(`${TABLE} has a cell "${text}"`);
  const unless = exceptions.split("; ").filter(Boolean);
  return {
    reached: word === "yes",
    unless: Object.fromEntries(unless.map((one) => [one.split(": ")[0] as string, one.endsWith(": yes")])),
  };
}

/** What environments with `egress` say, as the documentation shows it. */
function documentedEgress(): unknown {
  const [, block] = readFileSync(join(ROOT, TABLE), "utf8").match(/```json\n([\s\S]*?)```/) ?? [];
  return JSON.parse(`{ ${block} }`).egress;
}

/** A fleet that has everything that policies are about, two environments in one cluster. */
export const FULL_FLEET: FleetFiles = (() => {
  const pin = { tag: "0".repeat(40), digest: `sha256:${"0".repeat(64)}` };
  const app = (name: string) => ({
    name,
    language: "rust",
    database: "postgres",
    migrate: ["app", "migrate"],
    processes: { web: { port: 8080 }, api: { port: 9000 }, crawl: {} },
    schedule: { report: { cron: "@daily", args: ["report"] } },
    metrics: { port: 9090 },
  });
  const { environments: _, ...platform } = JSON.parse(filesOf("examples/fleet").platform as string);
  const environment = { context: "shared", metrics: { from: "monitoring" } };
  return {
    apps: { apps: [app("First"), app("Second")] },
    platform: {
      ...platform,
      environments: {
        production: { ...environment, domain: "example.com" },
        staging: { ...environment, domain: "staging.example.com" },
      },
    },
    releases: Object.fromEntries(["production", "staging"].map((name) => [name, { first: pin, second: pin }])),
  };
})();

/** Objects of each cluster of a fleet, where its environments say something more. */
export function clustersOf(files: FleetFiles, more: object): KubernetesObject[][] {
  const platform = parsed(files.platform);
  const environments = Object.fromEntries(
    Object.entries(platform.environments as object).map(([name, environment]) => [name, { ...environment, ...more }]),
  );
  return [...objectsByCluster({ ...files, platform: { ...platform, environments } }).values()];
}

// biome-ignore lint/suspicious/noExplicitAny: a file of a fleet, of whatever shape
function parsed(file: unknown): any {
  return typeof file === "string" ? JSON.parse(file) : file;
}

/** Pods and Services that are in a cluster besides those of a fleet. */
function neighbours({ services, ipv6 }: Network): object[] {
  const object = (kind: string, namespace: string | undefined, name: string, more: object) => ({
    apiVersion: "v1",
    kind,
    metadata: { name, namespace, labels: { app: name } },
    ...more,
  });
  const pod = (namespace: string, name: string, ports: readonly object[]) =>
    object("Pod", namespace, name, { spec: { containers: [{ name, ports }] } });
  const service = (namespace: string, name: string, clusterIP: string, ports: readonly object[], selector?: object) =>
    object("Service", namespace, name, { spec: { clusterIP, ports, selector } });
  const at = (ending4: string, ending6: string) => `${services}${ipv6 ? ending6 : ending4}`;
  const dns = ["UDP", "TCP"].map((protocol) => ({ port: 53, protocol }));
  return [
    ...["kube-system", "default", "observability", "stranger"].map((name) => object("Namespace", undefined, name, {})),
    pod("kube-system", "dns", [
      { containerPort: 53, protocol: "UDP" },
      { containerPort: 53, protocol: "TCP" },
    ]),
    service("kube-system", "dns", at("0.10", "a"), dns, { app: "dns" }),
    service("default", "kubernetes", at("0.1", "1"), [{ port: 443 }]),
    pod("observability", "collector", [{ containerPort: 4317 }, { containerPort: 8888 }]),
    service("observability", "collector", at("0.50", "50"), [{ port: 80, targetPort: 4317 }], { app: "collector" }),
    pod("stranger", "stranger", [{ containerPort: 8080 }]),
  ];
}

/** Who connects to what in a cluster: by column of the table, and by the destination's row. */
interface Attempt extends Connection {
  readonly column: string;
  readonly destination: string;
}

/** Every connection of the table's rows that a cluster has. */
export function attemptsIn(world: World, withEgress: boolean): Attempt[] {
  return sourcesIn(world, withEgress).flatMap(({ column, from }) =>
    [...destinationsFor(world, from)].map(([destination, to]) => ({ column, from, destination, to })),
  );
}

const isApp = (pod: Pod) =>
  !pod.namespace.endsWith("-database") && pod.labels["app.kubernetes.io/managed-by"] === "drover";
const component = ({ labels }: Pod) => labels["app.kubernetes.io/component"] ?? "";
const appOf = ({ labels }: { labels: Pod["labels"] }) => labels["app.kubernetes.io/name"];
const environmentOf = ({ labels }: { labels: Pod["labels"] }) => labels["drover/environment"];

function sourcesIn(world: World, withEgress: boolean): { column: string; from: Source }[] {
  const suffix = withEgress ? " with `egress`" : "";
  const pods = world.workloads.flatMap((from) => {
    if (from.namespace === "stranger") return [{ column: "pod of another namespace", from }];
    if (environmentOf(from) === undefined) return [];
    if (isApp(from)) return [{ column: `app${suffix}`, from }];
    if (component(from) === "dump") return [{ column: `dump${suffix}`, from }];
    if (component(from) === "postgres") return [{ column: "database", from }];
    return [{ column: "other pod of a database's namespace", from }];
  });
  const loadBalancer = { address: world.ipv6 ? "2001:db8:0:190::9" : "10.0.202.9" };
  return [...pods, { column: "load balancer", from: loadBalancer }];
}

/** Destinations by their rows, for whoever connects. */
function destinationsFor(world: World, from: Source): Map<string, Destination> {
  const found = new Map<string, Destination>();
  const outside = (row: string, address4: string, address6: string | undefined, port: number, more: object = {}) => {
    const address = world.ipv6 ? address6 : address4;
    if (address !== undefined) found.set(row, { address, port, protocol: "TCP", ...more });
  };
  const pod = (row: string, one: Pod | undefined, port: number) => one && found.set(row, directly(one, port));
  const service = (row: string, one: Service | undefined) => one && found.set(row, throughService(world, one));
  const podIn = (namespace: string) => world.workloads.find((one) => one.namespace === namespace);
  const serviceIn = (namespace: string) => world.clusterIps.find((one) => one.namespace === namespace);

  const resolver = serviceIn("kube-system") as Service;
  for (const protocol of ["UDP", "TCP"] as const) {
    found.set(`DNS Service, ${protocol}`, throughService(world, resolver, protocol));
  }
  const udp = { protocol: "UDP" };
  outside("node-local DNS, 169.254.20.10", "169.254.20.10", undefined, 53, { ...udp, host: true });
  outside("DNS resolver of the VPC", "10.0.0.2", "fd00:ec2::253", 53, udp);
  outside("EKS Pod Identity agent", "169.254.170.23", "fd00:ec2::23", 80, { host: true });
  outside("metadata of the machine", "169.254.169.254", "fd00:ec2::254", 80);
  const kubernetes = serviceIn("default")?.address as string;
  outside("API of Kubernetes", kubernetes, kubernetes, 443);
  outside("internet, port 443", "203.0.113.10", "2a00:1450::10", 443);
  outside("internet, port 25", "203.0.113.10", "2a00:1450::10", 25);
  outside("RDS in the VPC, 10.0.200.10:5432", "10.0.200.10", undefined, 5432);
  outside("RDS in the VPC, another port", "10.0.200.10", undefined, 22);
  outside("S3 endpoint of the VPC with private DNS, 10.0.201.10:443", "10.0.201.10", undefined, 443);
  outside("ElastiCache in a peered VPC, 10.9.0.5:6379", "10.9.0.5", undefined, 6379);
  if (world.ipv6) {
    outside("RDS in the VPC over IPv6", "", "2001:db8:0:180::10", 5432);
    outside("RDS in the VPC over IPv6, another port", "", "2001:db8:0:180::10", 22);
  }
  pod("a pod of another namespace", podIn("stranger"), 8080);
  pod("collector, namespace `observability`, port 4317", podIn("observability"), 4317);
  service("Service of the collector", serviceIn("observability"));
  pod("collector, another port", podIn("observability"), 8888);

  const own = "labels" in from ? from : { labels: {} };
  const databases = world.workloads.filter((one) => component(one) === "postgres");
  // Without labels of a fleet's pod there is no own app, and any is another one.
  const mine = environmentOf(own) === undefined ? databases : databases.filter((one) => isSameApp(one, own));
  const [ownDatabase] = mine;
  const serviceOf = (one?: Pod) =>
    world.clusterIps.find(({ namespace, selector }) => {
      return (
        one !== undefined && namespace === one.namespace && selector["app.kubernetes.io/component"] === component(one)
      );
    });
  if (ownDatabase !== undefined && ownDatabase !== own) {
    service("own database", serviceOf(ownDatabase));
    pod("own database, at its pod's address", ownDatabase, 5432);
  }
  service("another app's database", serviceOf(databases.find((one) => appOf(one) !== appOf(own))));

  const processes = world.workloads.filter((one) => isApp(one) && serviceOf(one) !== undefined && one !== own);
  const isPublic = (one: Pod) =>
    world.policies.some(({ name, namespace, spec }) => {
      const isItsOwn = namespace === one.namespace && name === `${component(one)}-ingress`;
      return isItsOwn && spec.ingress.some((rule: { from?: unknown }) => rule.from === undefined);
    });
  const isNear = (one: Pod) => environmentOf(own) === undefined || environmentOf(one) === environmentOf(own);
  const another = processes.filter((one) => isNear(one) && appOf(one) !== appOf(own));
  const publicOne = another.find(isPublic);
  service("a public process of another app", serviceOf(publicOne));
  const [http] = publicOne?.ports ?? [];
  if (http !== undefined) pod("a public process of another app, at its pod's address", publicOne, http.number);
  const isPrivate = (one: Pod) => !isPublic(one);
  service("a private process of another app", serviceOf(another.find(isPrivate)));
  const same = processes.filter((one) => isSameApp(one, own) || environmentOf(own) === undefined);
  service("a private process of the same app", serviceOf(same.find(isPrivate)));
  const far = processes.filter((one) => environmentOf(own) === undefined || environmentOf(one) !== environmentOf(own));
  service("a private process of an app in another environment", serviceOf(far.find(isPrivate)));
  return found;
}

function isSameApp(one: { labels: Pod["labels"] }, other: { labels: Pod["labels"] }): boolean {
  return appOf(one) === appOf(other) && environmentOf(one) === environmentOf(other);
}

/** What an engine's verdicts have in common with the documentation, and what not. */
export interface Judgement {
  /** Rows and columns that were tried: "<destination> | <column>". */
  readonly tried: ReadonlySet<string>;
  /** Connections that the engine judges otherwise, described. */
  readonly wrong: readonly string[];
}

/**
 * Lets an engine judge every connection of the table in the clusters of a fleet.
 * @param change changes the objects first
 */
export async function judgeFleet(
  engine: { readonly name: string; readonly judge: Engine },
  files: FleetFiles,
  { privateRanges, rows, ...network }: Setting,
  change: Change = (object) => object,
): Promise<Judgement> {
  const table = rowsOf({ rows });
  const tried = new Set<string>();
  const wrong: string[] = [];
  for (const withEgress of [false, true]) {
    const more = { ...(privateRanges && { privateRanges }), ...(withEgress && { egress: documentedEgress() }) };
    for (const objects of clustersOf(files, more)) {
      const world = worldOf(network, [...objects.map(change), ...(neighbours(network) as KubernetesObject[])]);
      const attempts = attemptsIn(world, withEgress).flatMap((attempt) => {
        const cell = table.find(({ destination }) => destination === attempt.destination)?.cells[attempt.column];
        return cell === undefined ? [] : [{ ...attempt, expected: cell.unless[engine.name] ?? cell.reached }];
      });
      const verdicts = await engine.judge(world, attempts);
      for (const [index, { column, destination, from, expected }] of attempts.entries()) {
        tried.add(`${destination} | ${column}`);
        if (verdicts[index] === expected) continue;
        const who = "namespace" in from ? `${from.namespace}/${from.name}` : from.address;
        wrong.push(`${network.name}: ${who} (${column}) → ${destination}: ${expected ? "closed" : "open"}`);
      }
    }
  }
  return { tried, wrong };
}

/** Rows and columns that the table has for a network: "<destination> | <column>". */
export function cellsOf(setting: Setting): string[] {
  return rowsOf(setting).flatMap(({ destination, cells }) =>
    Object.keys(cells).map((column) => `${destination} | ${column}`),
  );
}

/**
 * Whether the table says that a connection is possible.
 *
 * @throws Error where it has no such cell
 */
export function isDocumentedOpen(setting: Setting, destination: string, column: string): boolean {
  const cell = rowsOf(setting).find((row) => row.destination === destination)?.cells[column];
  if (cell === undefined) throw new Error(`the table says nothing of "${destination}" from "${column}"`);
  return cell.reached;
}

function rowsOf({ rows }: Pick<Setting, "rows">): Row[] {
  return expectations().filter(({ networks }) => networks.some((network) => rows.includes(network)));
}
