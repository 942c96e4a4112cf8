import { makeBuilderCommand } from "../build/builder-image";
import type { AppNames } from "../fleet/names";
import type { Trouble } from "./diagnosis";
import type { Cause } from "./pod-fault";

/** Whose trouble it is. */
export interface Place {
  readonly app: string;
  readonly names: AppNames;
  readonly environment: string;
  /** The namespace that it is in: the app's or its database's. */
  readonly namespace: string;
  readonly region: string;
  /** `kubectl` for that namespace; a subcommand follows. */
  readonly kubectl: string;
}

/** What sqlx says of a database that a newer release has migrated. */
const NEWER_DATABASE = /VersionMissing|was previously applied but is missing/;

/** Exit code of a Rust program that panics. */
const PANIC = 101;

/**
 * What to do about a trouble.
 *
 * @param lastWords the last lines of the log of what is at fault
 */
export function remedyOf({ workload, fault, summary }: Trouble, lastWords: string, place: Place): string {
  const tooLong = summary.includes("deadline");
  if (place.namespace === place.names.databaseNamespace(place.environment)) {
    if (workload.startsWith("job/image-")) return makeDatabaseImage(place);
    if (fault !== undefined) return remedyOfDatabase(workload, fault.cause, place);
    if (tooLong)
      return "it takes longer than six hours: whether the server answers, and how large the database is, tells why";
    return LOOK_AGAIN;
  }
  if (workload.startsWith("job/") && NEWER_DATABASE.test(lastWords)) return goBackOverMigration(place);
  if (fault !== undefined) return remedyOfCause(fault.cause, place, fieldsOf(workload, place));
  if (!tooLong) return LOOK_AGAIN;
  return workload.startsWith(MIGRATION)
    ? `it takes longer than it may: make it do less at a time, or give it more seconds by "deadline" ${fieldsOf(workload, place)}`
    : "it takes longer than the six hours that there are for it: make it do less at a time";
}

const LOOK_AGAIN =
  "the conditions and events above tell what holds it up; what only takes its time will be gone when asked again";

/** How the Job of a migration is called. */
const MIGRATION = "job/migrate-";

/** Where the entry says more of what a workload does. */
function fieldsOf(workload: string, { app }: Place): string {
  const [kind, name = ""] = workload.split("/");
  if (kind === "deployment") return `of the process "${name}" in the entry of ${app}`;
  if (workload.startsWith(MIGRATION)) return `beside the "command" of "migrate" in the entry of ${app}`;
  // A CronJob's Jobs are called by it and the minute.
  return `of "${name.replace(/-[^-]*$/, "")}" in the "schedule" of ${app}`;
}

function makeDatabaseImage({ names, environment, region }: Place): string {
  return `the platform has not made the image of databases yet, or the cluster can't pull it. This makes it, and a deploy tries again:
  ${makeBuilderCommand(region)}
  npx cdktf deploy ${names.databaseStack(environment)}`;
}

function remedyOfDatabase(workload: string, cause: Cause, place: Place): string {
  const { app, names, environment, kubectl } = place;
  const deploy = `npx cdktf deploy ${names.databaseStack(environment)}`;
  switch (cause.kind) {
    case "image":
      return makeDatabaseImage(place);
    case "variable":
      return `a deploy makes it: ${deploy}`;
    case "unscheduled":
      return "the cluster has no room for it, or its volume is in a zone without a node: add a node";
    case "memory":
      if (workload === "statefulset/postgres")
        return `let it have more than ${cause.limit}: "database": { "engine": "postgres", "resources": { "memory": "${twice(cause.limit)}" } } in the entry of ${app}, and ${deploy}`;
      return `no field gives it more than ${cause.limit}; a Job by hand may have more: ${kubectl} create job by-hand --from=cronjob/dump --dry-run=client --output=yaml prints one`;
    default:
      if (!workload.startsWith("job/")) return "its last words say why";
      return `its last words say why. Where they speak of credentials: the role that may use the bucket comes with "cluster" of ${environment} in platform.json. This dumps again, and one that succeeds ends this message:
  ${kubectl} create job dump-again --from=cronjob/dump`;
  }
}

/** @param fields where the entry says more of the workload */
function remedyOfCause(cause: Cause, place: Place, fields: string): string {
  const { names, environment, region } = place;
  const deploy = `npx cdktf deploy ${names.environmentStack(environment)}`;
  switch (cause.kind) {
    case "image":
      return `pin an image that is there: aws ecr describe-images --repository-name ${names.imageRepository} --region ${region} lists them, and a build of the commit pushes it again. ${revert(place)}`;
    case "variable":
      return cause.variable !== undefined && cause.secret === names.secret
        ? `give it a value, from standard input, and deploy again:\n  aws secretsmanager create-secret --name ${names.variableSecret(environment, cause.variable)} --region ${region} --secret-string file:///dev/stdin\n  ${deploy}\nwhere it is there and has no value, it is put-secret-value --secret-id instead of create-secret --name`
        : `a deploy makes it of what is in Secrets Manager: ${deploy}`;
    case "command":
      return `"command" ${fields} has to begin with a program that is in the image`;
    case "exit":
      return cause.exitCode === PANIC
        ? `exit code ${PANIC} is a panic, and its last words say where. ${revert(place)}`
        : `its last words say why. ${revert(place)}`;
    case "memory":
      return `let it have more than ${cause.limit}, by "resources": { "memoryLimit": "${twice(cause.limit)}" } ${fields}, or find out what takes it`;
    case "wait":
      return cause.host === names.databaseHost(environment)
        ? `bring the database up: npx cdktf deploy ${names.databaseStack(environment)}`
        : `bring up what it waits for: ${cause.host}`;
    case "silent":
      return `the program has to listen on the port that PORT names (${cause.port}), on all addresses: 0.0.0.0, not 127.0.0.1`;
    case "unready":
      return `it has to answer ${cause.probe} with a status from 200 to 399 within two seconds; "readiness" ${fields} names another path`;
    case "liveness":
      return `it has to answer its liveness probe within two seconds whatever else it does; leave out "liveness" ${fields} if it can't`;
    case "unscheduled":
      return `the cluster has no room, or none that fits: ask for less in "resources", or add a node`;
  }
}

function revert({ names, environment }: Place): string {
  return `\`git revert\` of the line in releases.json and npx cdktf deploy ${names.environmentStack(environment)} bring the last release back`;
}

function goBackOverMigration({ app, environment }: Place): string {
  return `the database has been migrated by a newer release, whose migrations this image does not know. To let it run all the same, tell its pin not to migrate: "migrate": false beside the digest of ${app} in ${environment}, in releases.json`;
}

/** Twice a quantity such as "64Mi". */
function twice(limit: string): string {
  return limit.replace(/^\d+/, (number) => String(2 * Number(number)));
}
