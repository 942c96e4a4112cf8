import { TerraformOutput } from "cdktf";
import type { Construct } from "constructs";
import { registryHost } from "../lib/build/aws-account";
import { BuildProject, type BuildProjectProps, type BuildTrigger } from "../lib/build/build-project";
import { CompileCacheRole } from "../lib/build/compile-cache-role";
import { ImageRegistry } from "../lib/build/image-registry";
import { REPORT_GROUP, rustBuildspec } from "../lib/build/rust/buildspec";
import { BUILDER_REPOSITORY, buildRoleName, namesOf } from "../lib/fleet/names";
import { appBuild } from "./app-build";
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
    const { build, platform, repository, retiring, slug } = props;
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
      pull: [BUILDER_REPOSITORY],
      push: [names.imageRepository, names.cacheRepository],
      secrets: build.gitCredentials === undefined ? [] : [build.gitCredentials],
      roles: build.sccache ? [names.compileCacheRole] : [],
    });
    this.build("pull-request", {
      name: names.pullRequestProject,
      statusContext: CHECKS_CONTEXT,
      pull: [names.cacheRepository, BUILDER_REPOSITORY],
    });
    if (build.sccache && platform.sccache) {
      new CompileCacheRole(this, "compile-cache", {
        name: names.compileCacheRole,
        account: platform,
        bucket: platform.sccache.bucket,
        folder: slug,
        trusted: buildRoleName(names.mainProject),
      });
    }

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
    project: Pick<BuildProjectProps, "name" | "statusContext" | "pull" | "push" | "secrets" | "roles">,
  ): void {
    const { build, platform, repository } = this.props;
    new BuildProject(this, trigger, {
      ...project,
      trigger,
      account: platform,
      source: `${repositoryUrl(repository)}.git`,
      connectionArn: platform.connectionArn,
      size: build.size,
      iamPropagationSeconds: platform.iamPropagationSeconds,
      reports: [REPORT_GROUP],
      buildspec: rustBuildspec(appBuild(this.props, trigger)),
    });
  }
}
