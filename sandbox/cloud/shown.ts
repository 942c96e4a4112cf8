import { kindOf } from "../../lib/runtime/kubernetes-types";
import { type KubernetesObject, manifestOf } from "../../lib/runtime/manifest";
import type { ValueObject } from "../provider/values";
import type { Cloud, CloudObject } from "./cloud";

/** Which object of a cluster is meant, as the data source `kubernetes_resource` asks for it. */
export interface KubernetesIdentity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Reads what `kubernetes_resource` asks for. */
export function identityOf({ api_version, kind, metadata }: ValueObject): KubernetesIdentity {
  const [{ name, namespace }] = metadata as [ValueObject];
  return {
    apiVersion: String(api_version),
    kind: String(kind),
    name: String(name),
    namespace: typeof namespace === "string" ? namespace : undefined,
  };
}

/** Which objects of a cluster are meant, as the data source `kubernetes_resources` asks for them. */
export interface KubernetesSelection {
  readonly apiVersion: string;
  readonly kind: string;
  /** @default "default" for kinds that live in namespaces */
  readonly namespace?: string;
  /** Labels that the objects have. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Reads what `kubernetes_resources` asks for.
 *
 * @throws Error where it selects by something else than labels that are equal
 */
export function selectionOf(config: ValueObject): KubernetesSelection {
  const { api_version, kind, namespace, label_selector: selector, field_selector, limit } = config;
  const pairs = typeof selector === "string" ? selector.split(",").map((pair) => pair.split("=")) : [];
  if (field_selector || limit || pairs.some((pair) => pair.length !== 2 || pair[0]?.endsWith("!"))) {
    throw new Error(
      'kubernetes_resources: the sandbox selects by equal labels only, such as label_selector = "a=b,c=d"',
    );
  }
  return {
    apiVersion: String(api_version),
    kind: String(kind),
    namespace: typeof namespace === "string" ? namespace : undefined,
    labels: Object.fromEntries(pairs),
  };
}

/**
 * An object of the cluster, as the API server would show it once all controllers have done their work.
 *
 * @returns nothing when there is no such object
 */
export function showObject(cloud: Cloud, scope: string, wanted: KubernetesIdentity): KubernetesObject | undefined {
  const { name, namespace } = wanted;
  return objectsOf(cloud, scope, wanted)
    .filter(({ id }) => [name, `${namespace ?? "default"}/${name}`].includes(id))
    .flatMap(shown)[0];
}

/** The objects of the cluster that are selected, in the order in which the API server lists them. */
export function showObjects(cloud: Cloud, scope: string, wanted: KubernetesSelection): KubernetesObject[] {
  const labels = Object.entries(wanted.labels);
  return objectsOf(cloud, scope, wanted)
    .filter(({ id }) => !id.includes("/") || id.startsWith(`${wanted.namespace ?? "default"}/`))
    .flatMap(shown)
    .filter(({ metadata }) => labels.every(([name, value]) => metadata.labels?.[name] === value))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

function objectsOf(cloud: Cloud, scope: string, { apiVersion, kind }: { apiVersion: string; kind: string }) {
  const types = cloud.types().filter((type) => {
    const made = kindOf(type);
    return made?.kind === kind && made.apiVersion === apiVersion;
  });
  return types.flatMap((type) => cloud.objects(type)).filter((object) => object.scope === scope);
}

function shown({ type, value }: CloudObject): KubernetesObject[] {
  const object = manifestOf(type, value, "evaluated")?.object;
  return object === undefined ? [] : [{ ...object, status: { conditions: CONDITIONS[object.kind] ?? [] } }];
}

/** In the sandbox everything is ready at once. */
const CONDITIONS: Readonly<Record<string, readonly object[]>> = {
  Deployment: [
    { type: "Available", status: "True", reason: "MinimumReplicasAvailable" },
    { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
  ],
  Job: [{ type: "Complete", status: "True", reason: "CompletionsReached" }],
};
