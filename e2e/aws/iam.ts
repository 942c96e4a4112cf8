import { runSimulation } from "@cloud-copilot/iam-simulate";
import { ACCOUNT, AwsError, authorization, type Json } from "./api";

/** A role with all that decides what it may do. */
export interface Role {
  readonly arn: string;
  /** Who may take the role on. */
  readonly trust: Json;
  /** What whoever has taken it on may do. */
  readonly policies: readonly { readonly name: string; readonly policy: Json }[];
}

/** Reads a role with its inline policies; managed ones are refused, so that none escapes the evaluation. */
export async function readRole(endpoint: string, name: string): Promise<Role> {
  const role = await query(endpoint, { Action: "GetRole", RoleName: name });
  const attached = await query(endpoint, { Action: "ListAttachedRolePolicies", RoleName: name });
  if (elements(attached, "PolicyArn").length > 0) throw new Error(`role ${name} has managed policies: read them too`);
  const list = await query(endpoint, { Action: "ListRolePolicies", RoleName: name });
  const policies = elements(list, "member").map(async (policyName) => {
    const answer = await query(endpoint, { Action: "GetRolePolicy", RoleName: name, PolicyName: policyName });
    return { name: policyName, policy: policyDocument(answer, "PolicyDocument") };
  });
  return {
    arn: elements(role, "Arn")[0] ?? "",
    trust: policyDocument(role, "AssumeRolePolicyDocument"),
    policies: await Promise.all(policies),
  };
}

/** The names of all roles. */
export async function roleNames(endpoint: string): Promise<string[]> {
  return elements(await query(endpoint, { Action: "ListRoles" }), "RoleName");
}

/** Whether a role's policies let it do something. */
export function may(
  role: Role,
  action: string,
  resource: string,
  context: Record<string, string> = {},
): Promise<boolean> {
  return isAllowed(role.arn, action, resource, { context, policies: role.policies });
}

/** Whether a role's trust policy lets a service take it on, when it acts for the resource with the given ARN. */
export function mayAssume(role: Role, service: string, sourceArn: string): Promise<boolean> {
  const context = { "aws:SourceArn": sourceArn, "aws:SourceAccount": sourceArn.split(":")[4] ?? "" };
  return isAllowed(service, "sts:AssumeRole", role.arn, { context, trust: role.trust });
}

async function isAllowed(
  principal: string,
  action: string,
  resource: string,
  given: { context: Record<string, string>; policies?: Role["policies"]; trust?: Json },
): Promise<boolean> {
  const outcome = await runSimulation(
    {
      request: { principal, action, resource: { resource, accountId: ACCOUNT }, contextVariables: given.context },
      identityPolicies: [...(given.policies ?? [])],
      resourcePolicy: given.trust,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  // Misspelt actions and malformed policies must not pass for a denial.
  if (outcome.resultType === "error") throw new Error(JSON.stringify(outcome.errors, undefined, 2));
  return outcome.overallResult === "Allowed";
}

/** Calls IAM, which speaks forms and XML; the answer is the XML. */
export async function query(endpoint: string, parameters: Record<string, string>): Promise<string> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { authorization: authorization("iam") },
    body: new URLSearchParams({ Version: "2010-05-08", ...parameters }),
  });
  const answer = await response.text();
  if (response.ok) return answer;
  throw new AwsError(elements(answer, "Code")[0] ?? "InternalFailure", elements(answer, "Message")[0] ?? answer);
}

/** The texts of all elements of a name: IAM's answers are flat enough to be read without a parser. */
function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map((match) => match[1] ?? "");
}

function policyDocument(xml: string, name: string): Json {
  const text = elements(xml, name)[0] ?? "{}";
  return JSON.parse(decodeURIComponent(text).replaceAll("&quot;", '"').replaceAll("&amp;", "&"));
}
