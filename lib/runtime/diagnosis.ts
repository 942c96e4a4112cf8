import type { ObservedCondition, ObservedEvent, ObservedObject } from "./observed";
import { faultOf, type PodFault } from "./pod-fault";

/** A workload that does not do what it should. */
export interface Trouble {
  /** Such as "deployment/web". */
  readonly workload: string;
  /** In a line. */
  readonly summary: string;
  /** The workload's own conditions, those that are not as they should be. */
  readonly conditions: readonly string[];
  /** What the cluster has noted, oldest first. */
  readonly events: readonly string[];
  /** The pod that shows what is wrong; absent where there is none, or where it is only slow. */
  readonly fault?: PodFault;
}

/** Events of a workload that are shown. */
const MOST_EVENTS = 6;

/**
 * Finds what is wrong in a namespace.
 *
 * @param objects Deployments, ReplicaSets, StatefulSets, Jobs and Pods
 * @param events all events
 */
export function diagnose(objects: readonly ObservedObject[], events: readonly ObservedEvent[]): Trouble[] {
  const seen = new Observation(objects, events);
  const workloads = objects.filter(({ kind, metadata }) => {
    return WORKLOADS[kind] !== undefined && metadata.deletionTimestamp === undefined;
  });
  return workloads.flatMap((workload) => {
    const summary = WORKLOADS[workload.kind]!(workload, seen);
    return summary === undefined ? [] : [troubleOf(workload, summary, seen)];
  });
}

/** Says what is wrong with a workload, or nothing. */
type Look = (workload: ObservedObject, seen: Observation) => string | undefined;

const WORKLOADS: Readonly<Record<string, Look>> = {
  Deployment: (workload, seen) => {
    if (isComplete(workload) && seen.faultOf(workload) === undefined) return undefined;
    const { replicas = 1 } = workload.spec ?? {};
    const ready = seen.readyPodsOf(workload);
    const old = (workload.status?.readyReplicas ?? 0) - ready;
    const answer = old > 0 ? `; ${old} of the release before ${old === 1 ? "goes" : "go"} on` : "";
    return `${ready} of ${replicas} pods ${replicas === 1 ? "is" : "are"} ready${answer}`;
  },
  StatefulSet: (workload, seen) => {
    const { replicas = 1 } = workload.spec ?? {};
    const { readyReplicas = 0 } = workload.status ?? {};
    if (readyReplicas >= replicas && seen.faultOf(workload) === undefined) return undefined;
    return `${readyReplicas} of ${replicas} pods ${replicas === 1 ? "is" : "are"} ready`;
  },
  Job: (workload, seen) => {
    if (!seen.isLatestOfItsKind(workload)) return undefined;
    const failed = conditionOf(workload, "Failed");
    if (failed?.status === "True") return `it has failed: ${failed.message ?? failed.reason}`;
    return seen.faultOf(workload) && conditionOf(workload, "Complete")?.status !== "True"
      ? "it does not end"
      : undefined;
  },
};

function troubleOf(workload: ObservedObject, summary: string, seen: Observation): Trouble {
  const { kind, metadata, status } = workload;
  return {
    workload: `${kind.toLowerCase()}/${metadata.name}`,
    summary,
    conditions: (status?.conditions ?? []).filter(isBad).map(describeCondition),
    events: seen.eventsOf(workload),
    fault: seen.faultOf(workload),
  };
}

/** The objects and events of a namespace, and how they belong together. */
class Observation {
  constructor(
    private readonly objects: readonly ObservedObject[],
    private readonly events: readonly ObservedEvent[],
  ) {}

  /** The first fault among its pods, those of the newest release first. */
  faultOf(workload: ObservedObject): PodFault | undefined {
    for (const pod of [...this.newPodsOf(workload), ...this.podsOf(workload)]) {
      const fault = faultOf(pod, this.eventsAbout([pod]));
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  /** How many of its newest release are ready. */
  readyPodsOf(workload: ObservedObject): number {
    return this.newPodsOf(workload).filter((pod) => conditionOf(pod, "Ready")?.status === "True").length;
  }

  /** What was noted about it and all that belongs to it; the same twice is told once. */
  eventsOf(workload: ObservedObject): string[] {
    const parts = this.partsOf(workload);
    const warnings = this.eventsAbout([workload, ...parts, ...parts.flatMap((part) => this.partsOf(part))])
      .filter(({ type }) => type === "Warning")
      .map(({ reason, message }) => `${reason}: ${message}`);
    return [...new Set(warnings.reverse())].slice(0, MOST_EVENTS).reverse();
  }

  /** Of a CronJob's Jobs the last one tells; a Job of its own always does. */
  isLatestOfItsKind(job: ObservedObject): boolean {
    const owner = ownerOf(job);
    const siblings = owner === undefined ? [job] : this.objects.filter((each) => ownerOf(each) === owner);
    return newest(siblings) === job;
  }

  private newPodsOf(workload: ObservedObject): readonly ObservedObject[] {
    if (workload.kind !== "Deployment") return this.podsOf(workload);
    const revision = ({ metadata }: ObservedObject) => Number(metadata.annotations?.[REVISION] ?? 0);
    const [last] = this.partsOf(workload).sort((a, b) => revision(b) - revision(a));
    return last === undefined ? [] : newestFirst(this.partsOf(last));
  }

  private podsOf(workload: ObservedObject): readonly ObservedObject[] {
    const parts = this.partsOf(workload);
    return newestFirst([...parts, ...parts.flatMap((part) => this.partsOf(part))].filter(({ kind }) => kind === "Pod"));
  }

  private partsOf({ metadata }: ObservedObject): ObservedObject[] {
    return this.objects.filter(
      (each) => ownerOf(each) === metadata.uid && each.metadata.deletionTimestamp === undefined,
    );
  }

  private eventsAbout(objects: readonly ObservedObject[]): ObservedEvent[] {
    const about = new Set(objects.map(({ metadata }) => metadata.uid));
    const time = ({ lastTimestamp, metadata }: ObservedEvent) => lastTimestamp ?? metadata.creationTimestamp;
    return this.events
      .filter(({ involvedObject }) => about.has(involvedObject.uid))
      .sort((a, b) => time(a).localeCompare(time(b)));
  }
}

/** @see https://kubernetes.io/docs/reference/labels-annotations-taints/#deployment-kubernetes-io-revision */
const REVISION = "deployment.kubernetes.io/revision";

/** As `kubectl rollout status` sees it. */
function isComplete({ metadata, spec, status = {} }: ObservedObject): boolean {
  const { replicas = 1 } = spec ?? {};
  const { observedGeneration = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  return (
    observedGeneration >= (metadata.generation ?? 0) && updatedReplicas >= replicas && availableReplicas >= replicas
  );
}

/** Of these conditions "True" is bad, of all others "False". */
const BAD_WHEN_TRUE = ["ReplicaFailure", "Failed", "FailureTarget"];

function isBad({ type, status }: ObservedCondition): boolean {
  return BAD_WHEN_TRUE.includes(type) ? status === "True" : status === "False";
}

function describeCondition({ type, status, reason, message }: ObservedCondition): string {
  return `${type} is ${status}: ${[reason, message].filter(Boolean).join(", ")}`;
}

function conditionOf({ status }: ObservedObject, type: string): ObservedCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

function ownerOf({ metadata }: ObservedObject): string | undefined {
  return metadata.ownerReferences?.[0]?.uid;
}

function newest(objects: readonly ObservedObject[]): ObservedObject | undefined {
  return newestFirst(objects)[0];
}

function newestFirst(objects: readonly ObservedObject[]): ObservedObject[] {
  return [...objects].sort((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp));
}
