import { EcrRepository } from "@cdktf/provider-aws/lib/ecr-repository";
import { Construct } from "constructs";
import { expireImages } from "./image-expiry";

export interface ImageRegistryProps {
  /**
   * ECR repository of the images: 2 to 256 lower-case letters, digits, hyphens, underscores, dots and slashes.
   *
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
   */
  readonly name: string;
  /** ECR repository of the build's cache; names as above. */
  readonly cacheName: string;
  /**
   * Days after which an image without a tag is deleted. An image with a tag never is: a release may need it.
   *
   * @default 14
   */
  readonly untaggedDays?: number;
  /**
   * Days after which a cache that no build has written anew is deleted.
   *
   * @default 30
   */
  readonly cacheDays?: number;
  /**
   * Refuse every plan that would destroy the images.
   *
   * Without it, they are destroyed together with their repository.
   *
   * @default true
   */
  readonly preventDestroy?: boolean;
}

/**
 * Where an app's images are kept: one ECR repository whose tags never change, scanned on push, and a second one for the
 * build's cache, which does change. Kept apart, no rule for the cache can ever delete a release.
 */
export class ImageRegistry extends Construct {
  readonly images: EcrRepository;
  readonly cache: EcrRepository;

  constructor(scope: Construct, id: string, props: ImageRegistryProps) {
    super(scope, id);
    const { untaggedDays = 14, cacheDays = 30, preventDestroy = true } = props;

    this.images = new EcrRepository(this, "images", {
      name: props.name,
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      forceDelete: !preventDestroy,
      lifecycle: { preventDestroy },
    });
    expireImages(this, "images-expiry", this.images, [{ days: untaggedDays, tagStatus: "untagged" }]);

    this.cache = new EcrRepository(this, "cache", {
      name: props.cacheName,
      imageTagMutability: "MUTABLE",
      imageScanningConfiguration: { scanOnPush: false },
      forceDelete: true, // a cache is made again by the next build
    });
    expireImages(this, "cache-expiry", this.cache, [
      { days: 1, tagStatus: "untagged" },
      { days: cacheDays, tagStatus: "any" },
    ]);
  }
}
