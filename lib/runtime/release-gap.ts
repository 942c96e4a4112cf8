import type { AppEnvironmentSpec } from "../fleet/fleet";
import { leastOf } from "../fleet/fleet";
import type { ObservedContainer, ObservedObject } from "./observed";

/** Something of a release that the cluster does not have. */
export type ReleaseGap =
  | { readonly kind: "missing"; readonly object: string }
  | { readonly kind: "previous"; readonly object: string; readonly image: string; readonly tag?: string }
  | { readonly kind: "stopped"; readonly object: string; readonly process: string; readonly replicas: number }
  | { readonly kind: "secret"; readonly object: string; readonly variable: string };

/**
 * What the cluster lacks of the pinned release and its entry. A deploy that failed or never began leaves processes on the
 * previous release.
 */
export function releaseGaps(objects: readonly ObservedObject[], environment: AppEnvironmentSpec): ReleaseGap[] {
  const { pin, processes, schedule, secrets } = environment;
  if (pin === undefined) return [];
  const find = (kind: string, name: string) => {
    return objects.find((each) => each.kind === kind && each.metadata.name === name);
  };
  const expected = [
    ...processes.map(({ name, replicas }) => ({ kind: "Deployment", name, replicas: leastOf(replicas) })),
    ...schedule.map(({ name }) => ({ kind: "CronJob", name, replicas: 0 })),
  ];
  return expected.flatMap(({ kind, name, replicas }): ReleaseGap[] => {
    const object = `${kind.toLowerCase()}/${name}`;
    const observed = find(kind, name);
    if (observed === undefined) return [{ kind: "missing", object }];
    const containers = containersOf(observed);
    const old = containers.find(({ image }) => !image.endsWith(`@${pin.digest}`));
    const tag = observed.metadata.labels?.["app.kubernetes.io/version"];
    return [
      ...(old === undefined ? [] : [{ kind: "previous", object, image: old.image, tag } as const]),
      ...(observed.spec?.replicas === 0 && replicas > 0
        ? [{ kind: "stopped", object, process: name, replicas } as const]
        : []),
      ...secrets
        .filter((variable) => !containers.some(({ env = [] }) => env.some((each) => each.name === variable)))
        .map((variable) => ({ kind: "secret", object, variable }) as const),
    ];
  });
}

/** The containers of a pod template; a Job does its work in the last init container. */
function containersOf({ spec }: ObservedObject): readonly ObservedContainer[] {
  const { containers = [], initContainers = [] } = (spec?.template ?? spec?.jobTemplate?.spec.template)?.spec ?? {};
  return [...initContainers, ...containers];
}
