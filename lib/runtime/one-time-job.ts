import { createHash } from "node:crypto";
import { JobV1, type JobV1SpecTemplate } from "@cdktf/provider-kubernetes/lib/job-v1";
import { type ITerraformDependable, Token } from "cdktf";
import type { Construct } from "constructs";
import { type ObjectOwner, objectAnnotations, objectLabels, podSelector } from "./labels";

export interface OneTimeJobProps extends ObjectOwner {
  /** What it does, as its name begins and its pods are labelled; no process may be called so. */
  readonly component: string;
  /** Name of the Namespace. */
  readonly namespace: string;
  /** What its pod is, but for the restart policy. */
  readonly pod: NonNullable<JobV1SpecTemplate["spec"]>;
  /** Seconds after which it has failed. */
  readonly deadlineSeconds: number;
  /** What has to be there before. */
  readonly after: readonly ITerraformDependable[];
}

/** Minutes that Terraform waits beyond the deadline, so that it is the cluster that says what went wrong. */
const APPLY_MARGIN = 5;

/**
 * A Job that Terraform waits for, once for what its pods are: it is called by them, so another image or command makes
 * another Job, and the same ones none. It is kept, since a Job that has vanished counts as one that succeeded; it can't be
 * changed, only replaced under another name, or the new one would have to wait for the old one's end. What depends on it is
 * not touched where it fails, and the next apply makes one that has failed anew.
 */
export function oneTimeJob(scope: Construct, id: string, props: OneTimeJobProps): JobV1 {
  const { app, component, deadlineSeconds, namespace, pod, after } = props;
  const template = {
    metadata: { labels: { ...objectLabels(props), ...podSelector(app, component) } },
    spec: { ...pod, restartPolicy: "Never" },
  };
  const timeout = `${Math.ceil(deadlineSeconds / 60) + APPLY_MARGIN}m`;
  return new JobV1(scope, id, {
    metadata: {
      name: `${component}-${hash(template)}`,
      namespace,
      labels: { ...objectLabels(props), "app.kubernetes.io/component": component },
      annotations: objectAnnotations(props),
    },
    spec: { backoffLimit: 0, activeDeadlineSeconds: deadlineSeconds, template },
    waitForCompletion: true,
    timeouts: { create: timeout, update: timeout },
    dependsOn: [...after],
  });
}

function hash(template: unknown): string {
  const text = JSON.stringify(template);
  if (Token.isUnresolved(text)) {
    throw new Error("a Job that runs once is called by its image, command and variables; write out what they refer to");
  }
  return createHash("sha256").update(text).digest("hex").slice(0, 10);
}
