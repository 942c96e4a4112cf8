import type { Fault } from "./diagnosis";
import { conditionOf, isTrue, type Observation } from "./observation";
import type { ObservedObject } from "./observed";

/**
 * What is wrong with a HorizontalPodAutoscaler.
 *
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/#appendix-horizontal-pod-autoscaler-status-conditions
 */
export function autoscalerFault(autoscaler: ObservedObject, seen: Observation): Fault | undefined {
  const { kind = "", name = "" } = autoscaler.spec?.scaleTargetRef ?? {};
  const target = seen.find(kind, name);
  const able = conditionOf(autoscaler, "AbleToScale");
  if (able?.status === "False") {
    return target === undefined
      ? { summary: `has no target: ${kind} ${name} does not exist`, cause: { kind: "no-target" } }
      : { summary: `can't scale ${kind} ${name}`, cause: { kind: "not-scaling" } };
  }
  return inactive(autoscaler, target, seen) ?? atMaximum(autoscaler);
}

function inactive(
  autoscaler: ObservedObject,
  target: ObservedObject | undefined,
  seen: Observation,
): Fault | undefined {
  const active = conditionOf(autoscaler, "ScalingActive");
  if (active?.status !== "False" || active.reason === "ScalingDisabled") return undefined;
  const { reason = "", message = "" } = active;
  const pods = `the number of pods stays at ${autoscaler.status?.currentReplicas ?? 0}`;
  if (message.includes("missing request for cpu")) {
    return {
      summary: `can't tell how busy the pods are: a container requests no CPU; ${pods}`,
      cause: { kind: "no-request" },
    };
  }
  if (!/Metric/.test(reason)) return { summary: `does not scale; ${pods}`, cause: { kind: "not-scaling" } };
  // Pods that aren't ready have no metrics; what is wrong with them is their Deployment's to show.
  if (isAvailable(message) && target !== undefined && !seen.podsOf(target).some((pod) => isTrue(pod, "Ready")))
    return undefined;
  return { summary: `gets no metrics; ${pods}`, cause: { kind: "no-metrics" } };
}

/** Whether the cluster has metrics, of other pods. */
function isAvailable(message: string): boolean {
  return !/could not find the requested resource|currently unable to handle/.test(message);
}

function atMaximum(autoscaler: ObservedObject): Fault | undefined {
  const limited = conditionOf(autoscaler, "ScalingLimited");
  if (limited?.status !== "True" || limited.reason !== "TooManyReplicas") return undefined;
  const pods = autoscaler.spec?.maxReplicas ?? 0;
  return {
    summary: `is at its maximum of ${pods} pods and would start more`,
    cause: { kind: "maximum", pods },
    isNotice: true,
  };
}
