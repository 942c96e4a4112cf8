import type { KubernetesObject } from "../../../lib/runtime/manifest";
import { timeoutOf, WAITS, waitFor } from "../../../sandbox/cluster/waits";

const metadata = { name: "web", namespace: "podcore-production", generation: 2 };
const progress = (kind: string, spec: object, status: object) =>
  WAITS[kind]?.progress({ apiVersion: "v1", kind, metadata, spec, status } as KubernetesObject);

describe("a rollout", () => {
  const done = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
  const rollout = (status: object) => progress("Deployment", { replicas: 2 }, { ...done, ...status });

  it("is done when all replicas are new and available", () => {
    expect(rollout({})).toBe("done");
  });

  it.each([
    [{ observedGeneration: 1 }, "Waiting for rollout to start"],
    [{ updatedReplicas: 1 }, "Waiting for rollout to finish: 1 out of 2 new replicas have been updated..."],
    [{ replicas: 3 }, "Waiting for rollout to finish: 1 old replicas are pending termination..."],
    [{ readyReplicas: 1 }, "Waiting for rollout to finish: 2 replicas wanted; 1 replicas Ready"],
    [{ availableReplicas: 1 }, "Waiting for rollout to finish: 1 of 2 updated replicas are available..."],
  ])("is waited for in the provider's words (%#)", (status, waiting) => {
    expect(rollout(status)).toEqual({ waiting });
  });

  it("has failed past its deadline", () => {
    const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }];
    expect(rollout({ conditions })).toEqual({ failed: "Deployment exceeded its progress deadline" });
  });

  it("of a StatefulSet is done with the last revision", () => {
    const status = { observedGeneration: 2, readyReplicas: 1, currentRevision: "a", updateRevision: "b" };
    const waiting = "StatefulSet podcore-production/web is not finished rolling out";
    expect(progress("StatefulSet", { replicas: 1 }, status)).toEqual({ waiting });
    expect(progress("StatefulSet", { replicas: 1 }, { ...status, currentRevision: "b" })).toBe("done");
    expect(progress("StatefulSet", { replicas: 2 }, { ...status, currentRevision: "b" })).toEqual({ waiting });
  });
});

describe("a Job", () => {
  const job = (type?: string) =>
    progress("Job", {}, { conditions: type === undefined ? [] : [{ type, status: "True" }] });

  it("is done when it is complete, or gone", () => {
    expect(job("Complete")).toBe("done");
    expect(WAITS.Job?.progress(undefined)).toBe("done");
  });

  it("fails, and is waited for, in the provider's words", () => {
    expect(job("Failed")).toEqual({ failed: "job: podcore-production/web is in failed state" });
    expect(job()).toEqual({ waiting: "job: podcore-production/web is not in complete state" });
  });

  it("is waited for one minute by default", () => {
    expect(WAITS.Job).toMatchObject({ argument: "wait_for_completion", byDefault: true, minutes: 1 });
  });
});

it("a claim is waited for until it is bound, a Service only where it asks for a load balancer", () => {
  expect(progress("PersistentVolumeClaim", {}, { phase: "Pending" })).toHaveProperty("waiting");
  expect(progress("PersistentVolumeClaim", {}, { phase: "Bound" })).toBe("done");
  expect(progress("Service", { type: "ClusterIP" }, {})).toBe("done");
  expect(progress("Service", { type: "LoadBalancer" }, {})).toHaveProperty("waiting");
});

describe("waiting", () => {
  const signal = new AbortController().signal;

  it("ends when all is well, when nothing helps, and when the time is over", async () => {
    const looks = [{ waiting: "w" }, "done"] as const;
    let look = 0;
    expect(await waitFor(async () => looks[look++]!, 1, signal)).toBeUndefined();
    expect(await waitFor(async () => ({ failed: "f" }), 1, signal)).toBe("f");
    expect(await waitFor(async () => ({ waiting: "w" }), 0, signal)).toBe("w");
  });

  it("ends when Terraform is interrupted", async () => {
    expect(await waitFor(async () => ({ waiting: "w" }), 1, AbortSignal.abort())).toBe("context canceled");
  });

  it.each([
    ["10m", 10],
    ["1h30m", 90],
    ["90s", 1.5],
    ["500ms", 1 / 120],
  ])("takes %s as %f minutes", (text, minutes) => {
    expect(timeoutOf({ timeouts: { create: text } }, "create", 1)).toBeCloseTo(minutes);
    expect(timeoutOf({ timeouts: [{ create: text }] }, "create", 1)).toBeCloseTo(minutes);
    expect(timeoutOf({ timeouts: { create: text } }, "update", 3)).toBe(3);
    expect(timeoutOf({}, "update", 3)).toBe(3);
  });
});
