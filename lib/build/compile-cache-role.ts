import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import type { AwsAccount } from "./aws-account";
import { compileCachePolicy, partialTrust } from "./build-policy";

export interface CompileCacheRoleProps {
  /** Name of the IAM role: 1 to 64 letters, digits and characters of "+=,.@_-". */
  readonly name: string;
  readonly account: AwsAccount;
  /** S3 bucket of the cache. */
  readonly bucket: string;
  /** Folder of the bucket that is the app's own, without a slash at its end. */
  readonly folder: string;
  /** Name of the IAM role whose builds may take on this one. */
  readonly trusted: string;
}

/**
 * What the compiler of a build holds in its hands: compiling runs foreign code, which finds these credentials, so they
 * are good for the app's own part of the compile cache and for nothing else that the build may do.
 */
export class CompileCacheRole extends Construct {
  readonly role: IamRole;

  constructor(scope: Construct, id: string, { name, account, bucket, folder, trusted }: CompileCacheRoleProps) {
    super(scope, id);
    this.role = new IamRole(this, "role", {
      name,
      description: `Compile cache of ${folder}`,
      assumeRolePolicy: JSON.stringify(partialTrust(account, trusted)),
    });
    new IamRolePolicy(this, "policy", {
      name: "compile-cache",
      role: this.role.name,
      policy: JSON.stringify(compileCachePolicy(account, bucket, folder)),
    });
  }
}
