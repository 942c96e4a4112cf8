import { DefaultTokenResolver, StringConcat, TerraformElement, Tokenization } from "cdktf";
import type { Construct } from "constructs";

/** Arguments of an ephemeral resource; a text may hold expressions, `${…}`. */
export type EphemeralArguments = Readonly<Record<string, string | number | boolean>>;

/**
 * Something that is read anew at each plan and apply, and stands in no file: an `ephemeral` block, for which cdktf has no
 * class. What it gives may be used in write-only arguments only.
 *
 * @see https://developer.hashicorp.com/terraform/language/block/ephemeral
 */
export class Ephemeral extends TerraformElement {
  /** What an expression begins with that means it. */
  readonly address: string;

  /** @param type such as "aws_secretsmanager_secret_version" */
  constructor(
    scope: Construct,
    id: string,
    private readonly type: string,
    private readonly given: EphemeralArguments,
  ) {
    super(scope, id);
    this.address = `ephemeral.${type}.${this.friendlyUniqueId}`;
  }

  override toTerraform(): object {
    return { ephemeral: { [this.type]: { [this.friendlyUniqueId]: this.given } } };
  }

  /** The block for `cdktf synth --hcl`, which knows no such blocks. */
  toHcl(): string {
    const resolver = new DefaultTokenResolver(new StringConcat());
    const given: EphemeralArguments = Tokenization.resolve(this.given, { scope: this, resolver, preparing: false });
    const lines = Object.entries(given).map(([name, value]) => `  ${name} = ${toHclValue(value)}`);
    return [`ephemeral "${this.type}" "${this.friendlyUniqueId}" {`, ...lines, "}"].join("\n");
  }
}

/** Quotes inside of an expression are part of it. */
function toHclValue(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  return value.includes("${") ? `"${value}"` : JSON.stringify(value);
}
