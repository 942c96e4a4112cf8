import { TerraformOutput } from "cdktf";
import type { Construct } from "constructs";
import type { PlatformSpec } from "../lib/fleet/fleet";
import { FleetGroup } from "../lib/platform/fleet-group";
import { MonthlyBudget } from "../lib/platform/monthly-budget";
import { StateBucket } from "../lib/platform/state-bucket";
import { FleetStack, MANAGED_BY } from "./fleet-stack";

/** What the apps share in AWS. It knows none of them, so that adding one does not touch it. */
export class Platform extends FleetStack {
  constructor(scope: Construct, id: string, platform: PlatformSpec) {
    super(scope, id, platform);
    const { state, budget, partition, region } = platform;
    this.useAws();

    new FleetGroup(this, "fleet", { name: "drover", tags: MANAGED_BY });
    if ("bucket" in state) new StateBucket(this, "state", { name: state.bucket, partition });
    if (budget) new MonthlyBudget(this, "budget", { name: "drover", ...budget });

    new TerraformOutput(this, "console", {
      value: `https://${region}.console.aws.amazon.com/resource-groups/group/drover?region=${region}`,
      description: "Everything that the fleet has in AWS",
    });
  }
}
