import { valuesAt } from "../provider/values";
import { childrenOf } from "./checks";
import type { Cloud, CloudObject } from "./cloud";
import type { Types } from "./types";

/**
 * Removes an object, and all that ends with it: what it holds, and what names it by a rule that says so, such as the
 * objects in a namespace.
 *
 * @returns what was removed, the object itself first
 */
export function remove(cloud: Cloud, types: Types, object: CloudObject): CloudObject[] {
  const held = types.rules("resource", object.type).kind("holds");
  const children = held.flatMap(({ rule }) => childrenOf(cloud, rule.child, object));
  const dependents = dependentsOf(cloud, types, object);
  cloud.remove(object);
  for (const child of children) cloud.remove(child);
  return [object, ...children, ...dependents.flatMap((dependent) => remove(cloud, types, dependent))];
}

function dependentsOf(cloud: Cloud, types: Types, object: CloudObject): CloudObject[] {
  return cloud.types().flatMap((type) => {
    const references = types
      .rules("resource", type)
      .kind("reference")
      .filter(({ rule }) => rule.ends && rule.to.includes(object.type));
    return references.flatMap(({ path, rule }) => {
      const names = rule.by.flatMap((argument) => valuesAt(object.value, argument.split(".")));
      return names.flatMap((name) => cloud.having(type, path, name));
    });
  });
}
