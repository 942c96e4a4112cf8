import type {
  ObservedContainer,
  ObservedContainerStatus,
  ObservedEnd,
  ObservedEvent,
  ObservedObject,
  ObservedProbe,
} from "./observed";

/** Why a pod does not do its work. */
export type Cause =
  | { readonly kind: "image"; readonly image: string }
  | { readonly kind: "variable"; readonly secret?: string; readonly variable?: string }
  | { readonly kind: "command"; readonly command: string }
  | { readonly kind: "exit"; readonly exitCode: number }
  | { readonly kind: "memory"; readonly limit: string }
  | { readonly kind: "wait"; readonly host: string }
  | { readonly kind: "silent"; readonly port: string }
  | { readonly kind: "unready"; readonly probe: string }
  | { readonly kind: "liveness" }
  | { readonly kind: "unscheduled" };

/** What is wrong with a pod. */
export interface PodFault {
  readonly pod: string;
  readonly cause: Cause;
  /** In a line. */
  readonly summary: string;
  /** Whose log tells more, and whether that is the log of its last life; absent where nothing was started. */
  readonly log?: { readonly container: string; readonly previous: boolean };
}

/** What the cluster says while it can't get an image. */
const NO_IMAGE = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"];

/** What it says when a container can't be made of what the pod asks for. */
const NOT_STARTED = ["CreateContainerError", "RunContainerError"];

interface Container {
  readonly pod: string;
  readonly spec: ObservedContainer;
  readonly status: ObservedContainerStatus;
  readonly isInit: boolean;
  readonly events: readonly ObservedEvent[];
}

type Found = Omit<PodFault, "pod">;

/**
 * The first fault of a pod, in the order in which its containers start.
 *
 * @param events what the cluster has noted about the pod
 */
export function faultOf(pod: ObservedObject, events: readonly ObservedEvent[]): PodFault | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return undefined;
  const unscheduled = pod.status?.conditions?.find(({ type, status }) => type === "PodScheduled" && status === "False");
  const found: Found | undefined = unscheduled
    ? { cause: { kind: "unscheduled" }, summary: `no node takes it: ${unscheduled.message ?? unscheduled.reason}` }
    : first(containersOf(pod, events), faultOfContainer);
  return found && { pod: pod.metadata.name, ...found };
}

function containersOf({ metadata, spec, status }: ObservedObject, events: readonly ObservedEvent[]): Container[] {
  const list = (
    specs: readonly ObservedContainer[] = [],
    all: readonly ObservedContainerStatus[] = [],
    isInit: boolean,
  ) =>
    specs.flatMap((each) => {
      const own = all.find(({ name }) => name === each.name);
      return own ? [{ pod: metadata.name, spec: each, status: own, isInit, events }] : [];
    });
  return [
    ...list(spec?.initContainers, status?.initContainerStatuses, true),
    ...list(spec?.containers, status?.containerStatuses, false),
  ];
}

function faultOfContainer(container: Container): Found | undefined {
  return first([notStarted, killed, ended, notReady], (look) => look(container));
}

function notStarted({ spec, status }: Container): Found | undefined {
  const { reason = "", message = "" } = status.state.waiting ?? {};
  if (NO_IMAGE.includes(reason)) {
    return { cause: { kind: "image", image: spec.image }, summary: `its image can't be pulled: ${spec.image}` };
  }
  if (reason === "CreateContainerConfigError") {
    return { cause: { kind: "variable", ...missingOf(message) }, summary: `a value is missing: ${message}` };
  }
  const failure = failedStart(status);
  if (NOT_STARTED.includes(reason) || failure !== undefined) {
    const command = spec.command?.[0] ?? "the image's own program";
    const said = heart(failure?.message ?? message);
    return { cause: { kind: "command", command }, summary: `${command} can't be started: ${said}` };
  }
  return undefined;
}

/** How a container ended whose program could not be started at all. */
function failedStart(status: ObservedContainerStatus): ObservedEnd | undefined {
  const end = endOf(status);
  return end?.reason === "StartError" || end?.reason === "ContainerCannotRun" ? end : undefined;
}

/** @see https://github.com/kubernetes/kubernetes/blob/v1.35.4/pkg/kubelet/kubelet_pods.go its wording */
function missingOf(message: string): { secret?: string; variable?: string } {
  const key = message.match(/couldn't find key (\S+) in Secret \S+\/(\S+)/);
  if (key) return { variable: key[1], secret: key[2] };
  return { secret: message.match(/secret "([^"]+)" not found/)?.[1] };
}

function killed(container: Container): Found | undefined {
  const { spec, status } = container;
  const end = endOf(status);
  if (end?.reason !== "OOMKilled") return undefined;
  const limit = spec.resources?.limits?.memory ?? "its node has left";
  const summary = `it took more memory than ${limit}, and was ended${times(status)}`;
  return { cause: { kind: "memory", limit }, summary, log: logOf(container) };
}

function ended(container: Container): Found | undefined {
  const { spec, status, isInit, events } = container;
  const end = endOf(status);
  if (status.ready || end === undefined || (end.exitCode === 0 && (isInit || !isRestarting(status)))) return undefined;
  const log = logOf(container);
  if (isInit && spec.command?.[1] === "wait") {
    const [, , host = "", port = ""] = spec.command;
    return { cause: { kind: "wait", host }, summary: `it has waited in vain for ${host}:${port}`, log };
  }
  if (events.some(({ reason, message }) => reason === "Killing" && message.includes("failed liveness probe"))) {
    return {
      cause: { kind: "liveness" },
      summary: `it did not answer its liveness probe, and was ended${times(status)}`,
      log,
    };
  }
  const { exitCode } = end;
  return { cause: { kind: "exit", exitCode }, summary: `it ended with exit code ${exitCode}${times(status)}`, log };
}

/** A process of a Deployment may not end, however well. */
function isRestarting({ state }: ObservedContainerStatus): boolean {
  return state.waiting?.reason === "CrashLoopBackOff";
}

function notReady(container: Container): Found | undefined {
  const { spec, status, isInit, events } = container;
  if (status.state.running === undefined || status.ready) return undefined;
  const log = logOf(container);
  if (isInit) {
    const [, , host = "", port = ""] = spec.command ?? [];
    return { cause: { kind: "wait", host }, summary: `it waits for ${host}:${port}`, log };
  }
  const probe = describeProbe(spec);
  const said = events.filter(({ reason, message }) => reason === "Unhealthy" && message.startsWith("Readiness")).at(-1);
  const detail = said?.message.replace(/^Readiness probe failed: /, "") ?? "no answer yet";
  // Whoever only asks for a connection can't be told of another path.
  const isSilent = detail.includes("connection refused") || spec.readinessProbe?.tcpSocket !== undefined;
  const cause: Cause = isSilent
    ? { kind: "silent", port: portOf(spec, spec.readinessProbe) }
    : { kind: "unready", probe };
  return { cause, summary: `it runs, but is not ready: ${probe}: ${detail}`, log };
}

function describeProbe({ readinessProbe: probe, ...spec }: ObservedContainer): string {
  if (probe?.httpGet) return `GET ${probe.httpGet.path ?? "/"} on port ${portOf(spec, probe)}`;
  if (probe?.exec) return probe.exec.command.join(" ");
  return probe ? `connecting to port ${portOf(spec, probe)}` : "starting";
}

function portOf({ ports = [] }: ObservedContainer, probe: ObservedProbe | undefined): string {
  const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? "";
  return String(ports.find(({ name }) => name === port)?.containerPort ?? port);
}

/** How its present life ended, or its last one where it has just begun another. */
function endOf({ state, lastState }: ObservedContainerStatus): ObservedEnd | undefined {
  return state.terminated ?? lastState.terminated;
}

function logOf({ spec, status }: Container): Found["log"] {
  return {
    container: spec.name,
    previous: status.state.running !== undefined && status.lastState.terminated !== undefined,
  };
}

function times({ restartCount }: ObservedContainerStatus): string {
  return restartCount === 0 ? "" : `, and was started ${restartCount} ${restartCount === 1 ? "time" : "times"} again`;
}

/** What matters of a message that tells the whole chain of programs which have failed. */
function heart(message: string): string {
  return message.match(/exec: .*?(?=: unknown$|$)/)?.[0] ?? message;
}

function first<T, Result>(list: readonly T[], look: (each: T) => Result | undefined): Result | undefined {
  for (const each of list) {
    const found = look(each);
    if (found !== undefined) return found;
  }
  return undefined;
}
