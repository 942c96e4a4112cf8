import { createHash } from "node:crypto";
import { JobV1 } from "@cdktf/provider-kubernetes/lib/job-v1";
import { type ITerraformDependable, Token } from "cdktf";
import type { Construct } from "constructs";
import { type JobProps, jobSpec } from "./job";
import { objectAnnotations, objectLabels } from "./labels";

/** What tells a one-time Job from another. */
export interface JobIdentity {
  /** Image of the work. */
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  /** Environment variables and their values. */
  readonly env?: Readonly<Record<string, string>>;
  /** Environment variables whose values come from a Secret. */
  readonly secretVariables?: readonly string[];
}

export interface OneTimeJobProps extends JobProps {
  /** What it does, as its name begins. */
  readonly component: string;
  /** What it is named by. */
  readonly identity: JobIdentity;
  /** Name of the Namespace. */
  readonly namespace: string;
  /** What has to exist first. */
  readonly after: readonly ITerraformDependable[];
}

/** Minutes that Terraform waits beyond the deadline, so that the cluster reports the failure first. */
const APPLY_MARGIN = 5;

/**
 * A Job that Terraform waits for. It runs once for its image, command and variables: its name is their hash. Another name
 * replaces it. Any other change of its spec is ignored until then, since Kubernetes can't change a Job's pods, and a
 * replacement would repeat what is done.
 *
 * The Job stays in the cluster: Terraform's provider takes a Job that has vanished for one that succeeded. After a failure
 * Terraform leaves what depends on the Job as it is, and the next apply replaces the Job.
 */
export function oneTimeJob(scope: Construct, id: string, props: OneTimeJobProps): JobV1 {
  const { after, component, deadlineSeconds, identity, namespace } = props;
  const timeout = `${Math.ceil(deadlineSeconds / 60) + APPLY_MARGIN}m`;
  return new JobV1(scope, id, {
    metadata: {
      name: `${component}-${hash(identity)}`,
      namespace,
      labels: { ...objectLabels(props), "app.kubernetes.io/component": component },
      annotations: objectAnnotations(props),
    },
    spec: jobSpec(props),
    waitForCompletion: true,
    timeouts: { create: timeout, update: timeout },
    // A deadline is part of both.
    lifecycle: { ignoreChanges: ["spec", "timeouts"] },
    dependsOn: [...after],
  });
}

function hash({ image, command, args, env = {}, secretVariables = [] }: JobIdentity): string {
  const text = JSON.stringify([image, command, args, Object.entries(env).sort(), [...secretVariables].sort()]);
  if (Token.isUnresolved(text)) {
    throw new Error("a one-time Job is named by its image, command and variables; write out what they refer to");
  }
  return createHash("sha256").update(text).digest("hex").slice(0, 10);
}
