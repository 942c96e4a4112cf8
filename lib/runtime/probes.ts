import type { DeploymentV1SpecTemplateSpecContainer } from "@cdktf/provider-kubernetes/lib/deployment-v1/index-structs";
import type { ProbeSpec } from "../fleet/fleet";

/** How Kubernetes checks a container that listens. */
export interface ProbesProps {
  /** Name of the port. */
  readonly portName: string;
  /** Number of the port: a gRPC probe can't name one. */
  readonly port: number;
  /** When a pod gets requests; absent: while its port accepts connections. */
  readonly readiness?: ProbeSpec;
  /** When a pod is restarted; absent: when its process ends. */
  readonly liveness?: ProbeSpec;
  /** Seconds that the start may take. */
  readonly startTimeoutSeconds: number;
}

/** Seconds between two requests of a startup probe. */
const STARTUP_PERIOD = 2;

/**
 * The probes of a container. Those over HTTP speak HTTP/1.1, those over gRPC call `grpc.health.v1.Health/Check`.
 *
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
 */
export function probes(props: ProbesProps): Partial<DeploymentV1SpecTemplateSpecContainer> {
  const { portName, port, readiness, liveness, startTimeoutSeconds } = props;
  const check = (probe: ProbeSpec) => ({
    ...("path" in probe
      ? { httpGet: { path: probe.path, port: portName } }
      : { grpc: [{ port, service: probe.service }] }),
    timeoutSeconds: 2,
  });
  return {
    readinessProbe: { ...(readiness ? check(readiness) : { tcpSocket: [{ port: portName }] }), periodSeconds: 5 },
    ...(liveness !== undefined && {
      // A slow start is no failure of the liveness probe.
      startupProbe: {
        ...check(liveness),
        periodSeconds: STARTUP_PERIOD,
        failureThreshold: Math.ceil(startTimeoutSeconds / STARTUP_PERIOD),
      },
      livenessProbe: { ...check(liveness), periodSeconds: 10, failureThreshold: 3 },
    }),
  };
}
