import { SandboxError } from "../error";
import { valuesAt } from "../provider/values";
import type { Cloud } from "./cloud";
import type { Types } from "./types";

/**
 * Puts something into an object that may hold it by the table of rules, such as an image into a repository.
 *
 * @param child what is put in, for example `image`
 * @param parent the name of the object that is to hold it
 * @throws when there is no such object, or when it is sealed and holds something of this tag
 */
export function pushInto(
  cloud: Cloud,
  types: Types,
  child: string,
  parent: string,
  { tag, digest }: { tag: string; digest: string },
): void {
  const holders = cloud.types().filter((type) =>
    types
      .rules("resource", type)
      .kind("holds")
      .some(({ rule }) => rule.child === child),
  );
  const holder = holders.flatMap((type) => cloud.objects(type)).find(({ value }) => value.name === parent);
  if (holder === undefined) {
    const known = holders.flatMap((type) => cloud.objects(type).map(({ value }) => String(value.name)));
    const which = known.length > 0 ? `there are ${known.join(", ")}` : "`npm start` makes the first";
    throw new SandboxError(`the sandbox has no repository ${parent}: ${which}`);
  }

  const id = `${parent}:${tag}`;
  const seal = types
    .rules("resource", holder.type)
    .kind("sealed")
    .find(({ path, rule }) => valuesAt(holder.value, path).some((value) => rule.values.includes(String(value))));
  if (seal !== undefined && cloud.find(child, holder.scope, id) !== undefined) {
    throw new SandboxError(`${holder.type} ${parent}, tag ${tag}: ${seal.message} (${seal.source})`);
  }
  const value = { parent_type: holder.type, parent: holder.id, tag, digest };
  cloud.set({ type: child, id, scope: holder.scope, value });
}
