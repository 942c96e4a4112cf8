import { type ITerraformDependable, TerraformResource } from "cdktf";
import type { Construct } from "constructs";

export interface DelayProps {
  /** What is waited for. */
  readonly after: ITerraformDependable;
  /** Seconds from then on. */
  readonly seconds: number;
  /** The delay is repeated when this text changes. */
  readonly trigger: string;
}

/**
 * Some seconds between two resources, for a service that is slow to spread what it was told. It is Terraform's own
 * `terraform_data`, so it needs no provider; made without cdktf's class for it, which starts Terraform at every synthesis
 * to ask for its version.
 */
export class Delay extends TerraformResource {
  constructor(
    scope: Construct,
    id: string,
    private readonly delay: DelayProps,
  ) {
    super(scope, id, {
      terraformResourceType: "terraform_data",
      terraformGeneratorMetadata: { providerName: "terraform" },
      dependsOn: [delay.after],
      provisioners: [{ type: "local-exec", command: `sleep ${delay.seconds}` }],
    });
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { triggers_replace: [this.delay.trigger] };
  }

  /** For `cdktf synth --hcl`. */
  protected override synthesizeHclAttributes(): Record<string, unknown> {
    return {
      triggers_replace: {
        value: [this.delay.trigger],
        isBlock: false,
        type: "list",
        storageClassType: "stringList",
      },
    };
  }
}
