import { arn, bucketArn, registryHost, roleArn } from "../../../lib/build/aws-account";

const account = { accountId: "111122223333", region: "eu-central-1" };

it("makes ARNs of the account's region", () => {
  expect(arn(account, "ecr", "repository/podcore")).toBe("arn:aws:ecr:eu-central-1:111122223333:repository/podcore");
});

it("makes ARNs of another partition", () => {
  const gov = { ...account, region: "us-gov-west-1", partition: "aws-us-gov" };
  expect(arn(gov, "ecr", "repository/podcore")).toBe(
    "arn:aws-us-gov:ecr:us-gov-west-1:111122223333:repository/podcore",
  );
});

it("makes ARNs of what is in no region", () => {
  const gov = { ...account, partition: "aws-us-gov" };
  expect(roleArn(account, "podcore")).toBe("arn:aws:iam::111122223333:role/podcore");
  expect(roleArn(gov, "podcore")).toBe("arn:aws-us-gov:iam::111122223333:role/podcore");
  expect(bucketArn(account, "acme-sccache")).toBe("arn:aws:s3:::acme-sccache");
  expect(bucketArn(gov, "acme-sccache")).toBe("arn:aws-us-gov:s3:::acme-sccache");
});

it.each([
  ["aws", "eu-central-1", "111122223333.dkr.ecr.eu-central-1.amazonaws.com"],
  ["aws-us-gov", "us-gov-west-1", "111122223333.dkr.ecr.us-gov-west-1.amazonaws.com"],
])("knows the registry of the partition %s", (partition, region, host) => {
  expect(registryHost({ accountId: "111122223333", region, partition })).toBe(host);
});

it("takes the partition aws where none is named", () => {
  expect(registryHost(account)).toBe("111122223333.dkr.ecr.eu-central-1.amazonaws.com");
});
