import { DumpBucket, type DumpBucketProps } from "../../../lib/platform/dump-bucket";
import { address, addresses, resource, synth } from "../../support/synth";

const make = (props: Partial<DumpBucketProps> = {}) =>
  synth((stack) => new DumpBucket(stack, "dumps", { name: "podcore-production-db", ...props }));
const expiry = (props?: Partial<DumpBucketProps>) =>
  resource(make(props), "aws_s3_bucket_lifecycle_configuration").rule[0];

describe("with only what is required", () => {
  const json = make();

  it("makes the bucket, and never destroys it", () => {
    expect(resource(json, "aws_s3_bucket")).toEqual({
      bucket: "podcore-production-db",
      force_destroy: false,
      lifecycle: { prevent_destroy: true },
    });
  });

  it("keeps what a newer dump has replaced for 30 days, and the newest for ever", () => {
    const bucket = `\${${address(json, "aws_s3_bucket")}.id}`;
    expect(resource(json, "aws_s3_bucket_versioning")).toMatchObject({
      bucket,
      versioning_configuration: { status: "Enabled" },
    });
    expect(resource(json, "aws_s3_bucket_lifecycle_configuration").bucket).toBe(bucket);
    expect(expiry()).toMatchObject({ status: "Enabled", noncurrent_version_expiration: [{ noncurrent_days: 30 }] });
    expect(expiry().expiration).toBeUndefined();
  });

  it("forgets what was begun and never ended", () => {
    expect(expiry().abort_incomplete_multipart_upload).toEqual([{ days_after_initiation: 1 }]);
  });

  it("is encrypted, and closed to the public and to plain HTTP", () => {
    expect(addresses(json).map((resource) => resource.split(".")[0])).toEqual([
      "aws_s3_bucket",
      "aws_s3_bucket_lifecycle_configuration",
      "aws_s3_bucket_policy",
      "aws_s3_bucket_public_access_block",
      "aws_s3_bucket_server_side_encryption_configuration",
      "aws_s3_bucket_versioning",
    ]);
    expect(resource(json, "aws_s3_bucket_policy").policy).toContain("TlsOnly");
  });
});

it("partition", () => {
  expect(resource(make({ partition: "aws-us-gov" }), "aws_s3_bucket_policy").policy).toContain("arn:aws-us-gov:s3:::");
});

it("retentionDays", () => {
  expect(expiry({ retentionDays: 90 }).noncurrent_version_expiration).toEqual([{ noncurrent_days: 90 }]);
});

it("preventDestroy: false lets it go with all dumps", () => {
  expect(resource(make({ preventDestroy: false }), "aws_s3_bucket")).toEqual({
    bucket: "podcore-production-db",
    force_destroy: true,
    lifecycle: { prevent_destroy: false },
  });
});
