import type { Block } from "../schema/schema";
import { UNKNOWN, type Value, type ValueObject } from "./values";

/** One step to a value: the name of an attribute or a block, or a position in a list or a map. */
export type Step = string | number;

/** A value and where it stands. */
export interface Located {
  readonly value: Value;
  readonly steps: readonly Step[];
}

/**
 * All values at a path of names within a block, with the way to each. Lists are looked through. The elements of a set
 * have no address: the way ends at the set.
 */
export function locate(block: Block, value: ValueObject | null, path: readonly string[]): Located[] {
  return descend(block, value, path, []);
}

function descend(
  block: Block,
  value: ValueObject | null,
  [name, ...rest]: readonly string[],
  steps: readonly Step[],
): Located[] {
  if (name === undefined || value === null) return [];
  const found = value[name] ?? null;
  const here = [...steps, name];
  const nested = block.blocks[name];
  if (nested === undefined || found === UNKNOWN) return [{ value: found, steps: here }];

  const inSet = nested.nesting === "set";
  const inner = (element: Value, step: Step | undefined): Located[] => {
    const there = step === undefined ? here : [...here, step];
    if (rest.length === 0 || element === UNKNOWN) return [{ value: element, steps: there }];
    const located = descend(nested.block, element as ValueObject | null, rest, there);
    return inSet ? located.map((one) => ({ ...one, steps: here })) : located;
  };
  if (Array.isArray(found)) return found.flatMap((element, index) => inner(element, inSet ? undefined : index));
  if (nested.nesting === "map") {
    return Object.entries((found ?? {}) as ValueObject).flatMap(([key, element]) => inner(element, key));
  }
  return found === null ? [] : inner(found, undefined);
}

/** A path as the protocol carries it; a position in a map looks like a name, so the block decides. */
export function wirePath(block: Block, steps: readonly Step[]): { steps: object[] } {
  let current: Block | undefined = block;
  let inMap = false;
  const wire = steps.map((step) => {
    if (typeof step === "number") return { element_key_int: step };
    if (inMap) {
      inMap = false;
      return { element_key_string: step };
    }
    const nested: Block["blocks"][string] | undefined = current?.blocks[step];
    inMap = nested?.nesting === "map";
    current = nested?.block;
    return { attribute_name: step };
  });
  return { steps: wire };
}
