/** Whose objects these are, and where. */
export interface ObjectOwner {
  /** Slug of the app. */
  readonly app: string;
  /** Environment in which it runs. */
  readonly environment: string;
  /** Address of its source, such as "https://github.com/acme/podcore". */
  readonly repository: string;
}

/** Labels that every object has. */
export function objectLabels({ app, environment }: ObjectOwner): Record<string, string> {
  return {
    "app.kubernetes.io/name": app,
    "app.kubernetes.io/managed-by": "drover",
    "drover/environment": environment,
  };
}

/** Annotations that every object has. The repository is one because a label can't hold its slashes. */
export function objectAnnotations({ repository }: ObjectOwner): Record<string, string> {
  return { "drover/repository": repository };
}

/**
 * Labels that choose a process's pods. They are immutable in a Deployment, so nothing that changes may be among them.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#label-selector-updates
 */
export function podSelector(app: string, process: string): Record<string, string> {
  return { "app.kubernetes.io/name": app, "app.kubernetes.io/component": process };
}

/**
 * Annotation of pods whose work should not be interrupted. Karpenter, and so EKS Auto Mode, then does not choose their
 * node to save costs or to replace it.
 *
 * @see https://karpenter.sh/docs/concepts/disruption/#pod-level-controls
 */
export const DO_NOT_DISRUPT = { "karpenter.sh/do-not-disrupt": "true" } as const;
