import { DO_NOT_DISRUPT, type ObjectOwner, objectLabels, podSelector } from "./labels";
import type { PodSpec } from "./pod";
import { keptResources, RESTRICTED_CONTAINER } from "./restricted-pod";

export interface JobProps extends ObjectOwner {
  /** What the Job does. Its pods carry the name as a label, so no process may have it. */
  readonly component: string;
  /** What its pods are, without the restart policy. Their container does the work. */
  readonly pod: PodSpec;
  /** Command of the pod's image that does nothing and succeeds. */
  readonly noOperation: readonly string[];
  /** Seconds after which the Job fails. They count from its start, over all of its pods. */
  readonly deadlineSeconds: number;
  /**
   * How often a pod may fail and be replaced. A disrupted pod is replaced in any case.
   *
   * @default 0
   */
  readonly retries?: number;
}

/** Annotation that names the container that `kubectl logs` shows by default. */
const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

/**
 * What all Jobs have in common, including those of CronJobs. A failed pod counts, and a disrupted one does not: its node
 * was drained or lost, or another pod needed the room. The next pod starts when the one before has ended.
 *
 * A pod that is deleted may exit with code 0 because its program handles SIGTERM, and would count as success. So the work
 * runs in the last init container, and the only container does nothing. A pod that is being deleted starts no further
 * container. It then fails, whatever the exit code of the work.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase
 */
export function jobSpec(props: JobProps) {
  const { app, component, deadlineSeconds, noOperation, pod, retries = 0 } = props;
  const { container, initContainer = [], ...rest } = pod;
  const [work] = container;
  const done = {
    // No schedule, nor a process, can have a name with two hyphens in a row.
    name: `${work.name}--done`,
    image: work.image,
    command: [...noOperation],
    resources: keptResources({ cpu: "10m", memory: "16Mi", memoryLimit: "16Mi" }),
    securityContext: RESTRICTED_CONTAINER,
  };
  return {
    backoffLimit: retries,
    activeDeadlineSeconds: deadlineSeconds,
    podFailurePolicy: {
      rule: [{ action: "Ignore", onPodCondition: [{ type: "DisruptionTarget", status: "True" }] }],
    },
    template: {
      metadata: {
        labels: { ...objectLabels(props), ...podSelector(app, component) },
        annotations: { ...DO_NOT_DISRUPT, [DEFAULT_CONTAINER]: work.name },
      },
      spec: { ...rest, initContainer: [...initContainer, work], container: [done], restartPolicy: "Never" },
    },
  };
}
