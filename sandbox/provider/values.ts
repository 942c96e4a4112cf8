import { Decoder, Encoder, ExtensionCodec } from "@msgpack/msgpack";
import type { Block, NestedBlock, Type } from "../schema/schema";

/** Stands for a value that is not known before the apply. */
export const UNKNOWN = Symbol("unknown");

/** A value of Terraform's: JSON, with unknown values in it. Sets and lists are arrays, objects and maps are objects. */
export type Value = null | string | number | boolean | typeof UNKNOWN | Value[] | ValueObject;

/** An object, a map, or the content of a block. */
export interface ValueObject {
  [name: string]: Value;
}

/**
 * Terraform writes unknown values as extensions of MessagePack: 0 for a plain one, 12 for one that something is known
 * about, such as a prefix.
 *
 * @see https://github.com/zclconf/go-cty/blob/main/cty/msgpack/doc.go
 */
const extensions = new ExtensionCodec();
for (const type of [0, 12]) {
  extensions.register({
    type,
    encode: (value) => (type === 0 && value === UNKNOWN ? new Uint8Array([0]) : null),
    decode: () => UNKNOWN,
  });
}
const decoder = new Decoder({ extensionCodec: extensions });
const encoder = new Encoder({ extensionCodec: extensions });

/** A value as the protocol carries it. */
export interface WireValue {
  msgpack?: Uint8Array;
  json?: Uint8Array;
}

/** Reads a value of the protocol, of a block's shape; an absent object is null. */
export function decode(block: Block, wire: WireValue | null | undefined): ValueObject | null {
  const value = readWire(wire);
  return mapObject(block, value as ValueObject | null, decodeDynamic);
}

/** Writes a value for the protocol. */
export function encode(block: Block, value: ValueObject | null): WireValue {
  return { msgpack: encoder.encode(mapObject(block, value, encodeDynamic)) };
}

function readWire(wire: WireValue | null | undefined): unknown {
  if (wire?.msgpack?.length) return decoder.decode(wire.msgpack);
  if (wire?.json?.length) return JSON.parse(Buffer.from(wire.json).toString("utf8"));
  return null;
}

/** A value of any type comes as a pair of type and value; in states and files it is `{ value, type }`. */
function decodeDynamic(value: Value): Value {
  if (!Array.isArray(value)) return value;
  const [type, content] = value as unknown as [Uint8Array, Value];
  return { value: content, type: JSON.parse(Buffer.from(type).toString("utf8")) };
}

function encodeDynamic(value: Value): Value {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return [Buffer.from(JSON.stringify(value.type)), value.value] as unknown as Value;
}

/** A value of any type, made from plain JSON; what is undefined is left out. */
export function dynamicOf(json: unknown): Value {
  const value = JSON.parse(JSON.stringify(json));
  return { value, type: typeOf(value) as Value };
}

/** The type of plain JSON, as Terraform's type system writes it. */
function typeOf(value: unknown): unknown {
  if (value === null) return "dynamic";
  if (Array.isArray(value)) return ["tuple", value.map(typeOf)];
  if (typeof value !== "object") return typeof value === "boolean" ? "bool" : typeof value;
  return ["object", Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, typeOf(inner)]))];
}

/**
 * Brings an object into a block's shape: what the block does not know is dropped, what is missing becomes null or an
 * empty list of blocks. States and objects of an earlier version of the bindings pass through here.
 */
export function conform(block: Block, value: ValueObject): ValueObject {
  return mapObject(block, value, (inner) => inner) as ValueObject;
}

function mapObject(block: Block, value: ValueObject | null, dynamic: (value: Value) => Value): ValueObject | null {
  if (value === null || value === undefined) return null;
  const result: ValueObject = {};
  for (const [name, { type }] of Object.entries(block.attributes)) {
    result[name] = mapType(type, value[name] ?? null, dynamic);
  }
  for (const [name, nested] of Object.entries(block.blocks)) {
    result[name] = mapNested(nested, value[name] ?? null, (inner) => mapObject(nested.block, inner, dynamic));
  }
  return result;
}

function mapType(type: Type, value: Value, dynamic: (value: Value) => Value): Value {
  if (type === "dynamic") return dynamic(value);
  if (value === null || typeof value !== "object" || !Array.isArray(type)) return value;
  if (type[0] === "object") {
    const object = value as ValueObject;
    const entries = Object.entries(type[1]);
    return Object.fromEntries(entries.map(([name, inner]) => [name, mapType(inner, object[name] ?? null, dynamic)]));
  }
  const element = type[1];
  if (Array.isArray(value)) return value.map((inner) => mapType(element, inner, dynamic));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapType(element, inner, dynamic)]));
}

/**
 * Changes the content of each block that stands under one name. A missing list is an empty one, as Terraform wants it.
 *
 * @param change gets the block's content and, in a list or a map, its position
 */
export function mapNested(
  nested: NestedBlock,
  value: Value,
  change: (inner: ValueObject, key: string | number | undefined) => Value,
): Value {
  if (value === UNKNOWN) return value;
  switch (nested.nesting) {
    case "single":
      return value === null ? null : change(value as ValueObject, undefined);
    case "map": {
      const entries = Object.entries((value ?? {}) as ValueObject);
      return Object.fromEntries(entries.map(([key, inner]) => [key, change(inner as ValueObject, key)]));
    }
    default:
      return ((value ?? []) as Value[]).map((inner, index) =>
        inner === UNKNOWN ? inner : change(inner as ValueObject, index),
      );
  }
}

/** Whether two values are the same; an unknown value is the same as nothing but itself. */
export function equal(one: Value | undefined, other: Value | undefined): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((value, index) => equal(value, other[index]));
  }
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => equal(one[name], other[name]));
}

/** Whether any part of a value is unknown. */
export function hasUnknown(value: Value | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(hasUnknown);
}

/**
 * All values that stand at a path of names; lists are looked through, so that `spec.port` names the port of every
 * element.
 */
export function valuesAt(value: Value | undefined, path: readonly string[]): Value[] {
  if (Array.isArray(value)) return value.flatMap((inner) => valuesAt(inner, path));
  if (path.length === 0 || value === UNKNOWN) return value === undefined || value === null ? [] : [value];
  if (typeof value !== "object" || value === null) return [];
  return valuesAt(value[path[0] as string], path.slice(1));
}
