/** Why a pod does not do its work. */
export type PodCause =
  | { readonly kind: "image" }
  | { readonly kind: "variable"; readonly secret?: string; readonly variable?: string }
  | { readonly kind: "command" }
  | { readonly kind: "exit"; readonly exitCode: number }
  | { readonly kind: "memory"; readonly limit?: string }
  | { readonly kind: "wait"; readonly host: string }
  | { readonly kind: "silent"; readonly port: string }
  | { readonly kind: "unready"; readonly probe: string }
  | { readonly kind: "liveness" }
  | { readonly kind: "gate"; readonly healthCheck?: HealthCheck }
  | { readonly kind: "unscheduled" }
  | { readonly kind: "unbound" }
  | { readonly kind: "mount" }
  | { readonly kind: "sandbox" }
  | { readonly kind: "node"; readonly node: string }
  | { readonly kind: "disrupted" };

/** How a load balancer judges a pod. */
export interface HealthCheck {
  /** Such as "GET /ready on port 8080". */
  readonly request: string;
  /** What counts as healthy, such as "a status of 200-499". */
  readonly expected: string;
}

/** Why an object does not do its work: that of one of its pods, or its own. */
export type Cause =
  | PodCause
  // Deployments
  | { readonly kind: "predecessor"; readonly pod: string; readonly node: string; readonly isStuck: boolean }
  // Jobs
  | { readonly kind: "deadline"; readonly seconds?: number }
  | { readonly kind: "vanished" }
  // CronJobs
  | { readonly kind: "suspended" }
  | { readonly kind: "not-started" }
  | { readonly kind: "no-success" }
  | { readonly kind: "still-running"; readonly job: string }
  // HorizontalPodAutoscalers
  | { readonly kind: "no-target" }
  | { readonly kind: "no-metrics" }
  | { readonly kind: "no-request" }
  | { readonly kind: "not-scaling" }
  | { readonly kind: "maximum"; readonly pods: number }
  // Ingresses
  | { readonly kind: "certificate"; readonly host: string; readonly ingress: ObjectName; readonly isForeign: boolean }
  | { readonly kind: "group"; readonly ingress: ObjectName }
  | { readonly kind: "refused-ingress" }
  | { readonly kind: "no-load-balancer" }
  // PersistentVolumeClaims
  | { readonly kind: "no-class" }
  | { readonly kind: "unknown-class"; readonly storageClass: string }
  | { readonly kind: "no-consumer" }
  | { readonly kind: "unprovisioned" }
  | { readonly kind: "lost" }
  | { readonly kind: "resizing" }
  | { readonly kind: "resize-needs-restart" }
  | { readonly kind: "resize-failed" };

/** An object of any namespace. */
export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}
