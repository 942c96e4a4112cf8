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
    const to = `${this.resource.terraformResourceType}.${this.resource.friendlyUniqueId}`;
    return { import: [{ to, id: this.objectId }] };
  }
}
