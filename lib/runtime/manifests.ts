import { Document } from "yaml";
import { byText } from "../fleet/fleet";
import { type KubernetesObject, type Manifest, manifestOf } from "./manifest";

/** The resources of a stack's JSON, by type and name. */
export type StackResources = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

/** An object of a stack. */
export interface StackManifest extends Pick<Manifest, "object" | "leftOut"> {
  /** Address of the resource that it comes from. */
  readonly address: string;
  /** Keys of a Secret, as far as the stack tells them; their values are nobody's to print. */
  readonly keys: readonly string[];
}

/** Some objects of a stack have no manifest. Its message names each place and what is wrong there. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
}

/**
 * Kinds in the order in which they can be made: what others need comes first. All others come after them, and what lets
 * people in comes last.
 */
const FIRST = [
  ...["Namespace", "CustomResourceDefinition", "StorageClass", "IngressClass", "NetworkPolicy", "ResourceQuota"],
  ...[
    "LimitRange",
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Secret",
    "ConfigMap",
  ],
  ...[
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Service",
    "PodDisruptionBudget",
    "StatefulSet",
    "Job",
    "Deployment",
  ],
];
const LAST = ["HorizontalPodAutoscaler", "CronJob", "Ingress"];

/**
 * Every Kubernetes object of a stack, as the provider would send it; those that others need come first.
 *
 * @param resources what stands under `resource` in the stack's JSON
 * @throws ManifestError naming every value that can't be told without Terraform
 */
export function manifestsOf(resources: StackResources): StackManifest[] {
  const problems: string[] = [];
  const manifests = Object.entries(resources)
    .filter(([type]) => type.startsWith("kubernetes_"))
    .flatMap(([type, named]) =>
      Object.entries(named).flatMap(([name, body]): StackManifest[] => {
        const address = `${type}.${name}`;
        const manifest = manifestOf(type, referencesResolved(body, resources));
        if (manifest === undefined) {
          problems.push(`${address} is no object of its own: write what it changes where that object is made`);
          return [];
        }
        for (const { path, problem } of manifest.issues) problems.push(`${address}  ${path}: ${problem}`);
        return [{ ...manifest, address, keys: keysOf(type, body) }];
      }),
    )
    .map((manifest, _, all) => ({ ...manifest, keys: [...new Set([...manifest.keys, ...keysInUse(manifest, all)])] }));
  if (problems.length > 0) throw new ManifestError(problems.map((problem) => `  ${problem}`).join("\n"));
  return manifests.sort((a, b) => byText(sortKey(a.object), sortKey(b.object)));
}

/**
 * Prints objects as YAML, a document each, always in the same way. A Secret has no data: who applies it changes nothing
 * of what is in the cluster.
 */
export function printManifests(manifests: readonly StackManifest[]): string {
  return manifests.map((manifest) => `---\n${print(manifest)}`).join("");
}

function print({ object, keys, leftOut }: StackManifest): string {
  // What an object's status is, the cluster says.
  const { data, stringData, status, ...shown } = object;
  const isSecret = object.kind === "Secret";
  const printed = withoutNull(isSecret ? shown : { ...shown, ...(data !== undefined && { data }) });
  const document = new Document(printed, { aliasDuplicateObjects: false, schema: "yaml-1.1" });
  const remarks = [
    ...(isSecret ? [` Its keys are ${keys.join(", ") || "none"}; the values are not printed.`] : []),
    ...leftOut
      .filter((path) => !(isSecret && SECRET_DATA.test(path)))
      .map((path) => ` Left out, as only a deploy knows it: ${path}`),
  ];
  if (remarks.length > 0) document.commentBefore = remarks.join("\n");
  return document.toString({ lineWidth: 0 });
}

/** The provider writes null for fields that mean the same without it, such as `creationTimestamp`. */
function withoutNull(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNull);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(entries.map(([name, one]) => [name, withoutNull(one)]));
}

const SECRET_DATA = /^(binary_)?data(_wo)?(\.|$)/;

/** The keys of a Secret that stand in the configuration. */
function keysOf(type: string, body: Readonly<Record<string, unknown>>): string[] {
  if (!/^kubernetes_secret(_v1)?$/.test(type)) return [];
  return Object.entries(body)
    .flatMap(([name, value]) =>
      SECRET_DATA.test(name) && typeof value === "object" && value ? Object.keys(value) : [],
    )
    .sort(byText);
}

/** The keys of a Secret that pods of the stack read. */
function keysInUse({ object }: StackManifest, all: readonly StackManifest[]): string[] {
  if (object.kind !== "Secret") return [];
  const { name, namespace } = object.metadata;
  const neighbours = all.filter((other) => other.object.metadata.namespace === namespace);
  const used = neighbours.flatMap((other) => valuesNamed("secretKeyRef", other.object)) as {
    name: string;
    key: string;
  }[];
  return used.flatMap((reference) => (reference.name === name ? [reference.key] : [])).sort(byText);
}

/** All values that have a name, wherever they stand. */
function valuesNamed(name: string, value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === name ? [inner] : valuesNamed(name, inner)));
}

/** A reference to an argument of another resource of the stack, such as `${kubernetes_namespace_v1.app.metadata[0].name}`. */
const REFERENCE = /^\$\{([a-z0-9_]+)\.([\w-]+)\.([\w.[\]]+)\}$/;

/** Puts in what other resources of the stack say, where that is plain. */
function referencesResolved<Value>(value: Value, resources: StackResources): Value {
  if (typeof value === "string") return (referred(value, resources) ?? value) as Value;
  if (typeof value !== "object" || value === null) return value;
  const resolve = (one: unknown) => referencesResolved(one, resources);
  if (Array.isArray(value)) return value.map(resolve) as Value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolve(one)])) as Value;
}

function referred(text: string, resources: StackResources): string | undefined {
  const [, type = "", name = "", path = ""] = text.match(REFERENCE) ?? [];
  const steps = path.split(/[.[\]]+/).filter((step) => step !== "" && !/^\d+$/.test(step));
  const found = steps.reduce<unknown>((at, step) => {
    const [inner] = Array.isArray(at) ? at : [at];
    return typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[step] : undefined;
  }, resources[type]?.[name]);
  return typeof found === "string" ? found : undefined;
}

function sortKey({ kind, metadata }: KubernetesObject): string {
  const first = FIRST.indexOf(kind);
  const place = first >= 0 ? first : LAST.includes(kind) ? 90 + LAST.indexOf(kind) : 80;
  return [String(place).padStart(2, "0"), kind, metadata.namespace ?? "", metadata.name].join(" ");
}
