import type { DeploymentV1SpecTemplateSpec } from "@cdktf/provider-kubernetes/lib/deployment-v1/index-structs";

/** Label of a pod that runs alone. */
export const SINGLE_POD = { "drover/single-pod": "true" } as const;

/** Label that all nodes of one operating system share. The kubelet sets it. */
const EVERY_NODE = "kubernetes.io/os";

/**
 * Lets no second pod start before the first has ended, wherever each of them runs. A Deployment alone does so in a rollout
 * only: where a pod is evicted or deleted, it creates the next one at once. The scheduler still counts a pod that is
 * terminating, also one on a node that no longer answers.
 *
 * The affinity is to pods with {@link SINGLE_POD} only. Kubernetes applies it in both directions, and when the process
 * gets more pods, the old pod must not keep out the new ones, which have to be ready before it goes.
 *
 * @param selector labels of the process's pods
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
 */
export function singlePodAffinity(
  selector: Readonly<Record<string, string>>,
): DeploymentV1SpecTemplateSpec["affinity"] {
  return {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: EVERY_NODE, labelSelector: [{ matchLabels: { ...selector, ...SINGLE_POD } }] },
      ],
    },
  };
}
