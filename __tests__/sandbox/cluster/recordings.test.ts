import { join } from "node:path";
import { kindOf } from "../../../lib/runtime/kubernetes-types";
import type { KubernetesObject } from "../../../lib/runtime/manifest";
import { Cloud } from "../../../sandbox/cloud/cloud";
import { Types } from "../../../sandbox/cloud/types";
import { ApiError, KubernetesApi } from "../../../sandbox/cluster/api";
import { ClusterProvider } from "../../../sandbox/cluster/cluster-provider";
import type { PatchOperation } from "../../../sandbox/cluster/requests";
import { configurationOf } from "../../../sandbox/provider/place";
import { Provider } from "../../../sandbox/provider/provider";
import { conform, type Value, type ValueObject } from "../../../sandbox/provider/values";
import type { Block } from "../../../sandbox/schema/schema";
import { temporaryFolder } from "../../support/folder";
import { type RecordedRequest, recording } from "../../support/recordings";

// biome-ignore lint/suspicious/noExplicitAny: objects and values are looked into
type Any = any;

const KINDS: Readonly<Record<string, readonly string[]>> = {
  "/api/v1": ["namespaces", "serviceaccounts", "services", "secrets", "persistentvolumeclaims"],
  "/apis/apps/v1": ["deployments", "statefulsets"],
  "/apis/batch/v1": ["jobs", "cronjobs"],
  "/apis/networking.k8s.io/v1": ["ingresses", "networkpolicies"],
  "/apis/policy/v1": ["poddisruptionbudgets"],
  "/apis/autoscaling/v2": ["horizontalpodautoscalers"],
};

const KIND_NAMES = [
  ...["Namespace", "ServiceAccount", "Service", "Secret", "PersistentVolumeClaim", "Deployment", "StatefulSet"],
  ...["Job", "CronJob", "Ingress", "NetworkPolicy", "PodDisruptionBudget", "HorizontalPodAutoscaler"],
];

/** Keeps what it is sent, and adds what the API server and its controllers had added when the recordings were made. */
class RecordingApi extends KubernetesApi {
  readonly requests: RecordedRequest[] = [];
  private readonly objects = new Map<string, Any>();

  protected override async send(method: string, path: string, body?: Any, type = "application/json"): Promise<Any> {
    const kinds = KINDS[path];
    if (kinds !== undefined) return { resources: kinds.map(resourceOf) };
    if (method === "GET") {
      const found = this.objects.get(path);
      if (found === undefined) throw new ApiError(404, "NotFound", `${path} not found`);
      return found;
    }
    const request = { method, path, ...(type !== "application/json" && { type }), body: structuredClone(body) };
    this.requests.push(request as RecordedRequest);
    if (method === "DELETE") return this.objects.delete(path);
    const key = method === "POST" ? `${path}/${body.metadata.name}` : path;
    const object = method === "PATCH" ? patched(this.objects.get(key), body) : structuredClone(body);
    this.objects.set(key, withDefaults(object));
    return this.objects.get(key);
  }
}

function resourceOf(name: string) {
  const kind = KIND_NAMES.find((one) => [`${one}s`, `${one}es`, one.replace(/y$/, "ies")].some(isCalled(name)));
  return { name, kind, namespaced: name !== "namespaces" };
}

const isCalled = (name: string) => (kind: string) => kind.toLowerCase() === name;

function patched(object: Any, operations: readonly PatchOperation[]): Any {
  const copy = structuredClone(object);
  for (const { op, path, value } of operations) {
    const decoded = (step: string) => step.replaceAll("~1", "/").replaceAll("~0", "~");
    const steps = path.split("/").slice(1).map(decoded);
    const last = steps.pop()!;
    const parent = steps.reduce((at, step) => at[step], copy);
    if (op === "remove") delete parent[last];
    else parent[last] = structuredClone(value);
  }
  return copy;
}

function withDefaults(object: Any): KubernetesObject {
  const { spec } = object;
  const pod = spec?.jobTemplate?.spec.template.spec ?? spec?.template?.spec;
  if (pod !== undefined) {
    pod.schedulerName = "default-scheduler";
    for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
      container.imagePullPolicy = "IfNotPresent";
      container.terminationMessagePolicy = "File";
    }
  }
  // The autoscaler has chosen this many.
  if (object.kind === "Deployment") spec.replicas ??= 2;
  const { replicas = 0 } = spec ?? {};
  const status = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
  const conditions = object.kind === "Job" ? [{ type: "Complete", status: "True" }] : [];
  const metadata = { ...object.metadata, generation: 1 };
  return { ...object, metadata, status: { ...status, observedGeneration: 1, conditions } };
}

const types = new Types();
const configuration = configurationOf("kubernetes", { config_context: "test" });

/** A stack's way through its steps, as Terraform takes it. */
class Stack {
  readonly api = new RecordingApi({ server: new URL("https://127.0.0.1:9"), insecure: false });
  private readonly cloud = new Cloud(join(temporaryFolder(), "objects.jsonl"));
  private readonly provider = new ClusterProvider(new Provider("kubernetes", types, this.cloud), this.cloud, this.api);
  private readonly states = new Map<string, ValueObject>();

  end(): void {
    this.api.close();
    this.cloud.close();
  }

  /** @returns what was sent */
  async apply(step: string): Promise<RecordedRequest[]> {
    const { requests, resources } = recording(step);
    const before = this.api.requests.length;
    const wanted = new Map<string, readonly [type: string, config: ValueObject]>();
    for (const [type, named] of Object.entries(resources)) {
      if (kindOf(type) === undefined) continue;
      const block = types.block("resource", type);
      for (const [name, body] of Object.entries(named)) {
        wanted.set(`${type}.${name}`, [type, inBlocks(block, evaluated(body, requests) as ValueObject)]);
      }
    }
    for (const [address, state] of this.states) {
      const [type = ""] = address.split(".");
      const read = await this.provider.read(type, configuration, state);
      if (wanted.has(address)) this.states.set(address, read!);
      else await this.put(address, type, read, null, null);
    }
    for (const [address, [type, config]] of wanted) await this.change(address, type, config);
    return this.api.requests.slice(before);
  }

  private async change(address: string, type: string, config: ValueObject): Promise<void> {
    const block = types.block("resource", type);
    const prior = this.states.get(address) ?? null;
    const { value, replace } = this.provider.plan(type, configuration, prior, proposedNew(block, prior, config));
    if (value === prior) return;
    if (replace.length > 0) {
      await this.put(address, type, prior, null, null);
      return this.change(address, type, config);
    }
    await this.put(address, type, prior, value, config);
  }

  private async put(
    address: string,
    type: string,
    prior: ValueObject | null,
    planned: ValueObject | null,
    config: ValueObject | null,
  ): Promise<void> {
    const { signal } = new AbortController();
    const { value, refusals } = await this.provider.apply(type, configuration, prior, planned, config, signal);
    expect(refusals).toEqual([]);
    if (value === null) this.states.delete(address);
    else this.states.set(address, value);
  }
}

/** A configuration's values, as they were when the step was recorded. */
function evaluated(value: unknown, requests: readonly RecordedRequest[]): unknown {
  if (typeof value === "string" && value.startsWith("${")) {
    const [, revision] = JSON.stringify(requests).match(/"drover\/secret-revision":"(\d+)"/) ?? [];
    if (value.includes("revision")) return revision;
    return value.includes("=>") ? { API_TOKEN: "(a secret)" } : "(a secret)";
  }
  if (typeof value === "string") return value.replaceAll("$${", "${");
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => evaluated(one, requests));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, evaluated(one, requests)]));
}

/** A configuration in the shape of its blocks, which are lists. */
function inBlocks(block: Block, body: ValueObject): ValueObject {
  const entries = Object.entries(body).map(([name, value]): [string, Value] => {
    const nested = block.blocks[name];
    if (nested === undefined || nested.nesting === "single") return [name, value];
    return [name, [value].flat().map((one) => inBlocks(nested.block, one as ValueObject))];
  });
  const shaped = conform(block, Object.fromEntries(entries));
  return { ...shaped, ...("data_wo_revision" in shaped && { data_wo_revision: toNumber(shaped.data_wo_revision) }) };
}

function toNumber(value: Value | undefined): Value {
  return value === null || value === undefined ? null : Number(value);
}

/** What Terraform proposes: the configuration, and what is computed as it was before. */
function proposedNew(block: Block, prior: ValueObject | null, config: ValueObject): ValueObject {
  const proposed: ValueObject = {};
  for (const [name, { computed, writeOnly }] of Object.entries(block.attributes)) {
    proposed[name] = writeOnly ? null : (config[name] ?? (computed ? (prior?.[name] ?? null) : null));
  }
  for (const [name, { block: inner, nesting }] of Object.entries(block.blocks)) {
    const before = (prior?.[name] ?? []) as ValueObject[];
    const elements = (config[name] ?? []) as ValueObject[];
    proposed[name] =
      nesting === "single"
        ? (config[name] ?? null)
        : elements.map((one, index) => proposedNew(inner, before[index] ?? null, one));
  }
  return proposed;
}

/** What is compared of a request. Terraform chooses the order among what does not depend on each other. */
function compared(requests: readonly RecordedRequest[]): string[] {
  return requests
    .map(({ method, path, type = "", body }) => {
      const text = JSON.stringify(sorted(body)).replaceAll(Buffer.from("(a secret)").toString("base64"), "(base64)");
      return `${method} ${path} ${type} ${text}`;
    })
    .sort();
}

function sorted(value: Any): Any {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]));
}

describe.each([
  ["full", ["1-create", "2-update", "3-secret"]],
  ["alb", ["1-create"]],
  ["database", ["1-create", "2-memory"]],
  ["refused", ["1-create"]],
  ["more", ["1-create", "2-update"]],
])("the sandbox on a cluster, with the stack of %s", (folder, steps) => {
  const stack = new Stack();
  afterAll(() => stack.end());

  it.each(steps)("sends in step %s the requests of the real provider, and has nothing to change then", async (step) => {
    const sent = await stack.apply(`${folder}/${step}`);
    expect(compared(sent)).toEqual(compared(recording(`${folder}/${step}`).requests));
    expect(await stack.apply(`${folder}/${step}`)).toEqual([]);
  });
});
