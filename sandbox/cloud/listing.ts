import { type Value, type ValueObject, valuesAt } from "../provider/values";
import type { Collection } from "../schema/schema";
import type { Cloud, CloudObject } from "./cloud";
import type { Computation } from "./compute";
import type { AnswerRule } from "./rule";

type Listed = Extract<AnswerRule, { kind: "listed" }>;

/**
 * What a data source lists: an element for each object that it asks for. What is asked for and not there is made up,
 * because nobody can make it in the sandbox by other means than Terraform.
 */
export function list(
  cloud: Cloud,
  computation: Computation,
  rule: Listed,
  type: Collection,
  config: ValueObject,
): Value[] {
  const elements = valuesAt(config, rule.asked.split(".")).flatMap((asked): Value[] => {
    const found = objectsOf(cloud, rule, String(asked));
    if (found.length === 0) return [computation.element(type, rule.otherwise, { asked })];
    return found.map(({ value }) => computation.element(type, rule.gives, value));
  });
  return [...new Map(elements.map((element) => [JSON.stringify(element), element] as const)).values()];
}

function objectsOf(cloud: Cloud, { from, by, prefix, through }: Listed, asked: string): CloudObject[] {
  const wanted = [asked, ...(through === undefined ? [] : otherNames(cloud, through, asked))];
  return cloud
    .objects(from)
    .filter(({ value }) =>
      valuesAt(value, by.split(".")).some((found) =>
        wanted.some((one) => (prefix ? String(found).startsWith(one) : found === one)),
      ),
    );
}

/** All that an object is known by, for example a secret's name and its ARN. */
function otherNames(cloud: Cloud, { to, by }: NonNullable<Listed["through"]>, name: string): string[] {
  return to
    .flatMap((type) => cloud.objects(type))
    .map(({ value }) => by.flatMap((argument) => valuesAt(value, [argument])).map(String))
    .filter((names) => names.includes(name))
    .flat();
}
