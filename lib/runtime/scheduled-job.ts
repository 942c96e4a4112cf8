import type { CronJobV1 } from "@cdktf/provider-kubernetes/lib/cron-job-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { cronJob } from "./cron-job";
import type { ObjectOwner } from "./labels";
import { NO_OPERATION, type PodProps, podSpec } from "./pod";

export interface ScheduledJobProps extends ObjectOwner, PodProps {
  /** Name of the CronJob: at most 52 characters, and none of a process, whose Service would choose its pods. */
  readonly name: string;
  /** Name of the Namespace. */
  readonly namespace: string;
  /**
   * When it runs.
   *
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
   */
  readonly cron: string;
  /**
   * Time zone of the times, by its name in the IANA database.
   *
   * @default "Etc/UTC"
   */
  readonly timezone?: string;
  /**
   * Seconds after which a run has failed; one that never ended would be in the way of all later ones.
   *
   * @default 21600 six hours
   */
  readonly deadlineSeconds?: number;
  /**
   * What has to be there before, such as the namespace and the migration.
   *
   * @default []
   */
  readonly after?: readonly ITerraformDependable[];
}

/** Seconds by which a run may start late. */
const STARTING_DEADLINE = 300;

/**
 * Something that an app's image does at certain times: a CronJob with one run at a time. A run that fails is not repeated
 * before its next time. A run that is disrupted starts again.
 */
export class ScheduledJob extends Construct {
  readonly cronJob: CronJobV1;

  constructor(scope: Construct, id: string, props: ScheduledJobProps) {
    super(scope, id);
    const { name, deadlineSeconds = 21_600, after = [] } = props;
    this.cronJob = cronJob(this, "cron-job", {
      ...props,
      component: name,
      pod: podSpec(name, props),
      noOperation: NO_OPERATION,
      deadlineSeconds,
      startingDeadlineSeconds: STARTING_DEADLINE,
      after,
    });
  }
}
