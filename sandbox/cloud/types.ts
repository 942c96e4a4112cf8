import { PROVIDERS, type ProviderName } from "../schema/bindings";
import { Catalog } from "../schema/catalog";
import type { Block, Kind } from "../schema/schema";
import { TypeRules } from "./compiled";
import { RULES } from "./rules";

/** What is known about each type of each provider: its schema, and the rows of the table that apply to it. */
export class Types {
  private readonly catalogs = new Map<string, Catalog>();
  private readonly rows = new Map<string, TypeRules>();

  /** The schemas of a provider. */
  catalog(provider: ProviderName): Catalog {
    const catalog = this.catalogs.get(provider) ?? new Catalog(provider);
    this.catalogs.set(provider, catalog);
    return catalog;
  }

  /** The schema of a type, or nothing when no provider has it. */
  schema(kind: Kind, type: string): Block | undefined {
    const provider = PROVIDERS.find((name) => type.startsWith(`${name}_`));
    return provider && this.catalog(provider).schema(kind, type);
  }

  /** @throws when no provider has such a type */
  block(kind: Kind, type: string): Block {
    const block = this.schema(kind, type);
    if (block === undefined) throw new Error(`the installed bindings hold no ${kind} ${type}`);
    return block;
  }

  /** The rows for a type; none for what is no resource, such as an image. */
  rules(kind: Kind, type: string): TypeRules {
    const key = `${kind} ${type}`;
    const rules = this.rows.get(key) ?? TypeRules.of(type, this.schema(kind, type) ?? EMPTY, RULES);
    this.rows.set(key, rules);
    return rules;
  }
}

const EMPTY: Block = { attributes: {}, blocks: {} };
