import { StateBucket, type StateBucketProps } from "../../../lib/platform/state-bucket";
import { address, addresses, resource, synth } from "../../support/synth";

const make = (props: Partial<StateBucketProps> = {}) =>
  synth((stack) => new StateBucket(stack, "state", { name: "acme-terraform-state", ...props }));

describe("with only what is required", () => {
  const json = make();

  it("takes over the bucket, which holds its own state already", () => {
    expect(resource(json, "aws_s3_bucket").bucket).toBe("acme-terraform-state");
    expect(json.import).toEqual([{ to: address(json, "aws_s3_bucket"), id: "acme-terraform-state" }]);
  });

  it("never destroys it, full or empty", () => {
    const { lifecycle, force_destroy } = resource(json, "aws_s3_bucket");
    expect(lifecycle).toEqual({ prevent_destroy: true });
    expect(force_destroy).toBeFalsy();
  });

  it("keeps older versions, for 90 days", () => {
    expect(resource(json, "aws_s3_bucket_versioning").versioning_configuration).toEqual({ status: "Enabled" });
    expect(resource(json, "aws_s3_bucket_lifecycle_configuration").rule).toEqual([
      expect.objectContaining({ status: "Enabled", noncurrent_version_expiration: [{ noncurrent_days: 90 }] }),
    ]);
  });

  it("has no rule that could delete a current state", () => {
    for (const rule of resource(json, "aws_s3_bucket_lifecycle_configuration").rule) {
      expect(rule.expiration ?? []).toEqual([{ expired_object_delete_marker: true }]);
    }
  });

  it("versions before it expires", () => {
    expect(resource(json, "aws_s3_bucket_lifecycle_configuration").depends_on).toEqual([
      address(json, "aws_s3_bucket_versioning"),
    ]);
  });

  it("encrypts", () => {
    expect(resource(json, "aws_s3_bucket_server_side_encryption_configuration").rule).toEqual([
      { apply_server_side_encryption_by_default: { sse_algorithm: "AES256" } },
    ]);
  });

  it("is closed to the public", () => {
    expect(resource(json, "aws_s3_bucket_public_access_block")).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
  });

  it("is closed to plain HTTP, once it is closed to the public", () => {
    const { policy, depends_on } = resource(json, "aws_s3_bucket_policy");
    expect(JSON.parse(policy).Statement).toEqual([
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: ["arn:aws:s3:::acme-terraform-state", "arn:aws:s3:::acme-terraform-state/*"],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ]);
    expect(depends_on).toEqual([address(json, "aws_s3_bucket_public_access_block")]);
  });

  it("says all that of this bucket", () => {
    const bucket = `\${${address(json, "aws_s3_bucket")}.id}`;
    const others = addresses(json)
      .map((candidate) => candidate.split(".")[0] as string)
      .filter((type) => type !== "aws_s3_bucket");
    expect(others).toHaveLength(5);
    for (const type of others) expect(resource(json, type).bucket).toBe(bucket);
  });
});

it("partition", () => {
  const { policy } = resource(make({ partition: "aws-us-gov" }), "aws_s3_bucket_policy");
  expect(JSON.parse(policy).Statement[0].Resource[0]).toBe("arn:aws-us-gov:s3:::acme-terraform-state");
});

it("oldVersionDays", () => {
  const [rule] = resource(make({ oldVersionDays: 7 }), "aws_s3_bucket_lifecycle_configuration").rule;
  expect(rule.noncurrent_version_expiration).toEqual([{ noncurrent_days: 7 }]);
});
