import { fieldOf } from "../../lib/runtime/kubernetes-types";
import { defaultOf, providerArguments } from "../../lib/runtime/provider-arguments";
import { sameQuantity } from "../../lib/runtime/quantity";
import { UNKNOWN, type Value, type ValueObject } from "../provider/values";
import type { Block, NestedBlock, Type } from "../schema/schema";

/**
 * What the provider plans: the configuration with the provider's defaults, and what is the same as before in the words
 * of the state. For the provider, a zero value is the same as none, and so are two writings of one quantity.
 *
 * @param structure of the object, for `fieldOf`
 * @param proposed the configuration, completed by Terraform with the prior object's computed values
 * @param prior the object as it is, or nothing when it is to be made
 */
export function withDefaults(
  block: Block,
  structure: string,
  proposed: ValueObject,
  prior: ValueObject | null,
  owner?: string,
): ValueObject {
  const holder = structure === "CoreV1PodTemplateSpec" ? owner : structure;
  const rules = providerArguments(structure) ?? {};
  const result: ValueObject = { ...proposed };
  for (const [name, { computed, type, writeOnly }] of Object.entries(block.attributes)) {
    const rule = rules[name];
    const value = proposed[name] ?? null;
    const preset = rule === undefined || computed || writeOnly ? undefined : defaultOf(rule, owner);
    const wanted = value === null || value === "" ? ((preset ?? value) as Value) : value;
    const before = prior?.[name] ?? null;
    const isSame = sameValue(fieldOf(structure, name)?.type ?? "", inOrder(type, before), inOrder(type, wanted));
    result[name] = prior !== null && isSame ? before : wanted;
  }
  for (const [name, nested] of Object.entries(block.blocks)) {
    const before = (prior?.[name] ?? null) as Value;
    const isKept = rules[name]?.computed === true && isEmpty(proposed[name]) && !isEmpty(before);
    const inner = fieldOf(structure, name)?.type.replace(/^\[\]/, "") ?? "";
    result[name] = isKept ? before : blocks(nested, inner, proposed[name] ?? null, before, holder);
  }
  return result;
}

function blocks(nested: NestedBlock, structure: string, value: Value, prior: Value, owner: string | undefined): Value {
  if (!Array.isArray(value) || structure === "") return value;
  const before = (Array.isArray(prior) ? prior : []) as ValueObject[];
  return value.map((one, index) => {
    if (one === UNKNOWN) return one;
    const content = one as ValueObject;
    const counterpart = nested.nesting === "set" ? before.find((other) => sameValue("", other, one)) : before[index];
    return withDefaults(nested.block, structure, content, counterpart ?? null, owner);
  });
}

/** A set has no order; the API server keeps the one in which it got the elements. */
function inOrder(type: Type, value: Value): Value {
  if (type[0] !== "set" || !Array.isArray(value)) return value;
  return value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** Whether the provider takes two values for the same. */
export function sameValue(fieldType: string, one: Value | undefined, other: Value | undefined): boolean {
  if (one === UNKNOWN || other === UNKNOWN) return false;
  if (isZero(one) && isZero(other)) return true;
  if (isZero(one) || isZero(other)) return false;
  if (typeof one !== "object" || typeof other !== "object") {
    return one === other || (fieldType === "quantity" && sameQuantity(String(one), String(other)));
  }
  const [first, second] = [one, other] as [ValueObject | Value[], ValueObject | Value[]];
  if (Array.isArray(first) !== Array.isArray(second)) return false;
  const type = fieldType.replace(/^(\[\]|\{\})/, "");
  const keys = new Set([...Object.keys(first), ...Object.keys(second)]);
  return [...keys].every((key) => {
    const [a, b] = [(first as ValueObject)[key], (second as ValueObject)[key]] as [Value?, Value?];
    // A key of a map counts even if its value is empty, and so does an element of a list.
    const isThere = fieldType.startsWith("{}") || Array.isArray(first);
    return isThere && (a === undefined) !== (b === undefined) ? false : sameValue(type, a, b);
  });
}

function isZero(value: Value | undefined): boolean {
  if (value === null || value === undefined || value === "" || value === false || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function isEmpty(value: Value | undefined): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}
