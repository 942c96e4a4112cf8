import { EcrLifecyclePolicy } from "@cdktf/provider-aws/lib/ecr-lifecycle-policy";
import type { EcrRepository } from "@cdktf/provider-aws/lib/ecr-repository";
import type { Construct } from "constructs";

/** Which images of a repository are deleted, and when. */
export interface ImageExpiryRule {
  /** Days since the image was pushed. */
  readonly days: number;
  readonly tagStatus: "untagged" | "any";
}

/**
 * Deletes old images of a repository.
 *
 * @param rules in the order in which they are tried; ECR wants one for any image to be the last
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 */
export function expireImages(
  scope: Construct,
  id: string,
  repository: EcrRepository,
  rules: readonly ImageExpiryRule[],
): EcrLifecyclePolicy {
  const policy = {
    rules: rules.map(({ days, tagStatus }, index) => ({
      rulePriority: index + 1,
      description: `${tagStatus === "any" ? "everything" : "without a tag"}: ${days} days`,
      selection: { tagStatus, countType: "sinceImagePushed", countUnit: "days", countNumber: days },
      action: { type: "expire" },
    })),
  };
  return new EcrLifecyclePolicy(scope, id, { repository: repository.name, policy: JSON.stringify(policy) });
}
