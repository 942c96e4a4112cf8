import { Encoder } from "@msgpack/msgpack";
import {
  conform,
  decode,
  encode,
  equal,
  hasUnknown,
  UNKNOWN,
  type ValueObject,
  valuesAt,
} from "../../sandbox/provider/values";
import type { Attribute, Block, Type } from "../../sandbox/schema/schema";

const attribute = (type: Type): Attribute => ({
  type,
  required: false,
  optional: true,
  computed: true,
  writeOnly: false,
});

const block: Block = {
  attributes: { name: attribute("string"), count: attribute("number"), any: attribute("dynamic") },
  blocks: {
    list: { nesting: "list", minItems: 0, maxItems: 0, block: { attributes: { a: attribute("string") }, blocks: {} } },
    one: { nesting: "single", minItems: 0, maxItems: 0, block: { attributes: { a: attribute("string") }, blocks: {} } },
    map: { nesting: "map", minItems: 0, maxItems: 0, block: { attributes: { a: attribute("string") }, blocks: {} } },
  },
};

it("come back from the wire as they went there, unknown ones too", () => {
  const value: ValueObject = {
    name: "podcore",
    count: UNKNOWN,
    any: { value: ["x"], type: ["list", "string"] },
    list: [{ a: "1" }, { a: UNKNOWN }],
    one: { a: null },
    map: { key: { a: "2" } },
  };
  expect(decode(block, encode(block, value))).toEqual(value);
});

it("are unknown whatever Terraform knows about them", () => {
  // Extension 12 carries refinements: here that the value is not null.
  const refined = new Uint8Array([0x81, 0xa4, ...Buffer.from("name"), 0xc7, 3, 12, 0x81, 1, 0xc2]);
  expect(decode(block, { msgpack: refined })).toMatchObject({ name: UNKNOWN });
});

it("are read as JSON, too, and null where there is none", () => {
  expect(decode(block, { json: Buffer.from('{"name":"podcore"}') })).toMatchObject({ name: "podcore", list: [] });
  expect(decode(block, { msgpack: new Encoder().encode(null) })).toBeNull();
  expect(decode(block, undefined)).toBeNull();
});

it("are brought into the shape of a later schema", () => {
  expect(conform(block, { name: "podcore", gone: true })).toEqual({
    name: "podcore",
    count: null,
    any: null,
    list: [],
    one: null,
    map: {},
  });
});

it("are compared by content", () => {
  expect(equal({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true);
  expect(equal({ a: [1] }, { a: [1, 2] })).toBe(false);
  expect(equal({ a: UNKNOWN }, { a: null })).toBe(false);
});

it("are looked up through lists", () => {
  const value = { spec: [{ port: [{ port: 80 }, { port: 81 }, { port: null }] }] };
  expect(valuesAt(value, ["spec", "port", "port"])).toEqual([80, 81]);
  expect(valuesAt(value, ["spec", "missing"])).toEqual([]);
  expect(hasUnknown({ a: [{ b: UNKNOWN }] })).toBe(true);
});
