import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import type { DeploymentV1SpecTemplateSpecContainer } from "@cdktf/provider-kubernetes/lib/deployment-v1/index-structs";
import { IngressV1 } from "@cdktf/provider-kubernetes/lib/ingress-v1";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type ObjectOwner, objectAnnotations, objectLabels, podSelector } from "./labels";

export interface WorkloadProps extends ObjectOwner {
  /** Name of the process; the Deployment, the Service and the Ingress are called so. */
  readonly process: string;
  /** Name of the Namespace. */
  readonly namespace: string;
  /** Name of the ServiceAccount. */
  readonly serviceAccount: string;
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
   * Program and arguments.
   *
   * @default - the image's own
   */
  readonly command?: readonly string[];
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
   * IngressClass.
   *
   * @default "alb" the load balancer of EKS
   */
  readonly ingressClass?: string;
  /**
   * What has to be there before the objects, such as the namespace.
   *
   * @default []
   */
  readonly after?: readonly ITerraformDependable[];
}

/** Port of every Service, whatever the pods listen on. */
const SERVICE_PORT = 80;

/** A user id that no image's own files belong to. */
const USER = "65532";

/**
 * One process of an app: the Deployment of its pods and, where it listens, the Service that balances between them and
 * the Ingress that makes it public.
 */
export class Workload extends Construct {
  readonly deployment?: DeploymentV1;
  readonly service?: ServiceV1;
  readonly ingress?: IngressV1;

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
    if (this.service && hosts.length > 0) this.ingress = this.exposeViaIngress(hosts);
    if (image !== undefined) this.deployment = this.createDeployment(image);
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
    return new ServiceV1(this, "service", {
      metadata: this.metadata(),
      spec: {
        selector: podSelector(this.props.app, this.props.process),
        port: [{ name: "http", port: SERVICE_PORT, targetPort: "http" }],
      },
      dependsOn: this.dependsOn,
    });
  }

  private exposeViaIngress(hosts: readonly string[]): IngressV1 {
    const { process, ingressClass = "alb" } = this.props;
    const backend = { service: { name: process, port: { name: "http" } } };
    return new IngressV1(this, "ingress", {
      metadata: this.metadata(ingressClass === "alb" ? ALB_ANNOTATIONS : {}),
      spec: {
        ingressClassName: ingressClass,
        rule: hosts.map((host) => ({ host, http: { path: [{ path: "/", pathType: "Prefix", backend }] } })),
      },
      dependsOn: this.dependsOn,
    });
  }

  private createDeployment(image: string): DeploymentV1 {
    const { app, process, port, version, serviceAccount } = this.props;
    const selector = podSelector(app, process);
    return new DeploymentV1(this, "deployment", {
      metadata: this.metadata({}, version ? { "app.kubernetes.io/version": version } : {}),
      spec: {
        // One answers while the other is replaced, or its node goes away; a worker has nobody waiting for it.
        replicas: port === undefined ? "1" : "2",
        revisionHistoryLimit: 3,
        // Below the ten minutes that the provider waits, so that it is the cluster that says what went wrong.
        progressDeadlineSeconds: 300,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "0", maxSurge: "1" } },
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: { ...objectLabels(this.props), ...selector } },
          spec: {
            serviceAccountName: serviceAccount,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: USER,
              runAsGroup: USER,
              fsGroup: USER,
              seccompProfile: { type: "RuntimeDefault" },
            },
            topologySpreadConstraint: [
              {
                maxSkew: 1,
                topologyKey: "topology.kubernetes.io/zone",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: [{ matchLabels: selector }],
              },
            ],
            container: [this.container(image)],
            volume: [{ name: "tmp", emptyDir: {} }],
          },
        },
      },
      dependsOn: [...this.dependsOn, ...[this.service, this.ingress].flatMap((object) => object ?? [])],
    });
  }

  private container(image: string): DeploymentV1SpecTemplateSpecContainer {
    const { process, command, port } = this.props;
    return {
      name: process,
      image,
      command: command && [...command],
      ...(port !== undefined && {
        port: [{ name: "http", containerPort: port }],
        env: [{ name: "PORT", value: String(port) }],
        readinessProbe: { tcpSocket: [{ port: "http" }], periodSeconds: 5 },
      }),
      // A Rust service uses a few MiB: enough is asked for to be scheduled honestly, and a leak ends one pod only.
      resources: { requests: { cpu: "50m", memory: "32Mi" }, limits: { memory: "256Mi" } },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
      volumeMount: [{ name: "tmp", mountPath: "/tmp" }],
    };
  }
}

/**
 * The load balancer sends requests to the pods themselves, and takes every answer below 500 to its health check: its own
 * default is a 200 at "/", which a service need not have. It looks for certificates of the hosts only where it is told
 * to listen to HTTPS.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-alb.html
 */
const ALB_ANNOTATIONS = {
  "alb.ingress.kubernetes.io/listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]',
  "alb.ingress.kubernetes.io/ssl-redirect": "443",
  "alb.ingress.kubernetes.io/target-type": "ip",
  "alb.ingress.kubernetes.io/success-codes": "200-499",
};
