import { S3Bucket, type S3BucketConfig } from "@cdktf/provider-aws/lib/s3-bucket";
import {
  S3BucketLifecycleConfiguration,
  type S3BucketLifecycleConfigurationRule,
} from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Construct } from "constructs";

export interface PrivateBucketProps {
  /** Name of the bucket: unique in all of AWS. */
  readonly name: string;
  /**
   * First part of the bucket's ARN.
   *
   * @default "aws"
   */
  readonly partition?: string;
}

/** What becomes of a bucket's objects when they are old, and the name of that. */
export type Expiry = Pick<S3BucketLifecycleConfigurationRule, "id" | "expiration" | "noncurrentVersionExpiration">;

/** An S3 bucket that is encrypted, and closed to the public and to plain HTTP. */
export class PrivateBucket extends Construct {
  readonly bucket: S3Bucket;

  /** @param settings what the bucket has beyond its name */
  constructor(scope: Construct, id: string, { name, partition = "aws" }: PrivateBucketProps, settings: S3BucketConfig) {
    super(scope, id);
    this.bucket = new S3Bucket(this, "bucket", { ...settings, bucket: name });
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket: this.bucket.id,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    });
    const closed = new S3BucketPublicAccessBlock(this, "public-access", {
      bucket: this.bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketPolicy(this, "policy", {
      bucket: this.bucket.id,
      policy: JSON.stringify(tlsOnly(`arn:${partition}:s3:::${name}`)),
      dependsOn: [closed], // S3 refuses two changes of a bucket's access at once
    });
  }

  /** Lets objects expire, and what is left of uploads that were given up. */
  protected expire(expiry: Expiry, dependsOn: S3BucketVersioningA[] = []): void {
    new S3BucketLifecycleConfiguration(this, "expiry", {
      bucket: this.bucket.id,
      rule: [
        {
          ...expiry,
          status: "Enabled",
          filter: [{ prefix: "" }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
        },
      ],
      dependsOn,
    });
  }

  /** Keeps what objects were before they were written anew, until that expires. */
  protected keepVersions(expiry: Expiry): void {
    const versioning = new S3BucketVersioningA(this, "versioning", {
      bucket: this.bucket.id,
      versioningConfiguration: { status: "Enabled" },
    });
    this.expire(expiry, [versioning]);
  }
}

function tlsOnly(bucketArn: string): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucketArn, `${bucketArn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  };
}
