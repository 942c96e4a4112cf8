import type { Block } from "../schema/schema";
import type { Row, Rule } from "./rule";

/** A row of the table as it applies to one type: its argument spelled out. */
export interface Applied<R extends Rule = Rule> extends Row {
  readonly rule: R;
  readonly path: readonly string[];
}

/** The rows that apply to one type, by their kind, in the order of the table. */
export class TypeRules {
  private constructor(private readonly rows: readonly Applied[]) {}

  /** Finds the rows for a type: those that name it, and whose arguments its schema has. */
  static of(type: string, block: Block, table: readonly Row[]): TypeRules {
    const paths = pathsOf(block);
    const applied = table
      .filter((row) => glob(row.type).test(type))
      .flatMap((row) => {
        const argument = glob(row.argument);
        return paths.filter((path) => argument.test(path)).map((path) => ({ ...row, path: path.split(".") }));
      })
      .filter(
        ({ rule }) => rule.kind !== "computed" || argumentsOf(rule.template).every((path) => paths.includes(path)),
      );
    return new TypeRules(applied);
  }

  kind<K extends Rule["kind"]>(...kinds: K[]): Applied<Extract<Rule, { kind: K }>>[] {
    return this.rows.filter(({ rule }) => (kinds as string[]).includes(rule.kind)) as Applied<
      Extract<Rule, { kind: K }>
    >[];
  }

  /** The rows of a kind for one argument. The last one is the most special one. */
  last<K extends Rule["kind"]>(kind: K, path: readonly string[]): Applied<Extract<Rule, { kind: K }>> | undefined {
    return this.kind(kind).findLast((row) => row.path.join(".") === path.join("."));
  }
}

/** The arguments that a template names, without defaults and without what the cloud itself fills in. */
export function argumentsOf(template: string): string[] {
  return [...template.matchAll(/\{([^@{}"|]+)(?:\|[^}]*)?\}/g)].map(([, path]) => path as string);
}

/** All arguments and blocks of a schema, as paths. */
function pathsOf(block: Block, prefix = ""): string[] {
  const attributes = Object.keys(block.attributes).map((name) => prefix + name);
  const blocks = Object.entries(block.blocks).flatMap(([name, nested]) => [
    prefix + name,
    ...pathsOf(nested.block, `${prefix}${name}.`),
  ]);
  return [...attributes, ...blocks];
}

function glob(pattern: string): RegExp {
  const escaped = pattern
    .replaceAll("**.", "\0")
    .replaceAll(".", "\\.")
    .replaceAll("*", "[^.]*")
    .replaceAll("\0", "(.*\\.)?");
  return new RegExp(`^${escaped}$`);
}
