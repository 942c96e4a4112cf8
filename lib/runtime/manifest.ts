import { fieldOf, fieldsOf, kindOf } from "./kubernetes-types";

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
  /** Entries of maps, such as annotations, whose values only Terraform knows, and only when it applies: they are left out. */
  readonly leftOut: readonly string[];
  /** What could not be turned into a field of Kubernetes; the object is not whole where there is any. */
  readonly issues: readonly ManifestIssue[];
}

/** Arguments that tell the provider or Terraform itself how to go about it. */
const NOT_SENT =
  /^(id|\/\/|timeouts|status|wait_for_\w+|wait_until_bound|target_state|default_secret_name|\w+_wo_revision|connection|count|depends_on|for_each|lifecycle|provider|provisioner)$/;

/** An expression of Terraform's, of which only it knows the value. */
const EXPRESSION = /(^|[^$])\$\{|(^|[^%])%\{/;

/**
 * Turns a resource of Terraform's Kubernetes provider into the object that the provider would send.
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
    const object = conversion.convert("any", body.manifest, "manifest") as KubernetesObject;
    return { object, leftOut: conversion.leftOut, issues: conversion.issues };
  }
  const kind = kindOf(type);
  if (kind === undefined) return undefined;
  const isSecret = kind.kind === "Secret";
  const sent = Object.entries(body).filter(([name]) => !NOT_SENT.test(name) && !(isSecret && name in SECRET_DATA));
  const fields = conversion.structure(kind.type, Object.fromEntries(sent), "");
  const data = isSecret ? secretData(conversion, body) : {};
  const object = { apiVersion: kind.apiVersion, kind: kind.kind, ...fields, ...data } as unknown as KubernetesObject;
  return { object, leftOut: conversion.leftOut, issues: conversion.issues };
}

/** How the provider takes the data of a Secret: as text, or encoded already. */
const SECRET_DATA: Readonly<Record<string, "text" | "base64">> = {
  data: "text",
  data_wo: "text",
  binary_data: "base64",
  binary_data_wo: "base64",
};

/** The data of a Secret. What only Terraform knows is left out, as are values that are not known. */
function secretData(conversion: Conversion, body: Readonly<Record<string, unknown>>): { data?: object } {
  const data = Object.entries(SECRET_DATA).flatMap(([argument, form]) => {
    const values = conversion.convert("{}string", body[argument], argument) ?? {};
    return Object.entries(values as Record<string, string>).map(([key, value]) => [
      key,
      form === "text" ? Buffer.from(value).toString("base64") : value,
    ]);
  });
  return data.length === 0 ? {} : { data: Object.fromEntries(data) };
}

/** One resource on its way to Kubernetes. */
class Conversion {
  readonly leftOut: string[] = [];
  readonly issues: ManifestIssue[] = [];

  /** @param hasExpressions whether texts are written as Terraform reads them */
  constructor(private readonly hasExpressions: boolean) {}

  /** A value of a type as {@link fieldOf} names it; undefined where there is none. */
  convert(type: string, value: unknown, path: string): unknown {
    if (value === null || value === undefined) return undefined;
    if (type.startsWith("[]")) return this.list(type.slice(2), value, path);
    if (type.startsWith("{}")) return this.map(type.slice(2), value, path);
    if (fieldsOf(type) !== undefined) return this.block(type, value, path);
    return this.scalar(type, value, path);
  }

  /** The fields of a structure. */
  structure(type: string, value: Readonly<Record<string, unknown>>, path: string): Record<string, unknown> {
    const fields = Object.entries(value).flatMap(([argument, found]): [string, unknown][] => {
      const here = path === "" ? argument : `${path}.${argument}`;
      if (found === null || found === undefined || (Array.isArray(found) && found.length === 0)) return [];
      // A volume's source stands beside its other fields in Kubernetes.
      if (argument === "persistent_volume_source") {
        return Object.entries(this.block(type, found, here) as Record<string, unknown>);
      }
      const field = fieldOf(type, argument);
      if (field === undefined) {
        this.issues.push({ path: here, problem: "Kubernetes has no such field" });
        return [];
      }
      return [[field.name, this.convert(field.type, found, here)]];
    });
    return Object.fromEntries(fields.filter(([, one]) => one !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A block: Terraform has a list of one, or the content itself. */
  private block(type: string, value: unknown, path: string): unknown {
    const [content] = Array.isArray(value) ? value : [value];
    // A block in which nothing is said may still mean something, as `emptyDir` does.
    if (content === null || content === undefined) return {};
    if (typeof content !== "object") return this.unknown(path, "a structure was expected");
    return this.structure(type, content as Record<string, unknown>, path);
  }

  private list(type: string, value: unknown, path: string): unknown {
    if (this.isExpression(value)) return this.unknown(path);
    const elements = Array.isArray(value) ? value : [value];
    return elements.map((element, index) => this.convert(type, element, `${path}[${index}]`));
  }

  private map(type: string, value: unknown, path: string): unknown {
    if (this.isExpression(value)) {
      this.leftOut.push(path);
      return undefined;
    }
    const entries = Object.entries(value as Record<string, unknown>).flatMap(([key, one]): [string, unknown][] => {
      if (this.isExpression(one)) {
        this.leftOut.push(`${path}.${key}`);
        return [];
      }
      const converted = this.convert(type, one, `${path}.${key}`);
      return converted === undefined ? [] : [[key, converted]];
    });
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  private scalar(type: string, value: unknown, path: string): unknown {
    if (type === "any") return this.anything(value, path);
    if (this.isExpression(value)) return this.unknown(path);
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

  private unknown(path: string, problem = "its value is known to Terraform alone, when it applies"): undefined {
    this.issues.push({ path, problem });
  }
}
