import { fieldOf, kindOf } from "../../lib/runtime/kubernetes-types";
import { type Manifest, manifestOf } from "../../lib/runtime/manifest";
import { UNKNOWN, type Value, type ValueObject, valuesAt } from "../provider/values";
import { sameValue } from "./difference";

/** An operation of a JSON patch. @see https://www.rfc-editor.org/rfc/rfc6902 */
export interface PatchOperation {
  readonly op: "add" | "replace" | "remove";
  readonly path: string;
  readonly value?: unknown;
}

/** How the provider changes an object: by a patch, or by putting a whole one in its place. */
export type Change = { readonly patch: readonly PatchOperation[] } | { readonly object: Manifest };

/** What is planned for an object that exists. */
export interface PlannedChange {
  readonly prior: ValueObject;
  /** With what the state has of arguments that the configuration leaves to the cluster: they are sent, too. */
  readonly planned: ValueObject;
  /** Has what is write-only. */
  readonly config: ValueObject;
}

/** The object that the provider sends to make one; nothing for a resource that is no object of its own. */
export function creation(type: string, planned: ValueObject, config: ValueObject): Manifest | undefined {
  return manifestOf(type, { ...known(planned), ...writeOnly(config) }, "evaluated");
}

/**
 * What the provider sends to change an object: by kind a patch of what differs, or the whole object. Read in the
 * provider's `resourceKubernetes<Kind>V1Update` functions.
 */
export function change(type: string, { prior, planned, config }: PlannedChange): Change {
  const kind = kindOf(type);
  const after = manifestOf(type, { ...known(planned), ...writeOnly(config) }, "evaluated");
  if (kind === undefined || after === undefined) throw new Error(`${type} can't be changed`);
  if (WHOLE.includes(kind.kind)) return { object: after };
  const patch = new Patch(kind.type, prior, planned, after.object);
  patch.metadata();
  const own = CHANGES[kind.kind] ?? ((one: Patch) => one.topLevel());
  own(patch, config);
  return { patch: patch.operations };
}

/** Kinds that the provider puts in place as a whole. */
const WHOLE = ["Ingress", "CronJob"];

/** What is changed of each kind beside its metadata, in the order of the provider. Others have no more that can be. */
const CHANGES: Readonly<Record<string, (patch: Patch, config: ValueObject) => void>> = {
  Namespace: () => {},
  PodDisruptionBudget: () => {},
  Deployment(patch) {
    patch.replace("spec");
    const strategyType = (value: ValueObject) => valuesAt(value, ["spec", "strategy", "type"])[0];
    if (strategyType(patch.prior) === "RollingUpdate" && strategyType(patch.planned) === "Recreate") {
      patch.operations.push({ path: "/spec/strategy/rollingUpdate", op: "remove" });
    }
  },
  StatefulSet: (patch) =>
    patch.replace(
      ...["spec.replicas", "spec.template", "spec.update_strategy.type", "spec.update_strategy.rolling_update"],
      ...["when_deleted", "when_scaled"].map((name) => `spec.persistent_volume_claim_retention_policy.${name}`),
      "spec.min_ready_seconds",
    ),
  Job: (patch) =>
    patch.replace(
      ...["active_deadline_seconds", "backoff_limit", "manual_selector", "parallelism", "pod_failure_policy"].map(
        (name) => `spec.${name}`,
      ),
    ),
  HorizontalPodAutoscaler: (patch) =>
    patch.replace(
      ...["max_replicas", "min_replicas", "scale_target_ref", "metric", "behavior"].map((name) => `spec.${name}`),
    ),
  PersistentVolumeClaim: (patch) => patch.replace("spec.resources.requests"),
  ServiceAccount: (patch) => patch.replace("image_pull_secret", "secret", "automount_service_account_token"),
  NetworkPolicy(patch) {
    for (const rules of ["spec.ingress", "spec.egress"]) patch.addOrReplace(rules);
    patch.replace("spec.pod_selector", "spec.policy_types");
  },
  Service(patch) {
    const spec = (...names: string[]) => patch.replace(...names.map((name) => `spec.${name}`));
    spec("allocate_load_balancer_node_ports", "selector", "session_affinity", "session_affinity_config");
    spec("load_balancer_ip", "load_balancer_source_ranges", "port");
    if (patch.has("spec.type")) {
      const [type] = valuesAt(patch.planned, ["spec", "type"]);
      if (type === "ExternalName") patch.operations.push({ path: "/spec/clusterIP", op: "remove" });
      if (type === "ClusterIP") patch.replacePortsWithoutNode();
      if (type === "LoadBalancer") patch.put("spec.allocate_load_balancer_node_ports");
      patch.put("spec.type");
    }
    spec("external_ips", "external_name", "external_traffic_policy", "internal_traffic_policy", "ip_families");
    spec("ip_family_policy");
    patch.addOrRemove("spec.publish_not_ready_addresses");
    spec("health_check_node_port");
  },
  Secret(patch, config) {
    const encode = (values: Value | undefined) =>
      Object.entries((values ?? {}) as ValueObject).map(([key, value]) => [key, base64(String(value))]);
    const asIs = (values: Value | undefined) => Object.entries((values ?? {}) as ValueObject);
    const { planned } = patch;
    const isText = patch.has("data_wo_revision");
    const isBinary = patch.has("binary_data_wo_revision");
    if (isText || isBinary || patch.has("data") || patch.has("binary_data")) {
      const data = [
        ...encode(isText ? config.data_wo : planned.data),
        ...asIs(isBinary ? config.binary_data_wo : planned.binary_data),
      ];
      patch.operations.push({ path: "/data", value: Object.fromEntries(data), op: "add" });
    }
    patch.replace("immutable");
  },
};

/** A patch in the making. Arguments are named by their path, such as "spec.port". */
class Patch {
  readonly operations: PatchOperation[] = [];

  constructor(
    private readonly structure: string,
    readonly prior: ValueObject,
    readonly planned: ValueObject,
    private readonly object: object,
  ) {}

  /** Whether an argument changes. */
  has(argument: string): boolean {
    const { type } = this.locate(argument);
    return !sameValue(type, this.find(this.prior, argument), this.find(this.planned, argument));
  }

  /** Replaces the fields of arguments that change. */
  replace(...changing: string[]): void {
    for (const argument of changing) if (this.has(argument)) this.put(argument);
  }

  put(argument: string, op: "add" | "replace" = "replace"): void {
    const { path, value } = this.locate(argument);
    this.operations.push({ path, value: value ?? this.find(this.planned, argument) ?? null, op });
  }

  addOrReplace(argument: string): void {
    const before = this.find(this.prior, argument);
    const isEmpty = before === null || (Array.isArray(before) && before.length === 0);
    if (this.has(argument)) this.put(argument, isEmpty ? "add" : "replace");
  }

  addOrRemove(argument: string): void {
    if (!this.has(argument)) return;
    if (this.find(this.planned, argument) === true) this.put(argument, "add");
    else this.operations.push({ path: this.locate(argument).path, op: "remove" });
  }

  replacePortsWithoutNode(): void {
    const { path, value } = this.locate("spec.port");
    const ports = ((value ?? []) as Record<string, unknown>[]).map(({ nodePort: _, ...port }) => port);
    this.operations.push({ path, value: ports, op: "replace" });
  }

  /** Each argument of the object itself that changes, for a kind whose update nobody has read. */
  topLevel(): void {
    for (const argument of Object.keys(this.planned)) {
      if (argument !== "metadata" && fieldOf(this.structure, argument) !== undefined) this.addOrReplace(argument);
    }
  }

  /** Annotations, then labels: single ones, so that those of others stay. */
  metadata(): void {
    for (const name of ["annotations", "labels"]) {
      const [before, after] = [this.prior, this.planned].map(
        (value) => (this.find(value, `metadata.${name}`) ?? {}) as Record<string, string>,
      ) as [Record<string, string>, Record<string, string>];
      const path = (key: string) => `/metadata/${name}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      if (Object.keys(before).length === 0) {
        if (Object.keys(after).length > 0) {
          this.operations.push({ path: `/metadata/${name}`, value: after, op: "add" });
        }
        continue;
      }
      for (const key of Object.keys(before)) {
        if (!(key in after)) this.operations.push({ path: path(key), op: "remove" });
      }
      for (const [key, value] of Object.entries(after)) {
        if (before[key] === value) continue;
        this.operations.push({ path: path(key), value, op: key in before ? "replace" : "add" });
      }
    }
  }

  /** The values of an argument. */
  private find(value: ValueObject, argument: string): Value {
    return argument.split(".").reduce<Value>((at, step) => {
      const [inner] = Array.isArray(at) ? at : [at];
      return typeof inner === "object" && inner !== null ? ((inner as ValueObject)[step] ?? null) : null;
    }, value);
  }

  /** The field of an argument: its path in the object, its type and what the object has there. */
  private locate(argument: string): { path: string; type: string; value: unknown } {
    let [type, path] = [this.structure, ""];
    let value: unknown = this.object;
    for (const step of argument.split(".")) {
      const field = fieldOf(type, step) ?? { name: step, type: "any" };
      [type, path] = [field.type, `${path}/${field.name}`];
      value = (value as Record<string, unknown> | undefined)?.[field.name];
    }
    return { path, type, value };
  }
}

/** What is not known before the object is there is left to the cluster. */
function known(value: ValueObject): Record<string, unknown> {
  const clean = (one: Value): unknown => {
    if (one === UNKNOWN || one === null) return null;
    if (Array.isArray(one)) return one.map(clean);
    if (typeof one !== "object") return one;
    return Object.fromEntries(Object.entries(one).map(([name, inner]) => [name, clean(inner)]));
  };
  return clean(value) as Record<string, unknown>;
}

function writeOnly({ data_wo, binary_data_wo }: ValueObject): Record<string, unknown> {
  return { ...(data_wo != null && { data_wo }), ...(binary_data_wo != null && { binary_data_wo }) };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
