import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import type { Construct } from "constructs";
import { ImportBlock } from "../terraform/import-block";
import { PrivateBucket, type PrivateBucketProps } from "./private-bucket";

/** The bucket of the given name exists: its own state is kept in it. */
export interface StateBucketProps extends PrivateBucketProps {
  /**
   * Days for which an older version of a state is kept.
   *
   * @default 90
   */
  readonly oldVersionDays?: number;
}

/**
 * The bucket of Terraform's states: taken over by an import, then versioned, encrypted, closed to the public and to
 * plain HTTP, and never destroyed.
 */
export class StateBucket extends PrivateBucket {
  constructor(scope: Construct, id: string, props: StateBucketProps) {
    super(scope, id, props, { lifecycle: { preventDestroy: true } });
    new ImportBlock(this.bucket, "adopt", props.name);

    const versioning = new S3BucketVersioningA(this, "versioning", {
      bucket: this.bucket.id,
      versioningConfiguration: { status: "Enabled" },
    });
    new S3BucketLifecycleConfiguration(this, "expiry", {
      bucket: this.bucket.id,
      rule: [
        {
          id: "old-versions",
          status: "Enabled",
          filter: [{ prefix: "" }],
          noncurrentVersionExpiration: [{ noncurrentDays: props.oldVersionDays ?? 90 }],
          // Each lock leaves a marker that it was deleted.
          expiration: [{ expiredObjectDeleteMarker: true }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
        },
      ],
      dependsOn: [versioning],
    });
  }
}
