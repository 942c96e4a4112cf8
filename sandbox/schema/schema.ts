/** A type as Terraform's type system writes it in JSON, for example `["list", "string"]`. */
export type Type = "string" | "number" | "bool" | "dynamic" | Collection | ["object", ObjectTypes];

/** The type of a collection, and that of its elements. */
export type Collection = ["list" | "set" | "map", Type];

/** The attributes of an object type. */
export interface ObjectTypes {
  [name: string]: Type;
}

/** An argument or a computed value of a resource. */
export interface Attribute {
  readonly type: Type;
  readonly required: boolean;
  readonly optional: boolean;
  readonly computed: boolean;
  /** Given by the configuration, used at apply, and never kept in the state. */
  readonly writeOnly: boolean;
}

/** A block within a block, such as `metadata` of a Kubernetes resource. */
export interface NestedBlock {
  readonly nesting: "single" | "list" | "set" | "map";
  /** How many there must be: 1 for a required block, otherwise 0. */
  readonly minItems: number;
  /** How many there may be; 0 stands for any number. */
  readonly maxItems: number;
  readonly block: Block;
}

/** What a resource, a data source or a provider takes and gives. */
export interface Block {
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly blocks: Readonly<Record<string, NestedBlock>>;
}

/** What Terraform knows three kinds of: they are derived from different classes, and served under different names. */
export type Kind = "resource" | "data" | "ephemeral";
