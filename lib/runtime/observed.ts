/** How a container ended. */
export interface ObservedEnd {
  readonly reason?: string;
  readonly message?: string;
  readonly exitCode: number;
}

/** Where a container is in its life: one of the three. */
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

/** An object of a cluster, as `kubectl get` shows it: no more of it than what tells why something does not work. */
export interface ObservedObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly generation?: number;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly uid: string; readonly kind: string }[];
  };
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: { readonly spec: { readonly containers: readonly ObservedContainer[] } };
    readonly containers?: readonly ObservedContainer[];
    readonly initContainers?: readonly ObservedContainer[];
  };
  readonly status?: {
    readonly conditions?: readonly ObservedCondition[];
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly readyReplicas?: number;
    readonly initContainerStatuses?: readonly ObservedContainerStatus[];
    readonly containerStatuses?: readonly ObservedContainerStatus[];
  };
}

/** Something that a cluster has noted about an object. */
export interface ObservedEvent {
  readonly kind: "Event";
  readonly metadata: { readonly creationTimestamp: string };
  readonly involvedObject: { readonly uid: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
}
