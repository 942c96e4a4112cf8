import { createHash } from "node:crypto";
import {
  DefaultTokenResolver,
  type ITerraformDependable,
  StringConcat,
  type TerraformResource,
  Token,
  Tokenization,
} from "cdktf";
import type { Construct } from "constructs";
import { TerraformData } from "./terraform-data";

export interface ResourceHashProps {
  /** The resource. It may refer to what depends on its hash, so it may be made later. */
  readonly of: () => TerraformResource;
  /** Arguments that are hashed, as Terraform names them. */
  readonly arguments: readonly string[];
  /**
   * Values inside these arguments. The hash sees the text of an expression only; such a value that is an expression is
   * kept beside the hash.
   *
   * @default [] no argument holds an expression whose value changes
   */
  readonly values?: readonly string[];
  /**
   * What is applied before.
   *
   * @default []
   */
  readonly after?: readonly ITerraformDependable[];
}

/**
 * The hash of one resource's arguments, kept in a `terraform_data`.
 *
 * Terraform reads a data source in the plan, unless something that it depends on is about to change; then it reads it in
 * the apply. A data source that depends on this hash is read in the apply whenever the resource's configuration changes.
 */
export class ResourceHash extends TerraformData {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: ResourceHashProps,
  ) {
    super(scope, id, props.after ?? []);
  }

  /** The hash, then the values that only Terraform knows. */
  protected override get input(): string {
    return [`sha256:${this.hash()}`, ...(this.props.values ?? []).filter((value) => Token.isUnresolved(value))].join(
      " ",
    );
  }

  private hash(): string {
    const resource = this.props.of();
    const { [resource.friendlyUniqueId]: body } = this.resolve(resource.toTerraform()).resource[
      resource.terraformResourceType
    ];
    const hashed = this.props.arguments.map((name) => body[name]);
    return createHash("sha256").update(JSON.stringify(hashed)).digest("hex");
  }

  /** Tokens have numbers that depend on what else is synthesized; the text of the reference does not. */
  private resolve(json: object) {
    const resolver = new DefaultTokenResolver(new StringConcat());
    return Tokenization.resolve(json, { scope: this, resolver, preparing: false });
  }
}
