import { createHash } from "node:crypto";
import { checkRelations, checkRemoval, checkValues, type Refusal } from "../cloud/checks";
import type { Cloud, CloudObject } from "../cloud/cloud";
import { Computation } from "../cloud/compute";
import { list } from "../cloud/listing";
import { remove } from "../cloud/removal";
import { identityOf, selectionOf, showObject, showObjects } from "../cloud/shown";
import type { Types } from "../cloud/types";
import type { ProviderName } from "../schema/bindings";
import type { Block, Collection, Kind, Type } from "../schema/schema";
import type { Configuration } from "./place";
import { type Planned, plan } from "./planning";
import { conform, dynamicOf, equal, UNKNOWN, type Value, type ValueObject } from "./values";

/** An answer of the cloud: what is now, and why nothing happened where it refuses. */
export interface Outcome {
  readonly value: ValueObject | null;
  readonly refusals: readonly Refusal[];
  /**
   * Whether Terraform may find other values than the planned ones, as it does with providers of the old SDK.
   *
   * @default false
   */
  readonly isLegacy?: boolean;
}

/** The cloud refuses a question. */
export class Refused extends Error {
  override readonly name = "Refused";

  constructor(readonly refusals: readonly Refusal[]) {
    super(refusals.map(({ summary }) => summary).join("; "));
  }
}

/** What has happened to an object. */
export type Change = "made" | "changed" | "removed";

/** Is told about each object that is made, changed or removed. */
export type OnChange = (change: Change, object: CloudObject) => void;

type Awaitable<Result> = Result | Promise<Result>;

/** What Terraform asks of a provider. Each question may be refused by throwing {@link Refused}. */
export interface Served {
  readonly name: ProviderName;
  readonly types: Types;
  validate(type: string, config: ValueObject): Refusal[];
  plan(type: string, configuration: Configuration, prior: ValueObject | null, proposed: ValueObject): Planned;
  read(type: string, configuration: Configuration, current: ValueObject): Awaitable<ValueObject | null>;
  /**
   * @param config has what is write-only, which a plan never has
   * @param signal is given when the user has interrupted Terraform
   */
  apply(
    type: string,
    configuration: Configuration,
    prior: ValueObject | null,
    planned: ValueObject | null,
    config: ValueObject | null,
    signal: AbortSignal,
  ): Awaitable<Outcome>;
  import(type: string, configuration: Configuration, id: string): Awaitable<ValueObject>;
  readData(type: string, configuration: Configuration, config: ValueObject): Awaitable<ValueObject | null>;
  openEphemeral(type: string, configuration: Configuration, config: ValueObject): ValueObject;
}

/**
 * A provider that works on the objects of the cloud instead of a real service. It knows nothing about any single type:
 * schemas come from the bindings, everything else from the table of rules.
 */
export class Provider implements Served {
  /** @param onChange is told about each object that is made, changed or removed */
  constructor(
    readonly name: ProviderName,
    readonly types: Types,
    private readonly cloud: Cloud,
    private readonly onChange: OnChange = () => {},
  ) {}

  /** Checks what the real provider checks before anything is planned. */
  validate(type: string, config: ValueObject): Refusal[] {
    return checkValues(type, this.block("resource", type), this.types.rules("resource", type), config, "plan");
  }

  /** Plans an object that is to be made or, where there is a prior one, changed. */
  plan(type: string, configuration: Configuration, prior: ValueObject | null, proposed: ValueObject): Planned {
    return plan({
      block: this.block("resource", type),
      rules: this.types.rules("resource", type),
      computation: this.computation("resource", type, configuration),
      configuration,
      prior,
      proposed,
    });
  }

  /** The object as it is now, or null when it is gone. */
  read(type: string, { scope }: Configuration, current: ValueObject): ValueObject | null {
    const found = this.cloud.find(type, scope, idOf(current));
    return found === undefined ? null : conform(this.block("resource", type), found.value);
  }

  /** Makes, changes or removes an object, or refuses to. */
  apply(type: string, configuration: Configuration, prior: ValueObject | null, planned: ValueObject | null): Outcome {
    if (planned !== null) return this.put(type, configuration, prior, planned);
    return prior === null ? { value: null, refusals: [] } : this.remove(type, configuration, prior);
  }

  /**
   * Finds an object by what Terraform knows it by. Where the table says that such a thing may exist before the sandbox
   * has heard of it, it is made up.
   */
  import(type: string, configuration: Configuration, id: string): ValueObject {
    const block = this.block("resource", type);
    const { scope } = configuration;
    const found = this.cloud.find(type, scope, id);
    if (found !== undefined) return conform(block, found.value);
    const [adopted] = this.types.rules("resource", type).kind("adopted");
    if (adopted === undefined) return conform(block, { id });
    const bare = conform(block, { [adopted.path[0] as string]: id });
    const value = this.computation("resource", type, configuration).complete(block, bare, isMissing);
    this.keep("made", { type, id: idOf(value), scope, value });
    return value;
  }

  /**
   * Reads a data source: what the table of rules says that it answers, or else the object of the resource that has the
   * same name, if one agrees with all that is asked for, and otherwise values that are made up.
   *
   * @returns null when the data source shows an object that does not exist
   */
  readData(type: string, configuration: Configuration, config: ValueObject): ValueObject | null {
    const block = this.block("data", type);
    const rules = this.types.rules("data", type);
    const computation = this.computation("data", type, configuration);
    const found = this.cloud.objects(type).find(({ value }) => agrees(value, config));
    const known = found === undefined ? { ...config } : { ...fitting(block, found.value), ...given(config) };
    for (const { path, rule } of rules.kind("listed")) {
      const [name] = path as [string];
      const attribute = block.attributes[name]?.type;
      if (Array.isArray(attribute)) known[name] = list(this.cloud, computation, rule, attribute as Collection, config);
    }
    for (const { path } of rules.kind("shown")) {
      const isList = path[0] === "objects";
      const object = isList
        ? showObjects(this.cloud, configuration.scope, selectionOf(config))
        : showObject(this.cloud, configuration.scope, identityOf(config));
      if (object === undefined) return null;
      known[path[0] as string] = dynamicOf(object);
    }
    return computation.complete(block, conform(block, known), isMissing);
  }

  /** Opens an ephemeral resource: what it gives is made up, and kept nowhere. */
  openEphemeral(type: string, configuration: Configuration, config: ValueObject): ValueObject {
    const block = this.block("ephemeral", type);
    return this.computation("ephemeral", type, configuration).complete(block, config, isMissing);
  }

  private put(type: string, configuration: Configuration, prior: ValueObject | null, planned: ValueObject): Outcome {
    const block = this.block("resource", type);
    const rules = this.types.rules("resource", type);
    const value = this.computation("resource", type, configuration).complete(block, planned);
    const { scope } = configuration;
    const object = { type, id: idOf(value), scope, value };
    const before = prior === null ? undefined : this.cloud.find(type, scope, idOf(prior));

    const refusals = [
      ...(prior !== null && before === undefined ? [gone(type, idOf(prior))] : []),
      ...checkValues(type, block, rules, value, "apply"),
      ...checkRelations(block, rules, this.cloud, object, before),
    ];
    if (refusals.length > 0) return { value: prior, refusals };

    if (before !== undefined && before.id !== object.id) this.cloud.remove(before);
    this.keep(before === undefined ? "made" : "changed", object);
    return { value, refusals: [] };
  }

  private remove(type: string, { scope }: Configuration, prior: ValueObject): Outcome {
    const object = this.cloud.find(type, scope, idOf(prior));
    if (object === undefined) return { value: null, refusals: [] };
    const rules = this.types.rules("resource", type);
    const refusals = checkRemoval(this.block("resource", type), rules, this.cloud, object);
    if (refusals.length > 0) return { value: prior, refusals };

    const kept = rules.kind("kept").find(({ path }) => object.value[path[0] as string] === true);
    if (kept !== undefined) {
      this.keep("changed", { ...object, value: { ...object.value, [kept.rule.sets]: true } });
    } else {
      for (const removed of remove(this.cloud, this.types, object)) this.onChange("removed", removed);
    }
    return { value: null, refusals: [] };
  }

  private keep(change: Change, object: CloudObject): void {
    this.cloud.set(object);
    this.onChange(change, object);
  }

  private block(kind: Kind, type: string): Block {
    return this.types.block(kind, type);
  }

  private computation(kind: Kind, type: string, configuration: Configuration): Computation {
    return new Computation(type, this.types.rules(kind, type), configuration);
  }
}

/** What an object is known by. Newer types have no `id`: their ARN, or what they are made of, stands in for it. */
function idOf(value: ValueObject): string {
  const { id, arn } = value;
  if (typeof id === "string") return id;
  if (typeof arn === "string") return arn;
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}

function gone(type: string, id: string): Refusal {
  return { summary: `${type}: ${id} does not exist`, detail: "It was removed since the plan was made.", steps: [] };
}

function isMissing(value: Value): boolean {
  return value === null || value === UNKNOWN;
}

/** The arguments that were given at all. */
function given(config: ValueObject): ValueObject {
  const isGiven = (value: Value) => value !== null && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(config).filter(([, value]) => isGiven(value)));
}

/** Whether an object has all the values that a data source asks for. */
function agrees(object: Value | undefined, wanted: Value): boolean {
  if (wanted === null || object === undefined) return true;
  if (Array.isArray(wanted))
    return wanted.every((one, index) => agrees(Array.isArray(object) ? object[index] : object, one));
  if (typeof wanted !== "object") return equal(object, wanted);
  if (typeof object !== "object" || object === null) return false;
  return Object.entries(wanted).every(([name, one]) => agrees((object as ValueObject)[name], one));
}

/** The values of an object that fit into another block, attribute by attribute. */
function fitting(block: Block, value: ValueObject): ValueObject {
  const fits = (name: string, one: Value) => {
    const type = block.attributes[name]?.type;
    return type === undefined ? name in block.blocks : fitsType(type, one);
  };
  return Object.fromEntries(Object.entries(value).filter(([name, one]) => fits(name, one)));
}

function fitsType(type: Type, value: Value): boolean {
  if (value === null || type === "dynamic") return true;
  if (typeof type === "string") return typeof value === (type === "bool" ? "boolean" : type);
  if (type[0] === "list" || type[0] === "set")
    return Array.isArray(value) && value.every((one) => fitsType(type[1], one));
  if (typeof value !== "object" || Array.isArray(value)) return false;
  const object = value as ValueObject;
  if (type[0] === "map") return Object.values(object).every((one) => fitsType(type[1], one));
  return Object.entries(type[1]).every(([name, one]) => fitsType(one, object[name] ?? null));
}
