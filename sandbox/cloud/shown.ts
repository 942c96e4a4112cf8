import { kindOf } from "../../lib/runtime/kubernetes-types";
import { type KubernetesObject, manifestOf } from "../../lib/runtime/manifest";
import type { ValueObject } from "../provider/values";
import type { Cloud } from "./cloud";

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

/**
 * An object of the cluster, as the API server would show it once all controllers have done their work.
 *
 * @returns nothing when there is no such object
 */
export function showObject(cloud: Cloud, scope: string, wanted: KubernetesIdentity): KubernetesObject | undefined {
  const { apiVersion, kind, name, namespace } = wanted;
  const types = cloud.types().filter((type) => {
    const made = kindOf(type);
    return made?.kind === kind && made.apiVersion === apiVersion;
  });
  const found = types
    .flatMap((type) => cloud.objects(type))
    .find(({ id, scope: place }) => place === scope && [name, `${namespace ?? "default"}/${name}`].includes(id));
  if (found === undefined) return undefined;
  const object = manifestOf(found.type, found.value, "evaluated")?.object;
  return object && { ...object, status: { conditions: CONDITIONS[kind] ?? [] } };
}

/** In the sandbox everything is ready at once. */
const CONDITIONS: Readonly<Record<string, readonly object[]>> = {
  Deployment: [
    { type: "Available", status: "True", reason: "MinimumReplicasAvailable" },
    { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
  ],
  Job: [{ type: "Complete", status: "True", reason: "CompletionsReached" }],
};
