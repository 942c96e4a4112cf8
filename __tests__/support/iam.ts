import { runSimulation } from "@cloud-copilot/iam-simulate";
import type { Body } from "./synth";

export const ACCOUNT = { accountId: "111122223333", region: "eu-central-1" } as const;

/** Whether AWS would let a role with the policy do something. */
export function allows(
  policy: Body,
  action: string,
  resource: string,
  context: Record<string, string> = {},
): Promise<boolean> {
  const principal = `arn:aws:iam::${ACCOUNT.accountId}:role/role`;
  return simulate(principal, action, resource, [{ name: "policy", policy }], undefined, context);
}

/** Whether a role with the trust policy may be taken on by another role of the account, which is allowed to ask. */
export function trustsRole(trust: Body, asking: string): Promise<boolean> {
  const role = `arn:aws:iam::${ACCOUNT.accountId}:role/role`;
  const Statement = [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: role }];
  const policy = { Version: "2012-10-17", Statement };
  const principal = `arn:aws:iam::${ACCOUNT.accountId}:role/${asking}`;
  return simulate(principal, "sts:AssumeRole", role, [{ name: "policy", policy }], trust, {
    "aws:PrincipalArn": principal,
  });
}

/** Whether a role with the trust policy may be taken on by a service that acts for the resource with the given ARN. */
export function trusts(trust: Body, service: string, sourceArn: string): Promise<boolean> {
  const role = `arn:aws:iam::${ACCOUNT.accountId}:role/role`;
  const context = { "aws:SourceArn": sourceArn, "aws:SourceAccount": sourceArn.split(":")[4] ?? "" };
  return simulate(service, "sts:AssumeRole", role, [], trust, context);
}

/** Whether a role with the trust policy may be taken on for a pod, by EKS Pod Identity. */
export function trustsPod(
  trust: Body,
  pod: { cluster: string; namespace: string; serviceAccount: string },
): Promise<boolean> {
  const role = `arn:aws:iam::${ACCOUNT.accountId}:role/role`;
  return simulate("pods.eks.amazonaws.com", "sts:AssumeRole", role, [], trust, {
    "aws:RequestTag/eks-cluster-arn": pod.cluster,
    "aws:RequestTag/kubernetes-namespace": pod.namespace,
    "aws:RequestTag/kubernetes-service-account": pod.serviceAccount,
  });
}

async function simulate(
  principal: string,
  action: string,
  resource: string,
  identityPolicies: { name: string; policy: Body }[],
  resourcePolicy: Body | undefined,
  contextVariables: Record<string, string>,
): Promise<boolean> {
  const outcome = await runSimulation(
    {
      request: { principal, action, resource: { resource, accountId: ACCOUNT.accountId }, contextVariables },
      identityPolicies,
      resourcePolicy,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  // Misspelt actions and malformed policies must not pass for a denial.
  if (outcome.resultType === "error") throw new Error(JSON.stringify(outcome.errors, undefined, 2));
  return outcome.overallResult === "Allowed";
}
