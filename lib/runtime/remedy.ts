import { makeBuilderCommand } from "../build/builder-image";
import type { AppNames } from "../fleet/names";
import type { Cause } from "./cause";
import type { Finding } from "./diagnosis";

/** Where a finding is. */
export interface Place {
  readonly app: string;
  readonly names: AppNames;
  readonly environment: string;
  /** The namespace that it is in: the app's or its database's. */
  readonly namespace: string;
  readonly region: string;
  /** `kubectl` for that namespace; a subcommand follows. */
  readonly kubectl: string;
  /** `kubectl` for another namespace of the same cluster. */
  kubectlFor(namespace: string): string;
}

/** What sqlx says of a database that a newer release has migrated. */
const NEWER_DATABASE = /VersionMissing|was previously applied but is missing/;

/** What a program says whose disk is full. */
const FULL_DISK = /No space left on device/;

/** Exit code of a Rust program that panics. */
const PANIC = 101;

/**
 * What to do about a finding: imperative sentences, and commands on lines of their own.
 *
 * @param log the last lines of the log of the container at fault
 */
export function remedyOf(finding: Finding, log: string, place: Place): string {
  const context = { ...place, ...nameOf(finding.object) };
  const { cause } = finding;
  if (isDatabase(place)) {
    if (finding.object.startsWith("job/image-")) return makeDatabaseImage(context);
    if (FULL_DISK.test(log)) return growDatabase(context);
    if (cause !== undefined) return remedy(cause, { ...REMEDIES, ...OF_DATABASES }, context);
    return LOOK_AGAIN;
  }
  if (finding.object.startsWith("job/") && NEWER_DATABASE.test(log)) return skipMigration(context);
  return cause === undefined ? LOOK_AGAIN : remedy(cause, REMEDIES, context);
}

/** How to go back to the release before the pinned one. */
export function goBack({ names, environment }: Place, digest: string): string {
  return `find the commit that pinned it, revert that, and deploy:
  git log --oneline -S ${digest} -- releases.json
  git revert <commit>
  ${deploy(names.environmentStack(environment))}`;
}

const LOOK_AGAIN =
  "no known cause: see the conditions and events above. If it is only slow, run this again in a minute";

interface Context extends Place {
  readonly kind: string;
  readonly name: string;
}

type Remedies = {
  readonly [Kind in Cause["kind"]]: (cause: Extract<Cause, { kind: Kind }>, context: Context) => string;
};

function remedy<Kind extends Cause["kind"]>(
  cause: Extract<Cause, { kind: Kind }>,
  remedies: Pick<Remedies, Kind>,
  context: Context,
): string {
  return remedies[cause.kind as Kind](cause, context);
}

const REMEDIES: Remedies = {
  image: (_, { names, region }) => `push the image with a build of the commit, or pin one of these:
  aws ecr describe-images --repository-name ${names.imageRepository} --region ${region}`,
  variable: ({ secret, variable }, { names, environment, region }) => {
    const stack = deploy(names.environmentStack(environment));
    if (variable === undefined || secret !== names.secret)
      return `copy it from Secrets Manager by a deploy:\n  ${stack}`;
    const name = names.variableSecret(environment, variable);
    return `set it, from standard input, and deploy:
  aws secretsmanager create-secret --name ${name} --region ${region} --secret-string file:///dev/stdin
  ${stack}
where the secret exists but has no value, use put-secret-value --secret-id instead of create-secret --name`;
  },
  command: (_, context) => `let "command" of ${fieldOf(context)} begin with a program that the image has`,
  exit: ({ exitCode }, { kind }) => {
    if (exitCode === PANIC) return `fix the panic (exit code ${PANIC}): the log above shows where`;
    if (exitCode === 0 && kind === "deployment")
      return `keep the program running: a process must not exit. Work that ends belongs in "schedule" or "migrate"`;
    return "fix what the log above shows";
  },
  memory: ({ limit }, context) =>
    limit === undefined
      ? "find out what takes the memory, or add a larger node"
      : `raise its limit above ${limit}, or find out what takes the memory: "memoryLimit" in "resources" of ${fieldOf(context)}`,
  wait: ({ host }, { names, environment }) =>
    host === names.databaseHost(environment)
      ? `bring up the database:\n  ${deploy(names.databaseStack(environment))}`
      : `bring up ${host}`,
  silent: ({ port }) => `listen on port ${port}, which PORT names, on all addresses: 0.0.0.0, not 127.0.0.1`,
  unready: ({ probe }, context) =>
    probe.startsWith("grpc.")
      ? `answer ${probe} with SERVING within two seconds, or name another service: "readiness" of ${fieldOf(context)}`
      : `answer ${probe} with a status from 200 to 399 within two seconds, or name another path: "readiness" of ${fieldOf(context)}`,
  liveness: (_, context) =>
    `answer the liveness probe within two seconds under load, too, or remove "liveness" from ${fieldOf(context)}`,
  gate: ({ healthCheck }, context) => {
    if (healthCheck === undefined) return "find the controller that sets this readiness gate, and see its log";
    const { request, expected } = healthCheck;
    return `answer ${request} with ${expected}; "readiness" of ${fieldOf(context)} sets the path.
If it does answer, let the load balancer reach the pods: security groups, and "ingress": { "from" } of the environment in platform.json.
A target that has only just been registered needs a minute`;
  },
  unscheduled: (_, context) => `add a node, or lower "resources" of ${fieldOf(context)}`,
  unbound: (_, { kubectl }) => `see its volume:\n  ${kubectl} describe persistentvolumeclaims`,
  mount: () =>
    "wait a few minutes if another node still holds the volume. Otherwise, see the events above: the storage driver names the cause",
  sandbox: () =>
    "fix the node's network plugin or container runtime: the events above name the cause. Other nodes may work",
  node: (
    { node },
    { kubectl },
  ) => `see what is wrong with the node; after five minutes its pods are deleted and replaced:
  ${kubectl} describe node ${node}`,
  disrupted: (_, context) => rerun(context),
  predecessor: ({ pod, node, isStuck }, { kubectl }) =>
    isStuck
      ? `find out whether the machine is gone:
  ${kubectl} get node ${node}
If it is gone for good, remove the node; its pods go with it, and the new one starts:
  ${kubectl} delete node ${node}
Only while nothing of ${pod} runs any more: otherwise two of them run at once`
      : "wait until it has ended: only one may run at a time",
  deadline: ({ seconds }, context) => {
    const { app, name } = context;
    const limit = seconds === undefined ? "its deadline" : `its deadline of ${seconds} s`;
    if (isMigration(name))
      return `do less in one migration, or raise "deadline" in "migrate" of ${app} above ${seconds} s`;
    return `do less in one run: it has not finished within ${limit}`;
  },
  vanished: (_, context) => rerun(context),
  suspended: (_, { kubectl, name }) =>
    `resume it:\n  ${kubectl} patch cronjob ${name} --patch '{"spec":{"suspend":false}}'`,
  "not-started": (_, context) => `see the events above, and whether a run starts by hand:\n  ${startJob(context)}`,
  "no-success": (_, context) => `fix what its last Job shows, and try it:\n  ${startJob(context)}`,
  "still-running": ({ job }, { kubectl }) => `see what it does, and end it if it hangs:
  ${kubectl} logs job/${job} --tail 20
  ${kubectl} delete job ${job}`,
  "no-target": (_, { names, environment }) =>
    `deploy what it scales:\n  ${deploy(names.environmentStack(environment))}`,
  "no-metrics": (_, { kubectlFor }) => `install the metrics server, or see why it doesn't answer:
  ${kubectlFor("kube-system")} get deployment metrics-server
  aws eks create-addon --addon-name metrics-server --cluster-name <cluster>`,
  "no-request": (_, context) => `set "cpu" in "resources" of ${fieldOf(context)}`,
  "not-scaling": () => "see the conditions and events above",
  maximum: ({ pods }, context) =>
    `if it answers slowly, raise "max" of "replicas" above ${pods}, or "cpu" of "resources", in ${fieldOf(context)}`,
  certificate: ({ host, ingress, isForeign }, { environment, kubectlFor }) => {
    const owner = isForeign
      ? ` It belongs to another app:\n  ${kubectlFor(ingress.namespace)} describe ingress ${ingress.name}`
      : "";
    return `issue a certificate for ${host} in ACM and list it in "ingress.certificates" of ${environment} in platform.json, or remove the host.${owner}`;
  },
  group: ({ ingress }, { kubectlFor }) =>
    `fix what the event above names:\n  ${kubectlFor(ingress.namespace)} describe ingress ${ingress.name}`,
  "refused-ingress": () => "fix what the events above name",
  "no-load-balancer": (
    _,
    { kubectl },
  ) => `wait a minute after its creation. Otherwise, see whether its class exists, and the log of its controller:
  ${kubectl} get ingressclass`,
  "no-class": (
    _,
    { environment, kubectl },
  ) => `name a class as "storageClass" of ${environment} in platform.json, or make one the default:
  ${kubectl} get storageclass`,
  "unknown-class": (
    { storageClass },
    { environment, kubectl },
  ) => `create StorageClass ${storageClass}, or name one of these as "storageClass" of ${environment} in platform.json; a claim can't change its class, so delete it first while it has no volume:
  ${kubectl} get storageclass`,
  "no-consumer": () => "start a pod that uses it: its class creates the volume in that pod's zone",
  unprovisioned: (_, { kubectl }) => `see whether the provisioner of its class runs:
  ${kubectl} get storageclass,csidrivers`,
  lost: () => "restore the data from a dump into a new volume: the volume of this claim was deleted",
  resizing: () => "wait: the storage resizes the volume",
  "resize-needs-restart": (_, { kubectl }) =>
    `restart its pod; the file system grows when the volume is mounted:\n  ${kubectl} rollout restart statefulset`,
  "resize-failed": () => "see the events above; a class without allowVolumeExpansion can't resize its volumes",
};

/** Where a database differs: no field of a process concerns it, and no release. */
const OF_DATABASES: Partial<Remedies> & Pick<Remedies, "image"> = {
  image: (_, context) => makeDatabaseImage(context),
  variable: (_, { names, environment }) => `create it by a deploy:\n  ${deploy(names.databaseStack(environment))}`,
  unscheduled: () => "add a node, in the zone of its volume",
  memory: ({ limit = "" }, context) => {
    const { kubectl, kind } = context;
    if (kind === "statefulset") {
      const { app, names, environment } = context;
      return `raise its memory above ${limit}: "memory" in "resources" of "database" of ${app}, then deploy:
  ${deploy(names.databaseStack(environment))}`;
    }
    return `raise "memory" in a Job of your own, since no field does; this prints one:
  ${kubectl} create job by-hand --from=cronjob/dump --dry-run=client --output=yaml`;
  },
  unready: () => "fix what the log above shows",
  exit: (_, context) => {
    const { environment, kind } = context;
    if (kind !== "job") return "fix what the log above shows";
    return `fix what the log above shows. If it is about credentials, name the EKS cluster: "cluster" of ${environment} in platform.json. Then run it again:
  ${startJob(context)}`;
  },
  deadline: () => "see whether the server answers, and how large the database is: it has not finished within six hours",
};

function isDatabase({ namespace, names, environment }: Place): boolean {
  return namespace === names.databaseNamespace(environment);
}

function nameOf(object: string): { kind: string; name: string } {
  const [kind = "", name = ""] = object.split("/");
  return { kind, name };
}

/** Prefix of the Job of a migration. */
const MIGRATION = "migrate-";

function isMigration(name: string): boolean {
  return name.startsWith(MIGRATION);
}

/** The CronJob of a Job, which is named by it and the minute, or itself. */
function cronJobOf({ kind, name }: Context): string {
  return kind === "cronjob" ? name : name.replace(/-[^-]*$/, "");
}

/** The part of the entry that describes a workload. */
function fieldOf(context: Context): string {
  const { app, kind, name } = context;
  if (kind !== "job" && kind !== "cronjob") return `process "${name}" of ${app}`;
  if (isMigration(name)) return `"migrate" of ${app}`;
  return `schedule "${cronJobOf(context)}" of ${app}`;
}

function deploy(stack: string): string {
  return `npx cdktf deploy ${stack}`;
}

function startJob(context: Context): string {
  const cronJob = cronJobOf(context);
  return `${context.kubectl} create job ${cronJob}-by-hand --from=cronjob/${cronJob}`;
}

function rerun(context: Context): string {
  const { names, environment, name } = context;
  if (isMigration(name)) return `run it again by a deploy:\n  ${deploy(names.environmentStack(environment))}`;
  return `wait for its next time, or run it now:\n  ${startJob(context)}`;
}

function makeDatabaseImage({ names, environment, region }: Place): string {
  return `build the image of databases, and let the cluster pull it; then deploy:
  ${makeBuilderCommand(region)}
  ${deploy(names.databaseStack(environment))}`;
}

function growDatabase({ app, names, environment }: Place): string {
  return `the volume is full: raise "volume" of "database" of ${app}, which the StorageClass has to allow (allowVolumeExpansion), and deploy:
  ${deploy(names.databaseStack(environment))}`;
}

function skipMigration({ app, environment }: Place): string {
  return `a newer release has migrated the database, and this image doesn't know its migrations. To run it anyway, skip its migration: set "migrate": false next to the digest of ${app} in ${environment}, in releases.json`;
}
