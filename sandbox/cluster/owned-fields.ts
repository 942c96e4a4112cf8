import type { KubernetesObject } from "../../lib/runtime/manifest";

/**
 * Which fields of an object anybody owns, as the API server keeps it: names behind `f:`, elements of lists behind `k:`
 * with the values that tell them apart.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export interface OwnedFields {
  readonly [step: string]: OwnedFields;
}

/** The fields that all managers of an object own together. */
export function ownedFields({ metadata }: KubernetesObject): OwnedFields {
  const managers = (metadata.managedFields ?? []) as {
    readonly fieldsV1?: OwnedFields;
    readonly subresource?: string;
  }[];
  return managers.map(({ fieldsV1 = {} }) => fieldsV1).reduce(merge, {});
}

/** What is owned below a field; nothing where it is nobody's. */
export function below(owned: OwnedFields | undefined, field: string): OwnedFields | undefined {
  return owned?.[`f:${field}`];
}

/** How the elements of a list are told apart: by the values of some of their fields, or else by their position alone. */
export function elementKeys(owned: OwnedFields | undefined): readonly string[] {
  const keys = Object.keys(owned ?? {}).filter((step) => step.startsWith("k:"));
  return [...new Set(keys.flatMap((step) => Object.keys(JSON.parse(step.slice(2)))))];
}

/** What is owned of one element of a list. */
export function ownedElement(owned: OwnedFields | undefined, element: Readonly<Record<string, unknown>>) {
  const step = Object.keys(owned ?? {}).find((one) => {
    if (!one.startsWith("k:")) return false;
    return Object.entries(JSON.parse(one.slice(2))).every(([field, value]) => element[field] === value);
  });
  return step === undefined ? undefined : owned?.[step];
}

function merge(one: OwnedFields, other: OwnedFields): OwnedFields {
  const result: Record<string, OwnedFields> = { ...one };
  for (const [step, inner] of Object.entries(other)) result[step] = merge(result[step] ?? {}, inner);
  return result;
}
