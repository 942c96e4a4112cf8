/** How a container ended. */
export interface ObservedEnd {
  readonly reason?: string;
  readonly message?: string;
  readonly exitCode: number;
}

/** The state of a container: one of the three. */
export interface ObservedState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: object;
  readonly terminated?: ObservedEnd;
}

export interface ObservedContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: ObservedState;
  readonly lastState: ObservedState;
}

export interface ObservedProbe {
  readonly httpGet?: { readonly path?: string; readonly port: number | string };
  readonly tcpSocket?: { readonly port: number | string };
  readonly grpc?: { readonly port: number; readonly service?: string };
  readonly exec?: { readonly command: readonly string[] };
}

export interface ObservedContainer {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly env?: readonly { readonly name: string }[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly readinessProbe?: ObservedProbe;
  readonly resources?: { readonly limits?: Readonly<Record<string, string>> };
}

export interface ObservedCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface ObservedTemplate {
  readonly spec: {
    readonly containers: readonly ObservedContainer[];
    readonly initContainers?: readonly ObservedContainer[];
  };
}

/** A rule of an Ingress. */
export interface ObservedRule {
  readonly host?: string;
  readonly http?: { readonly paths: readonly { readonly backend: { readonly service?: { readonly name: string } } }[] };
}

/** An object of a cluster, as `kubectl get` prints it: only the fields that show why something doesn't work. */
export interface ObservedObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    /** When its grace period ends; absent: it is not being deleted. */
    readonly deletionTimestamp?: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly uid: string; readonly kind: string; readonly name?: string }[];
  };
  readonly spec?: {
    // Deployment, StatefulSet, Job
    readonly replicas?: number;
    readonly minReadySeconds?: number;
    readonly activeDeadlineSeconds?: number;
    readonly template?: ObservedTemplate;
    // Pod
    readonly nodeName?: string;
    readonly containers?: readonly ObservedContainer[];
    readonly initContainers?: readonly ObservedContainer[];
    readonly readinessGates?: readonly { readonly conditionType: string }[];
    // CronJob
    readonly schedule?: string;
    readonly timeZone?: string;
    readonly suspend?: boolean;
    readonly jobTemplate?: { readonly spec: { readonly template: ObservedTemplate } };
    // HorizontalPodAutoscaler
    readonly minReplicas?: number;
    readonly maxReplicas?: number;
    readonly scaleTargetRef?: { readonly kind: string; readonly name: string };
    // Ingress
    readonly ingressClassName?: string;
    readonly rules?: readonly ObservedRule[];
    // PersistentVolumeClaim
    readonly storageClassName?: string;
    readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
  };
  readonly status?: {
    readonly conditions?: readonly ObservedCondition[];
    readonly observedGeneration?: number;
    readonly phase?: string;
    // Deployment, StatefulSet
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly readyReplicas?: number;
    // Pod
    readonly initContainerStatuses?: readonly ObservedContainerStatus[];
    readonly containerStatuses?: readonly ObservedContainerStatus[];
    // CronJob
    readonly lastScheduleTime?: string;
    readonly lastSuccessfulTime?: string;
    // HorizontalPodAutoscaler
    readonly currentReplicas?: number;
    // Ingress
    readonly loadBalancer?: { readonly ingress?: readonly object[] };
    // PersistentVolumeClaim
    readonly capacity?: Readonly<Record<string, string>>;
  };
}

/** Something that happened to an object. */
export interface ObservedEvent {
  readonly kind: "Event";
  readonly metadata: { readonly creationTimestamp: string };
  readonly involvedObject: { readonly uid?: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly lastObservedTime?: string };
}
