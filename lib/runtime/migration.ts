import { createHash } from "node:crypto";
import { JobV1 } from "@cdktf/provider-kubernetes/lib/job-v1";
import { type ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { RESERVED_PROCESSES } from "../fleet/names";
import { type ObjectOwner, objectAnnotations, objectLabels, podSelector } from "./labels";
import { type PodProps, podSpec } from "./pod";

export interface MigrationProps extends ObjectOwner, PodProps {
  /** Name of the Namespace. */
  readonly namespace: string;
  /**
   * Seconds after which it has failed.
   *
   * @default 1800
   */
  readonly deadlineSeconds?: number;
  /**
   * What has to be there before, such as the namespace and the Secret.
   *
   * @default []
   */
  readonly after?: readonly ITerraformDependable[];
}

const [COMPONENT] = RESERVED_PROCESSES;

/** Minutes that Terraform waits beyond the deadline, so that it is the cluster that says what went wrong. */
const APPLY_MARGIN = 5;

/**
 * What brings a database to where a release needs it: a Job that runs once, however many pods of the release start. Let
 * each Deployment depend on it, so that one that fails stops the release, and the old pods answer on.
 *
 * The Job is called by what its pods are, so another image or command makes another Job, and the same one none. It is
 * kept, since a Job that has vanished counts as one that succeeded. No Service chooses its pods: no process may be called
 * as they are.
 */
export class Migration extends Construct {
  readonly job: JobV1;

  constructor(scope: Construct, id: string, props: MigrationProps) {
    super(scope, id);
    const { app, namespace, deadlineSeconds = 1800, after = [] } = props;
    const template = {
      metadata: { labels: { ...objectLabels(props), ...podSelector(app, COMPONENT) } },
      spec: { ...podSpec(COMPONENT, props), restartPolicy: "Never" },
    };
    const timeout = `${Math.ceil(deadlineSeconds / 60) + APPLY_MARGIN}m`;
    this.job = new JobV1(this, "job", {
      metadata: {
        name: `${COMPONENT}-${hash(template)}`,
        namespace,
        labels: { ...objectLabels(props), "app.kubernetes.io/component": COMPONENT },
        annotations: objectAnnotations(props),
      },
      spec: { backoffLimit: 0, activeDeadlineSeconds: deadlineSeconds, template },
      waitForCompletion: true,
      timeouts: { create: timeout, update: timeout },
      dependsOn: [...after],
    });
  }
}

/** A Job can't be changed, only replaced: under another name, or the new one would have to wait for the old one's end. */
function hash(template: unknown): string {
  const text = JSON.stringify(template);
  if (Token.isUnresolved(text)) {
    throw new Error(
      "the Job of a migration is called by its image, command and variables; write out what they refer to",
    );
  }
  return createHash("sha256").update(text).digest("hex").slice(0, 10);
}
