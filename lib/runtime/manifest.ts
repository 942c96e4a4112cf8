import { fieldOf, fieldsOf, kindOf } from "./kubernetes-types";
import { defaultOf, fieldsAlwaysSent, type ProviderArgument, providerArguments } from "./provider-arguments";
import { canonicalQuantity } from "./quantity";

/** An object as Kubernetes' API takes it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: KubernetesMetadata;
  readonly [field: string]: unknown;
}

/** What names an object and describes it. */
export interface KubernetesMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** A place in a resource, and why there is no value for it in a manifest. */
export interface ManifestIssue {
  /** Path in the resource, such as `spec.template.spec.container`. */
  readonly path: string;
  /** What is wrong there. */
  readonly problem: string;
}

/** What a resource is in Kubernetes. */
export interface Manifest {
  readonly object: KubernetesObject;
  /**
   * Entries of maps, such as annotations, whose values only Terraform knows, and only when it applies: they are left out, as
   * is the number of pods that an autoscaler sets.
   */
  readonly leftOut: readonly string[];
  /** What could not be turned into a field of Kubernetes; the object is not whole where there is any. */
  readonly issues: readonly ManifestIssue[];
}

/** Arguments that tell the provider or Terraform itself how to go about it, whatever the resource. */
const NOT_SENT =
  /^(id|\/\/|timeouts|status|wait_for_\w+|wait_until_bound|target_state|default_secret_name|\w+_wo_revision|connection|count|depends_on|for_each|lifecycle|provider|provisioner)$/;

/** Number of pods, which Terraform reads from the cluster where an autoscaler sets it. */
const LIVE_REPLICAS = "spec.replicas";

/** An expression of Terraform's, of which only it knows the value. */
const EXPRESSION = /(^|[^$])\$\{|(^|[^%])%\{/;

/**
 * Turns a resource of Terraform's Kubernetes provider into the object that the provider sends to make it, with all that
 * it sends for arguments that are not set.
 *
 * @param type such as "kubernetes_deployment_v1"
 * @param body its arguments; null is taken for absent
 * @param form how texts are written: as in a stack's JSON, with expressions, or as the provider gets them, evaluated
 * @returns nothing when the resource is no object of its own, such as `kubernetes_labels`
 */
export function manifestOf(
  type: string,
  body: Readonly<Record<string, unknown>>,
  form: "json" | "evaluated" = "json",
): Manifest | undefined {
  const conversion = new Conversion(form === "json");
  if (type === "kubernetes_manifest") {
    const object = conversion.convert("any", body.manifest, "manifest", undefined) as KubernetesObject;
    return { object, leftOut: conversion.leftOut, issues: conversion.issues };
  }
  const kind = kindOf(type);
  if (kind === undefined) return undefined;
  const isSecret = kind.kind === "Secret";
  const sent = Object.entries(body).filter(([name]) => !NOT_SENT.test(name) && !(isSecret && name in SECRET_DATA));
  const fields = conversion.structure(kind.type, Object.fromEntries(sent), "", undefined);
  const data = isSecret ? secretData(conversion, body) : {};
  const object = { apiVersion: kind.apiVersion, kind: kind.kind, ...fields, ...data } as unknown as KubernetesObject;
  return { object, leftOut: conversion.leftOut, issues: conversion.issues };
}

/** How the provider sends the data of a Secret: as text, or encoded already. */
const SECRET_DATA: Readonly<Record<string, "stringData" | "data">> = {
  data: "stringData",
  data_wo: "stringData",
  binary_data: "data",
  binary_data_wo: "data",
};

/** The data of a Secret. What only Terraform knows is left out, as are values that are not known. */
function secretData(conversion: Conversion, body: Readonly<Record<string, unknown>>): object {
  const data: Record<string, Record<string, unknown>> = {};
  for (const [argument, field] of Object.entries(SECRET_DATA)) {
    const values = conversion.convert("{}string", body[argument], argument, undefined);
    if (isSet(values, "{}string")) data[field] = { ...data[field], ...(values as object) };
  }
  return data;
}

/** Whether an argument says anything to the provider, for which an empty text, list or map is as good as none. */
function isSet(value: unknown, type: string): boolean {
  if (value === null || value === undefined || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  return !(type.startsWith("{}") && typeof value === "object" && Object.keys(value).length === 0);
}

/** Whether the provider sends an argument with this value, beside the others of its block. */
function isSent(rule: ProviderArgument, value: unknown, block: Readonly<Record<string, unknown>>): boolean {
  const depends = Object.entries(rule.when ?? {});
  const holds = depends.every(([argument, wanted]) =>
    wanted === true ? isSet(block[argument], "{}") : block[argument] === wanted,
  );
  return holds && !rule.omit?.some((one) => value !== undefined && String(one) === String(value));
}

/** One resource on its way to Kubernetes. */
class Conversion {
  readonly leftOut: string[] = [];
  readonly issues: ManifestIssue[] = [];

  /** @param hasExpressions whether texts are written as Terraform reads them */
  constructor(private readonly hasExpressions: boolean) {}

  /**
   * A value of a type as {@link fieldOf} names it; undefined where there is none.
   *
   * @param owner the structure that holds it
   */
  convert(type: string, value: unknown, path: string, owner: string | undefined): unknown {
    if (value === null || value === undefined) return undefined;
    if (type.startsWith("[]")) return this.list(type.slice(2), value, path, owner);
    if (type.startsWith("{}")) return this.map(type.slice(2), value, path);
    if (fieldsOf(type) !== undefined) return this.block(type, value, path, owner);
    return this.scalar(type, value, path);
  }

  /** The fields of a structure. */
  structure(
    type: string,
    value: Readonly<Record<string, unknown>>,
    path: string,
    owner: string | undefined,
  ): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    // What a template holds, its owner does.
    const holder = type === "CoreV1PodTemplateSpec" ? owner : type;
    for (const [argument, given] of Object.entries(value)) {
      const here = path === "" ? argument : `${path}.${argument}`;
      const rule = providerArguments(type)?.[argument];
      const field = fieldOf(type, argument);
      // A volume's source is one of its own fields in Kubernetes.
      if (argument === "persistent_volume_source" && isSet(given, type)) {
        Object.assign(fields, this.block(type, given, here, holder));
      } else if (rule?.sent === false || !isSet(given, field?.type ?? "")) {
      } else if (field === undefined) {
        this.issues.push({ path: here, problem: "Kubernetes has no such field" });
      } else if (rule === undefined || isSent(rule, given, value)) {
        fields[field.name] = this.convert(field.type, given, here, holder);
      }
    }
    const all = { ...fieldsAlwaysSent(type), ...this.unset(type, value, path, owner), ...fields };
    return Object.fromEntries(
      Object.entries(all)
        .filter(([, one]) => one !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }

  /** The fields that the provider sends for arguments that are not set. */
  private unset(
    type: string,
    value: Readonly<Record<string, unknown>>,
    path: string,
    owner: string | undefined,
  ): Record<string, unknown> {
    const rules = Object.entries(providerArguments(type) ?? {}).map(
      ([argument, rule]) =>
        ({ argument, rule, field: fieldOf(type, argument), inUse: defaultOf(rule, owner) }) as const,
    );
    const missing = rules.filter(({ argument, field }) => field && !isSet(value[argument], field.type));
    // Of a block without arguments and defaults the provider sees nothing but that it is there.
    if (missing.length === rules.length && rules.every(({ inUse }) => inUse === undefined)) return {};
    return Object.fromEntries(
      missing.flatMap(({ argument, rule, field, inUse }): [string, unknown][] => {
        if (field === undefined || rule.sent === false || !isSent(rule, inUse, value)) return [];
        const here = path === "" ? argument : `${path}.${argument}`;
        return [[field.name, inUse === undefined ? rule.unset : this.convert(field.type, inUse, here, type)]];
      }),
    );
  }

  /** A block: Terraform has a list of one, or the content itself. */
  private block(type: string, value: unknown, path: string, owner: string | undefined): unknown {
    const [content] = Array.isArray(value) ? value : [value];
    // A block in which nothing is said may still mean something, as `emptyDir` does.
    if (content === null || content === undefined) return this.structure(type, {}, path, owner);
    if (typeof content !== "object") return this.unknown(path, "a structure was expected");
    return this.structure(type, content as Record<string, unknown>, path, owner);
  }

  private list(type: string, value: unknown, path: string, owner: string | undefined): unknown {
    if (this.isExpression(value)) return this.unknown(path);
    const elements = Array.isArray(value) ? value : [value];
    return elements.map((element, index) => this.convert(type, element, `${path}[${index}]`, owner));
  }

  private map(type: string, value: unknown, path: string): unknown {
    if (this.isExpression(value)) return this.omit(path);
    const entries = Object.entries(value as Record<string, unknown>).flatMap(([key, one]): [string, unknown][] => {
      if (this.isExpression(one)) {
        this.leftOut.push(`${path}.${key}`);
        return [];
      }
      const converted = this.convert(type, one, `${path}.${key}`, undefined);
      return converted === undefined ? [] : [[key, converted]];
    });
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  private scalar(type: string, value: unknown, path: string): unknown {
    if (type === "any") return this.anything(value, path);
    if (this.isExpression(value)) return path === LIVE_REPLICAS ? this.omit(path) : this.unknown(path);
    if (typeof value === "object") return this.unknown(path, `a ${type} was expected`);
    const text = this.text(String(value));
    switch (type) {
      case "number":
        return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : this.unknown(path, `"${text}" is no number`);
      case "file-mode":
        return /^[0-7]{1,4}$/.test(text) ? Number.parseInt(text, 8) : this.unknown(path, `"${text}" is no file mode`);
      case "boolean":
        return /^(true|false)$/.test(text)
          ? text === "true"
          : this.unknown(path, `"${text}" is neither true nor false`);
      case "int-or-string":
        return /^\d+$/.test(text) ? Number(text) : text;
      case "quantity":
        return canonicalQuantity(text);
      default:
        return text;
    }
  }

  /** Plain JSON, as it is. */
  private anything(value: unknown, path: string): unknown {
    if (this.isExpression(value)) return this.unknown(path);
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return value.map((element, index) => this.anything(element, `${path}[${index}]`));
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([key, one]) => [key, this.anything(one, `${path}.${key}`)]);
    return Object.fromEntries(entries);
  }

  private isExpression(value: unknown): boolean {
    return this.hasExpressions && typeof value === "string" && EXPRESSION.test(value);
  }

  /** A text, without what keeps Terraform from evaluating it. */
  private text(value: string): string {
    return this.hasExpressions ? value.replaceAll(/([$%])\1(?=\{)/g, "$1") : value;
  }

  /** Leaves out what an object is whole without. */
  private omit(path: string): undefined {
    this.leftOut.push(path);
  }

  private unknown(path: string, problem = "its value is known to Terraform alone, when it applies"): undefined {
    this.issues.push({ path, problem });
  }
}
