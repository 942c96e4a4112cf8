import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** An object, as `kubectl` sends it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** The kinds that the server knows: those of a cluster with EKS Auto Mode that a fleet's user meets. */
const KINDS = [
  { group: "", kind: "ConfigMap", name: "configmaps", namespaced: true },
  { group: "storage.k8s.io", kind: "StorageClass", name: "storageclasses", namespaced: false },
  { group: "networking.k8s.io", kind: "Ingress", name: "ingresses", namespaced: true },
  { group: "networking.k8s.io", kind: "IngressClass", name: "ingressclasses", namespaced: false },
  { group: "eks.amazonaws.com", kind: "IngressClassParams", name: "ingressclassparams", namespaced: false },
];

const GROUPS = [...new Set(KINDS.map(({ group }) => group))];

/** Where the kinds of a group are; those without one are elsewhere. */
const rootOf = (group: string) => (group === "" ? "api/v1" : `apis/${group}/v1`);
const versionOf = (group: string) => (group === "" ? "v1" : `${group}/v1`);

/** What `kubectl` asks a server for before anything else: which kinds there are, and whether it checks their fields. */
const DISCOVERY: Readonly<Record<string, object>> = {
  "/api": { kind: "APIVersions", versions: ["v1"] },
  "/apis": {
    kind: "APIGroupList",
    groups: GROUPS.filter((name) => name !== "").map((name) => ({
      name,
      versions: [{ groupVersion: versionOf(name), version: "v1" }],
    })),
  },
  "/openapi/v3": {
    paths: Object.fromEntries(GROUPS.map((group) => [rootOf(group), { serverRelativeURL: `/openapi/${group}` }])),
  },
  ...Object.fromEntries(
    GROUPS.flatMap((group) => {
      const kinds = KINDS.filter((one) => one.group === group);
      const resources = kinds.map((one) => ({ ...one, version: "v1", verbs: ["get", "list", "create", "patch"] }));
      const paths = kinds.map(({ name, kind }) => [
        `/${rootOf(group)}/${name}/{name}`,
        {
          patch: {
            parameters: [{ name: "fieldValidation", in: "query" }],
            "x-kubernetes-group-version-kind": { group, version: "v1", kind },
          },
        },
      ]);
      return [
        [`/${rootOf(group)}`, { kind: "APIResourceList", groupVersion: versionOf(group), resources }],
        [`/openapi/${group}`, { openapi: "3.0.0", paths: Object.fromEntries(paths) }],
      ];
    }),
  ),
};

/** A server that `kubectl` takes for a cluster's, as long as it only makes objects and lists them. */
export interface KubernetesServer {
  readonly url: string;
  /** All objects that were made. */
  readonly objects: readonly KubernetesObject[];
  readonly stop: () => void;
}

/** Starts the server, without objects, on a port that is free. */
export async function startKubernetes(): Promise<KubernetesServer> {
  const objects: KubernetesObject[] = [];
  const server = createServer(async (request, response) => {
    const [status, answer] = await respond(request, objects);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, objects, stop: () => void server.close() };
}

async function respond(request: IncomingMessage, objects: KubernetesObject[]): Promise<[number, object]> {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const discovered = DISCOVERY[pathname];
  if (discovered !== undefined) return [200, discovered];
  const path = pathname.replace(/\/namespaces\/[^/]+/, "");
  const asked = KINDS.find(({ group, name }) => path === `/${rootOf(group)}/${name}`);
  if (asked === undefined) return [404, { kind: "Status", status: "Failure", reason: "NotFound", code: 404 }];
  if (request.method === "POST") {
    const object: KubernetesObject = JSON.parse((await request.setEncoding("utf8").toArray()).join(""));
    objects.push(object);
    return [201, object];
  }
  const items = objects.filter(({ kind }) => kind === asked.kind);
  return [200, { kind: `${asked.kind}List`, apiVersion: versionOf(asked.group), items }];
}
