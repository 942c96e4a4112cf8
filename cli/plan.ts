/** A change that a plan would make, as `terraform show -json` describes it. */
export interface ResourceChange {
  readonly address: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: unknown;
    readonly after: unknown;
    readonly before_sensitive?: unknown;
    readonly after_sensitive?: unknown;
    readonly after_unknown?: unknown;
  };
}

/** A value that differs between what is there and what the files say. */
export interface Difference {
  /** Path of the value, such as `spec[0].replicas`. */
  readonly path: string;
  /** What is there, as text. */
  readonly is: string;
  /** What the files say, as text. */
  readonly should: string;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function child(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

function asText(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** The values in which a resource differs; what is secret is named, not shown. */
export function differences({ change }: ResourceChange): Difference[] {
  const { before, after, before_sensitive, after_sensitive, after_unknown } = change;
  return compare("", before, after, [before_sensitive, after_sensitive], after_unknown);
}

function compare(
  path: string,
  is: unknown,
  should: unknown,
  secrets: readonly unknown[],
  unknown: unknown,
): Difference[] {
  if (unknown === true) return [{ path, is: asText(is), should: "known after the next deploy" }];
  if (secrets.includes(true)) {
    return JSON.stringify(is) === JSON.stringify(should) ? [] : [{ path, is: "(secret)", should: "(another secret)" }];
  }
  if (isObject(is) && isObject(should)) {
    const separator = Array.isArray(is)
      ? (key: string) => `${path}[${key}]`
      : (key: string) => (path ? `${path}.${key}` : key);
    const keys = new Set([
      ...Object.keys(is),
      ...Object.keys(should),
      ...Object.keys(isObject(unknown) ? unknown : {}),
    ]);
    return [...keys].flatMap((key) =>
      compare(
        separator(key),
        is[key as keyof typeof is],
        should[key as keyof typeof should],
        secrets.map((secret) => child(secret, key)),
        child(unknown, key),
      ),
    );
  }
  return JSON.stringify(is) === JSON.stringify(should) ? [] : [{ path, is: asText(is), should: asText(should) }];
}
