import type { Cause } from "./cause";
import type { Fault } from "./diagnosis";
import { conditionOf, isTrue, type Observation } from "./observation";
import type { ObservedEvent, ObservedObject } from "./observed";

/** What is wrong with a PersistentVolumeClaim. */
export function volumeFault(claim: ObservedObject, seen: Observation): Fault | undefined {
  const events = seen.eventsAbout(claim);
  switch (claim.status?.phase) {
    case "Lost":
      return { summary: "has lost its volume", cause: { kind: "lost" }, events };
    case "Pending":
      return { ...pending(claim, events), events };
    default:
      return resize(claim, events);
  }
}

/** @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding */
function pending(
  claim: ObservedObject,
  events: readonly ObservedEvent[],
): { summary: string; cause: Cause; isNotice?: boolean } {
  const last = (reason: string) => events.filter((event) => event.reason === reason).at(-1);
  const storageClass = claim.spec?.storageClassName;
  if (last("FailedBinding")?.message.includes("no storage class is set")) {
    return { summary: "has no volume: it names no StorageClass, and none is the default", cause: { kind: "no-class" } };
  }
  const failure = last("ProvisioningFailed");
  const unknown = failure?.message.match(/storageclass\.storage\.k8s\.io "([\w.-]+)" not found/)?.[1];
  if (unknown !== undefined) {
    return {
      summary: `has no volume: StorageClass ${unknown} does not exist`,
      cause: { kind: "unknown-class", storageClass: unknown },
    };
  }
  if (failure === undefined && events.at(-1)?.reason === "WaitForFirstConsumer") {
    return {
      summary: "has no volume until a pod that uses it is scheduled",
      cause: { kind: "no-consumer" },
      isNotice: true,
    };
  }
  const summary = `has no volume yet${storageClass === undefined ? "" : ` from StorageClass ${storageClass}`}`;
  return { summary, cause: { kind: "unprovisioned" } };
}

/** @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims */
function resize(claim: ObservedObject, events: readonly ObservedEvent[]): Fault | undefined {
  const from = claim.status?.capacity?.storage ?? "";
  const to = claim.spec?.resources?.requests?.storage ?? "";
  const size = `from ${from} to ${to}`;
  const failed = events.filter(({ reason }) => /^(VolumeResizeFailed|FileSystemResizeFailed)$/.test(reason));
  const isFailed = ["ControllerResizeError", "NodeResizeError"].some((type) => isTrue(claim, type));
  const isPending = isTrue(claim, "FileSystemResizePending");
  const isResizing = isPending || conditionOf(claim, "Resizing")?.status === "True";
  if (isFailed || (isResizing && failed.length > 0)) {
    return { summary: `can't be resized ${size}`, cause: { kind: "resize-failed" }, events };
  }
  if (isPending)
    return {
      summary: `is resized ${size} when its pod restarts`,
      cause: { kind: "resize-needs-restart" },
      isNotice: true,
    };
  return isResizing ? { summary: `is being resized ${size}`, cause: { kind: "resizing" }, isNotice: true } : undefined;
}
