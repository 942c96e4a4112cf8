import { TerraformOutput } from "cdktf";
import type { Construct } from "constructs";
import { registryHost } from "../lib/build/aws-account";
import { BuildProject, type BuildTrigger } from "../lib/build/build-project";
import { ImageRegistry } from "../lib/build/image-registry";
import { rustBuildspec } from "../lib/build/rust/buildspec";
import { namesOf } from "../lib/fleet/names";
import { CHECKS_CONTEXT, IMAGE_CONTEXT, repositoryUrl } from "./conventions";
import { type AppStackProps, FleetStack } from "./fleet-stack";

/** What turns an app's commits into images: registry, builds, webhooks. */
export class PipelineStack extends FleetStack {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: AppStackProps,
  ) {
    super(scope, id, props.platform);
    const { platform, repository, retiring, slug } = props;
    const names = namesOf(slug);
    this.useAws({ app: slug, repository: `${repository.owner}/${repository.name}` });

    new ImageRegistry(this, "registry", {
      name: names.imageRepository,
      cacheName: names.cacheRepository,
      preventDestroy: !retiring,
    });
    this.build("main", {
      name: names.mainProject,
      statusContext: IMAGE_CONTEXT,
      push: [names.imageRepository, names.cacheRepository],
    });
    this.build("pull-request", {
      name: names.pullRequestProject,
      statusContext: CHECKS_CONTEXT,
      pull: [names.cacheRepository],
    });

    new TerraformOutput(this, "images", {
      value: `${registryHost(platform)}/${names.imageRepository}`,
      description: "Where images are pushed",
    });
    new TerraformOutput(this, "builds", {
      value: `https://${platform.region}.console.aws.amazon.com/codesuite/codebuild/${platform.accountId}/projects/${names.mainProject}/history`,
      description: "What was built",
    });
  }

  private build(
    trigger: BuildTrigger,
    project: { name: string; statusContext: string; push?: string[]; pull?: string[] },
  ): void {
    const { build, platform, repository, slug } = this.props;
    const names = namesOf(slug);
    new BuildProject(this, trigger, {
      ...project,
      trigger,
      account: platform,
      source: `${repositoryUrl(repository)}.git`,
      connectionArn: platform.connectionArn,
      size: build.size,
      iamPropagationSeconds: platform.iamPropagationSeconds,
      buildspec: rustBuildspec({
        trigger,
        registry: registryHost(platform),
        images: names.imageRepository,
        cache: names.cacheRepository,
        region: platform.region,
        pricePerMinute: build.pricePerMinute,
      }),
    });
  }
}
