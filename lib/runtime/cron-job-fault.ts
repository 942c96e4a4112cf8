import { lastDueTimes, parseCron } from "../fleet/cron";
import type { Fault } from "./diagnosis";
import { isTrue, type Observation } from "./observation";
import type { ObservedObject } from "./observed";

/** Seconds that a run may take to start. */
const SLACK = 120;

/** Due times without a success that are too many; one run may fail, and shows as its Job. */
const MISSED = 2;

/** Due times that may pass while a run goes on. */
const SKIPPED = 3;

/** What is wrong with a CronJob, beyond a last Job that failed: it is judged by its own schedule. */
export function cronJobFault(cronJob: ObservedObject, seen: Observation): Fault | undefined {
  const { schedule = "", timeZone = "Etc/UTC", suspend } = cronJob.spec ?? {};
  const { lastScheduleTime, lastSuccessfulTime } = cronJob.status ?? {};
  const success =
    lastSuccessfulTime === undefined ? "none has succeeded yet" : `the last success was ${lastSuccessfulTime}`;
  if (suspend === true) return { summary: `is suspended, so no run starts; ${success}`, cause: { kind: "suspended" } };

  const cron = parseCron(schedule);
  if (cron === undefined) return undefined;
  const due = lastDueTimes(cron, timeZone, new Date(seen.now.getTime() - SLACK * 1000), SKIPPED);
  const running = seen.partsOf(cronJob).find((job) => !isTrue(job, "Complete") && !isTrue(job, "Failed"));
  if (running !== undefined) {
    const { name, creationTimestamp } = running.metadata;
    if (!isAfter(due[SKIPPED - 1], creationTimestamp)) return undefined;
    const summary = `has skipped at least ${SKIPPED} runs: job/${name} has been running since ${creationTimestamp}`;
    return { summary, cause: { kind: "still-running", job: name } };
  }
  const since = [cronJob.metadata.creationTimestamp, lastSuccessfulTime ?? ""].sort().at(-1)!;
  const missed = due[MISSED - 1];
  if (!isAfter(missed, since)) return undefined;
  const isStarted = lastScheduleTime !== undefined && !isAfter(missed, lastScheduleTime);
  return isStarted
    ? { summary: `has had no success for ${MISSED} runs or more; ${success}`, cause: { kind: "no-success" } }
    : { summary: `has started no run since ${lastScheduleTime ?? since}; ${success}`, cause: { kind: "not-started" } };
}

function isAfter(time: Date | undefined, other: string): boolean {
  return time !== undefined && time.getTime() > Date.parse(other);
}
