import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageFolder } from "../folders";
import { type Bindings, findBindings, type ProviderName, readSource } from "./bindings";
import { deriveProviderSchema, deriveSchema } from "./derive";
import type { Attribute, Block, Kind } from "./schema";

/**
 * The schemas of one provider: every type that its bindings know, each derived when it is first asked for. Deriving
 * takes some 20 ms a type, a thousand for the largest, so the result is kept beside the installed packages, by their
 * version and by the code that derives.
 */
export class Catalog {
  readonly bindings: Bindings;
  private readonly cache: string;
  private readonly known = new Map<string, Block | undefined>();

  constructor(readonly provider: ProviderName) {
    this.bindings = findBindings(provider);
    const modules = join(dirname(require.resolve("constructs/package.json")), "..");
    const version = `${provider}-${this.bindings.version}-${hashOfThisFolder()}`;
    this.cache = join(modules, ".cache", "drover", "schemas", version);
  }

  /** The schema of the provider's own configuration. */
  configuration(): Block {
    const block = this.get("provider", deriveProviderSchema);
    if (block === undefined) throw new Error(`the bindings of ${this.provider} hold no provider`);
    return block;
  }

  /**
   * The schema of a type, or nothing when the provider has no such type. The bindings hold no ephemeral resources: they
   * have the schema of the data source, or else of the resource, that goes by the same name, without its `id`.
   */
  schema(kind: Kind, type: string): Block | undefined {
    if (!type.startsWith(`${this.provider}_`)) return undefined;
    const folder = type.slice(this.provider.length + 1).replaceAll("_", "-");
    const resource = () => this.get(folder, deriveSchema);
    const data = () => this.get(`data-${this.provider}-${folder}`, deriveSchema);
    switch (kind) {
      case "resource":
        return resource();
      case "data":
        return data();
      case "ephemeral": {
        const block = data() ?? resource();
        return block && ephemeral(block);
      }
    }
  }

  private get(folder: string, derive: (source: string) => Block): Block | undefined {
    if (!this.known.has(folder)) this.known.set(folder, this.read(folder) ?? this.derive(folder, derive));
    return this.known.get(folder);
  }

  private read(folder: string): Block | undefined {
    const file = join(this.cache, `${folder}.json`);
    return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  }

  private derive(folder: string, derive: (source: string) => Block): Block | undefined {
    const source = readSource(this.bindings, folder);
    if (source === undefined) return undefined;
    const block = derive(source);
    const file = join(this.cache, `${folder}.json`);
    mkdirSync(this.cache, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(block));
    renameSync(`${file}.${process.pid}`, file);
    return block;
  }
}

/** Write-only arguments exist in managed resources alone, and what is kept nowhere needs no `id`. */
function ephemeral(block: Block): Block {
  const { id: _, ...attributes } = block.attributes;
  const clear = ([name, attribute]: [string, Attribute]) => [name, { ...attribute, writeOnly: false }];
  return { ...block, attributes: Object.fromEntries(Object.entries(attributes).map(clear)) };
}

/** Stands for the code that derives: another hash, another cache. */
function hashOfThisFolder(): string {
  const folder = join(packageFolder(), "schema");
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, name)));
  return hash.digest("hex").slice(0, 12);
}
