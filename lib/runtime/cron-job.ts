import { CronJobV1 } from "@cdktf/provider-kubernetes/lib/cron-job-v1";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { DEFAULT_TIME_ZONE } from "../fleet/time-zones";
import { type JobProps, jobSpec } from "./job";
import { objectAnnotations, objectLabels } from "./labels";

export interface CronJobProps extends JobProps {
  /** Name of the CronJob: at most 52 characters. */
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
   * Whether it runs at no time, and only serves `kubectl create job --from`.
   *
   * @default false
   */
  readonly suspend?: boolean;
  /** Seconds by which a run may start late, for example because the previous one takes long. A later run is skipped. */
  readonly startingDeadlineSeconds: number;
  /** What has to exist first. */
  readonly after: readonly ITerraformDependable[];
}

/** A CronJob with one run at a time, whose failed runs can be looked at. */
export function cronJob(scope: Construct, id: string, props: CronJobProps): CronJobV1 {
  const { after, component, cron, name, namespace, startingDeadlineSeconds, suspend = false } = props;
  const { timezone = DEFAULT_TIME_ZONE } = props;
  const labels = { ...objectLabels(props), "app.kubernetes.io/component": component };
  return new CronJobV1(scope, id, {
    metadata: { name, namespace, labels, annotations: objectAnnotations(props) },
    spec: {
      schedule: cron,
      timezone,
      suspend,
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
      jobTemplate: { metadata: { labels }, spec: jobSpec(props) },
    },
    dependsOn: [...after],
  });
}
