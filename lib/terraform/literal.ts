/**
 * Text that Terraform leaves as it is. Without it `${…}` and `%{…}` would be evaluated, and a shell's variable in a
 * command would be an invalid reference.
 *
 * Not for text that cdktf made: its references are written in the same way.
 *
 * @see https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
 */
export function literal(text: string): string {
  return text.replaceAll(/[$%](?=\{)/g, "$&$&");
}

/**
 * The same names with values that Terraform leaves as they are.
 *
 * @param before what is done to each value first
 */
export function literals<Texts extends Readonly<Record<string, string>>>(
  texts: Texts,
  before: (text: string) => string = (text) => text,
): { [Name in keyof Texts]: string } {
  const entries = Object.entries(texts).map(([name, text]) => [name, literal(before(text))]);
  return Object.fromEntries(entries);
}
