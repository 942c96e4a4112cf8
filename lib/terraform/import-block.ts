import { TerraformElement, type TerraformResource } from "cdktf";

/**
 * Takes over an object that exists: an `import` block. Unlike a resource's own `importFrom`, it does not start Terraform
 * to ask for its version, which takes longer than a whole synthesis and fails where Terraform is not installed.
 */
export class ImportBlock extends TerraformElement {
  /**
   * @param resource what the object becomes
   * @param objectId id by which the provider knows the object
   */
  constructor(
    private readonly resource: TerraformResource,
    id: string,
    private readonly objectId: string,
  ) {
    super(resource, id);
  }

  override toTerraform(): object {
    return { import: [{ to: this.address, id: this.objectId }] };
  }

  /** For `cdktf synth --hcl`. */
  override toHclTerraform(): object {
    const simple = (value: string, storageClassType: "reference" | "string") => ({
      value,
      type: "simple",
      storageClassType,
    });
    return { import: [{ to: simple(this.address, "reference"), id: simple(this.objectId, "string") }] };
  }

  private get address(): string {
    return `${this.resource.terraformResourceType}.${this.resource.friendlyUniqueId}`;
  }
}
