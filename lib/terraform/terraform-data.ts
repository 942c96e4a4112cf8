import { type ITerraformDependable, TerraformResource } from "cdktf";
import type { Construct } from "constructs";

/**
 * Terraform's own `terraform_data` with an input, which needs no provider. It is made without cdktf's class for it, which
 * starts Terraform at every synthesis to ask for its version.
 */
export abstract class TerraformData extends TerraformResource {
  constructor(scope: Construct, id: string, dependsOn?: readonly ITerraformDependable[]) {
    super(scope, id, {
      terraformResourceType: "terraform_data",
      terraformGeneratorMetadata: { providerName: "terraform" },
      dependsOn: dependsOn && [...dependsOn],
    });
  }

  /** The text that the state keeps. */
  protected abstract get input(): string;

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { input: this.input };
  }

  /** For `cdktf synth --hcl`. */
  protected override synthesizeHclAttributes(): Record<string, unknown> {
    return { input: { value: this.input, isBlock: false, type: "simple", storageClassType: "string" } };
  }
}
