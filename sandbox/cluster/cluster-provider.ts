import { randomBytes } from "node:crypto";
import { kindOf } from "../../lib/runtime/kubernetes-types";
import { type KubernetesObject, manifestOf } from "../../lib/runtime/manifest";
import type { Refusal } from "../cloud/checks";
import type { Cloud } from "../cloud/cloud";
import { identityOf } from "../cloud/shown";
import type { Types } from "../cloud/types";
import type { Configuration } from "../provider/place";
import type { Planned } from "../provider/planning";
import { type OnChange, type Outcome, type Provider, Refused, type Served } from "../provider/provider";
import { conform, dynamicOf, equal, UNKNOWN, type Value, type ValueObject } from "../provider/values";
import { ApiError, type KubernetesApi, type ObjectReference } from "./api";
import { type Extent, liveValue } from "./live-value";
import { ownedFields } from "./owned-fields";
import { REMOVALS, timeoutOf, WAITS, waitFor } from "./waits";

/** Who owns the fields that Terraform has set, as the real provider has it for manifests. */
const MANAGER = "Terraform";

/** The one type whose objects are written out as Kubernetes takes them. */
const MANIFEST = "kubernetes_manifest";

/**
 * The Kubernetes provider, acting on a cluster of this machine instead of the sandbox's file. What it plans is the same;
 * objects are made by server-side apply of their manifests, waited for as the real provider does, and read from the
 * cluster.
 */
export class ClusterProvider implements Served {
  readonly name = "kubernetes";
  readonly types: Types;

  constructor(
    private readonly base: Provider,
    private readonly cloud: Cloud,
    private readonly api: KubernetesApi,
    private readonly onChange: OnChange = () => {},
  ) {
    this.types = base.types;
  }

  validate(type: string, config: ValueObject): Refusal[] {
    return this.base.validate(type, config);
  }

  plan(type: string, configuration: Configuration, prior: ValueObject | null, proposed: ValueObject): Planned {
    const planned = this.base.plan(type, configuration, prior, proposed);
    const isOther = type === MANIFEST && prior !== null && !equal(prior.manifest, planned.value.manifest);
    return isOther ? { ...planned, value: { ...planned.value, object: UNKNOWN } } : planned;
  }

  async read(type: string, _: Configuration, current: ValueObject): Promise<ValueObject | null> {
    return this.answered(async () => {
      const live = await this.api.get(referenceTo(type, current));
      return live === undefined ? null : this.valueOf(type, current, live);
    });
  }

  async apply(
    type: string,
    configuration: Configuration,
    prior: ValueObject | null,
    planned: ValueObject | null,
    config: ValueObject | null,
    signal: AbortSignal,
  ): Promise<Outcome> {
    try {
      if (planned !== null) return await this.put(type, configuration, prior, planned, config ?? planned, signal);
      return prior === null ? { value: null, refusals: [] } : await this.remove(type, configuration, prior, signal);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { value: prior, refusals: [refusal(error.message)] };
    }
  }

  async import(type: string, _: Configuration, id: string): Promise<ValueObject> {
    return this.answered(async () => {
      const bare = conform(this.types.block("resource", type), { id });
      const live = type === MANIFEST ? undefined : await this.api.get(referenceTo(type, bare));
      return live === undefined ? bare : this.valueOf(type, bare, live, "all");
    });
  }

  async readData(type: string, configuration: Configuration, config: ValueObject): Promise<ValueObject | null> {
    return this.answered(async () => {
      if (type === "kubernetes_resource") {
        const live = await this.api.get(identityOf(config));
        return live === undefined ? null : { ...config, object: dynamicOf(live) };
      }
      if (type === "kubernetes_resources") {
        const { api_version, kind, namespace, label_selector: selector } = config;
        const place = {
          apiVersion: String(api_version),
          kind: String(kind),
          namespace: String(namespace ?? "default"),
        };
        const found = await this.api.list(place, typeof selector === "string" ? selector : undefined);
        return { ...config, objects: dynamicOf(found) };
      }
      const kind = kindOf(type);
      if (kind === undefined) return this.base.readData(type, configuration, config);
      const live = await this.api.get(referenceTo(type, config));
      if (live === undefined) return null;
      const block = this.types.block("data", type);
      return { ...liveValue(block, kind.type, config, live, ownedFields(live), "all"), id: idOf(live) };
    });
  }

  openEphemeral(type: string, configuration: Configuration, config: ValueObject): ValueObject {
    return this.base.openEphemeral(type, configuration, config);
  }

  private async put(
    type: string,
    { scope }: Configuration,
    prior: ValueObject | null,
    planned: ValueObject,
    config: ValueObject,
    signal: AbortSignal,
  ): Promise<Outcome> {
    // What is computed is left to the cluster, so only the configuration is sent, and with it what is write-only.
    const manifest = manifestOf(type, type === MANIFEST ? { manifest: plainOf(config.manifest) } : config, "evaluated");
    if (manifest === undefined) {
      return { value: prior, refusals: [refusal(`${type} can't act on a cluster of the sandbox`)] };
    }
    const problems = [
      ...manifest.issues.map(({ path, problem }) => refusal(`${type}: ${path}`, problem)),
      ...unsupportedWaits(type, config),
    ];
    if (problems.length > 0) return { value: prior, refusals: problems };
    const object = await this.placed(manifest.object);
    if (prior === null) await this.refuseTaken(object);
    const { live: applied, warnings } = await this.send(type, object, config);

    const id = idOf(applied);
    this.cloud.note(type);
    this.onChange(prior === null ? "made" : "changed", { type, id, scope, value: {} });
    const operation = prior === null ? "create" : "update";
    const failure = await this.wait(type, applied, config, operation, signal);
    const live = (await this.api.get(referenceOf(applied))) ?? applied;
    const value = filled(planned, this.valueOf(type, planned, live), "id" in planned ? id : undefined);
    return { value, refusals: failure === undefined ? [] : [refusal(failure)], warnings };
  }

  /** Fields that others own with other values are taken back, as the real provider does, but not in silence. */
  private async send(type: string, object: KubernetesObject, config: ValueObject) {
    const [options] = (type === MANIFEST ? ((config.field_manager ?? []) as ValueObject[]) : []) as [ValueObject?];
    const manager = typeof options?.name === "string" ? options.name : MANAGER;
    try {
      return { live: await this.api.apply(object, manager, options?.force_conflicts === true), warnings: [] };
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== "Conflict" || type === MANIFEST) throw error;
      const fields = error.causes.map(({ message, field }) => `${field}: ${message}`).join("\n");
      const warning = refusal(`${object.kind} ${idOf(object)} was changed by others, and is changed back`, fields);
      return { live: await this.api.apply(object, manager, true), warnings: [warning] };
    }
  }

  private async wait(
    type: string,
    applied: KubernetesObject,
    config: ValueObject,
    operation: "create" | "update",
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const wait = WAITS[applied.kind];
    if (wait === undefined) return undefined;
    const [options] = [config.wait].flat() as (ValueObject | null | undefined)[];
    const isWanted = type === MANIFEST ? options?.rollout === true : (config[wait.argument] ?? wait.byDefault);
    if (isWanted !== true) return undefined;
    const look = async () => wait.progress(await this.api.get(referenceOf(applied)));
    return waitFor(look, timeoutOf(config, operation, wait.minutes), signal);
  }

  private async remove(
    type: string,
    { scope }: Configuration,
    prior: ValueObject,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const reference = referenceTo(type, prior);
    const { kind, name } = reference;
    await this.api.delete(reference, kind === "Job" ? "Foreground" : "Background");
    const minutes = type === MANIFEST ? 10 : REMOVALS[kind];
    if (minutes !== undefined) {
      const look = async () =>
        (await this.api.get(reference)) === undefined
          ? "done"
          : { waiting: `${kind} (${String(prior.id ?? name)}) still exists` };
      const failure = await waitFor(look, timeoutOf(prior, "delete", minutes), signal);
      if (failure !== undefined) return { value: prior, refusals: [refusal(failure)] };
    }
    this.onChange("removed", { type, id: String(prior.id ?? name), scope, value: {} });
    return { value: null, refusals: [] };
  }

  /** An object with the name and the namespace that it will have. */
  private async placed(object: KubernetesObject): Promise<KubernetesObject> {
    const { generateName, ...metadata } = object.metadata;
    const name = metadata.name ?? `${generateName}${randomBytes(3).toString("hex").slice(0, 5)}`;
    const isNamespaced = await this.api.isNamespaced(object.apiVersion, object.kind);
    const namespace = isNamespaced ? (metadata.namespace ?? "default") : undefined;
    return { ...object, metadata: { ...metadata, name, ...(namespace && { namespace }) } };
  }

  /** Server-side apply would take over what exists; the real provider makes new objects. */
  private async refuseTaken(object: KubernetesObject): Promise<void> {
    if ((await this.api.get(referenceOf(object))) === undefined) return;
    const kind = await this.api.nameOf(object.apiVersion, object.kind);
    throw new ApiError(409, "AlreadyExists", `${kind} "${object.metadata.name}" already exists`);
  }

  private valueOf(type: string, known: ValueObject, live: KubernetesObject, extent: Extent = "told"): ValueObject {
    const block = this.types.block("resource", type);
    if (type === MANIFEST)
      return { ...known, manifest: dynamicOf(overlaid(plainOf(known.manifest), live)), object: dynamicOf(live) };
    const kind = kindOf(type);
    if (kind === undefined) throw new Refused([refusal(`${type} can't act on a cluster of the sandbox`)]);
    const { data, ...shown } = live;
    const isSecret = kind.kind === "Secret";
    const value = liveValue(block, kind.type, known, isSecret ? shown : live, ownedFields(live), extent);
    const secret = isSecret ? secretData(known, (data ?? {}) as Record<string, string>, extent) : {};
    return { ...value, ...secret, ...("id" in block.attributes ? { id: idOf(live) } : {}) };
  }

  /** A refusal of the API server is told as it is. */
  private async answered<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof ApiError) throw new Refused([refusal(error.message)]);
      throw error;
    }
  }
}

/** What the real provider would wait for, and this one would not: better refused than passed over. */
function unsupportedWaits(type: string, config: ValueObject): Refusal[] {
  if (type !== MANIFEST) return [];
  const [wait] = [config.wait].flat() as (ValueObject | null | undefined)[];
  const isGiven = (value: Value | undefined) => Object.keys((value ?? {}) as object).length > 0;
  if (!isGiven(wait?.fields) && !isGiven(wait?.condition) && !isGiven(config.wait_for)) return [];
  return [
    refusal(
      `${type}: a cluster of the sandbox waits for rollouts alone`,
      "Leave out wait.fields, wait.condition and wait_for.",
    ),
  ];
}

/** What a Secret's arguments say is read; what is write-only, and what others have put in, never is. */
function secretData(known: ValueObject, live: Readonly<Record<string, string>>, extent: Extent): ValueObject {
  const read = (argument: string, decode: (text: string) => string) => {
    const told = known[argument];
    if (told === UNKNOWN || told === null || told === undefined) return null;
    const keys = extent === "all" ? Object.keys(live) : Object.keys(told as ValueObject);
    return Object.fromEntries(keys.flatMap((key) => (live[key] === undefined ? [] : [[key, decode(live[key])]])));
  };
  return {
    data: read("data", (text) => Buffer.from(text, "base64").toString("utf8")),
    binary_data: read("binary_data", (text) => text),
  };
}

/** What was planned, with what is unknown filled in; what is left is not known to the cluster either. */
function filled(planned: Value, live: Value, id?: string): ValueObject {
  const fill = (one: Value, other: Value | undefined): Value => {
    if (one === UNKNOWN) return other === UNKNOWN || other === undefined ? null : other;
    if (one === null || typeof one !== "object") return one;
    if (Array.isArray(one)) return one.map((inner, index) => fill(inner, (other as Value[] | undefined)?.[index]));
    return Object.fromEntries(
      Object.entries(one).map(([key, inner]) => [key, fill(inner, (other as ValueObject | undefined)?.[key])]),
    );
  };
  return { ...(fill(planned, live) as ValueObject), ...(id === undefined ? {} : { id }) };
}

/** What is told, with the values that the cluster has. */
function overlaid(told: unknown, live: unknown): unknown {
  if (typeof told !== "object" || told === null || typeof live !== "object" || live === null) return live;
  if (Array.isArray(told)) {
    if (!Array.isArray(live) || live.length !== told.length) return live;
    return told.map((one, index) => overlaid(one, live[index]));
  }
  const found = live as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(told).flatMap(([key, one]) => (key in found ? [[key, overlaid(one, found[key])]] : [])),
  );
}

/** The plain JSON of a value of any type. */
function plainOf(value: Value | undefined): unknown {
  return (value as ValueObject | null)?.value;
}

function referenceTo(type: string, value: ValueObject): ObjectReference {
  if (type === MANIFEST) return referenceOf(plainOf(value.manifest) as KubernetesObject);
  const kind = kindOf(type);
  if (kind === undefined) throw new Refused([refusal(`${type} can't act on a cluster of the sandbox`)]);
  const [metadata] = (value.metadata ?? []) as ValueObject[];
  const [name, namespace] = String(value.id ?? "")
    .split("/")
    .reverse();
  return {
    ...kind,
    name: typeof metadata?.name === "string" ? metadata.name : String(name),
    namespace: typeof metadata?.namespace === "string" ? metadata.namespace : namespace,
  };
}

function referenceOf({ apiVersion, kind, metadata }: KubernetesObject): ObjectReference {
  return { apiVersion, kind, name: metadata.name, namespace: metadata.namespace };
}

/** What the provider knows an object by: its namespace, where it has one, and its name. */
function idOf({ metadata }: KubernetesObject): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

function refusal(summary: string, detail = ""): Refusal {
  return { summary, detail, steps: [] };
}
