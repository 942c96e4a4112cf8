import type { TypeRules } from "../cloud/compiled";
import { argumentsOf } from "../cloud/compiled";
import type { Computation } from "../cloud/compute";
import type { Attribute, Block } from "../schema/schema";
import { locate, type Step } from "./paths";
import type { Configuration } from "./place";
import { equal, hasUnknown, mapNested, UNKNOWN, type Value, type ValueObject, valuesAt } from "./values";

/** What is planned for an object. */
export interface Planned {
  readonly value: ValueObject;
  /** The arguments whose change takes a new object. */
  readonly replace: readonly (readonly Step[])[];
  /**
   * Whether Terraform may find other values than the configuration's, as it does with providers of the old SDK.
   *
   * @default false
   */
  readonly isLegacy?: boolean;
}

/** What a plan is made of. */
export interface PlanInput {
  readonly block: Block;
  readonly rules: TypeRules;
  readonly computation: Computation;
  readonly configuration: Configuration;
  /** The object as it is, or nothing when it is to be made. */
  readonly prior: ValueObject | null;
  /** The configuration, completed by Terraform with the prior object's computed values. */
  readonly proposed: ValueObject;
}

/**
 * Plans an object: what is computed and not there yet becomes unknown, what is there is kept, and nothing else is
 * touched.
 */
export function plan(input: PlanInput): Planned {
  const { block, rules, prior, proposed } = input;
  const settled = settle(input, proposed);
  if (prior !== null && equal(prior, settled)) return { value: prior, replace: [] };
  const value = open(block, settled, prior);
  return {
    value: prior === null ? value : forget(input, value, prior),
    replace: prior === null ? [] : replacements(block, rules, prior, value),
  };
}

/** Fills in the computed values that a real provider knows before the apply. */
function settle({ block, rules, computation, configuration, prior }: PlanInput, proposed: ValueObject): ValueObject {
  const result = { ...proposed };
  for (const { path, rule } of rules.kind("computed")) {
    const [name] = path as [string];
    if (rule.at !== "plan" || path.length > 1 || (result[name] ?? null) !== null || prior !== null) continue;
    result[name] = computation.render(rule.template, proposed) ?? UNKNOWN;
  }
  for (const { path, rule } of rules.kind("merged")) {
    const [name] = path as [string];
    const [defaults] = valuesAt(configuration.given, rule.defaults.split("."));
    const own = proposed[rule.from] ?? {};
    const known = !hasUnknown(own) && !hasUnknown(defaults);
    if (name in block.attributes) {
      result[name] = known ? { ...(defaults as ValueObject | undefined), ...(own as ValueObject) } : UNKNOWN;
    }
  }
  return result;
}

/** Makes unknown what is computed and missing, where there was nothing before. Write-only arguments are never planned. */
function open(block: Block, value: ValueObject, prior: ValueObject | null): ValueObject {
  const result: ValueObject = {};
  for (const [name, attribute] of Object.entries(block.attributes)) {
    result[name] = openAttribute(attribute, value[name] ?? null, prior);
  }
  for (const [name, nested] of Object.entries(block.blocks)) {
    const before = prior?.[name] ?? null;
    result[name] = mapNested(nested, value[name] ?? null, (inner, key) =>
      open(nested.block, inner, counterpart(before, nested.nesting, inner, key)),
    );
  }
  return result;
}

function openAttribute({ computed, writeOnly }: Attribute, value: Value, prior: ValueObject | null): Value {
  if (writeOnly) return null;
  return computed && value === null && prior === null ? UNKNOWN : value;
}

/** The block that stood in a block's place before. */
function counterpart(
  before: Value,
  nesting: "single" | "list" | "set" | "map",
  inner: ValueObject,
  key: string | number | undefined,
): ValueObject | null {
  if (before === null || typeof before !== "object") return null;
  if (nesting === "single") return before as ValueObject;
  if (nesting === "set") return ((before as Value[]).find((one) => equal(one, inner)) ?? null) as ValueObject | null;
  return ((before as ValueObject)[key as string] ?? null) as ValueObject | null;
}

/** Makes unknown again what is made of arguments that change: a renamed repository gets other addresses. */
function forget({ block, rules, computation }: PlanInput, value: ValueObject, prior: ValueObject): ValueObject {
  const result = { ...value };
  for (const [name, attribute] of Object.entries(block.attributes)) {
    const template = rules.last("computed", [name])?.rule.template;
    if (!attribute.computed || template === undefined || argumentsOf(template).length === 0) continue;
    const kept = equal(value[name], prior[name]);
    if (kept && computation.render(template, value) !== computation.render(template, prior)) result[name] = UNKNOWN;
  }
  return result;
}

function replacements(block: Block, rules: TypeRules, prior: ValueObject, planned: ValueObject): (readonly Step[])[] {
  return rules.kind("replace").flatMap(({ path }) => {
    const before = grouped(block, prior, path);
    const after = grouped(block, planned, path);
    return [...new Map([...before, ...after])]
      .filter(([key]) => !equal(before.get(key)?.values ?? null, after.get(key)?.values ?? null))
      .map(([, { steps }]) => steps);
  });
}

/** The values at a path, by their address: several where a set holds them. */
function grouped(block: Block, value: ValueObject, path: readonly string[]) {
  const groups = new Map<string, { steps: readonly Step[]; values: Value[] }>();
  for (const { value: found, steps } of locate(block, value, path)) {
    const key = JSON.stringify(steps);
    if (!groups.has(key)) groups.set(key, { steps, values: [] });
    groups.get(key)?.values.push(found);
  }
  return groups;
}
