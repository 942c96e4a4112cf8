import { fieldOf, fieldsOf } from "../../lib/runtime/kubernetes-types";
import { providerArguments } from "../../lib/runtime/provider-arguments";
import { dynamicOf, UNKNOWN, type Value, type ValueObject } from "../provider/values";
import type { Attribute, Block, NestedBlock, Type } from "../schema/schema";

/** The fields of a structure, as the API server shows them. */
type Live = Readonly<Record<string, unknown>>;

/** Labels that the controller of Jobs adds to each, and to its template. */
const OF_JOBS = ["batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name"];

/**
 * An object of the cluster as Terraform's provider reads it: with everything that its schema knows, whoever has set it.
 *
 * @param structure of the object, for `fieldOf`
 * @param known what a state or a plan says; it has what Kubernetes does not, such as `wait_for_rollout`
 */
export function liveValue(block: Block, structure: string, known: ValueObject, live: Live): ValueObject {
  const shown = structure === "BatchV1Job" ? withoutJobLabels(live) : live;
  const value = read(block, structure, known, shown);
  return { ...value, metadata: [ownMetadata(value.metadata, known.metadata)] };
}

function read(block: Block, structure: string, known: ValueObject, live: Live): ValueObject {
  const result: ValueObject = {};
  for (const [name, attribute] of Object.entries(block.attributes)) {
    result[name] = readAttribute(structure, name, attribute, known[name] ?? null, live);
  }
  for (const [name, nested] of Object.entries(block.blocks)) {
    result[name] = readBlock(structure, name, nested, known[name] ?? null, live);
  }
  return result;
}

function readAttribute(structure: string, name: string, attribute: Attribute, known: Value, live: Live): Value {
  if (attribute.writeOnly) return null;
  const field = fieldOf(structure, name) ?? (name === "status" ? { name, type: "any" } : undefined);
  if (field === undefined) return known === UNKNOWN ? null : known;
  const found = field.type === "file-mode" ? octal(live[field.name]) : live[field.name];
  // What was not sent because of another argument reads as if it had been.
  const rule = providerArguments(structure)?.[name];
  return convert(attribute.type, found ?? (rule?.when && rule.default));
}

function readBlock(structure: string, name: string, nested: NestedBlock, known: Value, live: Live): Value {
  if (nested.nesting === "single" || nested.nesting === "map") return known;
  // A volume's source is one of its own fields in Kubernetes.
  if (name === "persistent_volume_source") return [read(nested.block, structure, {}, live)];
  const field = fieldOf(structure, name);
  if (field === undefined) return known;
  // The provider reads it only where the configuration has it.
  if (structure === "AppsV1StatefulSetSpec" && name === "update_strategy" && isNothing(known)) return [];
  const inner = field.type.replace(/^\[\]/, "");
  const found = live[field.name];
  if (found === undefined || found === null || fieldsOf(inner) === undefined) return [];
  const before = (Array.isArray(known) ? known : []) as (ValueObject | null | undefined)[];
  return [found].flat().map((one, index) => read(nested.block, inner, before[index] ?? {}, one as Live));
}

/**
 * The metadata of an object, without what Kubernetes keeps in it for itself: keys of `kubernetes.io` that the
 * configuration does not have. Those of others are read, and so are a difference.
 */
function ownMetadata(read: Value | undefined, known: Value | undefined): Value {
  const [metadata = {}] = (read ?? []) as ValueObject[];
  const [before = {}] = (Array.isArray(known) ? known : []) as ValueObject[];
  const own = (name: string): Value => {
    const [found, told] = [metadata[name], before?.[name]] as [Value?, Value?];
    if (isNothing(found) || found === undefined) return null;
    const keys = Object.keys((isNothing(told) || told === UNKNOWN ? {} : told) as ValueObject);
    const entries = Object.entries(found as ValueObject).filter(([key]) => keys.includes(key) || !isInternal(key));
    return entries.length === 0 ? null : Object.fromEntries(entries);
  };
  return { ...metadata, annotations: own("annotations"), labels: own("labels") };
}

function isInternal(key: string): boolean {
  const [domain = ""] = key.split("/");
  if (domain === "app.kubernetes.io" || domain === "service.beta.kubernetes.io") return false;
  return domain.endsWith("kubernetes.io") || key.includes("deprecated.daemonset.template.generation");
}

function withoutJobLabels(live: Live): Live {
  const { metadata, spec } = live as { metadata?: Live; spec?: Live & { template?: Live; selector?: Live } };
  const rest = (labels: unknown) =>
    Object.fromEntries(Object.entries((labels ?? {}) as object).filter(([key]) => !OF_JOBS.includes(key)));
  const bare = (part?: Live) => part && { ...part, labels: rest(part.labels) };
  const template = spec?.template as (Live & { metadata?: Live }) | undefined;
  return {
    ...live,
    metadata: bare(metadata),
    spec: spec && {
      ...spec,
      selector: spec.selector && { ...spec.selector, matchLabels: rest(spec.selector.matchLabels) },
      template: template && { ...template, metadata: bare(template.metadata) },
    },
  };
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

function isNothing(value: Value | undefined): boolean {
  return value === null || value === undefined || (typeof value === "object" && Object.keys(value).length === 0);
}
