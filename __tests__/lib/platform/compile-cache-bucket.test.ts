import { CompileCacheBucket, type CompileCacheBucketProps } from "../../../lib/platform/compile-cache-bucket";
import { address, addresses, resource, synth } from "../../support/synth";

const make = (props: Partial<CompileCacheBucketProps> = {}) =>
  synth((stack) => new CompileCacheBucket(stack, "compile-cache", { name: "acme-sccache", ...props }));

describe("with only what is required", () => {
  const json = make();

  it("makes the bucket, and lets it go with all that is in it", () => {
    expect(resource(json, "aws_s3_bucket")).toEqual({ bucket: "acme-sccache", force_destroy: true });
    expect(json.import).toBeUndefined();
  });

  it("deletes what is in it after 30 days", () => {
    const { bucket, rule } = resource(json, "aws_s3_bucket_lifecycle_configuration");
    expect(bucket).toBe(`\${${address(json, "aws_s3_bucket")}.id}`);
    expect(rule).toEqual([expect.objectContaining({ status: "Enabled", expiration: [{ days: 30 }] })]);
  });

  it("is encrypted, and closed to the public and to plain HTTP", () => {
    expect(addresses(json).map((resource) => resource.split(".")[0])).toEqual([
      "aws_s3_bucket",
      "aws_s3_bucket_lifecycle_configuration",
      "aws_s3_bucket_policy",
      "aws_s3_bucket_public_access_block",
      "aws_s3_bucket_server_side_encryption_configuration",
    ]);
    expect(resource(json, "aws_s3_bucket_policy").policy).toContain("arn:aws:s3:::acme-sccache/*");
  });
});

it("partition", () => {
  expect(resource(make({ partition: "aws-us-gov" }), "aws_s3_bucket_policy").policy).toContain("arn:aws-us-gov:s3:::");
});

it("expiryDays", () => {
  expect(resource(make({ expiryDays: 7 }), "aws_s3_bucket_lifecycle_configuration").rule[0].expiration).toEqual([
    { days: 7 },
  ]);
});
