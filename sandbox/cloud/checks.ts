import { locate, type Step } from "../provider/paths";
import { equal, hasUnknown, UNKNOWN, type Value, type ValueObject, valuesAt } from "../provider/values";
import type { Block } from "../schema/schema";
import type { Cloud, CloudObject } from "./cloud";
import type { Applied, TypeRules } from "./compiled";
import type { Reference, Rule, ValueRule } from "./rule";

const VALUE_KINDS = ["one of", "pattern", "range", "quantity", "json"] as const satisfies ValueRule["kind"][];

/** Longest value that is printed, in characters. */
const LONGEST_VALUE = 100;

/** What the cloud refuses: a line, an explanation, and the argument that it is about. */
export interface Refusal {
  readonly summary: string;
  readonly detail: string;
  readonly steps: readonly Step[];
}

/**
 * Checks each value by itself. What is not known yet is not checked: it comes again at apply.
 *
 * @param at "plan": only what the real provider checks by itself; "apply": everything
 */
export function checkValues(
  type: string,
  block: Block,
  rules: TypeRules,
  value: ValueObject,
  at: "plan" | "apply",
): Refusal[] {
  return rules
    .kind(...VALUE_KINDS)
    .filter((row) => at === "apply" || row.at === "plan")
    .flatMap((row) =>
      locate(block, value, row.path).flatMap(({ value: found, steps }) => {
        const wrong = scalars(found).find((one) => !accepts(row.rule, one));
        return wrong === undefined ? [] : [refusal(type, row, steps, wrong)];
      }),
    );
}

/** Checks an object that is about to be made or changed against its other arguments and against the whole cloud. */
export function checkRelations(
  block: Block,
  rules: TypeRules,
  cloud: Cloud,
  object: CloudObject,
  before?: CloudObject,
): Refusal[] {
  const { type, value } = object;
  const broken = [
    ...rules.kind("within").filter(({ path, rule }) => !isWithin(value, path, rule.other.split("."))),
    ...rules.kind("reference").filter((row) => isMissing(cloud, row, value)),
  ].map((row) => ({ row, hint: "" }));
  const taken = rules.kind("unique").flatMap((row) => {
    const other = sameAs(cloud, object, before, [row.path.join("."), ...row.rule.with]);
    return other === undefined ? [] : [{ row, hint: takenHint(other) }];
  });
  return [...broken, ...taken].map(({ row, hint }) => {
    const [found] = locate(block, value, row.path);
    return refusal(type, row, found?.steps ?? [row.path[0] as string], scalars(found?.value ?? null)[0] ?? null, hint);
  });
}

/** What to do about a name that is taken by an object that no state knows. */
function takenHint({ type, id }: CloudObject): string {
  return `\n\nIf no stack has it, a run was stopped between making it and noting it: remove it (\`npm run sandbox -- remove ${type} ${id}\`), import it, or start afresh (\`npm run sandbox -- reset\`).`;
}

/** Checks whether the cloud lets go of an object. */
export function checkRemoval(block: Block, rules: TypeRules, cloud: Cloud, object: CloudObject): Refusal[] {
  return rules
    .kind("holds")
    .filter(({ rule }) => object.value[rule.unless] !== true && childrenOf(cloud, rule.child, object).length > 0)
    .map((row) => {
      const [found] = locate(block, object.value, row.path);
      return refusal(object.type, row, found?.steps ?? [], found?.value ?? null);
    });
}

/** What an object holds, for example the images of a repository. */
export function childrenOf(cloud: Cloud, child: string, { type, id }: CloudObject): CloudObject[] {
  return cloud.objects(child).filter(({ value }) => value.parent_type === type && value.parent === id);
}

function refusal(type: string, { path, message, source }: Applied, steps: readonly Step[], value: unknown, hint = "") {
  return {
    summary: `${type}: ${path.join(".")} ${value === null ? "" : `${print(value)} `}is refused`,
    detail: `${message}.${hint}\n\nSee ${source}`,
    steps,
  };
}

/** A value, cut where it gets long. */
function print(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

/** The single values that a rule is about: those of a list or a map, or the value itself. Null and unknown are none. */
function scalars(value: Value): (string | number | boolean)[] {
  if (value === null || value === UNKNOWN) return [];
  if (typeof value === "object") return Object.values(value).flatMap(scalars);
  return [value as string | number | boolean];
}

/** Whether a rule accepts a single value. */
export function accepts(rule: ValueRule, value: string | number | boolean): boolean {
  switch (rule.kind) {
    case "one of":
      return rule.values.includes(value as string | number);
    case "pattern":
      return rule.pattern.test(String(value));
    case "range":
      return isBetween(rule, value);
    case "quantity":
      return QUANTITY.test(String(value));
    case "json":
      return isJson(String(value));
  }
}

/** A value that all rules for an argument accept, or nothing where there is no such rule. */
export function exampleOf(rules: TypeRules, path: readonly string[]): string | undefined {
  const rows = rules.kind(...VALUE_KINDS).filter((row) => row.path.join(".") === path.join("."));
  const examples = rows.flatMap(({ rule }) => examplesOf(rule));
  return examples.find((example) => rows.every(({ rule }) => accepts(rule, example)))?.toString();
}

function examplesOf(rule: ValueRule): readonly (string | number)[] {
  switch (rule.kind) {
    case "one of":
      return rule.values;
    case "pattern":
      return [rule.accepts];
    case "range":
      return [rule.min];
    case "quantity":
      return ["1"];
    case "json":
      return ["{}"];
  }
}

/** @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const QUANTITY = /^[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

/** Text that is no number is a name, and not meant. */
function isBetween({ min, max }: { min: number; max: number }, value: string | number | boolean): boolean {
  const number = Number(value);
  return Number.isNaN(number) || (number >= min && number <= max);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isWithin(value: ValueObject, path: readonly string[], other: readonly string[]): boolean {
  const [wanted] = valuesAt(value, path);
  const [found] = valuesAt(value, other);
  if (hasUnknown(wanted) || hasUnknown(found)) return true;
  return Object.entries((wanted ?? {}) as ValueObject).every(([key, one]) => (found as ValueObject)?.[key] === one);
}

/** Another object that has all that is to be unique. */
function sameAs(
  cloud: Cloud,
  object: CloudObject,
  before: CloudObject | undefined,
  paths: readonly string[],
): CloudObject | undefined {
  const identity = (one: CloudObject) => paths.map((path) => valuesAt(one.value, path.split(".")));
  const wanted = identity(object);
  return cloud
    .objects(object.type)
    .find((other) => other.scope === object.scope && other.id !== before?.id && sameIdentity(identity(other), wanted));
}

function sameIdentity(one: Value[][], other: Value[][]): boolean {
  return one.every((values, index) => equal(values, other[index]));
}

function isMissing(
  cloud: Cloud,
  { path, rule }: Applied<Extract<Rule, { kind: "reference" }>>,
  value: ValueObject,
): boolean {
  return valuesAt(value, path)
    .filter((wanted) => wanted !== UNKNOWN && !rule.except.includes(String(wanted)))
    .some((wanted) => {
      const found = referred(cloud, rule, wanted);
      const { next } = rule;
      // What the first object is missing from is another rule's matter.
      if (next === undefined) return found.length === 0;
      const values = found.flatMap((object) => valuesAt(object.value, next.argument.split(".")));
      return values.some((one) => referred(cloud, next, one).length === 0);
    });
}

/** The objects that a value refers to. */
function referred(cloud: Cloud, { to, by }: Reference, value: Value): CloudObject[] {
  return to.flatMap((type) => by.flatMap((argument) => cloud.having(type, argument.split("."), value)));
}
