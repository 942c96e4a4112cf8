import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesObject } from "../../lib/runtime/manifest";
import type { Value, ValueObject } from "../provider/values";

/** How far an object is: done, on its way, or beyond hope. The texts are those of the real provider. */
export type Progress = "done" | { readonly waiting: string } | { readonly failed: string };

/** What the real provider waits for after it has made or changed an object. */
export interface Wait {
  /** Argument that switches the waiting off, or on where that is not the default. */
  readonly argument: string;
  readonly byDefault: boolean;
  /** How long it waits where `timeouts` says nothing else. */
  readonly minutes: number;
  /** @param object nothing when it is gone */
  progress(object: KubernetesObject | undefined): Progress;
}

/** How often the cluster is asked, in milliseconds. */
const INTERVAL = 500;

/**
 * What is waited for, by kind.
 *
 * @see https://registry.terraform.io/providers/hashicorp/kubernetes/latest/docs/resources/deployment_v1#wait_for_rollout-1
 */
export const WAITS: Readonly<Record<string, Wait>> = {
  Deployment: { argument: "wait_for_rollout", byDefault: true, minutes: 10, progress: deploymentProgress },
  StatefulSet: { argument: "wait_for_rollout", byDefault: true, minutes: 10, progress: statefulSetProgress },
  DaemonSet: { argument: "wait_for_rollout", byDefault: true, minutes: 10, progress: daemonSetProgress },
  Job: { argument: "wait_for_completion", byDefault: true, minutes: 1, progress: jobProgress },
  PersistentVolumeClaim: { argument: "wait_until_bound", byDefault: true, minutes: 5, progress: claimProgress },
  Service: { argument: "wait_for_load_balancer", byDefault: true, minutes: 10, progress: serviceProgress },
  Ingress: { argument: "wait_for_load_balancer", byDefault: false, minutes: 20, progress: balancerProgress },
};

/** Kinds of which the real provider waits until they are gone, and for how many minutes. */
export const REMOVALS: Readonly<Record<string, number>> = {
  Namespace: 5,
  Deployment: 10,
  StatefulSet: 10,
  DaemonSet: 10,
  Job: 1,
  Pod: 5,
  Service: 10,
  Ingress: 20,
  PersistentVolumeClaim: 5,
  PersistentVolume: 10,
};

/**
 * Waits until an object is as it should be.
 *
 * @param look reads how far it is
 * @param minutes after which the last thing that was waited for is the error
 * @returns the error, in the words of the real provider; nothing when all is well
 */
export async function waitFor(
  look: () => Promise<Progress>,
  minutes: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const end = Date.now() + minutes * 60_000;
  for (;;) {
    const progress = await look();
    if (progress === "done") return undefined;
    if ("failed" in progress) return progress.failed;
    if (Date.now() >= end) return progress.waiting;
    if (signal.aborted) return "context canceled";
    await sleep(INTERVAL);
  }
}

/** How many minutes an operation may take: what `timeouts` says, or the default. @see https://pkg.go.dev/time#ParseDuration */
export function timeoutOf(body: ValueObject, operation: "create" | "update" | "delete", fallback: number): number {
  const block = body.timeouts as Value | undefined;
  const [content] = [block].flat() as (ValueObject | null | undefined)[];
  const text = content?.[operation];
  if (typeof text !== "string") return fallback;
  const parts = [...text.matchAll(/([\d.]+)(h|m(?!s)|s|ms)/g)];
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (MINUTES[unit as string] ?? 0), 0);
}

const MINUTES: Readonly<Record<string, number>> = { h: 60, m: 1, s: 1 / 60, ms: 1 / 60_000 };

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: the API server's own structures
function partsOf(object: KubernetesObject | undefined): { spec: any; status: any; conditions: readonly Condition[] } {
  const { spec = {}, status = {} } = (object ?? {}) as Record<string, unknown>;
  return { spec, status, conditions: (status as { conditions?: Condition[] }).conditions ?? [] };
}

const GONE: Progress = { failed: "the object is gone" };

function deploymentProgress(object: KubernetesObject | undefined): Progress {
  if (object === undefined) return GONE;
  const { spec, status, conditions } = partsOf(object);
  const {
    replicas = 0,
    updatedReplicas = 0,
    readyReplicas = 0,
    availableReplicas = 0,
    observedGeneration = 0,
  } = status;
  const wanted = spec.replicas ?? 1;
  if (Number(object.metadata.generation) > observedGeneration) return { waiting: "Waiting for rollout to start" };
  if (conditions.some(({ type, reason }) => type === "Progressing" && reason === "ProgressDeadlineExceeded")) {
    return { failed: "Deployment exceeded its progress deadline" };
  }
  const finish = "Waiting for rollout to finish:";
  if (updatedReplicas < wanted) {
    return { waiting: `${finish} ${updatedReplicas} out of ${wanted} new replicas have been updated...` };
  }
  if (replicas > updatedReplicas) {
    return { waiting: `${finish} ${replicas - updatedReplicas} old replicas are pending termination...` };
  }
  if (replicas > readyReplicas) {
    return { waiting: `${finish} ${replicas} replicas wanted; ${readyReplicas} replicas Ready` };
  }
  if (availableReplicas < updatedReplicas) {
    return { waiting: `${finish} ${availableReplicas} of ${updatedReplicas} updated replicas are available...` };
  }
  return "done";
}

function statefulSetProgress(object: KubernetesObject | undefined): Progress {
  if (object === undefined) return GONE;
  const { spec, status } = partsOf(object);
  const wanted = spec.replicas ?? 1;
  const { readyReplicas = 0, updatedReplicas = 0, observedGeneration = 0, currentRevision, updateRevision } = status;
  const isRolling = (spec.updateStrategy?.type ?? "RollingUpdate") === "RollingUpdate";
  const partition = spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  const isUpdated = partition > 0 ? updatedReplicas >= wanted - partition : currentRevision === updateRevision;
  const isSeen = Number(object.metadata.generation) <= observedGeneration;
  if (isSeen && readyReplicas === wanted && (!isRolling || isUpdated)) return "done";
  return { waiting: `StatefulSet ${nameOf(object)} is not finished rolling out` };
}

function daemonSetProgress(object: KubernetesObject | undefined): Progress {
  if (object === undefined) return GONE;
  const { status } = partsOf(object);
  const {
    desiredNumberScheduled: wanted = 0,
    numberReady = 0,
    updatedNumberScheduled = 0,
    observedGeneration = 0,
  } = status;
  const isSeen = Number(object.metadata.generation) <= observedGeneration;
  if (isSeen && numberReady >= wanted && updatedNumberScheduled >= wanted) return "done";
  return { waiting: `DaemonSet ${nameOf(object)} is not finished rolling out` };
}

/** A Job that has vanished has succeeded, to the provider. */
function jobProgress(object: KubernetesObject | undefined): Progress {
  if (object === undefined) return "done";
  const { conditions } = partsOf(object);
  const is = (wanted: string) => conditions.some(({ type, status }) => type === wanted && status === "True");
  if (is("Complete")) return "done";
  if (is("Failed")) return { failed: `job: ${nameOf(object)} is in failed state` };
  return { waiting: `job: ${nameOf(object)} is not in complete state` };
}

function claimProgress(object: KubernetesObject | undefined): Progress {
  if (object === undefined) return GONE;
  if (partsOf(object).status.phase === "Bound") return "done";
  return { waiting: "timeout while waiting for state to become 'Bound' (last state: 'Pending')" };
}

function serviceProgress(object: KubernetesObject | undefined): Progress {
  return partsOf(object).spec.type === "LoadBalancer" ? balancerProgress(object) : "done";
}

function balancerProgress(object: KubernetesObject | undefined): Progress {
  if (object === undefined) return GONE;
  if (partsOf(object).status.loadBalancer?.ingress?.length > 0) return "done";
  return { waiting: "Load Balancer is not ready yet" };
}

function nameOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}
