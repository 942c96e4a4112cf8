import type { JobV1 } from "@cdktf/provider-kubernetes/lib/job-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { DEFAULT_MIGRATION_DEADLINE } from "../fleet/fleet";
import { RESERVED_PROCESSES } from "../fleet/names";
import type { ObjectOwner } from "./labels";
import { oneTimeJob } from "./one-time-job";
import { NO_OPERATION, type PodProps, podSpec } from "./pod";

export interface MigrationProps extends ObjectOwner, PodProps {
  /** Name of the Namespace. */
  readonly namespace: string;
  /**
   * Seconds after which it has failed, including those after a disruption.
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

/**
 * What brings a database to where a release needs it: a Job that runs once, however many pods of the release start. Let
 * each Deployment depend on it, so that one that fails stops the release, and the old pods answer on.
 */
export class Migration extends Construct {
  readonly job: JobV1;

  constructor(scope: Construct, id: string, props: MigrationProps) {
    super(scope, id);
    const { deadlineSeconds = DEFAULT_MIGRATION_DEADLINE, after = [] } = props;
    const { image, command, args, env, secret } = props;
    this.job = oneTimeJob(this, "job", {
      ...props,
      component: COMPONENT,
      identity: { image, command, args, env, secretVariables: secret?.variables },
      pod: podSpec(COMPONENT, props),
      noOperation: NO_OPERATION,
      deadlineSeconds,
      after,
    });
  }
}
