import { readFileSync } from "node:fs";
import { join } from "node:path";
import { diagnose, type Finding } from "../../../lib/runtime/diagnosis";
import type { ObservedEvent, ObservedObject } from "../../../lib/runtime/observed";
import { remedyOf } from "../../../lib/runtime/remedy";
import { PLACE } from "../../support/place";

/** When the recording was made; see recorded/README.md. */
const NOW = "2026-11-30T04:38:24Z";

/** A recording: an object or an event a line. */
function recorded(name: string): { objects: ObservedObject[]; events: ObservedEvent[] } {
  const lines = readFileSync(join(__dirname, `recorded/${name}.jsonl`), "utf8")
    .trimEnd()
    .split("\n");
  const items = lines.map((line): ObservedObject | ObservedEvent => JSON.parse(line));
  return {
    objects: items.filter((item): item is ObservedObject => item.kind !== "Event"),
    events: items.filter((item): item is ObservedEvent => item.kind === "Event"),
  };
}

const { objects: OBJECTS, events: EVENTS } = recorded("kubernetes-1.35");

const { kubectl: KUBECTL, kubectlFor } = PLACE;
const DEPLOY = "npx cdktf deploy podcore-production";

function findingsAt(now: string, objects = OBJECTS, events = EVENTS): Finding[] {
  return diagnose(objects, events, { now: new Date(now) });
}

function find(object: string, findings = findingsAt(NOW)): Finding {
  const finding = findings.find((each) => each.object === object);
  if (finding === undefined) throw new Error(`no finding about ${object}: ${findings.map((each) => each.object)}`);
  return finding;
}

/** The recording with one object changed. */
function changed(name: string, kind: string, change: (object: ObservedObject) => object): ObservedObject[] {
  return OBJECTS.map((object) =>
    object.kind === kind && object.metadata.name === name ? (change(object) as ObservedObject) : object,
  );
}

it("finds all that is wrong, causes before effects, and nothing else", () => {
  expect(findingsAt(NOW).map(({ object, isNotice }) => (isNotice ? `(${object})` : object))).toEqual([
    "persistentvolumeclaim/no-class",
    "persistentvolumeclaim/unknown-class",
    "persistentvolumeclaim/unprovisioned",
    "(persistentvolumeclaim/unused)",
    "job/evicted",
    "job/failing-29933558",
    "job/refused",
    "job/slow",
    "cronjob/failing",
    "cronjob/hanging",
    "cronjob/suspended",
    "deployment/alone",
    "deployment/bound",
    "deployment/gated",
    "deployment/mounted",
    "deployment/soon",
    "ingress/gated",
    "horizontalpodautoscaler/gone",
    "horizontalpodautoscaler/web",
  ]);
});

/** Each object, what is said of it, what is quoted, and what to do. */
const FOUND: readonly [object: string, says: string, quotes: string, remedy: string][] = [
  [
    "persistentvolumeclaim/no-class",
    "has no volume: it names no StorageClass, and none is the default",
    "FailedBinding: no persistent volumes available for this claim and no storage class is set",
    'name a class as "storageClass" of production in platform.json',
  ],
  [
    "persistentvolumeclaim/unknown-class",
    "has no volume: StorageClass nowhere does not exist",
    'ProvisioningFailed: storageclass.storage.k8s.io "nowhere" not found',
    `${KUBECTL} get storageclass`,
  ],
  [
    "persistentvolumeclaim/unprovisioned",
    "has no volume yet from StorageClass silent",
    "ExternalProvisioning: Waiting for a volume to be created either by the external provisioner 'nobody.example.com'",
    `${KUBECTL} get storageclass,csidrivers`,
  ],
  [
    "persistentvolumeclaim/unused",
    "has no volume until a pod that uses it is scheduled",
    "WaitForFirstConsumer: waiting for first consumer to be created before binding",
    "start a pod that uses it",
  ],
  [
    "job/evicted",
    "failed: its pod was deleted before it finished",
    "Failed is True: BackoffLimitExceeded, Job has reached the specified backoff limit",
    `${KUBECTL} create job evicted-by-hand --from=cronjob/evicted`,
  ],
  [
    "job/refused",
    "failed",
    "Failed is True: PodFailurePolicy, Container job for pod podcore-production/refused-",
    "fix what the log above shows",
  ],
  [
    "job/slow",
    "failed: it exceeded its deadline",
    "Failed is True: DeadlineExceeded, Job was active longer than specified deadline",
    "do less in one run: it has not finished within its deadline of 5 s",
  ],
  [
    "cronjob/failing",
    "has had no success for 2 runs or more; none has succeeded yet",
    "",
    `${KUBECTL} create job failing-by-hand --from=cronjob/failing`,
  ],
  [
    "cronjob/hanging",
    "has skipped at least 3 runs: job/hanging-29933553 has been running since 2026-11-30T04:33:00Z",
    "",
    `${KUBECTL} delete job hanging-29933553`,
  ],
  [
    "cronjob/suspended",
    "is suspended, so no run starts; none has succeeded yet",
    "",
    `${KUBECTL} patch cronjob suspended --patch '{"spec":{"suspend":false}}'`,
  ],
  [
    "deployment/alone",
    "0 of 1 pod ready; its previous pod alone-c4558784c-c24zp has until 2026-11-30T04:42:32Z to end",
    "",
    "wait until it has ended: only one may run at a time",
  ],
  [
    "deployment/bound",
    "0 of 1 pod ready; nothing of it runs",
    "pod has unbound immediate PersistentVolumeClaims",
    `${KUBECTL} describe persistentvolumeclaims`,
  ],
  [
    "deployment/gated",
    "is not healthy for the load balancer, which sends GET /ready to port 8080",
    "False, Target.FailedHealthChecks, Health checks failed with these codes: [502]",
    'answer GET /ready to port 8080 with a status of 200-499; "readiness" of process "gated" of podcore sets the path',
  ],
  [
    "deployment/mounted",
    "can't mount a volume",
    'MountVolume.SetUp failed for volume "data" : configmap "nowhere" not found',
    "the storage driver names the cause",
  ],
  ["deployment/soon", "1 of 1 pod ready; not yet for the 500 s that a release needs", "", "run this again in a minute"],
  [
    "ingress/gated",
    "is stopped by Ingress web in other-production: no certificate covers other.example.org, so the load balancer takes no change of any app in its group",
    "FailedBuildModel: Failed build model due to ingress: other-production/web: no certificate found for host: other.example.org",
    `It belongs to another app:\n  ${kubectlFor("other-production")} describe ingress web`,
  ],
  [
    "horizontalpodautoscaler/gone",
    "has no target: Deployment gone does not exist",
    'AbleToScale is False: FailedGetScale, the HPA controller was unable to get the target\'s current scale: deployments.apps "gone" not found',
    DEPLOY,
  ],
  [
    "horizontalpodautoscaler/web",
    "gets no metrics; the number of pods stays at 1",
    "ScalingActive is False: FailedGetResourceMetric, the HPA was unable to compute the replica count",
    `${kubectlFor("kube-system")} get deployment metrics-server`,
  ],
];

it.each(FOUND)("explains %s", (object, says, quotes, remedy) => {
  const finding = find(object);
  expect([finding.summary, finding.pod?.summary]).toContain(says);
  expect([finding.pod?.message ?? "", ...finding.conditions, ...finding.events].join("\n")).toContain(quotes);
  expect(remedyOf(finding, "", PLACE)).toContain(remedy);
});

describe("a CronJob", () => {
  const report = ["CronJob", "fine"] as const;
  const daily = (status: object) =>
    changed(report[1], report[0], ({ spec, metadata, ...rest }) => ({
      ...rest,
      metadata: { ...metadata, creationTimestamp: "2026-11-01T00:00:00Z" },
      spec: { ...spec, schedule: "0 3 * * *", timeZone: "Europe/Berlin" },
      status,
    })).filter(({ kind }) => kind !== "Job");
  const about = (now: string, status: object) =>
    findingsAt(now, daily(status)).filter(({ object }) => object === "cronjob/fine");

  // 03:00 in Berlin is 02:00 in UTC.
  const success = { lastScheduleTime: "2026-11-28T02:00:00Z", lastSuccessfulTime: "2026-11-28T02:05:00Z" };

  it("may miss one run, which shows as its Job", () => {
    expect(about("2026-11-29T02:30:00Z", success)).toEqual([]);
    expect(about("2026-11-30T01:59:00Z", success)).toEqual([]);
  });

  it("gets time to start, and has missed two runs then", () => {
    expect(about("2026-11-30T02:01:00Z", success)).toEqual([]);
    expect(about("2026-11-30T02:03:00Z", success)).toHaveLength(1);
  });

  it("that has started no run is none that fails", () => {
    const [idle] = about("2026-11-30T12:00:00Z", success);
    expect(idle?.summary).toBe(
      "has started no run since 2026-11-28T02:00:00Z; the last success was 2026-11-28T02:05:00Z",
    );
    expect(idle?.cause).toEqual({ kind: "not-started" });
    const [failing] = about("2026-11-30T12:00:00Z", { ...success, lastScheduleTime: "2026-11-30T02:00:00Z" });
    expect(failing?.cause).toEqual({ kind: "no-success" });
  });

  it("that is new owes nothing", () => {
    const fresh = changed(report[1], report[0], (object) => ({
      ...object,
      metadata: { ...object.metadata, creationTimestamp: "2026-11-30T04:37:00Z" },
      status: {},
    }));
    expect(findingsAt(NOW, fresh).map(({ object }) => object)).not.toContain("cronjob/fine");
  });
});

it("names the call by which a load balancer checks a gRPC process", () => {
  const annotations = {
    "alb.ingress.kubernetes.io/backend-protocol-version": "GRPC",
    "alb.ingress.kubernetes.io/success-codes": "0-99",
  };
  const objects = changed("gated", "Ingress", (object) => ({
    ...object,
    metadata: { ...object.metadata, annotations },
  }));
  const finding = find("deployment/gated", findingsAt(NOW, objects));
  const request = "a gRPC call of /AWS.ALB/healthcheck to port 8080";
  expect(finding.pod?.summary).toBe(`is not healthy for the load balancer, which sends ${request}`);
  expect(remedyOf(finding, "", PLACE)).toContain(`answer ${request} with a gRPC status of 0-99`);
});

describe("a single worker whose node is lost", () => {
  it("runs on a node that does not answer, at first", () => {
    const { objects, events } = recorded("silent-node");
    const finding = find("deployment/alone", findingsAt("2026-11-30T05:17:15Z", objects, events));
    expect(finding.pod?.summary).toMatch(/^runs on node node-\d, which does not answer$/);
    expect(finding.events).toEqual(["NodeNotReady: Node is not ready"]);
    expect(remedyOf(finding, "", PLACE)).toMatch(
      /after five minutes its pods are deleted and replaced:\n.* describe node node-\d$/,
    );
  });

  it("waits for its predecessor until somebody removes the node", () => {
    const { objects, events } = recorded("lost-node");
    const finding = find("deployment/alone", findingsAt("2026-11-30T05:18:19Z", objects, events));
    expect(finding.summary).toMatch(
      /^0 of 1 pod ready; its previous pod alone-6fb667db4b-qpblt should have ended at 2026-11-30T05:17:21Z, but its node node-\d does not confirm that$/,
    );
    const remedy = remedyOf(finding, "", PLACE);
    expect(remedy).toMatch(/get node node-\d\n/);
    expect(remedy).toMatch(/delete node node-\d\n/);
    expect(remedy).toContain("otherwise two of them run at once");
  });
});

describe("an Ingress", () => {
  const [failure] = EVENTS.filter(({ reason }) => reason === "FailedBuildModel");
  const others = EVENTS.filter((event) => event !== failure);
  const event = (part: Partial<ObservedEvent>): ObservedEvent => ({ ...failure!, ...part });
  const about = (...events: ObservedEvent[]) =>
    findingsAt(NOW, OBJECTS, [...others, ...events]).find(({ object }) => object === "ingress/gated");

  it("is well once its group could be built", () => {
    const success = { type: "Normal", reason: "SuccessfullyReconciled", message: "Successfully reconciled" };
    expect(about(failure!, event({ ...success, lastTimestamp: "2026-11-30T04:36:00Z" }))).toBeUndefined();
    expect(about(failure!, event({ ...success, lastTimestamp: "2026-11-30T04:00:00Z" }))).toBeDefined();
  });

  it("without a certificate of its own stops all others", () => {
    const message = failure!.message.replaceAll("other-production/web", "podcore-production/gated");
    const finding = about(event({ message }))!;
    expect(finding.summary).toBe(
      "is refused: no certificate covers other.example.org, so the load balancer takes no change of any app in its group",
    );
    expect(remedyOf(finding, "", PLACE)).not.toContain("another app");
  });

  it("may be stopped by a difference of two apps", () => {
    const message = "Failed build model due to conflicting sslPolicy, ELBSecurityPolicy-A vs ELBSecurityPolicy-B";
    const finding = about(event({ message }))!;
    expect(finding.summary).toBe("is refused, so the load balancer takes no change of any app in its group");
    expect(finding.events).toEqual([`FailedBuildModel: ${message}`]);
    expect(remedyOf(finding, "", PLACE)).toContain("fix what the event above names");
  });

  it("may be refused by any controller", () => {
    const finding = about(event({ reason: "Rejected", message: "host is claimed" }))!;
    expect(finding.summary).toBe("is not accepted by its controller (podcore.example.com)");
  });

  it("behind an ALB has an address", () => {
    const objects = changed("gated", "Ingress", (object) => ({ ...object, status: { loadBalancer: {} } }));
    const finding = find("ingress/gated", findingsAt(NOW, objects, others));
    expect(finding.summary).toBe("has no load balancer yet");
    expect(remedyOf(finding, "", PLACE)).toContain(`${KUBECTL} get ingressclass`);
  });
});

describe("a HorizontalPodAutoscaler", () => {
  /** @see https://github.com/kubernetes/kubernetes/blob/v1.35.4/pkg/controller/podautoscaler/horizontal.go the words */
  const about = (...conditions: object[]) => {
    const objects = changed("web", "HorizontalPodAutoscaler", (object) => ({
      ...object,
      status: { conditions, currentReplicas: 3 },
    }));
    return findingsAt(NOW, objects).find(({ object }) => object === "horizontalpodautoscaler/web");
  };
  const active = { type: "ScalingActive", status: "False" };

  it("at its maximum is worth knowing", () => {
    const message = "the desired replica count is more than the maximum replica count";
    const finding = about({ type: "ScalingLimited", status: "True", reason: "TooManyReplicas", message })!;
    expect(finding).toMatchObject({ isNotice: true, summary: "is at its maximum of 3 pods and would start more" });
    expect(finding.conditions).toEqual([`ScalingLimited is True: TooManyReplicas, ${message}`]);
    expect(remedyOf(finding, "", PLACE)).toContain('raise "max" of "replicas" above 3');
  });

  it("at its minimum, or of a stopped process, is well", () => {
    expect(about({ type: "ScalingLimited", status: "True", reason: "TooFewReplicas" })).toBeUndefined();
    expect(
      about({ ...active, reason: "ScalingDisabled", message: "the replica count of the target is zero" }),
    ).toBeUndefined();
  });

  it("needs a CPU request", () => {
    const message = "failed to get cpu utilization: missing request for cpu in container web of Pod web-1";
    const finding = about({ ...active, reason: "FailedGetResourceMetric", message })!;
    expect(finding.summary).toContain("a container requests no CPU; the number of pods stays at 3");
    expect(remedyOf(finding, "", PLACE)).toBe('set "cpu" in "resources" of process "web" of podcore');
  });

  it("leaves pods that aren't ready to their Deployment", () => {
    const message = "no metrics returned from resource metrics API";
    const condition = { ...active, reason: "FailedGetResourceMetric", message };
    expect(about(condition)?.cause).toEqual({ kind: "no-metrics" });
    const waiting = OBJECTS.filter(({ kind, metadata }) => kind !== "Pod" || !metadata.name.startsWith("web-"));
    const objects = waiting.map((object) =>
      object.kind === "HorizontalPodAutoscaler" ? { ...object, status: { conditions: [condition] } } : object,
    );
    expect(findingsAt(NOW, objects).map(({ object }) => object)).not.toContain("horizontalpodautoscaler/web");
  });
});

describe("a claim", () => {
  const about = (status: object, events = EVENTS) => {
    const objects = changed("unused", "PersistentVolumeClaim", ({ spec, ...rest }) => ({
      ...rest,
      spec: { ...spec, resources: { requests: { storage: "2Gi" } } },
      status: { capacity: { storage: "1Gi" }, ...status },
    }));
    return findingsAt(NOW, objects, events).find(({ object }) => object === "persistentvolumeclaim/unused");
  };
  const condition = (type: string) => ({ phase: "Bound", conditions: [{ type, status: "True" }] });

  it("that is bound is well", () => {
    expect(about({ phase: "Bound" })).toBeUndefined();
  });

  it("that has lost its volume needs a dump", () => {
    const finding = about({ phase: "Lost" })!;
    expect(finding).toMatchObject({ summary: "has lost its volume", isNotice: false });
    expect(remedyOf(finding, "", PLACE)).toContain("restore the data from a dump");
  });

  it.each([
    ["Resizing", "is being resized from 1Gi to 2Gi", true],
    ["FileSystemResizePending", "is resized from 1Gi to 2Gi when its pod restarts", true],
    ["ControllerResizeError", "can't be resized from 1Gi to 2Gi", false],
    ["NodeResizeError", "can't be resized from 1Gi to 2Gi", false],
  ])("that has the condition %s says so", (type, summary, isNotice) => {
    expect(about(condition(type))).toMatchObject({ summary, isNotice, conditions: [`${type} is True`] });
  });

  it("whose resize fails quotes the event", () => {
    const [first] = EVENTS.filter(({ reason }) => reason === "WaitForFirstConsumer");
    const failure = { ...first!, type: "Warning", reason: "VolumeResizeFailed", message: "quota exceeded" };
    const finding = about(condition("Resizing"), [...EVENTS, failure])!;
    expect(finding.summary).toBe("can't be resized from 1Gi to 2Gi");
    expect(finding.events).toContain("VolumeResizeFailed: quota exceeded");
  });
});

describe("a disrupted pod", () => {
  /** The pod of the Job that fails, as a node leaves it that evicts a pod for want of memory. */
  const disrupted = (reason: string) => {
    const message = "The node was low on resource: memory.";
    const pod = OBJECTS.find(({ kind, metadata }) => kind === "Pod" && metadata.name.startsWith("refused-"))!;
    return changed(pod.metadata.name, "Pod", (object) => ({
      ...object,
      status: { phase: "Failed", conditions: [{ type: "DisruptionTarget", status: "True", reason, message }] },
    }));
  };

  it.each([
    ["TerminationByKubelet", "was ended by its node, which ran out of memory or disk or shut down"],
    ["EvictionByEvictionAPI", "was evicted, as by a node's drain"],
    ["PreemptionByScheduler", "made room for a pod of higher priority"],
    ["DeletionByTaintManager", "was deleted because its node was tainted or stopped answering"],
    ["DeletionByPodGC", "was deleted because its node is gone"],
    ["Unheard", "was disrupted (Unheard)"],
  ])("explains a failed Job: %s", (reason, summary) => {
    const finding = find("job/refused", findingsAt(NOW, disrupted(reason)));
    expect(finding.pod).toMatchObject({ summary, message: "The node was low on resource: memory." });
    expect(remedyOf(finding, "", PLACE)).toContain("or run it now");
  });

  it("of a Deployment that has others is no finding", () => {
    const web = OBJECTS.find(({ kind, metadata }) => kind === "Pod" && metadata.name.startsWith("web-"))!;
    const evicted = {
      ...web,
      metadata: { ...web.metadata, name: "web-evicted", uid: "evicted" },
      status: {
        phase: "Failed",
        conditions: [{ type: "DisruptionTarget", status: "True", reason: "TerminationByKubelet" }],
      },
    };
    expect(findingsAt(NOW, [...OBJECTS, evicted]).map(({ object }) => object)).not.toContain("deployment/web");
  });
});
