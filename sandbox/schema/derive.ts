import type { Attribute, Block, NestedBlock, Type } from "./schema";

/** What the name of a class says about the type of an attribute. */
const GETTERS: Readonly<Record<string, Type>> = {
  String: "string",
  Boolean: "bool",
  Number: "number",
  Any: "dynamic",
};

/** What the name of a storage class says, as the bindings write it beside each argument. */
const STORAGE: Readonly<Record<string, Type>> = {
  string: "string",
  boolean: "bool",
  number: "number",
  any: "dynamic",
};

/**
 * Derives the schema of a resource or a data source from the TypeScript of its bindings.
 *
 * The bindings were generated from the real provider's schema, and keep most of it: each property has a comment that
 * says whether it is computed, optional or required, its getter says its type, and the table that is used for writing
 * HCL says what is a block. Not kept are defaults, sensitivity, and which change forces a replacement.
 *
 * @param source what `readSource` read from the folder of the bindings
 * @throws when the source holds no resource and no data source
 */
export function deriveSchema(source: string): Block {
  const code = new SourceCode(source);
  const name = source.match(/export class (\w+) extends cdktf\.Terraform(?:Resource|DataSource) /)?.[1];
  if (name === undefined) throw new Error("the source holds neither a resource nor a data source");
  return blockOfClass(code, name, code.table(code.class(name)));
}

/** Derives the schema of a provider's own configuration, `alias` left out: that one belongs to Terraform. */
export function deriveProviderSchema(source: string): Block {
  const code = new SourceCode(source);
  const name = source.match(/export class (\w+) extends cdktf\.TerraformProvider /)?.[1];
  if (name === undefined) throw new Error("the source holds no provider");
  const { alias: _, ...table } = code.table(code.class(name));
  return blockOfTable(code, table, `${name}Config`);
}

/** What the table for HCL says of one argument. */
interface Row {
  /** The argument's name in TypeScript. */
  readonly property: string;
  readonly isBlock: boolean;
  readonly type: "simple" | "list" | "set" | "map" | "struct";
  readonly storage: string;
}

/** The source, cut into its exported declarations once, because the large ones hold hundreds. */
class SourceCode {
  private readonly declarations = new Map<string, string>();

  constructor(source: string) {
    for (const text of source.split(/^(?=export )/m)) {
      const [, kind, name] = text.match(/^export (class|interface|function) (\w+)/) ?? [];
      if (kind !== undefined) this.declarations.set(`${kind} ${name}`, text);
    }
  }

  class(name: string): string {
    return this.find(`class ${name}`);
  }

  interface(name: string): string {
    return this.find(`interface ${name}`);
  }

  /** The table for HCL of a nested structure. */
  tableOf(struct: string): Readonly<Record<string, Row>> {
    return this.table(this.find(`function ${struct[0]?.toLowerCase()}${struct.slice(1)}ToHclTerraform`));
  }

  /** The table for HCL that a declaration contains. */
  table(declaration: string): Readonly<Record<string, Row>> {
    const rows = declaration.matchAll(
      /^ +(\w+): \{\n +value: .*?(?:struct!\.|this\._)(\w+).*\n +isBlock: (\w+),\n +type: "(\w+)",\n +storageClassType: "(\w+)"/gm,
    );
    return Object.fromEntries(
      [...rows].map(([, name, property, isBlock, type, storage]) => [
        name,
        { property, isBlock: isBlock === "true", type, storage } as Row,
      ]),
    );
  }

  private find(key: string): string {
    const found = this.declarations.get(key);
    if (found === undefined) throw new Error(`the bindings hold no ${key}`);
    return found;
  }
}

/** A property as its class declares it: a comment with flags, then the code that reads it. */
const PROPERTY = /^ {2}\/\/ (\w+) - computed: (\w+), optional: (\w+), required: (\w+)\n([\s\S]*?)(?=^ {2}\/\/ |^\})/gm;

function blockOfClass(code: SourceCode, declaration: string, table: Readonly<Record<string, Row>>): Block {
  const attributes: Record<string, Attribute> = {};
  const blocks: Record<string, NestedBlock> = {};
  for (const [, name, computed, optional, required, body] of code.class(declaration).matchAll(PROPERTY)) {
    if (name === undefined || body === undefined) continue;
    const flags = { computed: computed === "true", optional: optional === "true", required: required === "true" };
    const nested = body.match(/ = new (\w+?)(OutputReference|List|Map)\(this, "\w+"(?:, (true|false))?\)/);
    const row = table[name];
    if (nested?.[1] === undefined) {
      const type = typeOfGetter(body);
      // Collections of collections have no getter of their own: the table for HCL names their type.
      attributes[name] = { ...flags, type: type === "dynamic" && row ? typeOfStorage(row) : type, writeOnly: false };
    } else if (row?.isBlock && !flags.computed) {
      blocks[name] = nestedBlock(code, nested[1], row, nested[2] === "OutputReference", flags.required);
    } else {
      // Blocks can't be computed: the provider has an attribute here that holds objects.
      const inner = blockOfClass(code, `${nested[1]}OutputReference`, {});
      const type: Type = ["object", objectTypes(inner)];
      const single = nested[2] === "OutputReference" && row?.type !== "list" && row?.type !== "set";
      attributes[name] = {
        ...flags,
        type: single ? type : [nested[3] === "true" ? "set" : nested[2] === "Map" ? "map" : "list", type],
        writeOnly: false,
      };
    }
  }
  return { attributes: markWriteOnly(attributes), blocks };
}

function nestedBlock(code: SourceCode, struct: string, row: Row, alone: boolean, required: boolean): NestedBlock {
  return {
    nesting: row.type === "struct" || row.type === "simple" ? "single" : row.type,
    minItems: required && row.type !== "struct" && row.type !== "map" ? 1 : 0,
    maxItems: alone && row.type !== "struct" ? 1 : 0,
    block: blockOfClass(code, `${struct}OutputReference`, code.tableOf(struct)),
  };
}

/** The type that a property's getter, or the collection that it is made of, speaks of. */
function typeOfGetter(body: string): Type {
  const collection = body.match(/ = new cdktf\.(String|Boolean|Number|Any)Map(List)?\(/);
  if (collection?.[1] !== undefined) {
    const map = mapOf(GETTERS[collection[1]] ?? "dynamic");
    return collection[2] === undefined ? map : ["list", map];
  }
  const getter = body.match(/(tolist\()?this\.get(String|Boolean|Number|Any)?(Map|List)?Attribute\(/);
  if (getter === null) return "dynamic";
  const element = GETTERS[getter[2] ?? "String"] ?? "dynamic";
  if (getter[3] === "Map") return mapOf(element);
  if (getter[3] === "List") return [getter[1] === undefined ? "list" : "set", element];
  return element;
}

/** What the bindings call a map of anything is a value of any type: the elements of a map are all of one. */
function mapOf(element: Type): Type {
  return element === "dynamic" ? "dynamic" : ["map", element];
}

function objectTypes(block: Block): Record<string, Type> {
  return Object.fromEntries(Object.entries(block.attributes).map(([name, { type }]) => [name, type]));
}

/**
 * The bindings don't say which arguments are write-only. By the providers' convention they end in `_wo` and have a
 * neighbour that tells when the value has changed.
 *
 * @see https://developer.hashicorp.com/terraform/plugin/framework/resources/write-only-arguments
 */
function markWriteOnly(attributes: Record<string, Attribute>): Record<string, Attribute> {
  const isWriteOnly = (name: string) =>
    name.endsWith("_wo") && (`${name}_version` in attributes || `${name}_revision` in attributes);
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => [name, { ...attribute, writeOnly: isWriteOnly(name) }]),
  );
}

/** Providers have no getters for their blocks: the table says the types, and the interface what may be left out. */
function blockOfTable(code: SourceCode, table: Readonly<Record<string, Row>>, interfaceName: string): Block {
  const attributes: Record<string, Attribute> = {};
  const blocks: Record<string, NestedBlock> = {};
  const properties = code.interface(interfaceName);
  for (const [name, row] of Object.entries(table)) {
    const { property, isBlock, type, storage } = row;
    const required = new RegExp(`^ +readonly ${property}: `, "m").test(properties);
    if (isBlock) {
      const struct = storage.replace(/List$/, "");
      // A list of one is typed as the structure itself.
      const alone = !new RegExp(`^ +readonly ${property}\\??: ${struct}\\[\\]`, "m").test(properties);
      blocks[name] = {
        nesting: type === "struct" || type === "simple" ? "single" : type,
        minItems: required && type !== "struct" ? 1 : 0,
        maxItems: alone && type !== "struct" ? 1 : 0,
        block: blockOfTable(code, code.tableOf(struct), struct),
      };
    } else {
      attributes[name] = { type: typeOfStorage(row), required, optional: !required, computed: false, writeOnly: false };
    }
  }
  return { attributes, blocks };
}

/** Reads names such as `string`, `stringMap` and `numberList`; the collection that the row itself names comes last. */
function typeOfStorage({ type, storage }: Row): Type {
  const element = typeOfStorageName(storage);
  return type === "set" && Array.isArray(element) ? ["set", element[1] as Type] : element;
}

function typeOfStorageName(storage: string): Type {
  const [, element, collection] = storage.match(/^(\w+)(List|Map)$/) ?? [];
  if (element === undefined) return STORAGE[storage] ?? "dynamic";
  return collection === "List" ? ["list", typeOfStorageName(element)] : mapOf(typeOfStorageName(element));
}
