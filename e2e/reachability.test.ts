import { setTimeout as delay } from "node:timers/promises";
import { isDocumentedOpen, SETTINGS, type Setting } from "../__tests__/support/network/reachability";
import { ReleasedFleet } from "./release/released-fleet";
import { timed } from "./release/stopwatch";
import { CLUSTER, type Cluster, type KubernetesObject, startCluster } from "./tools/cluster";
import { addEchoApp, ECHO_APP } from "./tools/echo-app";
import { describeWith } from "./tools/needs";
import { terraform } from "./tools/terraform";

const TAG = "e".repeat(40);
const [IPV4] = SETTINGS as [Setting];

/** Port of everything here that answers. */
const PORT = 8080;

/** A process that answers, and one from which a test asks. */
const ANSWERS = { command: ["/echo"], replicas: 1, startTimeout: 20, drainDelay: 0, gracePeriod: 0 };
const ASKS = { ...ANSWERS, command: ["/echo", "sleep", "1h"] };

const processes = { web: ANSWERS, api: { ...ANSWERS, port: PORT }, ask: ASKS };
const app = (name: string, more: object = {}) => ({ name, slug: name, language: "rust", processes, ...more });

/** The columns of the table whose pods the tests' cluster has. */
const COLUMNS = ["app", "app with `egress`", "pod of another namespace"] as const;
type Column = (typeof COLUMNS)[number];

/** The rows of the table that the tests' cluster has, each with the URL that a pod of an app asks. */
const DESTINATIONS: Readonly<Record<string, (own: string, addresses: Addresses) => string>> = {
  "a public process of another app": () => `http://web.target-production/`,
  "a public process of another app, at its pod's address": (_, { web }) => `http://${web}:${PORT}/`,
  "a private process of another app": () => `http://api.target-production/`,
  "a private process of the same app": (own) => `http://api.${own}-production/`,
  "a pod of another namespace": (_, { stranger }) => `http://${stranger}:${PORT}/`,
  "collector, namespace `observability`, port 4317": (_, { collector }) => `http://${collector}:${PORT}/`,
  "Service of the collector": () => `http://collector.observability:${PORT}/`,
  "API of Kubernetes": () => "https://kubernetes.default.svc/version",
};

/** Addresses of pods. */
type Addresses = Readonly<Record<"web" | "stranger" | "collector", string>>;

describeWith([...CLUSTER, ...ECHO_APP, terraform], "network policies on a cluster", () => {
  let cluster: Cluster;
  let fleet: ReleasedFleet;
  let addresses: Addresses;

  beforeAll(async () => {
    cluster = await timed("a cluster is started", () => startCluster());
    const collector = [{ namespace: "observability", ports: [PORT] }];
    // Requests to public processes come from anywhere, as the table has it.
    fleet = new ReleasedFleet(cluster, [app("plain"), app("opened", { egress: collector }), app("target")], {
      ingress: { class: "load-balancer", from: undefined },
    });
    const slugs = ["plain", "opened", "target"];
    for (const slug of slugs) fleet.pin(slug, { tag: TAG, digest: await addEchoApp(cluster.registry, slug, TAG) });
    await timed("three apps are released", () => fleet.deployed(...slugs));
    const web = await podOf("target-production", "web");
    await cluster.apply(...neighbour("stranger", web), ...neighbour("collector", web, "observability"));
    for (const [name, namespace] of [
      ["stranger", "stranger"],
      ["collector", "observability"],
    ] as const) {
      const place = ["--namespace", namespace, "--timeout=60s"];
      await cluster.kubectl("wait", "--for=condition=Ready", `pod/${name}`, ...place);
    }
    addresses = {
      web: web.status.podIP,
      stranger: (await podOf("stranger", "stranger")).status.podIP,
      collector: (await podOf("observability", "collector")).status.podIP,
    };
  }, 45 * 60_000); // building Kubernetes takes a while, once

  afterAll(async () => {
    fleet?.remove();
    await cluster?.stop();
  });

  const SOURCES: Readonly<Record<Column, readonly [own: string, ...place: string[]]>> = {
    app: ["plain", "deployment/ask", "--namespace", "plain-production"],
    "app with `egress`": ["opened", "deployment/ask", "--namespace", "opened-production"],
    "pod of another namespace": ["plain", "stranger", "--namespace", "stranger"],
  };

  // The stranger is the pod of another namespace itself, and no policy confines it.
  const isOmitted = (destination: string, column: Column) =>
    column === "pod of another namespace" && !destination.includes("process");

  const cases = Object.keys(DESTINATIONS).flatMap((destination) =>
    COLUMNS.filter((column) => !isOmitted(destination, column)).map((column) => ({ destination, column })),
  );

  test.each(cases)("$column → $destination", async ({ destination, column }) => {
    const expected = isDocumentedOpen(IPV4, destination, column);
    const [own, ...place] = SOURCES[column];
    const url = DESTINATIONS[destination]!(own, addresses);
    const isOpen = async () => {
      const { code, output } = await cluster.tryKubectl("exec", ...place, "--", "/echo", "get", url);
      // The API server answers with a certificate that the program does not know.
      return code === 0 || output.includes("certificate");
    };
    // Policies are enforced some time after their pods have started.
    for (let attempt = 0; attempt < 10 && (await isOpen()) !== expected; attempt++) await delay(1000);
    expect(await isOpen()).toBe(expected);
  });

  async function podOf(namespace: string, name: string): Promise<KubernetesObject> {
    const { items } = await cluster.get<{ items: KubernetesObject[] }>("pods", "--namespace", namespace);
    const found = items.find(({ metadata: { name: own, labels } }) => {
      return own === name || labels?.["app.kubernetes.io/component"] === name;
    });
    if (found === undefined) throw new Error(`${namespace} has no pod of ${name}`);
    return found;
  }
});

/** A namespace with a Service and its pod, which answers as the given one does. */
function neighbour(name: string, { spec }: KubernetesObject, namespace = name): object[] {
  const [{ image, command, securityContext }] = spec.containers;
  const metadata = { name, namespace, labels: { name } };
  const containers = [{ name, image, command, securityContext }];
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "Pod", metadata, spec: { securityContext: spec.securityContext, containers } },
    { apiVersion: "v1", kind: "Service", metadata, spec: { selector: { name }, ports: [{ port: PORT }] } },
  ];
}
