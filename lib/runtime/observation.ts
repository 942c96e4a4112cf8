import type { ObservedCondition, ObservedEvent, ObservedObject } from "./observed";

/** Events of an object that are shown. */
const MOST_EVENTS = 6;

/** The objects and events of a namespace at a moment, and how they belong together. */
export class Observation {
  constructor(
    readonly objects: readonly ObservedObject[],
    private readonly events: readonly ObservedEvent[],
    readonly now: Date,
  ) {}

  /** An object by its kind and name. */
  find(kind: string, name: string): ObservedObject | undefined {
    return this.objects.find((each) => each.kind === kind && each.metadata.name === name);
  }

  /** Objects of a kind. */
  all(kind: string): ObservedObject[] {
    return this.objects.filter((each) => each.kind === kind);
  }

  /** What an object owns directly, without what is being deleted. */
  partsOf(owner: ObservedObject): ObservedObject[] {
    return this.ownedBy(owner).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  /** Its pods, the newest first. */
  podsOf(workload: ObservedObject): ObservedObject[] {
    return this.allPodsOf(workload).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  /** Its pods that are being deleted. */
  leavingPodsOf(workload: ObservedObject): ObservedObject[] {
    return this.allPodsOf(workload).filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  }

  /** Its pods of the newest release, the newest first. */
  newPodsOf(workload: ObservedObject): ObservedObject[] {
    if (workload.kind !== "Deployment") return this.podsOf(workload);
    const revision = ({ metadata }: ObservedObject) => Number(metadata.annotations?.[REVISION] ?? 0);
    const [last] = this.partsOf(workload).sort((a, b) => revision(b) - revision(a));
    return last === undefined ? [] : newestFirst(this.partsOf(last));
  }

  /** Of a CronJob's Jobs only the last one counts; any other Job always does. */
  isLatestOfItsKind(job: ObservedObject): boolean {
    const owner = ownerOf(job);
    const siblings = owner === undefined ? [job] : this.objects.filter((each) => ownerOf(each) === owner);
    return newestFirst(siblings)[0] === job;
  }

  /** Events about objects, oldest first. */
  eventsAbout(...objects: readonly ObservedObject[]): ObservedEvent[] {
    const about = new Set(objects.map(({ metadata }) => metadata.uid));
    return this.events
      .filter(({ involvedObject: { uid } }) => uid !== undefined && about.has(uid))
      .sort((a, b) => timeOf(a) - timeOf(b));
  }

  /** Warnings about an object and all that belongs to it, oldest first, without repetitions. */
  warningsOf(workload: ObservedObject): string[] {
    const parts = this.partsOf(workload);
    const all = [workload, ...parts, ...parts.flatMap((part) => this.partsOf(part))];
    return describeEvents(this.eventsAbout(...all).filter(({ type }) => type === "Warning"));
  }

  private allPodsOf(workload: ObservedObject): ObservedObject[] {
    const parts = this.ownedBy(workload);
    const all = [...parts, ...parts.flatMap((part) => this.ownedBy(part))];
    return newestFirst(all.filter(({ kind }) => kind === "Pod"));
  }

  private ownedBy({ metadata }: ObservedObject): ObservedObject[] {
    return this.objects.filter((each) => ownerOf(each) === metadata.uid);
  }
}

/** @see https://kubernetes.io/docs/reference/labels-annotations-taints/#deployment-kubernetes-io-revision */
const REVISION = "deployment.kubernetes.io/revision";

/** The last of some events, without repetitions. */
export function describeEvents(events: readonly ObservedEvent[]): string[] {
  const lines = events.map(({ reason, message }) => `${reason}: ${message}`);
  return [...new Set(lines.reverse())].slice(0, MOST_EVENTS).reverse();
}

/** When an event happened last, in milliseconds. */
export function timeOf({ lastTimestamp, eventTime, series, metadata }: ObservedEvent): number {
  return Date.parse(lastTimestamp ?? series?.lastObservedTime ?? eventTime ?? metadata.creationTimestamp);
}

/** A condition of an object. */
export function conditionOf({ status }: ObservedObject, type: string): ObservedCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Whether a condition of an object is true. */
export function isTrue(object: ObservedObject, type: string): boolean {
  return conditionOf(object, type)?.status === "True";
}

/** A condition in a line. */
export function describeCondition({ type, status, reason, message }: ObservedCondition): string {
  const details = [reason, message].filter(Boolean).join(", ");
  return `${type} is ${status}${details && `: ${details}`}`;
}

/** A number of things, such as "1 pod" or "2 pods". */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

function ownerOf({ metadata }: ObservedObject): string | undefined {
  return metadata.ownerReferences?.[0]?.uid;
}

function newestFirst(objects: readonly ObservedObject[]): ObservedObject[] {
  return objects.toSorted((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp));
}
