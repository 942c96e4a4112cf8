import { kindOf } from "../../lib/runtime/kubernetes-types";
import type { ProviderName } from "../schema/bindings";
import type { Block } from "../schema/schema";
import { equal, type Value, type ValueObject } from "./values";

/** Names a version of the Kubernetes provider: what it does wrong with identities is done here, too. For tests. */
const VERSION_VARIABLE = "DROVER_SANDBOX_KUBERNETES_PROVIDER";

/** The version of the schemas below, as the real provider counts. */
export const IDENTITY_VERSION = 1;

/** An attribute of an identity, and whether an import by identity may leave it out. */
interface IdentityAttribute {
  readonly name: string;
  readonly optional: boolean;
}

const CLUSTER_WIDE: readonly IdentityAttribute[] = ["api_version", "kind", "name"].map((name) => ({
  name,
  optional: false,
}));
const NAMESPACED: readonly IdentityAttribute[] = [...CLUSTER_WIDE, { name: "namespace", optional: true }];

/**
 * The types whose objects have an identity; all others have none.
 *
 * @see https://github.com/hashicorp/terraform-provider-kubernetes/blob/v3.2.1/kubernetes/resourceidentity.go, and each
 *   resource's `Identity`
 */
const ATTRIBUTES: ReadonlyMap<string, readonly IdentityAttribute[]> = new Map([
  ...named(CLUSTER_WIDE, "cluster_role", "cluster_role_binding", "ingress_class", "namespace"),
  ...named(CLUSTER_WIDE, "mutating_webhook_configuration", "validating_webhook_configuration"),
  ...named(NAMESPACED, "config_map", "cron_job", "daemon_set", "deployment", "ingress", "job", "network_policy", "pod"),
  ...named(NAMESPACED, "role", "role_binding", "secret", "service", "service_account", "stateful_set"),
  ["kubernetes_horizontal_pod_autoscaler_v2", NAMESPACED],
  ["kubernetes_manifest", NAMESPACED],
]);

function named(attributes: readonly IdentityAttribute[], ...names: string[]) {
  return names.map((name) => [`kubernetes_${name}_v1`, attributes] as const);
}

/** The attributes of a type's identity, or nothing where it has none. */
export function identityAttributes(type: string): readonly IdentityAttribute[] | undefined {
  return ATTRIBUTES.get(type);
}

/** The shape of a type's identity on the wire, or nothing where it has none. */
export function identityBlock(type: string): Block | undefined {
  const attributes = ATTRIBUTES.get(type);
  if (attributes === undefined) return undefined;
  const string = { type: "string", computed: false, optional: false, required: true, writeOnly: false } as const;
  return { attributes: Object.fromEntries(attributes.map(({ name }) => [name, string])), blocks: {} };
}

/** The types of a provider that have an identity. */
export function typesWithIdentity(provider: ProviderName): string[] {
  return provider === "kubernetes" ? [...ATTRIBUTES.keys()] : [];
}

/** The identity of an object, or nothing where its type has none. */
export function identityOfValue(type: string, value: ValueObject): ValueObject | undefined {
  const block = identityBlock(type);
  if (block === undefined) return undefined;
  const parts = partsOf(type, value);
  return Object.fromEntries(Object.keys(block.attributes).map((name) => [name, parts[name] ?? null]));
}

function partsOf(type: string, value: ValueObject): ValueObject {
  if (type === "kubernetes_manifest") {
    // biome-ignore lint/suspicious/noExplicitAny: whatever the manifest says
    const { apiVersion, kind, metadata } = ((value.object ?? value.manifest) as any)?.value ?? {};
    return { api_version: apiVersion, kind, name: metadata?.name, namespace: metadata?.namespace ?? "" };
  }
  const known = kindOf(type);
  const [metadata] = (value.metadata ?? []) as ValueObject[];
  const [name = null, namespace = null]: (string | null)[] = String(value.id ?? "")
    .split("/")
    .reverse();
  return {
    api_version: known?.apiVersion ?? null,
    kind: known?.kind ?? null,
    name: metadata?.name ?? name,
    namespace: metadata?.namespace ?? namespace,
  };
}

/** What Terraform imports an object by, from its identity. */
export function idOfIdentity(type: string, identity: ValueObject): string {
  const { api_version, kind, name, namespace } = identity;
  if (type === "kubernetes_manifest") {
    const place = namespace ? [`namespace=${String(namespace)}`] : [];
    return [`apiVersion=${String(api_version)}`, `kind=${String(kind)}`, ...place, `name=${String(name)}`].join(",");
  }
  return namespace ? `${String(namespace)}/${String(name)}` : String(name);
}

/** Whether the provider is to do as 2.38.0 does. */
function isOld(environment: NodeJS.ProcessEnv): boolean {
  return environment[VERSION_VARIABLE] === "2.38.0";
}

/**
 * The identity to keep of an object whose creation has failed after it was made: none, since it was not read. Provider
 * 2.38.0 keeps one of nothing but nulls.
 *
 * @see https://github.com/hashicorp/terraform-provider-kubernetes/issues/2779
 */
export function identityAfterFailure(type: string, environment = process.env): ValueObject | undefined {
  const block = identityBlock(type);
  if (block === undefined || !isOld(environment)) return undefined;
  return Object.fromEntries(Object.keys(block.attributes).map((name) => [name, null]));
}

/**
 * What is wrong with an identity that differs from the one in the state, in the provider's words; nothing when it does
 * not. An identity of nothing but nulls is none, except for provider 2.38.0.
 */
export function identityChange(
  stored: ValueObject | null,
  now: ValueObject,
  environment = process.env,
): string | undefined {
  if (stored === null || equal(stored, now)) return undefined;
  if (!isOld(environment) && Object.values(stored).every((value) => value === null)) return undefined;
  return [
    "Unexpected Identity Change: During the read operation, the Terraform Provider unexpectedly returned a different identity then the previously stored one.",
    "This is always a problem with the provider and should be reported to the provider developer.",
    `Current Identity: ${printed(stored)}`,
    `New Identity: ${printed(now)}`,
  ].join("\n\n");
}

/** An object of strings as Terraform's type library prints it. */
function printed(identity: ValueObject): string {
  const value = (one: Value | undefined) =>
    one === null ? "cty.NullVal(cty.String)" : `cty.StringVal(${JSON.stringify(one)})`;
  const parts = Object.keys(identity)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${value(identity[name])}`);
  return `cty.ObjectVal(map[string]cty.Value{${parts.join(", ")}})`;
}
