import type { KubernetesObject } from "../../../lib/runtime/manifest";

// biome-ignore lint/suspicious/noExplicitAny: the rules look into every kind of object
export type Any = any;

/** A pod that an object will make. */
export interface PodTemplate {
  /** What makes it. */
  readonly owner: KubernetesObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: Any;
  readonly containers: readonly Any[];
}

/** Objects that end up in one cluster, and what rules ask of them. */
export class Cluster {
  constructor(readonly objects: readonly KubernetesObject[]) {}

  all(...kinds: string[]): Any[] {
    return this.objects.filter(({ kind }) => kinds.includes(kind));
  }

  find(kind: string, namespace: string | undefined, name: string): Any {
    return this.all(kind).find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  }

  /** The pods of all objects, those of a namespace, or those that a selector chooses there. */
  pods(namespace?: string, matchLabels: Readonly<Record<string, string>> = {}): PodTemplate[] {
    return this.objects
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .flatMap((owner) => podOf(owner))
      .filter(({ labels }) => Object.entries(matchLabels).every(([key, value]) => labels[key] === value));
  }
}

function podOf(owner: KubernetesObject): PodTemplate[] {
  const spec = owner.spec as Any;
  const template = owner.kind === "Pod" ? owner : (spec?.jobTemplate?.spec?.template ?? spec?.template);
  if (template === undefined) return [];
  const { initContainers = [], containers = [] } = template.spec;
  return [
    {
      owner,
      labels: template.metadata?.labels ?? {},
      spec: template.spec,
      containers: [...initContainers, ...containers],
    },
  ];
}
