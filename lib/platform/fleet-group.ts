import { ResourcegroupsGroup } from "@cdktf/provider-aws/lib/resourcegroups-group";
import { Construct } from "constructs";

export interface FleetGroupProps {
  /** Name of the group: unique in the account's region. */
  readonly name: string;
  /** Tags that everything in the group has. */
  readonly tags: Readonly<Record<string, string>>;
}

/** All that has the fleet's tags in AWS, on one page of the console. */
export class FleetGroup extends Construct {
  readonly group: ResourcegroupsGroup;

  constructor(scope: Construct, id: string, { name, tags }: FleetGroupProps) {
    super(scope, id);
    this.group = new ResourcegroupsGroup(this, "group", {
      name,
      description: "Everything that Drover made in this region",
      resourceQuery: {
        query: JSON.stringify({
          ResourceTypeFilters: ["AWS::AllSupported"],
          TagFilters: Object.entries(tags).map(([Key, value]) => ({ Key, Values: [value] })),
        }),
      },
    });
  }
}
