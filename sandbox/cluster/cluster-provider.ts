import { randomBytes } from "node:crypto";
import { kindOf } from "../../lib/runtime/kubernetes-types";
import { type KubernetesObject, type Manifest, manifestOf } from "../../lib/runtime/manifest";
import type { Refusal } from "../cloud/checks";
import type { Cloud } from "../cloud/cloud";
import { identityOf } from "../cloud/shown";
import type { Types } from "../cloud/types";
import type { Configuration } from "../provider/place";
import type { Planned } from "../provider/planning";
import { type OnChange, type Outcome, type Provider, Refused, type Served } from "../provider/provider";
import { conform, dynamicOf, equal, UNKNOWN, type Value, type ValueObject } from "../provider/values";
import { ApiError, type KubernetesApi, type ObjectReference } from "./api";
import { withDefaults } from "./difference";
import { liveValue } from "./live-value";
import { change, creation } from "./requests";
import { REMOVALS, timeoutOf, WAITS, waitFor } from "./waits";

/** Who owns the fields of a manifest that Terraform has set. */
const MANAGER = "Terraform";

/** What the API server has after a request, or why there was none. */
type Sent = { readonly live: KubernetesObject } | { readonly refusals: readonly Refusal[] };

/** The one type whose objects are written out as Kubernetes takes them. */
const MANIFEST = "kubernetes_manifest";

/** Kinds whose dependents the real provider has removed first. */
const FOREGROUND = ["Job"];

/** What the real provider puts before a refusal of the API server, by kind; the others have nothing there. */
const FAILURES: Readonly<Record<string, (operation: "create" | "update", id: string) => string>> = {
  Deployment: (operation) => `Failed to ${operation} deployment: `,
  Job: (operation) => `Failed to ${operation} Job! API error: `,
  Ingress: (operation, id) =>
    operation === "create" ? `Failed to create Ingress '${id}' because: ` : `Failed to update Ingress ${id} because: `,
  StatefulSet: (operation) => (operation === "update" ? "Failed to update StatefulSet: " : ""),
  Service: (operation) => (operation === "update" ? "Failed to update service: " : ""),
  Secret: (operation) => (operation === "update" ? "Failed to update secret: " : ""),
  NetworkPolicy: (operation) => (operation === "update" ? "Failed to update network policy: " : ""),
  ServiceAccount: (operation) => (operation === "update" ? "Failed to update service account: " : ""),
  HorizontalPodAutoscaler: (operation) =>
    operation === "update" ? "Failed to update horizontal pod autoscaler: " : "",
};

/**
 * The Kubernetes provider, acting on a cluster of this machine instead of the sandbox's file. It plans with the real
 * provider's defaults, sends the requests that the real provider sends, waits as it does, and reads back what it reads.
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
    const kind = type === MANIFEST ? undefined : kindOf(type);
    if (kind !== undefined) {
      const filled = withDefaults(this.types.block("resource", type), kind.type, proposed, prior);
      return { ...this.base.plan(type, configuration, prior, filled), isLegacy: true };
    }
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
      return live === undefined ? bare : this.valueOf(type, bare, live);
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
      return { ...liveValue(block, kind.type, config, live), id: idOf(live) };
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
    const problems = unsupportedWaits(type, config);
    if (problems.length > 0) return { value: prior, refusals: problems };
    const sent = await (type === MANIFEST
      ? this.applyManifest(prior, config)
      : this.send(type, prior, planned, config));
    if ("refusals" in sent) return { value: prior, refusals: sent.refusals };

    const id = idOf(sent.live);
    this.cloud.note(type);
    this.onChange(prior === null ? "made" : "changed", { type, id, scope, value: {} });
    const operation = prior === null ? "create" : "update";
    const failure = await this.wait(type, sent.live, planned, operation, signal);
    const live = (await this.api.get(referenceOf(sent.live))) ?? sent.live;
    const value = this.valueOf(type, planned, live);
    return {
      value: type === MANIFEST ? filled(planned, value, "id" in planned ? id : undefined) : value,
      refusals: failure === undefined ? [] : [refusal(failure)],
      isLegacy: type !== MANIFEST,
    };
  }

  /** Makes or changes an object as the real provider does. */
  private async send(
    type: string,
    prior: ValueObject | null,
    planned: ValueObject,
    config: ValueObject,
  ): Promise<Sent> {
    const kind = kindOf(type)?.kind ?? "";
    try {
      if (prior === null) {
        const manifest = creation(type, planned, config);
        if (manifest === undefined) return { refusals: [refusal(`${type} can't act on a cluster of the sandbox`)] };
        return await this.unlessWrong(type, manifest, (object) => this.api.create(object));
      }
      const changed = change(type, { prior, planned, config });
      if ("patch" in changed) return { live: await this.api.patch(referenceTo(type, prior), changed.patch) };
      return await this.unlessWrong(type, changed.object, (object) => this.api.replace(object));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { name, namespace } = referenceTo(type, prior ?? planned);
      const operation = prior === null ? "create" : "update";
      const what = FAILURES[kind]?.(operation, namespace === undefined ? name : `${namespace}/${name}`) ?? "";
      return { refusals: [refusal(`${what}${error.message}`)] };
    }
  }

  /** A manifest is applied: the real provider does so for this one type. */
  private async applyManifest(prior: ValueObject | null, config: ValueObject): Promise<Sent> {
    const [options] = (config.field_manager ?? []) as [ValueObject?];
    const manager = typeof options?.name === "string" ? options.name : MANAGER;
    const manifest = manifestOf(MANIFEST, { manifest: plainOf(config.manifest) }, "evaluated") as Manifest;
    return this.unlessWrong(MANIFEST, manifest, async (bare) => {
      const object = await this.placed(bare);
      if (prior === null) await this.refuseTaken(object);
      return this.api.apply(object, manager, options?.force_conflicts === true);
    });
  }

  /** Sends an object, unless some of it could not be turned into one of Kubernetes. */
  private async unlessWrong(
    type: string,
    { object, issues }: Manifest,
    send: (object: KubernetesObject) => Promise<KubernetesObject>,
  ): Promise<Sent> {
    if (issues.length > 0) {
      return { refusals: issues.map(({ path, problem }) => refusal(`${type}: ${path}`, problem)) };
    }
    return { live: await send(object) };
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
    await this.api.delete(reference, FOREGROUND.includes(kind) ? "Foreground" : undefined);
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

  private valueOf(type: string, known: ValueObject, live: KubernetesObject): ValueObject {
    const block = this.types.block("resource", type);
    if (type === MANIFEST)
      return { ...known, manifest: dynamicOf(overlaid(plainOf(known.manifest), live)), object: dynamicOf(live) };
    const kind = kindOf(type);
    if (kind === undefined) throw new Refused([refusal(`${type} can't act on a cluster of the sandbox`)]);
    const value = liveValue(block, kind.type, known, live);
    const secret = kind.kind === "Secret" ? secretData(known, (live.data ?? {}) as Record<string, string>) : {};
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

/** The data of a Secret: all of it, unless it was given by what is write-only, of which nothing is ever read. */
function secretData(known: ValueObject, live: Readonly<Record<string, string>>): ValueObject {
  const isSet = (revision: Value | undefined) => typeof revision === "number" && revision > 0;
  if (isSet(known.data_wo_revision) || isSet(known.binary_data_wo_revision)) return { data: null, binary_data: null };
  const binary = Object.keys((isObject(known.binary_data) ? known.binary_data : {}) as ValueObject);
  const entries = Object.entries(live);
  const text = entries.filter(([key]) => !binary.includes(key));
  return {
    data: Object.fromEntries(text.map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")])),
    binary_data: binary.length === 0 ? null : Object.fromEntries(entries.filter(([key]) => binary.includes(key))),
  };
}

function isObject(value: Value | undefined): value is ValueObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
