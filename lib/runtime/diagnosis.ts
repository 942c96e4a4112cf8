import { autoscalerFault } from "./autoscaler-fault";
import type { Cause } from "./cause";
import { cronJobFault } from "./cron-job-fault";
import { ingressFault } from "./ingress-fault";
import { describeCondition, describeEvents, Observation } from "./observation";
import type { ObservedCondition, ObservedEvent, ObservedObject } from "./observed";
import type { PodFault } from "./pod-fault";
import { volumeFault } from "./volume-fault";
import { deploymentFault, jobFault, statefulSetFault } from "./workload-fault";

/** Something that is wrong with an object of the cluster. */
export interface Finding {
  /** Such as "deployment/web". */
  readonly object: string;
  /** In a line, in words of ours. */
  readonly summary: string;
  /** Worth knowing, but everything runs. */
  readonly isNotice: boolean;
  /** The conditions that are not as they should be. */
  readonly conditions: readonly string[];
  /** What the cluster has noted, oldest first. */
  readonly events: readonly string[];
  /** Absent: unknown. */
  readonly cause?: Cause;
  /** The pod that shows the cause; absent: none does. */
  readonly pod?: PodFault;
}

/** What a check says of an object that is not as it should be. */
export interface Fault {
  readonly summary: string;
  readonly cause?: Cause;
  readonly pod?: PodFault;
  /** @default false */
  readonly isNotice?: boolean;
  /** @default the warnings about the object and all that belongs to it */
  readonly events?: readonly ObservedEvent[];
}

type Check = (object: ObservedObject, seen: Observation) => Fault | undefined;

/** A check for each kind, causes before their effects. */
const CHECKS: Readonly<Record<string, Check>> = {
  PersistentVolumeClaim: volumeFault,
  StatefulSet: statefulSetFault,
  Job: jobFault,
  CronJob: cronJobFault,
  Deployment: deploymentFault,
  Ingress: ingressFault,
  HorizontalPodAutoscaler: autoscalerFault,
};

/** The kinds that {@link diagnose} needs, as `kubectl get` takes them; none of them holds a secret. */
export const OBSERVED_KINDS = [
  ...["persistentvolumeclaims", "statefulsets", "jobs", "cronjobs", "deployments", "replicasets", "pods"],
  ...["ingresses", "horizontalpodautoscalers", "events"],
].join(",");

/** What {@link diagnose} can't see in the objects. */
export interface DiagnosisOptions {
  /** @default the present */
  readonly now?: Date;
  /**
   * CronJobs that are suspended for good: their Jobs are started by hand.
   *
   * @default []
   */
  readonly onDemand?: readonly string[];
}

/** Finds what is wrong in a namespace, from its objects of {@link OBSERVED_KINDS}. */
export function diagnose(
  objects: readonly ObservedObject[],
  events: readonly ObservedEvent[],
  { now = new Date(), onDemand = [] }: DiagnosisOptions = {},
): Finding[] {
  const seen = new Observation(objects, events, now);
  return Object.entries(CHECKS).flatMap(([kind, check]) =>
    seen.all(kind).flatMap((object) => {
      const { name, deletionTimestamp } = object.metadata;
      if (deletionTimestamp !== undefined || (kind === "CronJob" && onDemand.includes(name))) return [];
      const fault = check(object, seen);
      return fault === undefined ? [] : [findingOf(object, fault, seen)];
    }),
  );
}

function findingOf(object: ObservedObject, fault: Fault, seen: Observation): Finding {
  const { kind, metadata, status } = object;
  const { summary, cause, pod, isNotice = false, events } = fault;
  return {
    object: `${kind.toLowerCase()}/${metadata.name}`,
    summary,
    isNotice,
    conditions: (status?.conditions ?? []).filter(isBad).map(describeCondition),
    events: events === undefined ? seen.warningsOf(object) : describeEvents(events),
    cause: cause ?? pod?.cause,
    pod,
  };
}

/** Conditions that are bad when true, or worth knowing; all others are bad when false. */
const BAD_WHEN_TRUE = [
  ...["ReplicaFailure", "Failed", "ScalingLimited"],
  ...["Resizing", "FileSystemResizePending", "ControllerResizeError", "NodeResizeError", "ModifyVolumeError"],
];

function isBad({ type, status }: ObservedCondition): boolean {
  return BAD_WHEN_TRUE.includes(type) ? status === "True" : status === "False";
}
