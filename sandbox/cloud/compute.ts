import { createHash, randomUUID } from "node:crypto";
import { mapNested, UNKNOWN, type Value, type ValueObject, valuesAt } from "../provider/values";
import type { Attribute, Block, Collection, Type } from "../schema/schema";
import { exampleOf } from "./checks";
import type { TypeRules } from "./compiled";
import type { Templates } from "./rule";

/** What the provider's configuration says about the place where an object is made. */
export interface Place {
  readonly account: string;
  readonly region: string;
  readonly owner: string;
}

interface Round {
  readonly isOpen: (found: Value) => boolean;
  /** Whether a value whose template can't be rendered yet is left unknown. */
  readonly wait: boolean;
}

/** Fills in what the cloud gives. One is made for each object, so that all its random values agree. */
export class Computation {
  private readonly uuid = randomUUID();

  constructor(
    private readonly type: string,
    private readonly rules: TypeRules,
    private readonly place: Place,
  ) {}

  /**
   * Gives every computed value that is unknown.
   *
   * @param isOpen says which others are to be given
   */
  complete(block: Block, value: ValueObject, isOpen: (found: Value) => boolean = () => false): ValueObject {
    // A template may need a value that is itself given: those wait for the second round.
    const once = this.completeBlock(block, value, value, [], { isOpen, wait: true });
    return this.completeBlock(block, once, once, [], { isOpen, wait: false });
  }

  /** The value of a template, or nothing when an argument that it needs is missing or unknown. */
  render(template: string, value: ValueObject): string | undefined {
    let complete = true;
    const text = template.replace(/\{(@?)([^@{}"|]+)(?:\|([^}]*))?\}/g, (_, at: string, name: string, fallback) => {
      if (at) return this.given(name);
      const [found] = valuesAt(value, name.split("."));
      if (found !== undefined && found !== UNKNOWN && found !== "") return String(found);
      if (fallback === undefined || found === UNKNOWN) complete = false;
      return fallback ?? "";
    });
    return complete ? text : undefined;
  }

  /** One element of a list whose values come from templates. */
  element([, type]: Collection, templates: Templates, value: ValueObject): Value {
    if (typeof templates === "string") return convert(type, this.render(templates, value) ?? "");
    const attributes = Array.isArray(type) && type[0] === "object" ? Object.entries(type[1]) : [];
    return Object.fromEntries(
      attributes.map(([name, inner]) => {
        const text = templates[name] && this.render(templates[name], value);
        return [name, text === undefined ? null : convert(inner, text)];
      }),
    );
  }

  private given(name: string): string {
    const hex = createHash("sha256").update(this.uuid).digest("hex");
    switch (name) {
      case "hex":
        return hex.slice(0, 16);
      case "number":
        return String(Number.parseInt(hex.slice(0, 8), 16));
      case "uuid":
        return this.uuid;
      default:
        return this.place[name as keyof Place];
    }
  }

  private completeBlock(
    block: Block,
    value: ValueObject,
    whole: ValueObject,
    path: readonly string[],
    round: Round,
  ): ValueObject {
    const result = { ...value };
    for (const [name, attribute] of Object.entries(block.attributes)) {
      const found = value[name] ?? null;
      if (attribute.computed && (found === UNKNOWN || round.isOpen(found))) {
        result[name] = this.attribute(attribute, whole, [...path, name], round.wait);
      }
    }
    for (const [name, nested] of Object.entries(block.blocks)) {
      result[name] = mapNested(nested, value[name] ?? null, (inner) =>
        this.completeBlock(nested.block, inner, whole, [...path, name], round),
      );
    }
    return result;
  }

  private attribute({ type, optional }: Attribute, whole: ValueObject, path: readonly string[], wait: boolean): Value {
    const template = this.rules.last("computed", path)?.rule.template;
    const text = template === undefined ? undefined : this.render(template, whole);
    if (text === undefined && template !== undefined && wait) return UNKNOWN;
    if (text !== undefined) return convert(type, text);
    const accepted = exampleOf(this.rules, path);
    return accepted === undefined || Array.isArray(type) ? this.standIn(type, path, optional) : convert(type, accepted);
  }

  /**
   * A value that is plainly made up, of the right type, for what no rule speaks of. What could have been given and was
   * not is left empty, but for what other resources refer to.
   */
  private standIn(type: Type, path: readonly string[], optional: boolean): Value {
    const name = path.at(-1) as string;
    if (type === "string")
      return optional && !(path.length === 1 && IDENTITY.test(name)) ? null : this.standInText(name);
    if (type === "number") return optional ? null : 0;
    if (type === "bool") return optional ? null : false;
    if (type === "dynamic") return null;
    const [collection, inner] = type;
    if (collection === "object") {
      return Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, this.standIn(one, [key], false)]));
    }
    if (collection === "map") return {};
    // Stacks refer to the first element of what is computed alone, for example to a cluster's certificate.
    const isObject = Array.isArray(inner) && inner[0] === "object";
    return isObject && !optional ? [this.standIn(inner, path, false)] : [];
  }

  private standInText(name: string): string {
    const { region, account } = this.place;
    const [provider, service = "", ...rest] = this.type.split("_");
    if (provider === "aws" && /(^|_)arn$/.test(name)) {
      return `arn:aws:${service}:${region}:${account}:${rest.join("-") || service}/${this.given("hex")}`;
    }
    if (/(^|_)account_id$|^owner_id$/.test(name)) return account;
    if (name === "id") return [rest.join("-") || service, this.given("hex")].join("-");
    return `sandbox-${name.replaceAll("_", "-")}`;
  }
}

/** Attributes by which resources refer to each other. */
const IDENTITY = /(^|_)(id|arn|name|identifier|bucket)$/;

/** A list is one of its single element. */
function convert(type: Type, text: string): Value {
  if (Array.isArray(type) && (type[0] === "list" || type[0] === "set")) return [convert(type[1], text)];
  return type === "number" ? Number(text) : type === "bool" ? text === "true" : text;
}
