import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cause } from "../../../lib/runtime/cause";
import { diagnose, type Finding } from "../../../lib/runtime/diagnosis";
import type { ObservedContainerStatus, ObservedEvent, ObservedObject } from "../../../lib/runtime/observed";
import { goBack, remedyOf } from "../../../lib/runtime/remedy";
import { withFleet } from "../../support/fleet-files";
import { PLACE, placeIn } from "../../support/place";
import { run } from "../../support/program";

const OF_DATABASE = placeIn("podcore-production-database");

/** How a container is that does its work. */
const FINE: ObservedContainerStatus = {
  name: "web",
  ready: true,
  restartCount: 0,
  state: { running: {} },
  lastState: {},
};

type Rest = Partial<ObservedObject["metadata"]> & Pick<ObservedObject, "spec" | "status">;

function object(kind: string, name: string, { spec, status, ...metadata }: Rest = {}): ObservedObject {
  const creationTimestamp = "2026-11-26T10:00:00Z";
  return { kind, metadata: { name, uid: name, creationTimestamp, ...metadata }, spec, status };
}

function ownedBy(uid: string) {
  return { ownerReferences: [{ uid, kind: "any" }] };
}

function pod(owner: string, status: Partial<ObservedContainerStatus> = {}, name = `${owner}-pod`): ObservedObject {
  const container = { ...FINE, ...status };
  return object("Pod", name, {
    ...ownedBy(owner),
    spec: {
      containers: [
        {
          name: "web",
          image: "registry/podcore@sha256:1",
          ports: [{ name: "http", containerPort: 8080 }],
          readinessProbe: { httpGet: { path: "/ready", port: "http" } },
          resources: { limits: { memory: "64Mi" } },
        },
      ],
    },
    status: {
      containerStatuses: [container],
      conditions: [{ type: "Ready", status: container.ready ? "True" : "False" }],
    },
  });
}

/** A Deployment of one pod with an old release that answers, and a new one whose pod is as it is told. */
function rollout(status: Partial<ObservedContainerStatus>): ObservedObject[] {
  return [
    object("Deployment", "web", {
      generation: 2,
      spec: { replicas: 1 },
      status: { observedGeneration: 2, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1 },
    }),
    object("ReplicaSet", "web-1", { ...ownedBy("web"), annotations: { "deployment.kubernetes.io/revision": "9" } }),
    object("ReplicaSet", "web-2", { ...ownedBy("web"), annotations: { "deployment.kubernetes.io/revision": "10" } }),
    pod("web-1"),
    pod("web-2", status),
  ];
}

function event(uid: string, reason: string, message: string, type = "Warning"): ObservedEvent {
  const metadata = { creationTimestamp: "2026-11-26T10:00:00Z" };
  return { kind: "Event", metadata, involvedObject: { uid }, type, reason, message };
}

function only(findings: readonly Finding[]): Finding {
  expect(findings).toHaveLength(1);
  return findings[0]!;
}

/** What is printed of a pod: our words, and those of the cluster. */
function said({ pod }: Finding): string {
  return `${pod?.summary}: ${pod?.message}`;
}

describe("a namespace in which all is well", () => {
  it("has no finding", () => {
    const job = object("Job", "migrate-1", { status: { conditions: [{ type: "Complete", status: "True" }] } });
    const finished = pod("migrate-1", { ready: false, state: { terminated: { exitCode: 0, reason: "Completed" } } });
    expect(diagnose([...rollout({}), job, finished], [])).toEqual([]);
  });

  it("may hold pods that are about to end", () => {
    const ending = {
      ...pod("web-2", { ready: false }),
      metadata: { ...pod("web-2").metadata, deletionTimestamp: "now" },
    };
    expect(diagnose([...rollout({}), ending], [])).toEqual([]);
  });

  it("may hold pods that were started again some day", () => {
    const once = { restartCount: 1, lastState: { terminated: { exitCode: 1, reason: "Error" } } };
    expect(diagnose(rollout(once), [])).toEqual([]);
  });
});

/** Each cause: how the new pod's container is, what is said of it, and what to do. */
const CAUSES: Readonly<
  Record<string, { status: Partial<ObservedContainerStatus>; events?: ObservedEvent[]; says: string; remedy: string }>
> = {
  "an image that is not there": {
    status: { state: { waiting: { reason: "ImagePullBackOff" } } },
    says: "can't pull its image registry/podcore@sha256:1",
    remedy: "aws ecr describe-images --repository-name podcore --region eu-central-1",
  },
  "a secret without a value": {
    status: {
      state: {
        waiting: {
          reason: "CreateContainerConfigError",
          message: "couldn't find key API_KEY in Secret podcore-production/podcore",
        },
      },
    },
    says: "lacks a value: couldn't find key API_KEY",
    remedy: "create-secret --name production/podcore/API_KEY --region eu-central-1 --secret-string file:///dev/stdin",
  },
  "a Secret that is not there": {
    status: {
      state: { waiting: { reason: "CreateContainerConfigError", message: 'secret "podcore" not found' } },
    },
    says: 'lacks a value: secret "podcore" not found',
    remedy: "npx cdktf deploy podcore-production",
  },
  "a program that is not there": {
    status: {
      state: {
        waiting: {
          reason: "RunContainerError",
          message: 'runc create failed: exec: "/serve": no such file or directory',
        },
      },
    },
    says: "can't start the image's program: exec: \"/serve\": no such file or directory",
    remedy: '"command"',
  },
  "a program that is not there, tried again": {
    status: {
      restartCount: 2,
      state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 20s" } },
      lastState: {
        terminated: { exitCode: 128, reason: "StartError", message: 'runc: exec: "/serve": no such file: unknown' },
      },
    },
    says: "can't start the image's program: exec: \"/serve\": no such file",
    remedy: '"command"',
  },
  "a crash at start": {
    status: {
      restartCount: 3,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 101, reason: "Error" } },
    },
    says: "exited with code 101, 3 restarts",
    remedy: "fix the panic",
  },
  "a program that ends by itself": {
    status: {
      restartCount: 1,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 0, reason: "Completed" } },
    },
    says: "exited with code 0, 1 restart",
    remedy: "keep the program running",
  },
  "too little memory": {
    status: {
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
    },
    says: "ran out of memory: its limit is 64Mi",
    remedy:
      'raise its limit above 64Mi, or find out what takes the memory: "memoryLimit" in "resources" of process "web" of podcore',
  },
  "a port on which nobody listens": {
    status: {},
    events: [
      event("web-2-pod", "Unhealthy", "Readiness probe failed: dial tcp 10.1.1.1:8080: connect: connection refused"),
    ],
    says: "is not ready: GET /ready on port 8080 fails: dial tcp",
    remedy: "listen on port 8080, which PORT names",
  },
  "a program that is never ready": {
    status: {},
    events: [event("web-2-pod", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 500")],
    says: "is not ready: GET /ready on port 8080 fails: HTTP probe failed with statuscode: 500",
    remedy: '"readiness" of process "web" of podcore',
  },
  "a program that stops answering": {
    status: { restartCount: 2, lastState: { terminated: { exitCode: 143, reason: "Error" } } },
    events: [event("web-2-pod", "Killing", "Container web failed liveness probe, will be restarted", "Normal")],
    says: "failed its liveness probe, 2 restarts",
    remedy: '"liveness"',
  },
};

it("a gRPC service that does not serve is told as one", () => {
  const grpc = { grpc: { port: 8080, service: "podcore.v1.Episodes" } };
  const asHttp = JSON.stringify(rollout({ ready: false }));
  const objects = JSON.parse(asHttp.replaceAll('{"httpGet":{"path":"/ready","port":"http"}}', JSON.stringify(grpc)));
  const unhealthy = event(
    "web-2-pod",
    "Unhealthy",
    'Readiness probe failed: service unhealthy (responded with "NOT_SERVING")',
  );
  const finding = only(diagnose(objects, [unhealthy]));
  const probe = 'grpc.health.v1.Health/Check of "podcore.v1.Episodes" on port 8080';
  expect(said(finding)).toContain(`is not ready: ${probe} fails: service unhealthy`);
  expect(remedyOf(finding, "", PLACE)).toContain(`answer ${probe} with SERVING within two seconds`);
});

describe.each(Object.entries(CAUSES))("%s", (_, { status, events = [], says, remedy }) => {
  const find = () => only(diagnose(rollout({ ready: false, ...status }), events));

  it("is found in the pods of the new release, while the old one goes on", () => {
    const finding = find();
    expect(finding.object).toBe("deployment/web");
    expect(finding.summary).toBe("0 of 1 pod ready; 1 pod of the previous release still runs");
    expect(finding.pod?.pod).toBe("web-2-pod");
    expect(said(finding)).toContain(says);
  });

  it("has a remedy", () => {
    expect(remedyOf(find(), "", PLACE)).toContain(remedy);
  });
});

describe("the log that tells more", () => {
  const logOf = (status: Partial<ObservedContainerStatus>) => {
    return only(diagnose(rollout({ ready: false, ...status }), [])).pod?.log;
  };
  const crashed = { terminated: { exitCode: 1 } };

  it("is that of the life which has ended", () => {
    expect(logOf({ state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: crashed })?.previous).toBe(false);
    expect(logOf({ state: { running: {} }, lastState: crashed })?.previous).toBe(true);
    expect(logOf({ state: crashed })?.previous).toBe(false);
  });

  it("is none where nothing was started", () => {
    expect(logOf({ state: { waiting: { reason: "ErrImagePull" } } })).toBeUndefined();
  });
});

it("finds lack of memory in a pod that answers again", () => {
  const status = { restartCount: 1, lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } } };
  expect(only(diagnose(rollout(status), [])).cause).toEqual({ kind: "memory", limit: "64Mi" });
});

describe("a Job", () => {
  const failed = object("Job", "migrate-1", {
    status: { conditions: [{ type: "Failed", status: "True", reason: "BackoffLimitExceeded", message: "too often" }] },
  });
  const crashed = pod("migrate-1", { ready: false, state: { terminated: { exitCode: 1, reason: "Error" } } });

  it("that has failed shows its pod's exit code", () => {
    expect(only(diagnose([failed, crashed], []))).toMatchObject({
      object: "job/migrate-1",
      summary: "failed",
      conditions: ["Failed is True: BackoffLimitExceeded, too often"],
      pod: { summary: "exited with code 1", log: { container: "web", previous: false } },
    });
  });

  it("whose migration is older than the database names the flag", () => {
    const words = "Error: migration 20240102 was previously applied but is missing in the resolved migrations";
    const remedy = remedyOf(only(diagnose([failed, crashed], [])), words, PLACE);
    expect(remedy).toContain('"migrate": false');
    expect(remedy).toContain("releases.json");
  });

  it("that still runs is a finding only where its pod is at fault", () => {
    const job = object("Job", "migrate-1");
    expect(
      diagnose([job, pod("migrate-1", { ready: false, state: { waiting: { reason: "ContainerCreating" } } })], []),
    ).toEqual([]);
    const finding = only(diagnose([job, pod("migrate-1", { state: { waiting: { reason: "ErrImagePull" } } })], []));
    expect(finding.summary).toBe("does not finish");
  });

  it("may work for long in an init container, and shows how that has ended", () => {
    const work = (status: Partial<ObservedContainerStatus>): ObservedObject => {
      const {
        spec,
        status: rest,
        ...waiting
      } = pod("migrate-1", {
        ready: false,
        state: { waiting: { reason: "PodInitializing" } },
      });
      const initContainers = [{ name: "migrate", image: "i", command: ["/migrate", "up"] }];
      const initContainerStatuses = [{ ...FINE, name: "migrate", ready: false, ...status }];
      return { ...waiting, spec: { ...spec, initContainers }, status: { ...rest, initContainerStatuses } };
    };
    expect(diagnose([object("Job", "migrate-1"), work({})], [])).toEqual([]);
    const finding = only(diagnose([failed, work({ state: { terminated: { exitCode: 3, reason: "Error" } } })], []));
    expect(finding.pod).toMatchObject({
      summary: "exited with code 3",
      log: { container: "migrate", previous: false },
    });
  });

  it("of a CronJob counts when it is the last", () => {
    const at = (name: string, creationTimestamp: string, conditions: object[]) => {
      return object("Job", name, {
        ...ownedBy("cron"),
        creationTimestamp,
        status: { conditions } as ObservedObject["status"],
      });
    };
    const bad = at("cron-1", "2026-11-26T10:00:00Z", [{ type: "Failed", status: "True" }]);
    const good = at("cron-2", "2026-11-26T11:00:00Z", [{ type: "Complete", status: "True" }]);
    expect(diagnose([bad, good], [])).toEqual([]);
    expect(only(diagnose([bad], [])).object).toBe("job/cron-1");
  });
});

describe("what to do about a Job", () => {
  const done = (object: string, cause: Cause, place = PLACE, log = "") => {
    return remedyOf({ object, summary: "", isNotice: false, conditions: [], events: [], cause }, log, place);
  };
  const memory = { kind: "memory", limit: "512Mi" } as const;
  const deadline = { kind: "deadline", seconds: 1800 } as const;

  it.each([
    ["job/migrate-0a1b2c3d4e", '"migrate" of podcore'],
    ["job/report-29384756", 'schedule "report" of podcore'],
    ["deployment/api", 'process "api" of podcore'],
  ])("names the field of %s", (object, field) => {
    expect(done(object, memory)).toContain(
      `raise its limit above 512Mi, or find out what takes the memory: "memoryLimit" in "resources" of ${field}`,
    );
  });

  it("gives a migration more time, and a scheduled Job less to do", () => {
    expect(done("job/migrate-0a1b2c3d4e", deadline)).toContain('raise "deadline" in "migrate" of podcore above 1800 s');
    expect(done("job/report-29384756", deadline)).toBe(
      "do less in one run: it has not finished within its deadline of 1800 s",
    );
  });

  it("runs again what was disrupted", () => {
    const again = `${PLACE.kubectl} create job report-by-hand --from=cronjob/report`;
    for (const kind of ["disrupted", "vanished"] as const) {
      expect(done("job/migrate-0a1b2c3d4e", { kind })).toBe(
        "run it again by a deploy:\n  npx cdktf deploy podcore-production",
      );
      expect(done("job/report-29384756", { kind })).toBe(`wait for its next time, or run it now:\n  ${again}`);
    }
  });

  it("of a database names no release and no field of a process", () => {
    const remedies = [
      done("job/image-0a1b2c3d4e", deadline, OF_DATABASE),
      done("job/dump-29384756", { kind: "exit", exitCode: 1 }, OF_DATABASE),
      done("job/dump-29384756", memory, OF_DATABASE),
      done("job/dump-29384756", deadline, OF_DATABASE),
      done("job/dump-29384756", { kind: "image" }, OF_DATABASE),
    ];
    for (const remedy of remedies)
      expect(remedy).not.toMatch(/releases\.json|process|schedule|--repository-name podcore/);
    expect(remedies[0]).toContain("--project-name drover-builder");
    expect(remedies[0]).toContain("npx cdktf deploy podcore-production-database");
    expect(remedies[1]).toContain('"cluster" of production in platform.json');
    expect(remedies[1]).toContain(`${OF_DATABASE.kubectl} create job dump-by-hand --from=cronjob/dump`);
    expect(remedies[2]).toContain(`${OF_DATABASE.kubectl} create job by-hand --from=cronjob/dump`);
    expect(remedies[3]).toContain("six hours");
    expect(remedies[4]).toBe(remedies[0]);
  });

  it("grows a database's volume that is full", () => {
    const log = 'FATAL:  could not write lock file "postmaster.pid": No space left on device';
    const remedy = done("statefulset/postgres", { kind: "exit", exitCode: 1 }, OF_DATABASE, log);
    expect(remedy).toContain('raise "volume" of "database" of podcore');
    expect(remedy).toContain("npx cdktf deploy podcore-production-database");
  });
});

describe("a Deployment whose pods are refused", () => {
  it("tells the condition and the events of its ReplicaSet, each once", () => {
    const [deployment, , replicaSet] = rollout({});
    const status = {
      observedGeneration: 2,
      conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "violates PodSecurity" }],
    };
    const events = [
      event("web-2", "FailedCreate", "violates PodSecurity"),
      event("web-2", "FailedCreate", "violates PodSecurity"),
      event("web-2", "ScalingReplicaSet", "scaled up", "Normal"),
      event("other", "FailedCreate", "somebody else's"),
    ];
    const finding = only(diagnose([{ ...deployment!, status }, replicaSet!], events));
    expect(finding.conditions).toEqual(["ReplicaFailure is True: FailedCreate, violates PodSecurity"]);
    expect(finding.events).toEqual(["FailedCreate: violates PodSecurity"]);
    expect(finding.pod).toBeUndefined();
    expect(remedyOf(finding, "", PLACE)).toContain("conditions and events");
  });
});

describe("a pod that waits for a database", () => {
  it("names it, and the stack that brings it up", () => {
    const waiting: ObservedContainerStatus = { ...FINE, name: "wait--1", ready: false, state: { running: {} } };
    const waits = pod("web-2", { ready: false, state: { waiting: { reason: "PodInitializing" } } });
    const command = ["/helper", "wait", "postgres.podcore-production-database", "5432", "120"];
    const withInit: ObservedObject = {
      ...waits,
      spec: { ...waits.spec, initContainers: [{ name: "wait--1", image: "i", command }] },
      status: { ...waits.status, initContainerStatuses: [waiting] },
    };
    const finding = only(diagnose([...rollout({}).slice(0, 4), withInit], []));
    expect(finding.pod?.summary).toBe("waits for postgres.podcore-production-database:5432");
    expect(remedyOf(finding, "", PLACE)).toContain("npx cdktf deploy podcore-production-database");
  });
});

it("finds a pod that fits on no node", () => {
  const conditions = [{ type: "PodScheduled", status: "False", message: "0/2 nodes: Insufficient memory" }];
  const waiting = { ...pod("web-2"), status: { conditions } };
  const finding = only(diagnose([...rollout({}).slice(0, 4), waiting], []));
  expect(said(finding)).toBe("fits on no node: 0/2 nodes: Insufficient memory");
  expect(remedyOf(finding, "", PLACE)).toContain("add a node");
});

describe("a Job, which works in an init container", () => {
  const job = (state: ObservedContainerStatus["state"]) => {
    const waits = pod("migrate", { ready: false, state: { waiting: { reason: "PodInitializing" } } });
    const work = { name: "migrate", image: "i", command: ["podcore", "migrate"] };
    return [
      object("Job", "migrate", { spec: {}, status: {} }),
      {
        ...waits,
        spec: { ...waits.spec, initContainers: [work] },
        status: { ...waits.status, initContainerStatuses: [{ ...FINE, name: "migrate", ready: false, state }] },
      },
    ];
  };

  it("has no finding while it works", () => expect(diagnose(job({ running: {} }), [])).toEqual([]));

  it("has one with its exit code and its log when it fails", () => {
    const finding = only(diagnose(job({ terminated: { exitCode: 3 } }), []));
    expect(finding.pod).toMatchObject({ cause: { kind: "exit", exitCode: 3 }, log: { container: "migrate" } });
  });
});

it("finds the previous pod of a single worker, without which the next one would fit", () => {
  const message = "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.";
  const status = { conditions: [{ type: "PodScheduled", status: "False", message }] };
  const objects = rollout({}).slice(0, 3);
  const previous = pod("web-1");
  const ending = { ...previous, metadata: { ...previous.metadata, deletionTimestamp: "2026-11-26T10:00:00Z" } };
  const finding = only(diagnose([...objects, ending, { ...pod("web-2"), status }], []));
  expect(finding.cause).toMatchObject({ kind: "predecessor", pod: "web-1-pod", isStuck: true });
});

it("finds a StatefulSet whose pod is not ready", () => {
  const set = object("StatefulSet", "postgres", { spec: { replicas: 1 }, status: {} });
  const state = { waiting: { reason: "CrashLoopBackOff" } };
  const crashed = pod("postgres", { ready: false, state, lastState: { terminated: { exitCode: 1 } } });
  expect(only(diagnose([set, crashed], []))).toMatchObject({
    object: "statefulset/postgres",
    summary: "0 of 1 pod ready; nothing of it runs",
    cause: { kind: "exit", exitCode: 1 },
  });
});

describe("going back", () => {
  it("finds the commit that pinned the release, though a later one pinned another app's", () => {
    const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
    const subject = withFleet({}, (folder) => {
      const git = (...args: string[]) => {
        const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
        return run("git", [...identity, ...args], { cwd: folder });
      };
      git("init", "--quiet");
      for (const [podcore, web] of ["ax", "bx", "by"]) {
        const pins = { podcore: { digest: digest(podcore!) }, web: { digest: digest(web!) } };
        writeFileSync(join(folder, "releases.json"), JSON.stringify({ production: pins }, undefined, 2));
        git("add", "releases.json");
        git("commit", "--quiet", "--message", `pin ${podcore} and ${web}`);
      }
      const [, command = ""] = goBack(PLACE, digest("b")).split("\n");
      return run("sh", ["-c", command], { cwd: folder }).stdout;
    });
    expect(subject).toMatch(/^[0-9a-f]+ pin b and x\n$/);
  });
});
