import { AnnotationMetadataEntryType, TerraformOutput } from "cdktf";
import type { Construct } from "constructs";
import { registryHost } from "../lib/build/aws-account";
import { BuilderImage, makeBuilderCommand } from "../lib/build/builder-image";
import { recipeBuildspec, recipeFiles } from "../lib/build/image-recipe";
import { databaseRecipe } from "../lib/build/postgres/database-image";
import { builderRecipe } from "../lib/build/rust/builder";
import type { PlatformSpec } from "../lib/fleet/fleet";
import { BUILDER_REPOSITORY, builderBucketName } from "../lib/fleet/names";
import { PROVIDER_LOCK_COMMAND, PROVIDER_LOCK_FILE } from "../lib/fleet/provider-lock";
import { BuilderFiles } from "../lib/platform/builder-files";
import { CompileCacheBucket } from "../lib/platform/compile-cache-bucket";
import { FleetGroup } from "../lib/platform/fleet-group";
import { MonthlyBudget } from "../lib/platform/monthly-budget";
import { StateBucket } from "../lib/platform/state-bucket";
import { FleetStack, MANAGED_BY } from "./fleet-stack";

const WITHOUT_LOCK = `there is no ${PROVIDER_LOCK_FILE}: Terraform downloads the providers again for each stack and accepts any package; \`${PROVIDER_LOCK_COMMAND}\` writes one`;

/** What the apps share in AWS. It knows none of them, so that adding one does not touch it. */
export class Platform extends FleetStack {
  constructor(scope: Construct, id: string, platform: PlatformSpec) {
    super(scope, id, platform);
    const { state, budget, builder, buildSize, iamPropagationSeconds, partition, postgres, region, sccache } = platform;
    const { renewed } = builder;
    const recipes = [
      ...builder.rust.map((rust) => builderRecipe({ rust, renewed })),
      databaseRecipe({ postgres, renewed }),
    ];
    this.useAws();
    // cdktf and `drover synth` print it: once, as there is one platform.
    if (!platform.providers.aws.locked) this.node.addMetadata(AnnotationMetadataEntryType.INFO, WITHOUT_LOCK);

    new FleetGroup(this, "fleet", { name: "drover", tags: MANAGED_BY });
    if ("bucket" in state) new StateBucket(this, "state", { name: state.bucket, partition });
    if (sccache) new CompileCacheBucket(this, "compile-cache", { name: sccache.bucket, partition });
    const files = builderBucketName(platform);
    new BuilderFiles(this, "builder-files", { name: files, partition, files: recipeFiles(recipes) });
    new BuilderImage(this, "builder", {
      account: platform,
      buckets: [files],
      size: buildSize,
      iamPropagationSeconds,
      buildspec: recipeBuildspec({
        registry: registryHost(platform),
        repository: BUILDER_REPOSITORY,
        bucket: files,
        region,
        recipes,
      }),
    });
    if (budget) new MonthlyBudget(this, "budget", { name: "drover", ...budget });

    new TerraformOutput(this, "console", {
      value: `https://${region}.console.aws.amazon.com/resource-groups/group/drover?region=${region}`,
      description: "Everything that the fleet has in AWS",
    });
    new TerraformOutput(this, "builder-command", {
      value: makeBuilderCommand(region),
      description: "Command that makes the images in which apps are built, and that of databases",
    });
  }
}
