import type { Construct } from "constructs";
import { literal } from "./literal";
import { TerraformData } from "./terraform-data";

export interface KeptValueProps {
  /** The value, which the state keeps from the first apply on. */
  readonly value: string;
  /**
   * What is said to somebody who wants another one, and how to have it all the same.
   *
   * @param kept stands for the value that is kept
   * @param address what Terraform's `-replace` takes to keep the new value from then on
   */
  readonly refusal: (kept: string, address: string) => string;
}

/**
 * Something that is decided once: a plan with another value is refused. It is Terraform's own `terraform_data`, so it
 * needs no provider.
 */
export class KeptValue extends TerraformData {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: KeptValueProps,
  ) {
    super(scope, id);
    this.lifecycle = {
      ignoreChanges: ["input"],
      postcondition: [
        {
          condition: `\${self.output == "${literal(props.value)}"}`,
          errorMessage: props.refusal("${self.output}", `terraform_data.${this.friendlyUniqueId}`),
        },
      ],
    };
  }

  protected override get input(): string {
    return this.props.value;
  }
}
