import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import type { Construct } from "constructs";
import { PrivateBucket, type PrivateBucketProps } from "./private-bucket";

export interface CompileCacheBucketProps extends PrivateBucketProps {
  /**
   * Days after which what was compiled is deleted.
   *
   * @default 30
   */
  readonly expiryDays?: number;
}

/** The bucket in which builds keep what sccache has compiled: closed as the states' is, and gone whenever it has to go. */
export class CompileCacheBucket extends PrivateBucket {
  constructor(scope: Construct, id: string, props: CompileCacheBucketProps) {
    super(scope, id, props, { forceDestroy: true });
    new S3BucketLifecycleConfiguration(this, "expiry", {
      bucket: this.bucket.id,
      rule: [
        {
          id: "compiled",
          status: "Enabled",
          filter: [{ prefix: "" }],
          expiration: [{ days: props.expiryDays ?? 30 }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
        },
      ],
    });
  }
}
