import { DumpRole } from "../../../lib/runtime/dump-role";
import { allows, trustsPod } from "../../support/iam";
import { address, resource, synth } from "../../support/synth";

const CLUSTER = "arn:aws:eks:eu-central-1:111122223333:cluster/production";
const PROPS = {
  name: "podcore-production-database",
  bucket: "podcore-production-db",
  clusterArn: CLUSTER,
  namespace: "podcore-production-database",
  serviceAccount: "dump",
};
const make = (props: Partial<typeof PROPS> = {}) =>
  synth((stack) => new DumpRole(stack, "dump-role", { ...PROPS, ...props }));

const json = make();
const role = resource(json, "aws_iam_role");
const policy = JSON.parse(resource(json, "aws_iam_role_policy").policy);

it("is given to the pods of one ServiceAccount in one cluster", () => {
  expect(role.name).toBe(PROPS.name);
  expect(resource(json, "aws_eks_pod_identity_association")).toMatchObject({
    cluster_name: "production",
    namespace: PROPS.namespace,
    service_account: "dump",
    role_arn: `\${${address(json, "aws_iam_role")}.arn}`,
  });
});

it("can be taken on by them only", async () => {
  const trust = JSON.parse(role.assume_role_policy);
  const pod = { cluster: CLUSTER, namespace: PROPS.namespace, serviceAccount: "dump" };
  expect(await trustsPod(trust, pod)).toBe(true);
  expect(await trustsPod(trust, { ...pod, cluster: `${CLUSTER}-2` })).toBe(false);
  expect(await trustsPod(trust, { ...pod, namespace: "podcore-production" })).toBe(false);
  expect(await trustsPod(trust, { ...pod, serviceAccount: "podcore" })).toBe(false);
});

it("adds dumps and reads them, and destroys none", async () => {
  const dump = "arn:aws:s3:::podcore-production-db/podcore.dump";
  for (const action of ["PutObject", "GetObject", "GetObjectVersion", "AbortMultipartUpload"]) {
    expect(await allows(policy, `s3:${action}`, dump)).toBe(true);
    expect(await allows(policy, `s3:${action}`, dump.replace("podcore-production-db", "podcore-production-db-2"))).toBe(
      false,
    );
  }
  for (const action of ["DeleteObject", "DeleteObjectVersion", "PutObjectAcl"]) {
    expect(await allows(policy, `s3:${action}`, dump)).toBe(false);
  }
});

it("is told what is not there", async () => {
  expect(await allows(policy, "s3:ListBucket", "arn:aws:s3:::podcore-production-db")).toBe(true);
  for (const action of ["DeleteBucket", "PutBucketPolicy", "PutBucketVersioning", "PutLifecycleConfiguration"]) {
    expect(await allows(policy, `s3:${action}`, "arn:aws:s3:::podcore-production-db")).toBe(false);
  }
});

it("is in the cluster's partition", () => {
  const gov = make({ clusterArn: CLUSTER.replace("arn:aws:", "arn:aws-us-gov:") });
  expect(resource(gov, "aws_iam_role_policy").policy).toContain("arn:aws-us-gov:s3:::podcore-production-db/*");
  expect(JSON.stringify(gov)).not.toContain("arn:aws:");
});
