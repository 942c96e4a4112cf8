import { createHash } from "node:crypto";
import type { CronJobV1 } from "@cdktf/provider-kubernetes/lib/cron-job-v1";
import type { JobV1 } from "@cdktf/provider-kubernetes/lib/job-v1";
import { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { PersistentVolumeClaimV1 } from "@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1";
import { StatefulSetV1 } from "@cdktf/provider-kubernetes/lib/stateful-set-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { DEFAULT_DATABASE, type DestinationSpec, type ResourcesSpec } from "../fleet/fleet";
import { RESTORE_CRON_JOB } from "../fleet/names";
import { pullSecrets } from "./app-namespace";
import { cronJob } from "./cron-job";
import { DO_NOT_DISRUPT, type ObjectOwner, objectAnnotations, objectLabels, podSelector } from "./labels";
import { dns, internet, namespaceSelector, podIdentity, tcp, toDestination } from "./network-traffic";
import { oneTimeJob } from "./one-time-job";
import { keptResources, RESTARTED_AT, RESTRICTED_CONTAINER, restrictedPod } from "./restricted-pod";

export interface PostgresDatabaseProps extends ObjectOwner {
  /** Name of the Namespace; the database has it for itself. */
  readonly namespace: string;
  /**
   * Secrets of the namespace with which the cluster pulls the image of the dumps; the server's are those of its ServiceAccount.
   *
   * @default [] none
   */
  readonly imagePullSecrets?: readonly string[];
  /** Name of the ServiceAccount of the server. */
  readonly serviceAccount: string;
  /** Namespaces whose pods may reach the database. */
  readonly clients: readonly string[];
  /** Image of databases: "<registry>/<name>:<tag>" or by digest. */
  readonly image: string;
  /** Path in the image at which the volume belongs. */
  readonly volumePath: string;
  /** Secret of the namespace that holds the password as `password`, and what changes with it. */
  readonly credentials: { readonly name: string; readonly revision: string };
  /** S3 bucket of the dumps. */
  readonly dumps: { readonly bucket: string; readonly region: string };
  /**
   * Space for the data, as Kubernetes writes it. It can grow where the StorageClass allows it, and never shrinks.
   *
   * @default "1Gi"
   */
  readonly size?: string;
  /**
   * StorageClass of the volume.
   *
   * @default - the cluster's default one
   */
  readonly storageClass?: string;
  /**
   * CPU and memory that the server requests, and the memory that it may use.
   *
   * @default { cpu: "100m", memory: "512Mi", memoryLimit: "512Mi" }
   */
  readonly resources?: ResourcesSpec;
  /**
   * When the database is dumped, in UTC, as cron has it.
   *
   * @default - every night between 3 and 4, at a minute that follows from the namespace
   */
  readonly dumpSchedule?: string;
  /**
   * Where dumps may connect to besides S3 on the internet, such as the VPC's endpoint of S3.
   *
   * @default []
   */
  readonly dumpDestinations?: readonly DestinationSpec[];
  /**
   * Ranges of addresses in CIDR notation that are not of the internet, besides those that are private everywhere.
   *
   * @default []
   */
  readonly privateRanges?: readonly string[];
  /**
   * Refuse every plan that would destroy the volume.
   *
   * @default true
   */
  readonly preventDestroy?: boolean;
  /**
   * What has to be there before the objects, such as the namespace.
   *
   * @default []
   */
  readonly after?: readonly ITerraformDependable[];
}

/** Name of the Service, the StatefulSet and the server's pods: part of the database's address. */
const SERVER = "postgres";

/** Name of the CronJob that dumps the database. */
const DUMP = "dump";

/** Name of the Job that finds out whether the image is there. */
const IMAGE = "image";

/** Seconds within which a pod has pulled the image, on a node that may have to come first. */
const IMAGE_DEADLINE = 300;

/** Command of the image that does nothing and succeeds. */
const NO_OPERATION = ["true"];

/** ServiceAccount of the pods that dump and restore: they alone have a role in AWS. */
export const DUMP_SERVICE_ACCOUNT = "dump";

const PORT = 5432;

const SECRETS = "/run/secrets/postgres";

/**
 * A PostgreSQL for one app: one server on one volume, dumped every day. Its role and its database are called by the app's
 * slug. Only the pods of the given namespaces reach it, and it reaches nobody.
 *
 * A dump, and the restore of one into an empty database, are started by hand with `kubectl create job --from=cronjob/dump`
 * and `--from=cronjob/restore`, which is there for nothing else.
 */
export class PostgresDatabase extends Construct {
  readonly service: ServiceV1;
  readonly volume: PersistentVolumeClaimV1;
  readonly server: StatefulSetV1;
  readonly dump: CronJobV1;
  readonly restore: CronJobV1;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: PostgresDatabaseProps,
  ) {
    super(scope, id);
    this.service = this.createService();
    this.volume = this.createVolume();
    const policies = [this.protectAll(), this.protectServer(), this.protectDumps()];
    this.server = this.createServer([...policies, this.tryImage()]);
    const account = new ServiceAccountV1(this, "dump-account", {
      metadata: this.metadata(DUMP_SERVICE_ACCOUNT, DUMP),
      automountServiceAccountToken: false,
      ...pullSecrets(props.imagePullSecrets),
      dependsOn: this.after,
    });
    const { dumpSchedule = nightly(props.namespace) } = props;
    this.dump = this.createJob("dump", { schedule: dumpSchedule, suspend: false, after: [account, ...policies] });
    this.restore = this.createJob(RESTORE_CRON_JOB, {
      schedule: "0 0 1 1 *",
      suspend: true,
      after: [account, ...policies],
    });
  }

  private get after(): ITerraformDependable[] {
    return [...(this.props.after ?? [])];
  }

  private metadata(name: string, component: string) {
    return {
      name,
      namespace: this.props.namespace,
      labels: { ...objectLabels(this.props), "app.kubernetes.io/component": component },
      annotations: objectAnnotations(this.props),
    };
  }

  private createService(): ServiceV1 {
    return new ServiceV1(this, "service", {
      metadata: this.metadata(SERVER, SERVER),
      spec: {
        selector: podSelector(this.props.app, SERVER),
        port: [{ name: "postgres", port: PORT, targetPort: "postgres" }],
      },
      dependsOn: this.after,
    });
  }

  /** A claim of its own, as the StatefulSet's templates can't be changed and are not guarded. */
  private createVolume(): PersistentVolumeClaimV1 {
    const { size = DEFAULT_DATABASE.volume, storageClass, preventDestroy = true } = this.props;
    return new PersistentVolumeClaimV1(this, "volume", {
      metadata: this.metadata("data", SERVER),
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: storageClass,
        resources: { requests: { storage: size } },
      },
      // Most classes wait with the volume until there is a pod for it.
      waitUntilBound: false,
      // A class that the platform names later is for volumes that come later: no volume can change its own.
      lifecycle: { preventDestroy, ignoreChanges: ["spec[0].storage_class_name"] },
      dependsOn: this.after,
    });
  }

  /** The server's pod goes before the next one comes. So an image that isn't there is found out by another one. */
  private tryImage(): JobV1 {
    const { image, serviceAccount } = this.props;
    const command = ["pg_isready", "--version"];
    return oneTimeJob(this, "image", {
      ...this.props,
      component: IMAGE,
      identity: { image, command },
      pod: {
        ...this.restrictedPod(serviceAccount),
        container: [
          {
            name: IMAGE,
            image,
            command,
            resources: keptResources({ cpu: "10m", memory: "64Mi", memoryLimit: "64Mi" }),
            securityContext: RESTRICTED_CONTAINER,
          },
        ],
      },
      noOperation: NO_OPERATION,
      deadlineSeconds: IMAGE_DEADLINE,
      after: this.after,
    });
  }

  private createServer(after: readonly ITerraformDependable[]): StatefulSetV1 {
    const { app, credentials, image, serviceAccount, volumePath } = this.props;
    const selector = podSelector(app, SERVER);
    return new StatefulSetV1(this, "server", {
      metadata: this.metadata(SERVER, SERVER),
      spec: {
        serviceName: SERVER,
        replicas: "1",
        // Otherwise a pod that never becomes ready is in the way of the one that would.
        podManagementPolicy: "Parallel",
        revisionHistoryLimit: 3,
        selector: { matchLabels: selector },
        template: {
          metadata: {
            labels: { ...objectLabels(this.props), ...selector },
            annotations: { ...DO_NOT_DISRUPT, "drover/secret-revision": credentials.revision },
          },
          spec: {
            ...this.restrictedPod(serviceAccount),
            // The server ends its connections at once, and then writes what is in memory.
            terminationGracePeriodSeconds: 60,
            container: [
              {
                name: SERVER,
                image,
                port: [{ name: "postgres", containerPort: PORT }],
                env: this.environment(),
                readinessProbe: {
                  exec: { command: ["pg_isready", "--quiet", "--host", "127.0.0.1"] },
                  periodSeconds: 5,
                  timeoutSeconds: 3,
                },
                resources: keptResources(this.props.resources ?? DEFAULT_DATABASE.resources),
                securityContext: RESTRICTED_CONTAINER,
                volumeMount: [
                  ...COMMON_MOUNTS,
                  { name: "data", mountPath: volumePath },
                  { name: "memory", mountPath: "/dev/shm" },
                ],
              },
            ],
            volume: [
              ...this.commonVolumes(),
              { name: "data", persistentVolumeClaim: { claimName: "data" } },
              // What parallel queries share; the container's own would be 64 MiB.
              { name: "memory", emptyDir: { medium: "Memory" } },
            ],
          },
        },
      },
      lifecycle: { ignoreChanges: [RESTARTED_AT] },
      dependsOn: [...this.after, this.service, this.volume, ...after],
    });
  }

  private createJob(
    command: "dump" | typeof RESTORE_CRON_JOB,
    { schedule, suspend, after }: { schedule: string; suspend: boolean; after: readonly ITerraformDependable[] },
  ): CronJobV1 {
    const { dumps, image } = this.props;
    return cronJob(this, command, {
      ...this.props,
      name: command,
      component: DUMP,
      cron: schedule,
      suspend,
      pod: {
        ...this.restrictedPod(DUMP_SERVICE_ACCOUNT),
        container: [
          {
            name: command,
            image,
            args: [command],
            env: [
              ...this.environment(),
              { name: "PGHOST", value: SERVER },
              { name: "DUMP_BUCKET", value: dumps.bucket },
              { name: "AWS_REGION", value: dumps.region },
            ],
            resources: keptResources({ cpu: "100m", memory: "512Mi", memoryLimit: "512Mi" }),
            securityContext: RESTRICTED_CONTAINER,
            volumeMount: COMMON_MOUNTS,
          },
        ],
        volume: this.commonVolumes(),
      },
      noOperation: NO_OPERATION,
      retries: 2,
      deadlineSeconds: 21_600,
      startingDeadlineSeconds: 3600,
      after: [...this.after, ...after],
    });
  }

  private environment() {
    return [
      { name: "PGDATABASE", value: this.props.app },
      { name: "PASSWORD_FILE", value: `${SECRETS}/password` },
    ];
  }

  private commonVolumes() {
    return [
      { name: "tmp", emptyDir: {} },
      { name: "password", secret: { secretName: this.props.credentials.name, defaultMode: "0440", optional: false } },
    ];
  }

  /** Large volumes would take long to be handed over, file by file. */
  private restrictedPod(serviceAccount: string) {
    return restrictedPod(serviceAccount, { fsGroupChangePolicy: "OnRootMismatch" });
  }

  /** What no other policy lets in or out stays closed, for the pods of all Jobs. */
  private protectAll(): NetworkPolicyV1 {
    return new NetworkPolicyV1(this, "default-policy", {
      metadata: this.metadata("default", SERVER),
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      dependsOn: this.after,
    });
  }

  private protectServer(): NetworkPolicyV1 {
    const { app, clients } = this.props;
    return new NetworkPolicyV1(this, "server-policy", {
      metadata: this.metadata(SERVER, SERVER),
      spec: {
        podSelector: { matchLabels: podSelector(app, SERVER) },
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          {
            from: [
              ...clients.map((name) => ({ namespaceSelector: namespaceSelector(name) })),
              { podSelector: { matchLabels: podSelector(app, DUMP) } },
            ],
            ports: tcp(PORT),
          },
        ],
      },
      dependsOn: this.after,
    });
  }

  private protectDumps(): NetworkPolicyV1 {
    const { app, dumpDestinations = [], privateRanges = [] } = this.props;
    return new NetworkPolicyV1(this, "dump-policy", {
      metadata: this.metadata(DUMP, DUMP),
      spec: {
        podSelector: { matchLabels: podSelector(app, DUMP) },
        policyTypes: ["Ingress", "Egress"],
        egress: [
          ...dns(privateRanges),
          podIdentity(),
          { to: [{ podSelector: { matchLabels: podSelector(app, SERVER) } }], ports: tcp(PORT) },
          ...dumpDestinations.map(toDestination),
          { to: internet(privateRanges), ports: tcp(443) },
        ],
      },
      dependsOn: this.after,
    });
  }
}

const COMMON_MOUNTS = [
  { name: "tmp", mountPath: "/tmp" },
  { name: "password", mountPath: SECRETS, readOnly: true },
];

/** Spreads the dumps of a cluster's databases over an hour. */
function nightly(namespace: string): string {
  return `${createHash("sha256").update(namespace).digest().readUInt16BE(0) % 60} 3 * * *`;
}
