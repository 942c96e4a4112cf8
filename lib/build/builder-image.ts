import { EcrRepository } from "@cdktf/provider-aws/lib/ecr-repository";
import { Construct } from "constructs";
import { BUILDER_PROJECT, BUILDER_REPOSITORY } from "../fleet/names";
import { BuildJob, type BuildJobProps } from "./build-job";
import { expireImages } from "./image-expiry";

export interface BuilderImageProps
  extends Pick<BuildJobProps, "account" | "buildspec" | "buckets" | "size" | "image" | "iamPropagationSeconds"> {
  /**
   * Minutes after which a build is ended. It compiles the tools of every build, so it takes longer than an app's.
   *
   * @default 60
   */
  readonly timeoutMinutes?: number;
}

/** Command that makes the builder images of an account's region. */
export function makeBuilderCommand(region: string): string {
  return `aws codebuild start-build --region ${region} --project-name ${BUILDER_PROJECT}`;
}

/**
 * The images in which all apps are built: an ECR repository whose tags never change, and the CodeBuild project that makes
 * what is in it. It is started by hand, after each change of what they are made from: see {@link makeBuilderCommand}.
 */
export class BuilderImage extends Construct {
  readonly images: EcrRepository;
  readonly job: BuildJob;

  constructor(scope: Construct, id: string, props: BuilderImageProps) {
    super(scope, id);
    this.images = new EcrRepository(this, "images", {
      name: BUILDER_REPOSITORY,
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      forceDelete: true, // what is in it can be made again
    });
    expireImages(this, "images-expiry", this.images, [{ days: 14, tagStatus: "untagged" }]);
    this.job = new BuildJob(this, "build", {
      ...props,
      timeoutMinutes: props.timeoutMinutes ?? 60,
      name: BUILDER_PROJECT,
      description: "Makes the images in which apps are built",
      push: [BUILDER_REPOSITORY],
    });
  }
}
