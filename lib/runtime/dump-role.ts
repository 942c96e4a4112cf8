import { EksPodIdentityAssociation } from "@cdktf/provider-aws/lib/eks-pod-identity-association";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";

export interface DumpRoleProps {
  /** Name of the IAM role: 1 to 64 letters, digits and characters of "+=,.@_-". */
  readonly name: string;
  /** Name of the S3 bucket of the dumps. */
  readonly bucket: string;
  /** ARN of the EKS cluster. */
  readonly clusterArn: string;
  /** Name of the Namespace of the pods that dump and restore. */
  readonly namespace: string;
  /** Name of their ServiceAccount. */
  readonly serviceAccount: string;
}

/**
 * What pods that dump and restore a database may do in AWS: add to its dumps and read them. They get the role by EKS Pod
 * Identity, and nobody else does.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
 */
export class DumpRole extends Construct {
  readonly role: IamRole;
  readonly association: EksPodIdentityAssociation;

  constructor(scope: Construct, id: string, props: DumpRoleProps) {
    super(scope, id);
    const { name, bucket, clusterArn, namespace, serviceAccount } = props;
    const [, partition = "aws"] = clusterArn.split(":");
    this.role = new IamRole(this, "role", {
      name,
      description: `Dumps in ${bucket}`,
      assumeRolePolicy: JSON.stringify(podTrust(props)),
    });
    const policy = new IamRolePolicy(this, "policy", {
      name: "dumps",
      role: this.role.name,
      policy: JSON.stringify(dumpPolicy(`arn:${partition}:s3:::${bucket}`)),
    });
    this.association = new EksPodIdentityAssociation(this, "association", {
      clusterName: clusterArn.split("/").at(-1) ?? "",
      namespace,
      serviceAccount,
      roleArn: this.role.arn,
      dependsOn: [policy],
    });
  }
}

/** @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html */
function podTrust({ clusterArn, namespace, serviceAccount }: DumpRoleProps): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "pods.eks.amazonaws.com" },
        Action: ["sts:AssumeRole", "sts:TagSession"],
        Condition: {
          StringEquals: {
            "aws:RequestTag/eks-cluster-arn": clusterArn,
            "aws:RequestTag/kubernetes-namespace": namespace,
            "aws:RequestTag/kubernetes-service-account": serviceAccount,
          },
        },
      },
    ],
  };
}

function dumpPolicy(bucketArn: string): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "AddAndRead",
        Effect: "Allow",
        Action: ["s3:AbortMultipartUpload", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
        Resource: [`${bucketArn}/*`],
      },
      // Without it S3 answers 403 and not 404 for what is not there.
      { Sid: "MissNotFail", Effect: "Allow", Action: ["s3:ListBucket"], Resource: [bucketArn] },
    ],
  };
}
