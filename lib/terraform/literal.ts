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
