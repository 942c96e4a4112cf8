import type { HealthCheck, PodCause } from "./cause";
import { conditionOf, count, isTrue, type Observation } from "./observation";
import type {
  ObservedCondition,
  ObservedContainer,
  ObservedContainerStatus,
  ObservedEnd,
  ObservedEvent,
  ObservedObject,
  ObservedProbe,
} from "./observed";

/** What is wrong with a pod. */
export interface PodFault {
  readonly pod: string;
  readonly cause: PodCause;
  /** In a line. */
  readonly summary: string;
  /** What the cluster says of it, in its own words. */
  readonly message?: string;
  /** The container whose log shows more, and whether that is the log before its restart; absent: nothing has started. */
  readonly log?: { readonly container: string; readonly previous: boolean };
}

/** Reasons of a container that waits for its image. */
const NO_IMAGE = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"];

/** Reasons of a container that can't be created as its pod describes it. */
const NOT_STARTED = ["CreateContainerError", "RunContainerError"];

/** Reasons of a container that waits for what its pod has in common. */
const NOT_PREPARED = ["ContainerCreating", "PodInitializing"];

/** Events of a pod whose volume isn't there. */
const NO_VOLUME = ["FailedMount", "FailedAttachVolume"];

/** Reasons of the condition DisruptionTarget, and what they mean. */
const DISRUPTIONS: Readonly<Record<string, string>> = {
  EvictionByEvictionAPI: "was evicted, as by a node's drain",
  PreemptionByScheduler: "made room for a pod of higher priority",
  DeletionByTaintManager: "was deleted because its node was tainted or stopped answering",
  DeletionByPodGC: "was deleted because its node is gone",
  TerminationByKubelet: "was ended by its node, which ran out of memory or disk or shut down",
};

interface Container {
  readonly spec: ObservedContainer;
  readonly status: ObservedContainerStatus;
  readonly isInit: boolean;
  readonly events: readonly ObservedEvent[];
}

type Found = Omit<PodFault, "pod">;

/** The first fault of a pod, in the order in which a pod starts. */
export function faultOf(pod: ObservedObject, seen: Observation): PodFault | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return undefined;
  const events = seen.eventsAbout(pod);
  const found =
    disrupted(pod) ??
    unscheduled(pod) ??
    first(containersOf(pod, events), faultOfContainer) ??
    unprepared(pod, events) ??
    gated(pod, seen) ??
    unobserved(pod);
  return found && { pod: pod.metadata.name, ...found };
}

/** @see https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions */
function disrupted(pod: ObservedObject): Found | undefined {
  const condition = conditionOf(pod, "DisruptionTarget");
  if (condition?.status !== "True") return undefined;
  const { reason = "", message } = condition;
  return { cause: { kind: "disrupted" }, summary: DISRUPTIONS[reason] ?? `was disrupted (${reason})`, message };
}

function unscheduled(pod: ObservedObject): Found | undefined {
  const condition = conditionOf(pod, "PodScheduled");
  if (condition?.status !== "False") return undefined;
  const { message = condition.reason } = condition;
  if (message?.includes("PersistentVolumeClaim"))
    return { cause: { kind: "unbound" }, summary: "waits for its volume", message };
  return { cause: { kind: "unscheduled" }, summary: "fits on no node", message };
}

function containersOf({ spec, status }: ObservedObject, events: readonly ObservedEvent[]): Container[] {
  const list = (
    specs: readonly ObservedContainer[] = [],
    all: readonly ObservedContainerStatus[] = [],
    isInit: boolean,
  ) =>
    specs.flatMap((each) => {
      const own = all.find(({ name }) => name === each.name);
      return own ? [{ spec: each, status: own, isInit, events }] : [];
    });
  return [
    ...list(spec?.initContainers, status?.initContainerStatuses, true),
    ...list(spec?.containers, status?.containerStatuses, false),
  ];
}

function faultOfContainer(container: Container): Found | undefined {
  return first([notStarted, killed, ended, notReady], (check) => check(container));
}

function notStarted({ spec, status }: Container): Found | undefined {
  const { reason = "", message = "" } = status.state.waiting ?? {};
  if (NO_IMAGE.includes(reason)) {
    return { cause: { kind: "image" }, summary: `can't pull its image ${spec.image}`, message };
  }
  if (reason === "CreateContainerConfigError") {
    return { cause: { kind: "variable", ...missingOf(message) }, summary: "lacks a value", message };
  }
  const failure = failedStart(status);
  if (!NOT_STARTED.includes(reason) && failure === undefined) return undefined;
  const program = spec.command?.[0] ?? "the image's program";
  return {
    cause: { kind: "command" },
    summary: `can't start ${program}`,
    message: rootOf(failure?.message ?? message),
  };
}

/** How a container ended whose program could not be started. */
function failedStart(status: ObservedContainerStatus): ObservedEnd | undefined {
  const end = endOf(status);
  return end?.reason === "StartError" || end?.reason === "ContainerCannotRun" ? end : undefined;
}

/** @see https://github.com/kubernetes/kubernetes/blob/v1.35.4/pkg/kubelet/kubelet_pods.go its wording */
function missingOf(message: string): { secret?: string; variable?: string } {
  const key = message.match(/couldn't find key (\w+) in Secret [^/\s]+\/([\w.-]+)/);
  if (key) return { variable: key[1], secret: key[2] };
  return { secret: message.match(/secret "([\w.-]+)" not found/)?.[1] };
}

function killed(container: Container): Found | undefined {
  const { spec, status } = container;
  if (endOf(status)?.reason !== "OOMKilled") return undefined;
  const limit = spec.resources?.limits?.memory;
  const summary = `ran out of memory${limit === undefined ? "" : `: its limit is ${limit}`}${restarts(status)}`;
  return { cause: { kind: "memory", limit }, summary, log: logOf(container) };
}

function ended(container: Container): Found | undefined {
  const { status, isInit, events } = container;
  const end = endOf(status);
  if (status.ready || end === undefined || (end.exitCode === 0 && (isInit || !isRestarting(status)))) return undefined;
  const log = logOf(container);
  const awaited = awaitedBy(container);
  if (awaited !== undefined) {
    const { host, port } = awaited;
    return { cause: { kind: "wait", host }, summary: `timed out waiting for ${host}:${port}`, log };
  }
  if (events.some(({ reason, message }) => reason === "Killing" && message.includes("failed liveness probe"))) {
    return { cause: { kind: "liveness" }, summary: `failed its liveness probe${restarts(status)}`, log };
  }
  const { exitCode } = end;
  return { cause: { kind: "exit", exitCode }, summary: `exited with code ${exitCode}${restarts(status)}`, log };
}

/** A process of a Deployment may not end, not even with success. */
function isRestarting({ state }: ObservedContainerStatus): boolean {
  return state.waiting?.reason === "CrashLoopBackOff";
}

function notReady(container: Container): Found | undefined {
  const { spec, status, isInit, events } = container;
  if (status.state.running === undefined || status.ready) return undefined;
  const log = logOf(container);
  if (isInit) {
    const awaited = awaitedBy(container);
    // Otherwise it does the work of a Job, and may take its time.
    if (awaited === undefined) return undefined;
    const { host, port } = awaited;
    return { cause: { kind: "wait", host }, summary: `waits for ${host}:${port}`, log };
  }
  const probe = describeProbe(spec);
  const said = events.filter(({ reason, message }) => reason === "Unhealthy" && message.startsWith("Readiness")).at(-1);
  const message = said?.message.replace(/^Readiness probe failed: /, "");
  // A probe that only connects has no path that could be changed.
  const isSilent = REFUSED.test(message ?? "") || spec.readinessProbe?.tcpSocket !== undefined;
  const cause: PodCause = isSilent
    ? { kind: "silent", port: portOf(spec, spec.readinessProbe) }
    : { kind: "unready", probe };
  const summary = message === undefined ? `is not ready yet: ${probe}` : `is not ready: ${probe} fails`;
  return { cause, summary, message, log };
}

/** What an init container waits for: see `waitFor` of `lib/runtime/pod.ts`. */
function awaitedBy({ spec: { command = [] }, isInit }: Container): { host: string; port: string } | undefined {
  const [, verb, host = "", port = ""] = command;
  return isInit && verb === "wait" ? { host, port } : undefined;
}

/** What a probe says where nothing listens: over HTTP, and over gRPC. */
const REFUSED = /connection refused|failed to connect service/;

/** A pod whose containers wait for a volume or a network. */
function unprepared(pod: ObservedObject, events: readonly ObservedEvent[]): Found | undefined {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  if (!statuses.some(({ state }) => NOT_PREPARED.includes(state.waiting?.reason ?? ""))) return undefined;
  const last = (...reasons: string[]) => events.filter(({ reason }) => reasons.includes(reason)).at(-1);
  const mount = last(...NO_VOLUME);
  if (mount) return { cause: { kind: "mount" }, summary: "can't mount a volume", message: mount.message };
  const sandbox = last("FailedCreatePodSandBox");
  return sandbox && { cause: { kind: "sandbox" }, summary: "gets no network or sandbox", message: sandbox.message };
}

/**
 * A pod that would be ready, but for a gate that another program opens.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-gate
 */
function gated(pod: ObservedObject, seen: Observation): Found | undefined {
  if (!isTrue(pod, "ContainersReady") || isTrue(pod, "Ready")) return undefined;
  const gate = pod.spec?.readinessGates?.find(({ conditionType }) => !isTrue(pod, conditionType))?.conditionType;
  if (gate === undefined) return undefined;
  const condition = conditionOf(pod, gate);
  const message = condition ? describeGate(condition) : conditionOf(pod, "Ready")?.message;
  if (!TARGET_HEALTH.test(gate)) {
    return { cause: { kind: "gate" }, summary: `waits for the readiness gate ${gate}`, message };
  }
  const healthCheck = healthCheckOf(pod, seen);
  const summary = `is not healthy for the load balancer, which sends ${healthCheck.request}`;
  return { cause: { kind: "gate", healthCheck }, summary, message, log: firstLogOf(pod) };
}

/** A pod whose containers were ready when its node was last heard of: the control plane says that they no longer are. */
function unobserved(pod: ObservedObject): Found | undefined {
  if (!isTrue(pod, "ContainersReady") || conditionOf(pod, "Ready")?.status !== "False") return undefined;
  const { nodeName: node = "" } = pod.spec ?? {};
  return { cause: { kind: "node", node }, summary: `runs on node ${node}, which does not answer` };
}

/** Readiness gates of the AWS Load Balancer Controller and of EKS Auto Mode. */
const TARGET_HEALTH = /^target-health\./;

function describeGate({ status, reason, message }: ObservedCondition): string {
  return [`${status}`, reason, message].filter(Boolean).join(", ");
}

/** What the annotations of the pod's Ingress ask for, or else the defaults of the controller. */
function healthCheckOf(pod: ObservedObject, seen: Observation): HealthCheck {
  const process = pod.metadata.labels?.["app.kubernetes.io/component"];
  const ingress = seen
    .all("Ingress")
    .find(({ spec }) =>
      spec?.rules?.some(({ http }) => http?.paths.some(({ backend }) => backend.service?.name === process)),
    );
  const annotation = (name: string) => ingress?.metadata.annotations?.[`alb.ingress.kubernetes.io/${name}`];
  const [container] = pod.spec?.containers ?? [];
  const port = annotation("healthcheck-port") ?? String(container?.ports?.[0]?.containerPort ?? "");
  const path = annotation("healthcheck-path");
  const codes = annotation("success-codes");
  return annotation("backend-protocol-version") === "GRPC"
    ? {
        request: `a gRPC call of ${path ?? "/AWS.ALB/healthcheck"} to port ${port}`,
        expected: `a gRPC status of ${codes ?? 12}`,
      }
    : { request: `GET ${path ?? "/"} to port ${port}`, expected: `a status of ${codes ?? 200}` };
}

function firstLogOf({ spec }: ObservedObject): Found["log"] {
  const [container] = spec?.containers ?? [];
  return container && { container: container.name, previous: false };
}

function describeProbe({ readinessProbe: probe, ...spec }: ObservedContainer): string {
  if (probe?.httpGet) return `GET ${probe.httpGet.path ?? "/"} on port ${portOf(spec, probe)}`;
  if (probe?.grpc) return `grpc.health.v1.Health/Check of "${probe.grpc.service ?? ""}" on port ${portOf(spec, probe)}`;
  if (probe?.exec) return probe.exec.command.join(" ");
  return probe ? `a connection to port ${portOf(spec, probe)}` : "its start";
}

function portOf({ ports = [] }: ObservedContainer, probe: ObservedProbe | undefined): string {
  const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? probe?.grpc?.port ?? "";
  return String(ports.find(({ name }) => name === port)?.containerPort ?? port);
}

/** How it ended, or how it ended before its last restart. */
function endOf({ state, lastState }: ObservedContainerStatus): ObservedEnd | undefined {
  return state.terminated ?? lastState.terminated;
}

function logOf({ spec, status }: Container): Found["log"] {
  return {
    container: spec.name,
    previous: status.state.running !== undefined && status.lastState.terminated !== undefined,
  };
}

function restarts({ restartCount }: ObservedContainerStatus): string {
  return restartCount === 0 ? "" : `, ${count(restartCount, "restart")}`;
}

/** The last cause in a message that wraps the errors of several programs. */
function rootOf(message: string): string {
  return message.match(/exec: .*?(?=: unknown$|$)/)?.[0] ?? message;
}

function first<T, Result>(list: readonly T[], check: (each: T) => Result | undefined): Result | undefined {
  for (const each of list) {
    const found = check(each);
    if (found !== undefined) return found;
  }
  return undefined;
}
