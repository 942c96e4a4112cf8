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

/** Host of the account's ECR registry. */
export function registryHost({ accountId, region }: AwsAccount): string {
  return `${accountId}.dkr.ecr.${region}.amazonaws.com`;
}
