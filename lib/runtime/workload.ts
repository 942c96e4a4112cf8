import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import type { DeploymentV1SpecTemplateSpecContainer } from "@cdktf/provider-kubernetes/lib/deployment-v1/index-structs";
import { HorizontalPodAutoscalerV2 } from "@cdktf/provider-kubernetes/lib/horizontal-pod-autoscaler-v2";
import { IngressV1 } from "@cdktf/provider-kubernetes/lib/ingress-v1";
import { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import { PodDisruptionBudgetV1 } from "@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import {
  ALB,
  type AutoscalingSpec,
  DEFAULT_GRACE_PERIOD,
  DEFAULT_START_TIMEOUT,
  defaultDrainDelay,
  fewestReplicas,
  type IngressTlsSpec,
  type MetricsSpec,
  type ProbeSpec,
  type Protocol,
} from "../fleet/fleet";
import { ingressParts } from "./ingress";
import { type ObjectOwner, objectAnnotations, objectLabels, podSelector } from "./labels";
import { LiveReplicas } from "./live-replicas";
import { fromAnywhere, fromSource, type TrafficSource } from "./network-traffic";
import { HELPER, type PodProps, podSpec } from "./pod";
import { probes } from "./probes";
import { serviceProtocol } from "./protocol";
import { RESTARTED_AT } from "./restricted-pod";
import { SINGLE_POD, singlePodAffinity } from "./single-pod";

export interface WorkloadProps extends ObjectOwner, Omit<PodProps, "image"> {
  /** Name of the process; the Deployment, the Service and the Ingress are called so. */
  readonly process: string;
  /** Name of the Namespace. */
  readonly namespace: string;
  /**
   * Image, by digest: "<registry>/<name>@sha256:…".
   *
   * @default - no Deployment: nothing has been released yet
   */
  readonly image?: string;
  /**
   * Commit from which the image was built. It is written on the Deployment only: in the pod template it would replace
   * pods whose image is the same.
   *
   * @default - not written
   */
  readonly version?: string;
  /**
   * Port on which the process listens, told to it as PORT.
   *
   * @default - a worker: no Service and no readiness probe
   */
  readonly port?: number;
  /**
   * Hosts under which the process is public; they need a port, or the construct throws.
   *
   * @default [] no Ingress
   */
  readonly hosts?: readonly string[];
  /**
   * Paths of the hosts that lead to the process, each with all below it.
   *
   * @default ["/"]
   */
  readonly paths?: readonly string[];
  /**
   * IngressClass.
   *
   * @default "alb" the load balancer of EKS
   */
  readonly ingressClass?: string;
  /**
   * Where requests from outside come from: a namespace, or ranges of addresses in CIDR notation.
   *
   * @default - anywhere
   */
  readonly ingressFrom?: TrafficSource;
  /**
   * Where the certificate of the hosts comes from; a load balancer of EKS finds its own in ACM.
   *
   * @default - the certificate that the ingress controller has
   */
  readonly ingressTls?: IngressTlsSpec;
  /**
   * Further annotations of the Ingress. Those that follow from the other properties win.
   *
   * @default {} none
   */
  readonly ingressAnnotations?: Readonly<Record<string, string>>;
  /**
   * Number of pods, or bounds between which their use of CPU decides.
   *
   * @default - 2 with a port, 1 for a worker
   */
  readonly replicas?: number | AutoscalingSpec;
  /**
   * Protocol that the process speaks at its port, without TLS: HTTP/1.1, HTTP/2 or gRPC.
   *
   * @default "http"
   */
  readonly protocol?: Protocol;
  /**
   * Request that succeeds while a pod should get requests.
   *
   * @default - a pod gets requests while its port can be reached
   */
  readonly readiness?: ProbeSpec;
  /**
   * Request that succeeds as long as a pod should not be restarted.
   *
   * @default - none; only a process that ends is restarted
   */
  readonly liveness?: ProbeSpec;
  /**
   * Seconds that the longest request, or a worker's longest job, may take to end.
   *
   * @default 30
   */
  readonly gracePeriodSeconds?: number;
  /**
   * Seconds that a new pod may take from its start until it is ready.
   *
   * @default 300
   */
  readonly startTimeoutSeconds?: number;
  /**
   * Seconds from a pod's removal until it is told to end. As long, requests may still come to it from those who have not
   * heard of its removal; a process that listens no more would refuse them.
   *
   * @default - 20 behind a load balancer of EKS, else 5; 0 for a worker
   */
  readonly drainDelaySeconds?: number;
  /**
   * Where Prometheus finds metrics; the port is the process's own unless it is named.
   *
   * @default - nowhere
   */
  readonly metrics?: MetricsSpec;
  /**
   * Namespace of the Prometheus that may read the metrics.
   *
   * @default - none may from outside of the fleet's apps
   */
  readonly metricsFrom?: string;
  /**
   * What has to be there before the objects, such as the namespace.
   *
   * @default []
   */
  readonly after?: readonly ITerraformDependable[];
  /**
   * What has to be there before the pods besides, such as a migration.
   *
   * @default []
   */
  readonly deploymentAfter?: readonly ITerraformDependable[];
}

/** Port of every Service, whatever the pods listen on. */
const SERVICE_PORT = 80;

/** Names of the ports of a container: that of the requests, and that of the metrics where it is another. */
const HTTP = "http";
const METRICS = "metrics";

/** Seconds beyond a grace period, for the process to close what it has open. */
const GRACE_MARGIN = 5;

/** How long a new Ingress may take until its load balancer serves it. A new load balancer takes about three minutes. */
const LOAD_BALANCER_TIMEOUT = "10m";

/**
 * Seconds for a load balancer of EKS to register a new pod and to find it healthy: two health checks, 15 seconds apart, and
 * what it takes to spread.
 *
 * @see https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#healthcheck-interval-seconds
 */
const REGISTRATION_SECONDS = 60;

/**
 * Seconds for which a new pod must stay ready before the rollout goes on. A process that dies soon after its start then
 * fails its release. A worker is "ready" as soon as it runs, so it gets longer.
 */
const MIN_READY_SECONDS = { withPort: 15, worker: 30 };

/** Share of the pods that a rollout starts at a time, in percent. */
const MAX_SURGE = 25;

/** Number of batches in which a rollout replaces some pods. */
function batchesOf(pods: number): number {
  return pods === 0 ? 0 : Math.ceil(pods / Math.ceil((pods * MAX_SURGE) / 100));
}

/** Seconds that Terraform waits beyond the deadlines, so that the cluster reports the failure. */
const APPLY_MARGIN = 60;

/**
 * One process of an app: the Deployment of its pods with its disruption budget and autoscaler and, where it listens, the
 * Service that balances between them, the Ingress that makes it public, and the NetworkPolicy that lets requests in.
 */
export class Workload extends Construct {
  readonly deployment?: DeploymentV1;
  readonly service?: ServiceV1;
  /** One, or for a load balancer of EKS one for each depth of its paths. */
  readonly ingresses: readonly IngressV1[];
  readonly networkPolicy?: NetworkPolicyV1;
  readonly disruptionBudget?: PodDisruptionBudgetV1;
  readonly autoscaler?: HorizontalPodAutoscalerV2;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: WorkloadProps,
  ) {
    super(scope, id);
    const { image, port, process, hosts = [] } = props;
    if (port === undefined && hosts.length > 0) {
      throw new Error(
        `process "${process}" has hosts (${hosts.join(", ")}) but no port; give it the one it listens on`,
      );
    }
    if (port !== undefined) this.service = this.createService();
    this.ingresses = hosts.length > 0 ? this.exposeViaIngress(hosts) : [];
    this.networkPolicy = this.letIn();
    if (image === undefined) return;
    this.deployment = this.createDeployment(image);
    if (this.most > 1) this.disruptionBudget = this.limitDisruption();
    if (typeof this.replicas === "object") this.autoscaler = this.scale(this.replicas, this.deployment);
  }

  private get replicas(): number | AutoscalingSpec {
    return this.props.replicas ?? fewestReplicas(this.props.port);
  }

  private get most(): number {
    return typeof this.replicas === "number" ? this.replicas : this.replicas.max;
  }

  private get selector(): Record<string, string> {
    return podSelector(this.props.app, this.props.process);
  }

  private get gracePeriod(): number {
    return this.props.gracePeriodSeconds ?? DEFAULT_GRACE_PERIOD;
  }

  /** Port of its metrics; absent: it has none, or no port at all. */
  private get metricsPort(): number | undefined {
    const { metrics, port } = this.props;
    return metrics && (metrics.port ?? port);
  }

  private get isPublic(): boolean {
    return this.ingresses.length > 0;
  }

  private get startTimeout(): number {
    return this.props.startTimeoutSeconds ?? DEFAULT_START_TIMEOUT;
  }

  private get drainDelay(): number {
    return this.props.drainDelaySeconds ?? defaultDrainDelay(this.props);
  }

  /** Seconds from a pod's removal until it is killed. */
  private get terminationGracePeriod(): number {
    return this.drainDelay + this.gracePeriod + GRACE_MARGIN;
  }

  /** Seconds for which a new pod must stay ready until it counts as available. */
  private get minReady(): number {
    return this.props.port === undefined ? MIN_READY_SECONDS.worker : MIN_READY_SECONDS.withPort;
  }

  /**
   * Seconds in which one batch of pods is replaced, or the rollout has failed: a new pod starts, the load balancer takes it
   * up, it stays ready, and an old pod drains. A single worker's old pod ends first.
   */
  private get progressDeadline(): number {
    const { ingressClass = ALB } = this.props;
    const registration = this.isPublic && ingressClass === ALB ? REGISTRATION_SECONDS : 0;
    const ending = this.recreates ? this.terminationGracePeriod : this.drainDelay;
    return this.startTimeout + registration + this.minReady + ending;
  }

  /** The most batches in which a rollout replaces the pods. More pods may take fewer: four take four, and five three. */
  private get batches(): number {
    if (this.recreates) return 1;
    const least = typeof this.replicas === "number" ? this.replicas : this.replicas.min;
    const counts = Array.from({ length: this.most - least + 1 }, (_, index) => batchesOf(least + index));
    return Math.max(1, ...counts);
  }

  /** Whether the old pod ends before the new one starts. */
  private get recreates(): boolean {
    return this.props.port === undefined && this.replicas === 1;
  }

  private metadata(annotations: Record<string, string> = {}, labels: Record<string, string> = {}) {
    const { process, namespace } = this.props;
    return {
      name: process,
      namespace,
      labels: { ...objectLabels(this.props), "app.kubernetes.io/component": process, ...labels },
      annotations: { ...objectAnnotations(this.props), ...annotations },
    };
  }

  private get dependsOn(): ITerraformDependable[] {
    return [...(this.props.after ?? [])];
  }

  private createService(): ServiceV1 {
    const { ingressClass = ALB, protocol = "http" } = this.props;
    const { annotations, port } = serviceProtocol(protocol, ingressClass);
    return new ServiceV1(this, "service", {
      metadata: this.metadata(annotations),
      spec: {
        selector: this.selector,
        port: [{ name: HTTP, port: SERVICE_PORT, targetPort: HTTP, ...port }],
      },
      dependsOn: this.dependsOn,
    });
  }

  private exposeViaIngress(hosts: readonly string[]): IngressV1[] {
    const { paths = ["/"], ingressClass = ALB, ingressTls, ingressAnnotations = {} } = this.props;
    const parts = ingressParts({
      ...this.props,
      port: HTTP,
      hosts,
      paths,
      ingressClass,
      tls: ingressTls,
      annotations: ingressAnnotations,
      deregistrationSeconds: this.drainDelay + this.gracePeriod,
    });
    return parts.map(({ id, name, annotations, spec }) => {
      const metadata = { ...this.metadata(annotations), name };
      // Other controllers need not write a status, so nothing says when they have taken an Ingress up.
      const wait =
        ingressClass === ALB ? { waitForLoadBalancer: true, timeouts: { create: LOAD_BALANCER_TIMEOUT } } : {};
      return new IngressV1(this, id, { metadata, spec, ...wait, dependsOn: this.dependsOn });
    });
  }

  /** What is not let in here comes from the fleet's apps only: see AppNetworkPolicy. */
  private letIn(): NetworkPolicyV1 | undefined {
    const { process, port, metricsFrom, ingressFrom } = this.props;
    const { metricsPort } = this;
    const ingress = [
      ...(this.isPublic ? [ingressFrom === undefined ? fromAnywhere(HTTP) : fromSource(ingressFrom, HTTP)] : []),
      ...(metricsPort !== undefined && metricsFrom !== undefined
        ? [fromSource(metricsFrom, metricsPort === port ? HTTP : METRICS)]
        : []),
    ];
    if (ingress.length === 0) return undefined;
    return new NetworkPolicyV1(this, "network-policy", {
      metadata: { ...this.metadata(), name: `${process}-ingress` },
      spec: { podSelector: { matchLabels: this.selector }, policyTypes: ["Ingress"], ingress },
      dependsOn: this.dependsOn,
    });
  }

  private createDeployment(image: string): DeploymentV1 {
    const { process, version, secret } = this.props;
    const { selector, replicas, terminationGracePeriod, progressDeadline } = this;
    const timeout = `${Math.ceil((progressDeadline * this.batches + APPLY_MARGIN) / 60)}m`;
    const annotations = {
      ...this.scrapeAnnotations(),
      ...(secret?.revision !== undefined && { "drover/secret-revision": secret.revision }),
    };
    const deployment = new DeploymentV1(this, "deployment", {
      metadata: this.metadata({}, version ? { "app.kubernetes.io/version": version } : {}),
      spec: {
        replicas: typeof replicas === "number" ? String(replicas) : this.liveReplicas(replicas, () => deployment),
        revisionHistoryLimit: 3,
        minReadySeconds: this.minReady,
        progressDeadlineSeconds: progressDeadline,
        strategy: this.strategy(),
        selector: { matchLabels: selector },
        template: {
          metadata: {
            labels: { ...objectLabels(this.props), ...selector, ...(this.recreates && SINGLE_POD) },
            ...(Object.keys(annotations).length > 0 && { annotations }),
          },
          spec: {
            ...podSpec(process, { ...this.props, image }, this.container()),
            terminationGracePeriodSeconds: terminationGracePeriod,
            ...(this.recreates && { affinity: singlePodAffinity(selector) }),
            topologySpreadConstraint: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
              maxSkew: 1,
              topologyKey,
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: [{ matchLabels: selector }],
              // Pods of the release before, which are about to go, don't count.
              matchLabelKeys: ["pod-template-hash"],
            })),
          },
        },
      },
      timeouts: { create: timeout, update: timeout, delete: timeout },
      lifecycle: { ignoreChanges: [RESTARTED_AT] },
      dependsOn: this.deploymentAfter,
    });
    return deployment;
  }

  private liveReplicas(bounds: AutoscalingSpec, deployment: () => DeploymentV1): string {
    const { env = {}, secret } = this.props;
    const values = [...Object.values(env), ...(secret?.revision === undefined ? [] : [secret.revision])];
    return new LiveReplicas(this, "replicas", {
      ...this.props,
      bounds,
      deployment,
      values,
      after: this.deploymentAfter,
    }).expression;
  }

  /** What has to be as it should before pods are replaced. */
  private get deploymentAfter(): ITerraformDependable[] {
    return [
      ...this.dependsOn,
      ...(this.props.deploymentAfter ?? []),
      ...[this.service, ...this.ingresses, this.networkPolicy].flatMap((object) => object ?? []),
    ];
  }

  /**
   * Where somebody waits for answers, no old pod goes before a new one is ready. A single worker is one at any time: the
   * old one gets its grace period, and only then the new one starts, so that no job is taken by two versions at once. Of
   * several workers, which have to share their jobs anyway, the new ones start first.
   */
  private strategy() {
    if (this.recreates) return { type: "Recreate" };
    return { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "0", maxSurge: `${MAX_SURGE}%` } };
  }

  private scrapeAnnotations(): Record<string, string> {
    const { metrics } = this.props;
    const { metricsPort } = this;
    if (metrics === undefined || metricsPort === undefined) return {};
    return {
      "prometheus.io/scrape": "true",
      "prometheus.io/port": String(metricsPort),
      "prometheus.io/path": metrics.path,
    };
  }

  /** What the process's container has beyond that of any pod. */
  private container(): Partial<DeploymentV1SpecTemplateSpecContainer> {
    const { liveness, port, readiness } = this.props;
    const { metricsPort } = this;
    const ports = [
      ...(port === undefined ? [] : [{ name: HTTP, containerPort: port }]),
      ...(metricsPort === undefined || metricsPort === port ? [] : [{ name: METRICS, containerPort: metricsPort }]),
    ];
    return {
      ...(ports.length > 0 && { port: ports }),
      ...(port !== undefined && {
        env: [{ name: "PORT", value: String(port) }],
        ...probes({ readiness, liveness, port, portName: HTTP, startTimeoutSeconds: this.startTimeout }),
      }),
      ...(this.drainDelay > 0 && {
        lifecycle: { preStop: [{ exec: { command: [HELPER, "sleep", String(this.drainDelay)] } }] },
      }),
    };
  }

  /**
   * One pod at a time: a node can be drained as soon as the pod before is ready elsewhere. Where more than one is not
   * ready anyway, the drain waits: the provider has no field to say that such pods may go.
   *
   * @see https://kubernetes.io/docs/tasks/run-application/configure-pdb/#unhealthy-pod-eviction-policy
   */
  private limitDisruption(): PodDisruptionBudgetV1 {
    return new PodDisruptionBudgetV1(this, "disruption-budget", {
      metadata: this.metadata(),
      spec: { maxUnavailable: "1", selector: { matchLabels: this.selector } },
      dependsOn: this.dependsOn,
    });
  }

  private scale({ min, max, cpu }: AutoscalingSpec, deployment: DeploymentV1): HorizontalPodAutoscalerV2 {
    return new HorizontalPodAutoscalerV2(this, "autoscaler", {
      metadata: this.metadata(),
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: this.props.process },
        minReplicas: min,
        maxReplicas: max,
        metric: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: cpu } } },
        ],
      },
      dependsOn: [deployment],
    });
  }
}
