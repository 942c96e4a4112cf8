/** What a value must be, without a look at anything else. */
export type ValueRule =
  | { readonly kind: "one of"; readonly values: readonly (string | number)[] }
  | { readonly kind: "pattern"; readonly pattern: RegExp; readonly accepts: string; readonly refuses: string }
  | { readonly kind: "range"; readonly min: number; readonly max: number }
  | { readonly kind: "quantity" }
  | { readonly kind: "json" };

/** What a value must be to other arguments and to other objects of the cloud. */
export type RelationRule =
  | { readonly kind: "within"; readonly other: string }
  | { readonly kind: "unique"; readonly with: readonly string[] }
  | ({
      readonly kind: "reference";
      /** Goes on from the object that was found: its argument names another one in turn. */
      readonly next?: Reference & { readonly argument: string };
      /** Values that need no object, for example namespaces that every cluster has. */
      readonly except: readonly string[];
      /** Whether the cloud removes this object together with the one that it names. */
      readonly ends: boolean;
    } & Reference);

/** How an object is found: it is of one of these types, and one of its arguments has the value. */
export interface Reference {
  readonly to: readonly string[];
  readonly by: readonly string[];
}

/** What happens to an object, and what the cloud adds to it. */
export type LifeRule =
  | { readonly kind: "replace" }
  | { readonly kind: "computed"; readonly template: string; readonly at: "plan" | "apply" }
  | { readonly kind: "merged"; readonly from: string; readonly defaults: string }
  | { readonly kind: "holds"; readonly child: string; readonly unless: string }
  | { readonly kind: "sealed"; readonly child: string; readonly values: readonly string[] }
  | { readonly kind: "kept"; readonly sets: string }
  | { readonly kind: "adopted" };

/** What a data source answers, beyond values of the one object that has its name. */
export type AnswerRule =
  | {
      readonly kind: "listed";
      /** Type of the objects. */
      readonly from: string;
      /** Own argument that says which objects are asked for. */
      readonly asked: string;
      /** Argument of the objects that is held against what is asked for. */
      readonly by: string;
      /** Whether the beginning of an argument is enough. */
      readonly prefix: boolean;
      /** What is asked for may name another object, by any of its arguments, which the objects name by another one. */
      readonly through?: Reference;
      /** What each object gives. */
      readonly gives: Templates;
      /** What is given where no object is there; `{asked}` is what was asked for. */
      readonly otherwise: Templates;
    }
  | { readonly kind: "shown" };

/** A value, or the attributes of an object, each as a template. */
export type Templates = string | Readonly<Record<string, string>>;

export type Rule = ValueRule | RelationRule | LifeRule | AnswerRule;

/** A row of the table of rules. */
export interface Row {
  /** A type, or several by a `*`. */
  readonly type: string;
  /** The path of an argument, lists looked through; a leading `**.` stands for any depth. */
  readonly argument: string;
  readonly rule: Rule;
  /** What the cloud answers when the rule is broken. */
  readonly message: string;
  /** Where the rule is written. */
  readonly source: string;
  /** When the rule is checked. @default "apply" what the real provider leaves to the cloud */
  readonly at?: "plan" | "apply";
}

/** The value is one of these. */
export function oneOf(...values: (string | number)[]): Rule {
  return { kind: "one of", values };
}

/** The value, or each value of a map, matches a pattern. The examples are tried by a test. */
export function matches(pattern: RegExp, { accepts, refuses }: { accepts: string; refuses: string }): Rule {
  return { kind: "pattern", pattern, accepts, refuses };
}

/** The number, also one that is written as a string, lies between two others. */
export function between(min: number, max: number): Rule {
  return { kind: "range", min, max };
}

/** The value, or each value of a map, is a quantity of Kubernetes such as `250m` or `1Gi`. */
export function quantity(): Rule {
  return { kind: "quantity" };
}

/** The value is a JSON document. */
export function json(): Rule {
  return { kind: "json" };
}

/** Every pair of the map is also in another map. */
export function within(other: string): Rule {
  return { kind: "within", other };
}

/** No other object of this type has the same value, or the same combination with the values of other arguments. */
export function unique(...others: string[]): Rule {
  return { kind: "unique", with: others };
}

/** The value names an object that exists. */
export function refersTo(
  to: string | readonly string[],
  by: string | readonly string[],
  options: {
    next?: { argument: string; to: string; by: readonly string[] };
    except?: readonly string[];
    ends?: boolean;
  } = {},
): Rule {
  const { next, except = [], ends = false } = options;
  return {
    kind: "reference",
    to: [to].flat(),
    by: [by].flat(),
    next: next && { ...next, to: [next.to] },
    except,
    ends,
  };
}

/** A change of the value takes a new object. */
export function replace(): Rule {
  return { kind: "replace" };
}

/**
 * The cloud gives the value. A template holds arguments in braces (`{metadata.name}`, with a default after a bar), and
 * `{@account}`, `{@region}`, `{@owner}`, `{@hex}`, `{@number}` and `{@uuid}`.
 *
 * @param at "plan" when the real provider knows the value before the apply
 */
export function computed(template: string, at: "plan" | "apply" = "apply"): Rule {
  return { kind: "computed", template, at };
}

/** The value is another argument's map, added to the one of the provider's configuration. */
export function merged(from: string, defaults: string): Rule {
  return { kind: "merged", from, defaults };
}

/** The object can't be destroyed while it holds others, unless this argument is true. */
export function holds(child: string, unless: string): Rule {
  return { kind: "holds", child, unless };
}

/** What the object holds can't be replaced while the argument has one of these values. */
export function sealed(child: string, ...values: string[]): Rule {
  return { kind: "sealed", child, values };
}

/** Where the argument is true, destroying the object keeps it, and sets another of its attributes. */
export function kept(sets: string): Rule {
  return { kind: "kept", sets };
}

/** An object of this name may exist before the sandbox has heard of it: importing it by this argument finds it. */
export function adopted(): Rule {
  return { kind: "adopted" };
}

/** The value lists what objects of a type give; where there is none, something that is made up. */
export function listed(
  from: string,
  asked: string,
  options: { by: string; prefix?: boolean; through?: Reference; gives: Templates; otherwise: Templates },
): Rule {
  return { kind: "listed", from, asked, prefix: false, ...options };
}

/** The value is an object of the cluster, or a list of them, in Kubernetes' own words, as the API server would show it. */
export function shown(): Rule {
  return { kind: "shown" };
}
