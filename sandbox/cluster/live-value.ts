import { fieldOf, fieldsOf } from "../../lib/runtime/kubernetes-types";
import { sameQuantity } from "../../lib/runtime/quantity";
import { conform, dynamicOf, equal, UNKNOWN, type Value, type ValueObject } from "../provider/values";
import type { Attribute, Block, NestedBlock, Type } from "../schema/schema";
import { below, elementKeys, type OwnedFields, ownedElement } from "./owned-fields";

/** The fields of a structure, as the API server shows them. */
type Live = Readonly<Record<string, unknown>>;

/** What is read of an object: what the value speaks of and what is computed, or everything that the schema knows. */
export type Extent = "told" | "all";

/**
 * An object of the cluster as Terraform's provider has it: the value that is known already, with whatever differs in the
 * cluster. Fields that others own and the value says nothing of are left out: they are no drift.
 *
 * @param structure of the object, for `fieldOf`
 * @param known what a state or a plan says; unknown values are given where the cluster has them
 * @param owned the fields that anybody owns
 */
export function liveValue(
  block: Block,
  structure: string,
  known: ValueObject,
  live: Live,
  owned: OwnedFields | undefined,
  extent: Extent = "told",
): ValueObject {
  const result: ValueObject = {};
  for (const [name, attribute] of Object.entries(block.attributes)) {
    result[name] = liveAttribute(structure, name, attribute, known[name] ?? null, live, owned, extent);
  }
  for (const [name, nested] of Object.entries(block.blocks)) {
    result[name] = liveBlock(structure, name, nested, known[name] ?? null, live, owned, extent);
  }
  return result;
}

function liveAttribute(
  structure: string,
  name: string,
  attribute: Attribute,
  known: Value,
  live: Live,
  owned: OwnedFields | undefined,
  extent: Extent,
): Value {
  const field = fieldOf(structure, name) ?? { name: camelCase(name), type: "any" };
  const found = field.type === "file-mode" ? octal(live[field.name]) : live[field.name];
  if (attribute.writeOnly) return null;
  if (found === undefined || found === null) {
    if (known === UNKNOWN) return attribute.optional ? null : known;
    // The API server leaves out what is zero anyway, but knows whose it is.
    const isOmitted = isZero(known) && below(owned, field.name) !== undefined;
    return isNothing(known) || fieldOf(structure, name) === undefined || isOmitted ? known : null;
  }
  if (known === null) return attribute.computed || extent === "all" ? convert(attribute.type, found) : null;
  if (known === UNKNOWN) return convert(attribute.type, found);
  return overlay(attribute.type, field.type, known, found);
}

/** A value that is told, with what differs in the cluster. */
function overlay(type: Type, fieldType: string, known: Value, found: unknown): Value {
  if (Array.isArray(type) && type[0] === "map") {
    const live = found as Live;
    const entries = Object.entries(known as ValueObject).flatMap(([key, value]): [string, Value][] =>
      live[key] === undefined ? [] : [[key, overlay(type[1], fieldType.slice(2), value, live[key])]],
    );
    return Object.fromEntries(entries);
  }
  const converted = convert(type, found);
  if (Array.isArray(type) && type[0] === "set" && equal(sorted(known), sorted(converted))) return known;
  const isSame = fieldType === "quantity" ? sameQuantity(String(known), String(found)) : equal(known, converted);
  return isSame ? known : converted;
}

function liveBlock(
  structure: string,
  name: string,
  nested: NestedBlock,
  known: Value,
  live: Live,
  owned: OwnedFields | undefined,
  extent: Extent,
): Value {
  if (nested.nesting === "single" || nested.nesting === "map") return known;
  const elements = (known === UNKNOWN || known === null ? [] : known) as ValueObject[];
  const inside = (content: ValueObject, of: string, found: Live, whose: OwnedFields | undefined, how = extent) =>
    liveValue(nested.block, of, content, found, whose, how);
  const empty = conform(nested.block, {});

  // A volume's source stands beside its other fields in Kubernetes.
  if (name === "persistent_volume_source") {
    return extent === "all"
      ? [inside(empty, structure, live, owned)]
      : elements.map((one) => inside(one, structure, live, owned));
  }
  const field = fieldOf(structure, name);
  if (field === undefined) return known;
  const found = live[field.name];
  const inner = field.type.replace(/^\[\]/, "");
  const ownedHere = below(owned, field.name);
  if (found === undefined || found === null || fieldsOf(inner) === undefined) return [];
  if (!field.type.startsWith("[]")) {
    if (elements.length === 0) return extent === "all" ? [inside(empty, inner, found as Live, ownedHere)] : [];
    return elements.map((one) => inside(one, inner, found as Live, ownedHere));
  }

  const list = found as readonly Live[];
  const keys = elementKeys(ownedHere);
  const matched = elements.map((one, index) => ({ one, counterpart: counterpart(inner, one, index, list, keys) }));
  const kept = matched.flatMap(({ one, counterpart: element }) =>
    element === undefined
      ? []
      : [inside(one, inner, element, keys.length > 0 ? ownedElement(ownedHere, element) : undefined)],
  );
  // Where elements are told apart, others may own more of them; a list that is one value has one owner.
  const more =
    keys.length > 0 && extent !== "all" ? [] : list.filter((one) => !matched.some((pair) => pair.counterpart === one));
  return [...kept, ...more.map((element) => inside(empty, inner, element, undefined, "all"))];
}

/** The element of a list in the cluster that stands for one of a value. */
function counterpart(
  structure: string,
  element: ValueObject,
  index: number,
  list: readonly Live[],
  keys: readonly string[],
) {
  if (keys.length === 0) return list[index];
  const told = Object.entries(element).flatMap(([argument, value]): [string, Value][] => {
    const name = fieldOf(structure, argument)?.name;
    return name !== undefined && keys.includes(name) && value !== null && value !== UNKNOWN ? [[name, value]] : [];
  });
  return list.find((live) => told.every(([name, value]) => String(live[name]) === String(value)));
}

/** A value of the API server's, as a type of Terraform's has it: structures are lists of one there. */
function convert(type: Type, found: unknown): Value {
  if (found === undefined || found === null) return null;
  if (type === "dynamic") return dynamicOf(found);
  if (type === "string") return String(found);
  if (type === "number") return Number(found);
  if (type === "bool") return found === true;
  if (type[0] === "list" || type[0] === "set") return [found].flat().map((one) => convert(type[1], one));
  const fields = found as Live;
  if (type[0] === "map") {
    return Object.fromEntries(Object.entries(fields).map(([key, one]) => [key, convert(type[1], one)]));
  }
  return Object.fromEntries(
    Object.entries(type[1]).map(([name, one]) => [name, convert(one, fields[camelCase(name)])]),
  );
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** As the provider tells file modes. */
function octal(mode: unknown): string | undefined {
  return typeof mode === "number" ? `0${mode.toString(8)}` : undefined;
}

function isNothing(value: Value): boolean {
  return value === null || (typeof value === "object" && Object.keys(value).length === 0);
}

function isZero(value: Value): boolean {
  return value === false || value === 0 || value === "0" || value === "";
}

function sorted(value: Value): Value {
  return Array.isArray(value) ? value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : value;
}
