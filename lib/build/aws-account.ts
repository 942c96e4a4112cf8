/** An AWS account in one region. Every ARN is a literal made from it, so that no stack needs another to be planned. */
export interface AwsAccount {
  /** Twelve digits. */
  readonly accountId: string;
  /** Such as "eu-central-1". */
  readonly region: string;
  /**
   * First part of every ARN.
   *
   * @default "aws"
   */
  readonly partition?: string;
}

/** The ARN of something in an account's region. */
export function arn(account: AwsAccount, service: string, resource: string): string {
  return `arn:${account.partition ?? "aws"}:${service}:${account.region}:${account.accountId}:${resource}`;
}

/** The ARN of an IAM role; roles are in no region. */
export function roleArn({ accountId, partition = "aws" }: AwsAccount, name: string): string {
  return `arn:${partition}:iam::${accountId}:role/${name}`;
}

/** The ARN of an S3 bucket, whose name is unique in all of AWS. */
export function bucketArn({ partition = "aws" }: AwsAccount, name: string): string {
  return `arn:${partition}:s3:::${name}`;
}

/** Host of the account's ECR registry. */
export function registryHost({ accountId, region }: AwsAccount): string {
  return `${accountId}.dkr.ecr.${region}.amazonaws.com`;
}
