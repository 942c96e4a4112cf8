import type { Cause } from "./cause";
import type { Fault } from "./diagnosis";
import { conditionOf, count, isTrue, type Observation } from "./observation";
import type { ObservedObject } from "./observed";
import { faultOf, type PodFault } from "./pod-fault";

/** Seconds that a pod may take to vanish beyond its grace period. */
const LATE_END = 30;

/** What is wrong with a Deployment. */
export function deploymentFault(deployment: ObservedObject, seen: Observation): Fault | undefined {
  const isDone = isComplete(deployment);
  const pod = podFaultOf(deployment, seen, isDone);
  if (isDone && pod === undefined) return undefined;
  const { replicas = 1, minReadySeconds = 0 } = deployment.spec ?? {};
  const ready = seen.newPodsOf(deployment).filter((each) => isTrue(each, "Ready")).length;
  const previous = Math.max(0, (deployment.status?.readyReplicas ?? 0) - ready);
  const isWaiting = replicas === 1 && ready === 0 && (pod === undefined || pod.cause.kind === "unscheduled");
  const predecessor = isWaiting ? predecessorOf(deployment, seen) : undefined;
  const isDown = ready + previous === 0 && replicas > 0;
  const isYoung = ready >= replicas && pod === undefined && minReadySeconds > 0;
  const parts = [
    `${ready} of ${count(replicas, "pod")} ready`,
    previous > 0 && `${count(previous, "pod")} of the previous release still ${previous === 1 ? "runs" : "run"}`,
    isYoung && `not yet for the ${minReadySeconds} s that a release needs`,
    predecessor?.summary ?? (isDown && NOTHING_RUNS),
  ];
  return { summary: parts.filter(Boolean).join("; "), pod: predecessor ? undefined : pod, ...predecessor?.fault };
}

/** What is wrong with a StatefulSet. */
export function statefulSetFault(set: ObservedObject, seen: Observation): Fault | undefined {
  const { replicas = 1 } = set.spec ?? {};
  const { readyReplicas = 0 } = set.status ?? {};
  const pod = podFaultOf(set, seen, readyReplicas >= replicas);
  if (readyReplicas >= replicas && pod === undefined) return undefined;
  const predecessor = pod === undefined ? predecessorOf(set, seen) : undefined;
  const ready = `${readyReplicas} of ${count(replicas, "pod")} ready`;
  const parts = [ready, predecessor?.summary ?? (readyReplicas === 0 && NOTHING_RUNS)];
  return { summary: parts.filter(Boolean).join("; "), pod, ...predecessor?.fault };
}

/** Said of a workload none of whose pods is ready. */
const NOTHING_RUNS = "nothing of it runs";

/** What is wrong with a Job. */
export function jobFault(job: ObservedObject, seen: Observation): Fault | undefined {
  if (!seen.isLatestOfItsKind(job) || isTrue(job, "Complete")) return undefined;
  const pods = seen.podsOf(job);
  const failed = conditionOf(job, "Failed");
  if (failed?.status !== "True") {
    const [newest] = pods;
    const pod = newest && faultOf(newest, seen);
    // A disrupted pod of a Job that goes on is replaced.
    return pod === undefined || pod.cause.kind === "disrupted" ? undefined : { summary: "does not finish", pod };
  }
  if (failed.reason === "DeadlineExceeded") {
    const seconds = job.spec?.activeDeadlineSeconds;
    return { summary: "failed: it exceeded its deadline", cause: { kind: "deadline", seconds } };
  }
  const pod = firstFault(pods, seen);
  if (pod !== undefined || pods.length > 0) return { summary: "failed", pod };
  return { summary: "failed: its pod was deleted before it finished", cause: { kind: "vanished" } };
}

/** The first fault among its pods, those of the newest release first; failed ones only where others are missing. */
function podFaultOf(workload: ObservedObject, seen: Observation, isComplete: boolean): PodFault | undefined {
  const pods = [...seen.newPodsOf(workload), ...seen.podsOf(workload)];
  const isOver = ({ status }: ObservedObject) => status?.phase === "Failed" || status?.phase === "Succeeded";
  const fault = firstFault(
    pods.filter((pod) => !isOver(pod)),
    seen,
  );
  return fault ?? (isComplete ? undefined : firstFault(pods.filter(isOver), seen));
}

function firstFault(pods: readonly ObservedObject[], seen: Observation): PodFault | undefined {
  for (const pod of pods) {
    const fault = faultOf(pod, seen);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/**
 * A pod that has to end before a new one may start. On a node that doesn't answer it never does: nobody can say whether
 * its containers still run.
 *
 * @see https://kubernetes.io/docs/concepts/architecture/nodes/#condition
 */
function predecessorOf(
  workload: ObservedObject,
  seen: Observation,
): { summary: string; fault: Partial<Fault> } | undefined {
  const [leaving] = seen.leavingPodsOf(workload);
  if (leaving === undefined) return undefined;
  const { name: pod, deletionTimestamp = "" } = leaving.metadata;
  const node = leaving.spec?.nodeName ?? "";
  const isStuck = seen.now.getTime() > Date.parse(deletionTimestamp) + LATE_END * 1000;
  const cause: Cause = { kind: "predecessor", pod, node, isStuck };
  const summary = isStuck
    ? `its previous pod ${pod} should have ended at ${deletionTimestamp}, but its node ${node} does not confirm that`
    : `its previous pod ${pod} has until ${deletionTimestamp} to end`;
  return {
    summary,
    fault: { cause, events: seen.eventsAbout(leaving, workload).filter(({ type }) => type === "Warning") },
  };
}

/** As `kubectl rollout status` sees it. */
function isComplete({ metadata, spec, status = {} }: ObservedObject): boolean {
  const { replicas = 1 } = spec ?? {};
  const { observedGeneration = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  return (
    observedGeneration >= (metadata.generation ?? 0) && updatedReplicas >= replicas && availableReplicas >= replicas
  );
}
