import { CronJobV1 } from "@cdktf/provider-kubernetes/lib/cron-job-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type ObjectOwner, objectAnnotations, objectLabels, podSelector } from "./labels";
import { type PodProps, podSpec } from "./pod";

export interface ScheduledJobProps extends ObjectOwner, PodProps {
  /** Name of the CronJob: at most 52 characters, and none of a process, whose Service would choose its pods. */
  readonly name: string;
  /** Name of the Namespace. */
  readonly namespace: string;
  /**
   * When it runs, in UTC.
   *
   * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
   */
  readonly cron: string;
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

/** Seconds by which a run may be late, for example because the one before takes long; later ones are left out. */
const STARTING_DEADLINE = 300;

/**
 * Something that an app's image does at certain times: a CronJob. One run at a time, each once: what failed is done again
 * at its next time, and not at once. Only a run whose node went away is started again.
 */
export class ScheduledJob extends Construct {
  readonly cronJob: CronJobV1;

  constructor(scope: Construct, id: string, props: ScheduledJobProps) {
    super(scope, id);
    const { app, name, namespace, cron, deadlineSeconds = 21_600, after = [] } = props;
    const labels = { ...objectLabels(props), ...podSelector(app, name) };
    this.cronJob = new CronJobV1(this, "cron-job", {
      metadata: { name, namespace, labels, annotations: objectAnnotations(props) },
      spec: {
        schedule: cron,
        timezone: "Etc/UTC",
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: STARTING_DEADLINE,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
          metadata: { labels },
          spec: {
            backoffLimit: 0,
            activeDeadlineSeconds: deadlineSeconds,
            podFailurePolicy: {
              rule: [{ action: "Ignore", onPodCondition: [{ type: "DisruptionTarget", status: "True" }] }],
            },
            template: { metadata: { labels }, spec: { ...podSpec(name, props), restartPolicy: "Never" } },
          },
        },
      },
      dependsOn: [...after],
    });
  }
}
