import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { PIN, PLATFORM, withFleet } from "../support/fleet-files";
import { type Outcome, runFile } from "../support/program";

/** A Deployment whose only pod crashes. */
const CRASH = [
  { kind: "Deployment", metadata: { name: "web", uid: "1", generation: 1 }, spec: { replicas: 1 }, status: {} },
  { kind: "ReplicaSet", metadata: { name: "web-1", uid: "2", ownerReferences: [{ uid: "1" }] } },
  {
    kind: "Pod",
    metadata: { name: "web-1-x", uid: "3", creationTimestamp: "2026-11-26T10:00:00Z", ownerReferences: [{ uid: "2" }] },
    spec: { containers: [{ name: "web", image: "i" }] },
    status: {
      containerStatuses: [
        {
          name: "web",
          ready: false,
          restartCount: 2,
          state: { waiting: { reason: "CrashLoopBackOff" } },
          lastState: { terminated: { exitCode: 101 } },
        },
      ],
    },
  },
];

/** A Deployment of an image, all of whose pods are ready. */
function running(image: string) {
  const template = { spec: { containers: [{ name: "web", image }] } };
  const status = {
    observedGeneration: 1,
    ...{ replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
    conditions: [{ type: "Available", status: "True" }],
  };
  return {
    kind: "Deployment",
    metadata: { name: "web", uid: "1", generation: 1 },
    spec: { replicas: 1, template },
    status,
  };
}
const PINNED = running(`registry/podcore@${PIN.digest}`);

interface Cluster {
  /** @default all are there */
  readonly namespace?: string;
  /** @default [] */
  readonly items?: readonly object[];
  /** What `kubectl logs` prints. */
  readonly log?: string;
  /** What kubectl says instead of answering. */
  readonly failure?: string;
}

/** Asks with a `kubectl` that answers as it is told; it is asked for nothing that holds a secret. */
function why(
  args: readonly string[],
  cluster: Cluster = {},
  releases: object = { production: { podcore: PIN } },
  apps?: object[],
): Outcome {
  const { namespace = "namespace/any", items = [], log = "", failure } = cluster;
  return withFleet({ platform: PLATFORM, releases, ...(apps && { apps }) }, (cwd) => {
    const bin = join(cwd, "bin");
    mkdirSync(bin);
    const script = `#!/bin/sh
echo "$@" >>"${cwd}/asked"
${failure === undefined ? "" : `echo "${failure}" >&2; exit 1`}
case "$*" in
  *secret*) echo "asked for a secret" >&2; exit 1 ;;
  *"get namespace"*) echo "${namespace}" ;;
  *" logs "*) printf '%s' '${log}' ;;
  *) cat "${cwd}/items.json" ;;
esac
`;
    writeFileSync(join(bin, "kubectl"), script);
    chmodSync(join(bin, "kubectl"), 0o755);
    writeFileSync(join(cwd, "items.json"), JSON.stringify({ items }));
    const env = { DROVER_PLATFORM: "", PATH: [bin, process.env.PATH].join(delimiter) };
    return runFile("cli/main.ts", ["why", ...args], { cwd, env });
  });
}

it("tells what is wrong, the last words, and what to do", () => {
  const { status, stdout } = why(["podcore", "production"], { items: CRASH, log: "thread main panicked\n" });
  expect(status).toBe(1);
  expect(stdout).toContain("podcore in production\n");
  expect(stdout).toContain("deployment/web: 0 of 1 pods is ready");
  expect(stdout).toContain("pod web-1-x: it ended with exit code 101, and was started 2 times again");
  expect(stdout).toMatch(/last words\n {4}│ thread main panicked\n {2}what to do\n {4}exit code 101 is a panic/);
});

it("says that all is well", () => {
  const { status, stdout } = why(["podcore", "production"], { items: [PINNED] });
  expect([status, stdout]).toEqual([0, "podcore in production\n  all is well\n"]);
});

it.each([
  ["was refused", [running("registry/podcore@sha256:0")]],
  ["was never begun", []],
])("says that another release runs than the pinned one, whose deploy %s", (_, items) => {
  const { status, stdout } = why(["podcore", "production"], { items });
  expect(status).toBe(1);
  expect(stdout).toContain("what the files say was not released: npx cdktf deploy podcore-production says why");
  expect(stdout).toContain(`the pinned image does not run: ${PIN.digest}`);
  expect(stdout).not.toContain("all is well");
});

it("says that the pods lack a secret, whose release was refused", () => {
  const apps = [{ name: "Podcore", language: "rust", secrets: ["API_TOKEN"] }];
  const { status, stdout } = why(["podcore", "production"], { items: [PINNED] }, undefined, apps);
  expect(status).toBe(1);
  expect(stdout).toContain("no pod has API_TOKEN");
  expect(stdout).toContain("aws secretsmanager create-secret --name production/podcore/API_TOKEN");
  expect(stdout).not.toContain("does not run");
});

it("says that somebody has stopped a process, and how it starts", () => {
  const stopped = { ...PINNED, spec: { ...PINNED.spec, replicas: 0 } };
  const apps = [{ name: "Podcore", language: "rust", processes: { web: { replicas: { min: 3, max: 5 } } } }];
  const { status, stdout } = why(["podcore", "production"], { items: [stopped] }, undefined, apps);
  expect(status).toBe(1);
  expect(stdout).toContain(
    "kubectl --context arn:aws:eks:eu-central-1:111122223333:cluster/production --namespace podcore-production scale deployment web --replicas=3",
  );
});

it("looks at every environment where none is named", () => {
  const { status, stdout } = why(["podcore"], { items: [PINNED] });
  expect(stdout).toContain("podcore in production\n  all is well");
  expect(stdout).toContain("podcore in staging\n  nothing is released: releases.json has no pin for staging");
  expect(status).toBe(1);
});

it("names the deploy of what is not there yet", () => {
  const { status, stdout } = why(["podcore", "production"], { namespace: "" });
  expect(status).toBe(1);
  expect(stdout).toContain("podcore-production is not there yet: npx cdktf deploy podcore-production");
});

it("tells in one line that the cluster does not answer", () => {
  const { status, stdout, stderr } = why(["podcore", "production"], { failure: "context was not found" });
  expect([status, stdout]).toEqual([1, "podcore in production\n"]);
  expect(stderr).toBe("error: the cluster of production does not answer: context was not found\n");
});

it("names the apps and environments that there are", () => {
  expect(why(["nosuch"]).stderr).toContain('no app with the slug "nosuch"; it has podcore');
  expect(why(["podcore", "nosuch"]).stderr).toBe(
    'error: podcore has no environment "nosuch"; it has production, staging\n',
  );
});
