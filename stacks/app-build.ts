import { registryHost, roleArn } from "../lib/build/aws-account";
import type { BuildTrigger } from "../lib/build/build-project";
import { builderImages } from "../lib/build/rust/builder";
import type { RustBuildspecProps } from "../lib/build/rust/buildspec";
import { BUILDER_PROJECT, BUILDER_REPOSITORY, namesOf } from "../lib/fleet/names";
import { repositoryUrl } from "./conventions";
import type { AppStackProps } from "./fleet-stack";

/** How an app is built, wherever that is: by CodeBuild, by another pipeline, or on somebody's machine. */
export function appBuild(props: AppStackProps, trigger: BuildTrigger): RustBuildspecProps {
  const { build, database, environments, platform, repository, slug } = props;
  const names = namesOf(slug);
  const registry = registryHost(platform);
  return {
    trigger,
    slug,
    registry,
    images: names.imageRepository,
    cache: names.cacheRepository,
    region: platform.region,
    source: repositoryUrl(repository),
    builder: builderImages(`${registry}/${BUILDER_REPOSITORY}`, {
      rust: build.rust,
      renewed: platform.builder.renewed,
    }),
    builderProject: BUILDER_PROJECT,
    environmentStacks: environments.map(({ name }) => names.environmentStack(name)),
    pricePerMinute: build.pricePerMinute,
    dockerfile: build.dockerfile,
    context: build.context,
    gitCredentials: build.gitCredentials,
    attestations: build.attestations,
    sccacheRole: build.sccache ? roleArn(platform, names.compileCacheRole) : undefined,
    options: {
      package: build.package,
      libc: build.libc,
      packages: build.packages,
      libraries: build.libraries,
      files: build.files,
      network: build.network,
      database: database !== undefined,
      rustfmt: platform.rustfmt,
      clippy: platform.clippy,
      sccache:
        build.sccache && platform.sccache
          ? { bucket: platform.sccache.bucket, region: platform.region, prefix: slug }
          : undefined,
    },
  };
}
