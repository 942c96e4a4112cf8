import { rmSync } from "node:fs";
import { join } from "node:path";
import { accepts, checkRelations, checkValues, exampleOf } from "../../sandbox/cloud/checks";
import { Cloud } from "../../sandbox/cloud/cloud";
import type { Applied } from "../../sandbox/cloud/compiled";
import type { Row, Rule, ValueRule } from "../../sandbox/cloud/rule";
import { RULES } from "../../sandbox/cloud/rules";
import { Types } from "../../sandbox/cloud/types";
import { configurationOf } from "../../sandbox/provider/place";
import { Provider } from "../../sandbox/provider/provider";
import { conform, UNKNOWN, type Value, type ValueObject } from "../../sandbox/provider/values";
import type { ProviderName } from "../../sandbox/schema/bindings";
import type { Block, Kind, Type } from "../../sandbox/schema/schema";
import { temporaryFolder } from "../support/folder";

const types = new Types();
const file = join(temporaryFolder(), "objects.jsonl");

let cloud: Cloud;
beforeEach(() => {
  rmSync(file, { force: true });
  cloud = new Cloud(file);
});
afterEach(() => cloud.close());

/** Types on which the rows with a `*` are tried. */
const EXAMPLES = [
  "aws_ecr_repository",
  "aws_s3_bucket_policy",
  "kubernetes_cluster_role_v1",
  "kubernetes_service_account_v1",
  "kubernetes_service_v1",
  "kubernetes_deployment_v1",
  "kubernetes_pod_v1",
];

/** A row as it applies to a type on which it can be tried. */
function tried(row: Row): { kind: Kind; type: string; applied: Applied } {
  const candidates = row.type.includes("*") ? EXAMPLES : [row.type];
  for (const type of candidates) {
    for (const kind of ["resource", "data"] as const) {
      const applied = types
        .rules(kind, type)
        .kind(row.rule.kind)
        .find(({ argument, rule }) => argument === row.argument && rule === row.rule);
      if (applied !== undefined) return { kind, type, applied };
    }
  }
  throw new Error(`the row ${row.type} ${row.argument} (${row.rule.kind}) applies to no type that is tried`);
}

/** The least that a schema and the rules for single values ask for. */
function least(type: string, block: Block, path: readonly string[] = []): ValueObject {
  const value: ValueObject = {};
  for (const [name, attribute] of Object.entries(block.attributes)) {
    if (attribute.required) value[name] = example(type, attribute.type, [...path, name]);
  }
  for (const [name, nested] of Object.entries(block.blocks)) {
    if (nested.minItems > 0) value[name] = [least(type, nested.block, [...path, name])];
  }
  return conform(block, value);
}

function example(type: string, wanted: Type, path: readonly string[]): Value {
  const text = exampleOf(types.rules("resource", type), path) ?? "x";
  if (Array.isArray(wanted)) return wanted[0] === "map" ? { key: text } : [text];
  return wanted === "number" ? Number(text) || 1 : wanted === "bool" ? true : text;
}

/** Sets a value deep in a block, and makes the blocks on the way. */
function put(block: Block, value: ValueObject, [name, ...rest]: readonly string[], leaf: Value, type: string): void {
  if (name === undefined) return;
  const nested = block.blocks[name];
  if (nested === undefined || rest.length === 0) {
    const isMap = block.attributes[name]?.type[0] === "map" && (typeof leaf !== "object" || leaf === null);
    value[name] = isMap ? { key: leaf } : leaf;
    return;
  }
  const present = Array.isArray(value[name]) ? (value[name] as ValueObject[]) : [];
  const inner = present[0] ?? least(type, nested.block);
  value[name] = nested.nesting === "single" ? inner : [inner];
  put(nested.block, inner, rest, leaf, type);
}

function isValueRule(rule: Rule): rule is ValueRule {
  return ["one of", "pattern", "range", "quantity", "json"].includes(rule.kind);
}

/** A value that a rule accepts, and one that it refuses. */
function pair(rule: ValueRule): readonly [accepted: Value, refused: Value] {
  switch (rule.kind) {
    case "one of":
      return [rule.values[0] as string, typeof rule.values[0] === "number" ? 2 : "NO_SUCH_VALUE"];
    case "pattern":
      return [rule.accepts, rule.refuses];
    case "range":
      return [rule.min, rule.max + 1];
    case "quantity":
      return ["250m", "ten"];
    case "json":
      return ["{}", "{"];
  }
}

const nameOf = ({ type, argument, rule }: Row) => [`${type} ${argument} (${rule.kind})`] as const;
const rowsOf = (wanted: (rule: Rule) => boolean) =>
  RULES.filter(({ rule }) => wanted(rule)).map((row) => [...nameOf(row), row] as const);

it("every row says what it refuses, and where that is written", () => {
  const silent = ["replace", "computed", "merged", "kept", "adopted", "listed", "shown"];
  for (const { rule, message, source, type, argument } of RULES) {
    expect({ type, argument, source }).toMatchObject({ source: expect.stringMatching(/^https:\/\//) });
    if (!silent.includes(rule.kind)) expect({ type, argument, message }).not.toMatchObject({ message: "" });
  }
});

describe("a rule for single values", () => {
  it.each(rowsOf(isValueRule))("%s accepts and refuses", (_, row) => {
    const { type, applied } = tried(row);
    const [accepted, refused] = pair(applied.rule as ValueRule);
    const block = types.block("resource", type);
    const refusals = (leaf: Value, at: "plan" | "apply") => {
      const value = least(type, block);
      put(block, value, applied.path, leaf, type);
      const all = checkValues(type, block, types.rules("resource", type), value, at);
      return all.filter(({ detail }) => detail.startsWith(row.message) && detail.endsWith(row.source));
    };
    expect(refusals(accepted, "apply")).toEqual([]);
    expect(refusals(UNKNOWN, "apply")).toEqual([]);
    expect(refusals(refused, "apply")).toHaveLength(1);
    expect(refusals(refused, "apply")[0]?.summary).toContain(applied.path.join("."));
    expect(refusals(refused, "plan")).toHaveLength(row.at === "plan" ? 1 : 0);
  });

  it.each([
    ["0", true],
    ["1.5Gi", true],
    ["100m", true],
    ["1e3", true],
    ["+.5", true],
    ["12E", true],
    ["", false],
    ["1 Gi", false],
    ["512MB", false],
    ["1K", false],
  ])("quantity %j", (value, expected) => {
    expect(accepts({ kind: "quantity" }, value)).toBe(expected);
  });

  it("lets a port have a name, and a number be written as text", () => {
    const rule: ValueRule = { kind: "range", min: 1, max: 65535 };
    expect(["http", "8080", 8080].every((value) => accepts(rule, value))).toBe(true);
    expect(["0", 70000].some((value) => accepts(rule, value))).toBe(false);
  });
});

describe("a rule for an object among others", () => {
  const relations = (type: string, value: ValueObject, before?: ValueObject) => {
    const object = (one: ValueObject) => ({ type, id: String(one.id ?? "new"), scope: "here", value: one });
    const block = types.block("resource", type);
    return checkRelations(block, types.rules("resource", type), cloud, object(value), before && object(before));
  };

  it.each(rowsOf(({ kind }) => kind === "unique"))("%s", (_, row) => {
    const { type } = tried(row);
    const block = types.block("resource", type);
    const value = { ...least(type, block), id: "first" };
    const taken = (one: ValueObject, before?: ValueObject) =>
      relations(type, one, before).filter(({ detail }) => detail.startsWith(row.message));
    expect(taken(value)).toEqual([]);
    cloud.set({ type, id: "first", scope: "here", value });
    expect(taken({ ...value, id: "second" })).toHaveLength(1);
    expect(taken({ ...value, id: "second" })[0]?.detail).toContain(`npm run sandbox -- remove ${type} first`);
    expect(taken(value, value)).toEqual([]);
    rmSync(file, { force: true });
    cloud = new Cloud(file);
    cloud.set({ type, id: "first", scope: "elsewhere", value });
    expect(taken({ ...value, id: "second" })).toEqual([]);
  });

  it.each(rowsOf(({ kind }) => kind === "reference"))("%s", (_, row) => {
    const { type, applied } = tried(row);
    const rule = applied.rule as Extract<Rule, { kind: "reference" }>;
    const block = types.block("resource", type);
    const value = least(type, block);
    put(block, value, applied.path, "wanted", type);
    const missing = () => relations(type, value).filter(({ detail }) => detail.startsWith(row.message));
    const exist = (of: string, path: string, leaf: string, more: [string, string][] = []) => {
      const target = types.block("resource", of);
      const found = least(of, target);
      put(target, found, path.split("."), leaf, of);
      for (const [argument, one] of more) put(target, found, argument.split("."), one, of);
      cloud.set({ type: of, id: leaf, scope: "here", value: found });
    };

    const { next } = rule;
    if (next === undefined) expect(missing()).toHaveLength(1);
    exist(rule.to[0] as string, rule.by[0] as string, "wanted", next && [[next.argument, "further"]]);
    if (next !== undefined) {
      expect(missing()).toHaveLength(1);
      exist(next.to[0] as string, next.by[0] as string, "further");
    }
    expect(missing()).toEqual([]);
    for (const exception of rule.except) {
      put(block, value, applied.path, exception, type);
      expect(missing()).toEqual([]);
    }
  });

  it.each(rowsOf(({ kind }) => kind === "within"))("%s", (_, row) => {
    const { type, applied } = tried(row);
    const { other } = applied.rule as Extract<Rule, { kind: "within" }>;
    const block = types.block("resource", type);
    const value = least(type, block);
    put(block, value, applied.path, { app: "podcore" }, type);
    put(block, value, other.split("."), { app: "podcore", more: "yes" }, type);
    expect(relations(type, value)).toEqual([]);
    put(block, value, other.split("."), { app: "podcast" }, type);
    expect(relations(type, value)).toMatchObject([{ detail: expect.stringContaining(row.message) }]);
  });
});

describe("a rule for an object's life", () => {
  const provide = (type: string) => {
    const name = type.split("_")[0] as ProviderName;
    return { provider: new Provider(name, types, cloud), configuration: configurationOf(name, {}) };
  };

  it.each(rowsOf(({ kind }) => kind === "replace"))("%s", (_, row) => {
    const { type, applied } = tried(row);
    const block = types.block("resource", type);
    const withLeaf = (leaf: string) => {
      const value = least(type, block);
      put(block, value, applied.path, leafOf(block, applied.path, leaf), type);
      return value;
    };
    const { provider, configuration } = provide(type);
    const { replace } = provider.plan(type, configuration, withLeaf("one"), withLeaf("other"));
    expect(replace.map((steps) => steps.filter((step) => typeof step === "string").join("."))).toContain(
      applied.path.join("."),
    );
  });

  /** A value for an attribute, or a block that holds it in the first place that takes a text. */
  function leafOf(block: Block, path: readonly string[], leaf: string): Value {
    const inner = path.reduce<Block | undefined>((one, name) => one?.blocks[name]?.block, block);
    if (inner === undefined) return leaf;
    const value = conform(inner, {});
    for (const [name, { type, computed, required }] of Object.entries(inner.attributes)) {
      if (computed && !required) continue;
      if (type === "string") return [{ ...value, [name]: leaf }];
      if (Array.isArray(type) && type[0] === "map") return [{ ...value, [name]: { key: leaf } }];
    }
    const [name] = Object.keys(inner.blocks) as [string];
    return [{ ...value, [name]: leafOf(inner, [name], leaf) }];
  }

  it.each(rowsOf(({ kind }) => kind === "computed"))("%s", (_, row) => {
    const { kind, type, applied } = tried(row);
    const block = types.block(kind, type);
    const path = applied.path.slice(0, -1);
    const owner = path.reduce<Block | undefined>((one, name) => one?.blocks[name]?.block, block);
    expect(owner?.attributes[applied.path.at(-1) as string]?.computed).toBe(true);
  });
});
