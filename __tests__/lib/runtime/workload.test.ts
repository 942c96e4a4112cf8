import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { Workload, type WorkloadProps } from "../../../lib/runtime/workload";
import { address, addresses, type Body, resource, resources, type StackJson, synth } from "../../support/synth";

const IMAGE = `111122223333.dkr.ecr.eu-central-1.amazonaws.com/podcore@sha256:${"0123456789abcdef".repeat(4)}`;
const COMMIT = "fedcba9876543210fedcba9876543210fedcba98";
const PROPS: WorkloadProps = {
  app: "podcore",
  environment: "production",
  repository: "https://github.com/acme/podcore",
  process: "web",
  namespace: "podcore-production",
  serviceAccount: "podcore",
};
const SELECTOR = { "app.kubernetes.io/name": "podcore", "app.kubernetes.io/component": "web" };

const make = (props: Partial<WorkloadProps> = {}) =>
  synth((stack) => new Workload(stack, "process-web", { ...PROPS, ...props }));
const types = (json: StackJson) => addresses(json).map((resource) => resource.split(".")[0]);
const deployment = (props: Partial<WorkloadProps> = {}) =>
  resource(make({ image: IMAGE, ...props }), "kubernetes_deployment_v1");
const pod = (props?: Partial<WorkloadProps>): Body => deployment(props).spec.template;

function container(props?: Partial<WorkloadProps>): Body {
  expect(pod(props).spec.container).toHaveLength(1);
  return pod(props).spec.container[0];
}

describe("with only what is required", () => {
  it("is nothing: there is neither an image nor a port", () => {
    expect(make().resource).toBeUndefined();
  });
});

describe("image", () => {
  it("without it everything but the Deployment is there", () => {
    expect(types(make({ port: 8080, hosts: ["podcore.example.com"] }))).toEqual([
      "kubernetes_ingress_v1",
      "kubernetes_network_policy_v1",
      "kubernetes_service_v1",
    ]);
  });

  it("is what the one container runs, as it was named", () => {
    expect(container()).toMatchObject({ name: "web", image: IMAGE });
  });

  it("makes a worker: no Service, no Ingress, no probe, no port", () => {
    expect(types(make({ image: IMAGE }))).toEqual(["kubernetes_deployment_v1"]);
    const { readiness_probe, liveness_probe, startup_probe, port, env } = container();
    expect([readiness_probe, liveness_probe, startup_probe, port, env].filter(Boolean)).toEqual([]);
    expect(deployment().spec.replicas).toBe("1");
  });

  it("leaves the program to the image", () => {
    const { command, args } = container();
    expect([command, args].filter(Boolean)).toEqual([]);
  });
});

describe("the Deployment", () => {
  it("is called like its process, in its namespace, and says whose it is", () => {
    expect(deployment().metadata).toEqual({
      name: "web",
      namespace: "podcore-production",
      labels: {
        ...SELECTOR,
        "app.kubernetes.io/managed-by": "drover",
        "drover/environment": "production",
      },
      annotations: { "drover/repository": "https://github.com/acme/podcore" },
    });
  });

  it("chooses its pods by app and process, and by nothing that ever changes", () => {
    expect(deployment().spec.selector).toEqual({ match_labels: SELECTOR });
    expect(pod().metadata.labels).toMatchObject(SELECTOR);
  });

  it("never has fewer pods than it should while it rolls out, where somebody waits for answers", () => {
    for (const replicas of [undefined, 1, 3, { min: 1, max: 3, cpu: 70 }]) {
      expect(deployment({ port: 8080, replicas }).spec.strategy).toEqual({
        type: "RollingUpdate",
        rolling_update: { max_unavailable: "0", max_surge: "25%" },
      });
    }
  });

  it("has one worker at any time, where there is one only", () => {
    expect(deployment().spec.strategy).toEqual({ type: "Recreate" });
    for (const replicas of [2, { min: 1, max: 3, cpu: 70 }]) {
      expect(deployment({ replicas }).spec.strategy.type).toBe("RollingUpdate");
    }
  });

  it.each<[string, Partial<WorkloadProps>, number]>([
    ["with a port", { port: 8080 }, 15],
    ["without one, which counts as ready as soon as it runs", {}, 30],
  ])("replaces pods only after a new one stayed ready for a while: a process %s", (_, props, seconds) => {
    expect(deployment(props).spec.min_ready_seconds).toBe(seconds);
  });

  const hosts = ["podcore.example.com"];

  it.each<[string, Partial<WorkloadProps>, number]>([
    ["that is private: start, availability, drain", { port: 8080 }, 300 + 15 + 5],
    ["behind a load balancer of EKS: also its registration there", { port: 8080, hosts }, 300 + 60 + 15 + 20],
    ["behind another ingress", { port: 8080, hosts, ingressClass: "traefik" }, 300 + 15 + 5],
    ["whose requests take long", { port: 8080, gracePeriodSeconds: 600 }, 300 + 15 + 5],
    ["that drains long", { port: 8080, drainDelaySeconds: 60 }, 300 + 15 + 60],
    ["that is a single worker: its old pod ends first", {}, 300 + 30 + 35],
    ["that is a single worker with long jobs", { gracePeriodSeconds: 3600 }, 300 + 30 + 3605],
    ["of several workers", { gracePeriodSeconds: 3600, replicas: 2 }, 300 + 30],
    ["that starts slowly", { port: 8080, startTimeoutSeconds: 900 }, 900 + 15 + 5],
  ])("has time for one batch of pods to be replaced: a process %s", (_, props, deadline) => {
    expect(deployment(props).spec.progress_deadline_seconds).toBe(deadline);
  });

  it.each<[string, Partial<WorkloadProps>, number]>([
    ["one pod", { port: 8080, replicas: 1 }, 1],
    ["two pods, one at a time", { port: 8080, replicas: 2 }, 2],
    ["four pods, one at a time", { port: 8080, replicas: 4 }, 4],
    ["five pods, two at a time", { port: 8080, replicas: 5 }, 3],
    ["a hundred pods, 25 at a time", { port: 8080, replicas: 100 }, 4],
    ["two to six pods, of which four take longest", { port: 8080, replicas: { min: 2, max: 6, cpu: 70 } }, 4],
    ["two to five pods, of which four take longest", { port: 8080, replicas: { min: 2, max: 5, cpu: 70 } }, 4],
    ["five to six pods, two at a time", { port: 8080, replicas: { min: 5, max: 6, cpu: 70 } }, 3],
    ["no pods", { port: 8080, replicas: 0 }, 1],
    ["a single worker", {}, 1],
  ])("lets Terraform wait until all batches had their time: %s", (_, props, batches) => {
    const { spec, timeouts, wait_for_rollout } = deployment(props);
    const minutes = Math.ceil((batches * spec.progress_deadline_seconds + 60) / 60);
    expect(timeouts).toEqual({ create: `${minutes}m`, update: `${minutes}m`, delete: `${minutes}m` });
    expect(wait_for_rollout).not.toBe(false);
  });

  it("keeps the annotation of `kubectl rollout restart`, and no other annotation of others", () => {
    expect(deployment().lifecycle.ignore_changes).toEqual([
      'spec[0].template[0].metadata[0].annotations["kubectl.kubernetes.io/restartedAt"]',
    ]);
  });

  it("keeps some revisions to go back to", () => {
    expect(deployment().spec.revision_history_limit).toBe(3);
  });

  it("prefers to spread its pods over zones and nodes, and starts them anyway", () => {
    expect(pod().spec.topology_spread_constraint).toEqual(
      ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topology_key) => ({
        max_skew: 1,
        topology_key,
        when_unsatisfiable: "ScheduleAnyway",
        label_selector: [{ match_labels: SELECTOR }],
        // Of the new release alone: those of the old one are about to go.
        match_label_keys: ["pod-template-hash"],
      })),
    );
  });
});

describe("the pod of a single worker", () => {
  const [term, ...others] = pod().spec.affinity.pod_anti_affinity.required_during_scheduling_ignored_during_execution;
  const kept = term.label_selector[0].match_labels;

  it("starts on no node while another one of them is on any", () => {
    expect(others).toEqual([]);
    expect(term.topology_key).toBe("kubernetes.io/os");
    expect(pod().metadata.labels).toMatchObject(kept);
    expect(kept).toMatchObject(SELECTOR);
  });

  it("is in the way of no other pod: when there are several, the new ones start before it ends", () => {
    for (const props of [{ replicas: 2 }, { replicas: { min: 1, max: 3, cpu: 70 } }, { port: 8080, replicas: 1 }]) {
      expect(pod(props).metadata.labels).not.toMatchObject(kept);
      expect(pod(props).spec.affinity).toBeUndefined();
    }
    expect(pod({ process: "crawl" }).metadata.labels).not.toMatchObject(kept);
  });
});

describe("a pod", () => {
  it("keeps the restricted Pod Security Standard", () => {
    expect(pod().spec.security_context).toEqual({
      run_as_non_root: true,
      run_as_user: "65532",
      run_as_group: "65532",
      fs_group: "65532",
      seccomp_profile: { type: "RuntimeDefault" },
    });
    expect(container().security_context).toEqual({
      run_as_non_root: true,
      privileged: false,
      allow_privilege_escalation: false,
      read_only_root_filesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("shares nothing with its node", () => {
    const { host_network, host_pid, host_ipc, volume } = pod().spec;
    expect([host_network, host_pid, host_ipc].filter(Boolean)).toEqual([]);
    expect(volume.filter((candidate: Body) => "host_path" in candidate)).toEqual([]);
  });

  it("can write to /tmp, and nowhere else", () => {
    expect(pod().spec.volume).toEqual([{ name: "tmp", empty_dir: {} }]);
    expect(container().volume_mount).toEqual([{ name: "tmp", mount_path: "/tmp" }]);
  });

  it("has the app's service account, but no token of it, and hears of no other Services", () => {
    expect(pod().spec).toMatchObject({
      service_account_name: "podcore",
      automount_service_account_token: false,
      enable_service_links: false,
    });
  });

  it("asks for what it uses, and is ended when it leaks", () => {
    expect(container().resources).toEqual({
      requests: { cpu: "50m", memory: "64Mi" },
      limits: { memory: "256Mi" },
    });
  });
});

describe("version", () => {
  it("stands on the Deployment", () => {
    expect(deployment({ version: COMMIT }).metadata.labels["app.kubernetes.io/version"]).toBe(COMMIT);
  });

  it("is nowhere else: a pod whose image is the same is not replaced", () => {
    const labelled = deployment({ version: COMMIT, port: 8080 });
    delete labelled.metadata.labels["app.kubernetes.io/version"];
    expect(labelled).toEqual(deployment({ port: 8080 }));
    const json = make({ image: IMAGE, version: COMMIT, port: 8080, hosts: ["podcore.example.com"] });
    expect(JSON.stringify(json).split(COMMIT)).toHaveLength(2);
  });
});

it("command is the program, args are its arguments", () => {
  const { command, args } = container({ command: ["podcore", "crawl"], args: ["--port", "$(PORT)"] });
  expect(command).toEqual(["podcore", "crawl"]);
  expect(args).toEqual(["--port", "$(PORT)"]);
});

it("env are variables, after the port that a command or another variable may name", () => {
  expect(container({ port: 80, env: { URL: "http://localhost:$(PORT)", A: "" } }).env).toEqual([
    { name: "PORT", value: "80" },
    { name: "URL", value: "http://localhost:$(PORT)" },
    { name: "A", value: "" },
  ]);
});

describe("secret", () => {
  const secret = { name: "podcore", variables: ["DATABASE_URL", "TOKEN"] };

  it("gives its keys as variables, without a value anywhere", () => {
    expect(container({ secret, env: { A: "b" } }).env).toEqual([
      {
        name: "DATABASE_URL",
        value_from: { secret_key_ref: { name: "podcore", key: "DATABASE_URL", optional: false } },
      },
      { name: "TOKEN", value_from: { secret_key_ref: { name: "podcore", key: "TOKEN", optional: false } } },
      { name: "A", value: "b" },
    ]);
    expect(pod({ secret }).metadata.annotations).toBeUndefined();
  });

  it("starts new pods when its revision changes", () => {
    expect(pod({ secret: { ...secret, revision: "7" } }).metadata.annotations).toEqual({
      "drover/secret-revision": "7",
    });
  });
});

it("resources are what each pod requests, and the memory that it may use", () => {
  expect(container({ resources: { cpu: "2", memory: "1Gi", memoryLimit: "2Gi" } }).resources).toEqual({
    requests: { cpu: "2", memory: "1Gi" },
    limits: { memory: "2Gi" },
  });
});

describe("waitFor", () => {
  const { spec } = pod({
    waitFor: [
      { host: "postgres.podcore-production-database", port: 5432 },
      { host: "10.0.0.1", port: 6379 },
    ],
  });

  it("starts the process when each of them answers, by the image's own helper", () => {
    expect(spec.init_container.map(({ name, image, command }: Body) => [name, image, command])).toEqual([
      [
        "wait--1",
        IMAGE,
        ["/usr/local/bin/drover-helper", "wait", "postgres.podcore-production-database", "5432", "120"],
      ],
      ["wait--2", IMAGE, ["/usr/local/bin/drover-helper", "wait", "10.0.0.1", "6379", "120"]],
    ]);
  });

  it("has containers of different names, whatever the process is called", () => {
    const { init_container, container } = pod({ process: "wait-1", waitFor: [{ host: "db", port: 5432 }] }).spec;
    const names = [...init_container, ...container].map(({ name }: Body) => name);
    expect(new Set(names).size).toBe(2);
  });

  it("keeps the restricted standard there, too", () => {
    for (const { security_context } of spec.init_container) {
      expect(security_context).toEqual(container().security_context);
    }
  });

  it("is not there without", () => expect(pod().spec.init_container).toBeUndefined());
});

describe("replicas", () => {
  it("are as many pods", () => expect(deployment({ replicas: 5 }).spec.replicas).toBe("5"));

  it("may be none", () => {
    const json = make({ image: IMAGE, port: 8080, replicas: 0 });
    expect(resource(json, "kubernetes_deployment_v1").spec.replicas).toBe("0");
    expect(resources(json, "kubernetes_pod_disruption_budget_v1")).toEqual({});
  });

  it("may be bounds, between which the autoscaler says how many", () => {
    const json = make({ image: IMAGE, replicas: { min: 2, max: 6, cpu: 80 } });
    const autoscaler = resource(json, "kubernetes_horizontal_pod_autoscaler_v2");
    expect(autoscaler.metadata).toMatchObject({ name: "web", namespace: "podcore-production" });
    expect(autoscaler.spec).toEqual({
      scale_target_ref: { api_version: "apps/v1", kind: "Deployment", name: "web" },
      min_replicas: 2,
      max_replicas: 6,
      metric: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", average_utilization: 80 } } },
      ],
    });
    expect(autoscaler.depends_on).toEqual([address(json, "kubernetes_deployment_v1")]);
  });
});

describe("the disruption budget", () => {
  const budget = (props: Partial<WorkloadProps>) =>
    resources(make({ image: IMAGE, ...props }), "kubernetes_pod_disruption_budget_v1");

  it("lets one pod of several go at a time, so that no drain of a node is blocked", () => {
    const autoscaled = [1, 2].map((min) => ({ replicas: { min, max: 3, cpu: 70 } }));
    for (const props of [{ port: 8080 }, { replicas: 2 }, ...autoscaled]) {
      const [body] = Object.values(budget(props));
      expect(body?.metadata).toMatchObject({ name: "web", namespace: "podcore-production" });
      expect(body?.spec).toEqual({ max_unavailable: "1", selector: { match_labels: SELECTOR } });
    }
  });

  it("is not there for a single pod, nor before a release", () => {
    for (const props of [{}, { port: 8080, replicas: 1 }, { replicas: { min: 1, max: 1, cpu: 70 } }]) {
      expect(budget(props)).toEqual({});
    }
    expect(budget({ port: 8080, image: undefined })).toEqual({});
  });
});

describe("the end of a pod", () => {
  const seconds = (props: Partial<WorkloadProps>) => pod(props).spec.termination_grace_period_seconds;
  const preStop = (props: Partial<WorkloadProps>) => container(props).lifecycle?.pre_stop;
  const sleep = (length: string) => [{ exec: { command: ["/usr/local/bin/drover-helper", "sleep", length] } }];
  const hosts = ["podcore.example.com"];

  it.each<[string, Partial<WorkloadProps>, object[] | undefined, number]>([
    ["of a process with a port waits until nobody sends requests any more", { port: 80 }, sleep("5"), 5 + 30 + 5],
    ["behind a load balancer of EKS waits longer", { port: 80, hosts }, sleep("20"), 20 + 30 + 5],
    ["behind another ingress does not", { port: 80, hosts, ingressClass: "traefik" }, sleep("5"), 5 + 30 + 5],
    ["of a worker does not wait at all", {}, undefined, 30 + 5],
    ["waits as long as it is told", { port: 80, drainDelaySeconds: 7 }, sleep("7"), 7 + 30 + 5],
    ["may not wait", { port: 80, drainDelaySeconds: 0 }, undefined, 30 + 5],
    ["leaves as much time as the longest request needs", { port: 80, gracePeriodSeconds: 90 }, sleep("5"), 5 + 90 + 5],
    ["leaves as much time as the longest job needs", { gracePeriodSeconds: 3600 }, undefined, 3600 + 5],
  ])("%s", (_, props, hook, grace) => {
    expect(preStop(props)).toEqual(hook);
    expect(seconds(props)).toBe(grace);
  });
});

describe("probes", () => {
  it("readiness: lets requests in when the path is answered", () => {
    const { readiness_probe, liveness_probe, startup_probe } = container({ port: 80, readiness: { path: "/ready" } });
    expect(readiness_probe).toEqual({
      http_get: { path: "/ready", port: "http" },
      timeout_seconds: 2,
      period_seconds: 5,
    });
    expect([liveness_probe, startup_probe].filter(Boolean)).toEqual([]);
  });

  it("liveness: restarts a pod that does not answer it, but not one that starts slowly", () => {
    const { readiness_probe, liveness_probe, startup_probe } = container({ port: 80, liveness: { path: "/live" } });
    const http_get = { path: "/live", port: "http" };
    expect(liveness_probe).toEqual({ http_get, timeout_seconds: 2, period_seconds: 10, failure_threshold: 3 });
    expect(startup_probe).toMatchObject({ http_get });
    expect(startup_probe.period_seconds * startup_probe.failure_threshold).toBe(300);
    expect(readiness_probe.tcp_socket).toEqual([{ port: "http" }]);
  });

  it("liveness: restarts no pod before the end of its start timeout", () => {
    const allowed = (startTimeoutSeconds: number) => {
      const { startup_probe } = container({ port: 80, liveness: { path: "/live" }, startTimeoutSeconds });
      return startup_probe.period_seconds * startup_probe.failure_threshold;
    };
    expect([allowed(1), allowed(900)]).toEqual([2, 900]);
  });
});

describe("metrics", () => {
  const annotations = (props: Partial<WorkloadProps>) => pod(props).metadata.annotations;

  it("are found at the process's own port", () => {
    expect(annotations({ port: 8080, metrics: { path: "/metrics" } })).toEqual({
      "prometheus.io/scrape": "true",
      "prometheus.io/port": "8080",
      "prometheus.io/path": "/metrics",
    });
  });

  it("are found at a port of their own, which the container names", () => {
    const metrics = { port: 9090, path: "/m" };
    expect(annotations({ metrics })).toMatchObject({ "prometheus.io/port": "9090", "prometheus.io/path": "/m" });
    expect(container({ metrics }).port).toEqual([{ name: "metrics", container_port: 9090 }]);
    expect(container({ port: 8080, metrics }).port).toEqual([
      { name: "http", container_port: 8080 },
      { name: "metrics", container_port: 9090 },
    ]);
    expect(container({ port: 9090, metrics }).port).toEqual([{ name: "http", container_port: 9090 }]);
  });

  it("are nowhere for a worker without a port", () => {
    expect(annotations({ metrics: { path: "/metrics" } })).toBeUndefined();
  });

  it("metricsFrom: are read by that namespace", () => {
    const json = make({ metrics: { port: 9090, path: "/metrics" }, metricsFrom: "monitoring" });
    const policy = resource(json, "kubernetes_network_policy_v1");
    expect(policy.metadata).toMatchObject({ name: "web-ingress", namespace: "podcore-production" });
    expect(policy.spec).toEqual({
      pod_selector: { match_labels: SELECTOR },
      policy_types: ["Ingress"],
      ingress: [
        {
          ports: [{ port: "metrics", protocol: "TCP" }],
          from: [{ namespace_selector: { match_labels: { "kubernetes.io/metadata.name": "monitoring" } } }],
        },
      ],
    });
    const nothing = make({ metrics: { path: "/metrics" }, metricsFrom: "monitoring", image: IMAGE });
    expect(resources(nothing, "kubernetes_network_policy_v1")).toEqual({});
  });
});

describe("ingressFrom", () => {
  const hosts = ["podcore.example.com"];
  // By name: pods of two releases may listen on two numbers.
  const ports = [{ port: "http", protocol: "TCP" }];
  const policy = (props: Partial<WorkloadProps>) =>
    resource(make({ port: 8080, hosts, ...props }), "kubernetes_network_policy_v1").spec.ingress;

  it("is anywhere, for a process that is public", () => expect(policy({})).toEqual([{ ports }]));

  it("is the subnets of a load balancer", () => {
    expect(policy({ ingressFrom: ["10.0.0.0/24", "10.0.1.0/24"] })).toEqual([
      { ports, from: [{ ip_block: { cidr: "10.0.0.0/24" } }, { ip_block: { cidr: "10.0.1.0/24" } }] },
    ]);
  });

  it("is a namespace", () => {
    expect(policy({ ingressFrom: "traefik" })).toEqual([
      { ports, from: [{ namespace_selector: { match_labels: { "kubernetes.io/metadata.name": "traefik" } } }] },
    ]);
  });

  it("lets nothing in to a process that is not public", () => {
    expect(resources(make({ port: 8080, ingressFrom: "traefik" }), "kubernetes_network_policy_v1")).toEqual({});
  });
});

describe("port", () => {
  const json = make({ image: IMAGE, port: 8082 });

  it("makes a Service that the process's name leads to, at port 80", () => {
    const service = resource(json, "kubernetes_service_v1");
    expect(service.metadata).toMatchObject({ name: "web", namespace: "podcore-production", labels: SELECTOR });
    expect(service.spec).toEqual({
      selector: SELECTOR,
      port: [{ name: "http", port: 80, target_port: "http" }],
    });
  });

  it("leads there to the port that the container has under that name", () => {
    expect(container({ port: 8082 }).port).toEqual([{ name: "http", container_port: 8082 }]);
  });

  it("is told to the process", () => {
    expect(container({ port: 8082 }).env).toEqual([{ name: "PORT", value: "8082" }]);
  });

  it("lets requests in when something listens there", () => {
    expect(container({ port: 8082 }).readiness_probe.tcp_socket).toEqual([{ port: "http" }]);
  });

  it("starts two pods, since somebody waits for an answer", () => {
    expect(deployment({ port: 8082 }).spec.replicas).toBe("2");
  });

  it("is not public by itself", () => {
    expect(resources(json, "kubernetes_ingress_v1")).toEqual({});
    expect(resource(json, "kubernetes_service_v1").spec.type ?? "ClusterIP").toBe("ClusterIP");
  });

  it("waits with the pods for the Service", () => {
    expect(resource(json, "kubernetes_deployment_v1").depends_on).toEqual([address(json, "kubernetes_service_v1")]);
  });
});

describe("hosts", () => {
  const hosts = ["podcore.example.com", "podcore.fm"];
  const json = make({ image: IMAGE, port: 8080, hosts });
  const ingress = resource(json, "kubernetes_ingress_v1");

  it("leads each of them, with every path, to the Service", () => {
    const backend = { service: { name: "web", port: { name: "http" } } };
    expect(ingress.spec.rule).toEqual(
      hosts.map((host) => ({ host, http: { path: [{ path: "/", path_type: "Prefix", backend }] } })),
    );
    const service = resource(json, "kubernetes_service_v1");
    expect(service.metadata.name).toBe(backend.service.name);
    expect(service.spec.port[0].name).toBe(backend.service.port.name);
  });

  it("is called like the process, and says whose it is", () => {
    expect(ingress.metadata).toMatchObject({
      name: "web",
      namespace: "podcore-production",
      labels: { ...SELECTOR, "app.kubernetes.io/managed-by": "drover" },
      annotations: { "drover/repository": "https://github.com/acme/podcore" },
    });
  });

  it("waits with the pods for the Ingress", () => {
    expect(resource(json, "kubernetes_deployment_v1").depends_on).toEqual([
      address(json, "kubernetes_service_v1"),
      address(json, "kubernetes_ingress_v1"),
      address(json, "kubernetes_network_policy_v1"),
    ]);
  });

  it("can't be without a port", () => {
    expect(() => make({ hosts })).toThrow(
      'process "web" has hosts (podcore.example.com, podcore.fm) but no port; give it the one it listens on',
    );
  });

  it("makes no Ingress of an empty list", () => {
    expect(resources(make({ port: 8080, hosts: [] }), "kubernetes_ingress_v1")).toEqual({});
  });
});

describe("paths", () => {
  const hosts = ["podcore.example.com", "podcore.fm"];
  const ingress = (paths?: string[]) => resource(make({ port: 8080, hosts, paths }), "kubernetes_ingress_v1");

  it("lead to the process, at each host, with all below them", () => {
    const backend = { service: { name: "web", port: { name: "http" } } };
    const path = ["/api", "/v1"].map((path) => ({ path, path_type: "Prefix", backend }));
    expect(ingress(["/api", "/v1"]).spec.rule).toEqual(hosts.map((host) => ({ host, http: { path } })));
  });

  it("that are deep are tried before those that are not, by all who share the load balancer of EKS", () => {
    const order = (path: string) => ingress([path]).metadata.annotations["alb.ingress.kubernetes.io/group.order"];
    expect(["/", "/a-long-name", "/api/v1"].map(order)).toEqual([undefined, "-1", "-2"]);
    expect(Number(order("/a".repeat(63)))).toBeGreaterThanOrEqual(-1000);
  });

  it("of different depth have an Ingress each on a load balancer of EKS, and one on others", () => {
    const paths = ["/api/v1", "/", "/feeds"];
    const all = (ingressClass?: string) =>
      Object.fromEntries(
        Object.values(resources(make({ port: 8080, hosts, paths, ingressClass }), "kubernetes_ingress_v1")).map(
          ({ metadata, spec }) => [metadata.name, spec.rule[1].http.path.map(({ path }: Body) => path)],
        ),
      );
    expect(all()).toEqual({ web: ["/"], "web--1": ["/feeds"], "web--2": ["/api/v1"] });
    expect(all("traefik")).toEqual({ web: paths });
  });

  it("are all there before a pod is", () => {
    const json = make({ image: IMAGE, port: 8080, hosts, paths: ["/", "/api"] });
    const names = Object.keys(resources(json, "kubernetes_ingress_v1"));
    expect(names).toHaveLength(2);
    const { depends_on } = resource(json, "kubernetes_deployment_v1");
    expect(depends_on).toEqual(expect.arrayContaining(names.map((name) => `kubernetes_ingress_v1.${name}`)));
  });
});

describe("protocol", () => {
  const service = (props: Partial<WorkloadProps>) =>
    resource(make({ port: 50051, hosts: ["podcore.example.com"], ...props }), "kubernetes_service_v1");
  const TRAEFIK = "traefik.ingress.kubernetes.io/service.serversscheme";

  it("is HTTP/1.1, which a Service need not name", () => {
    expect(service({}).spec.port[0].app_protocol).toBeUndefined();
    expect(service({ ingressClass: "traefik" }).metadata.annotations[TRAEFIK]).toBeUndefined();
  });

  it.each(["http2", "grpc"] as const)("%s is told to the controller by the Service", (protocol) => {
    expect(service({ protocol }).spec.port).toEqual([
      { name: "http", port: 80, target_port: "http", app_protocol: "kubernetes.io/h2c" },
    ]);
    expect(service({ protocol }).metadata.annotations[TRAEFIK]).toBeUndefined();
    expect(service({ protocol, ingressClass: "traefik" }).metadata.annotations[TRAEFIK]).toBe("h2c");
  });

  it("grpc: probes call the health service, by the number of the port", () => {
    const probes = { readiness: { service: "podcore.v1.Episodes" }, liveness: { service: "" } };
    const { liveness_probe, readiness_probe, startup_probe } = container({ port: 50051, protocol: "grpc", ...probes });
    expect(readiness_probe).toEqual({
      grpc: [{ port: 50051, service: "podcore.v1.Episodes" }],
      timeout_seconds: 2,
      period_seconds: 5,
    });
    for (const probe of [liveness_probe, startup_probe]) expect(probe.grpc).toEqual([{ port: 50051, service: "" }]);
    expect(container({ port: 50051, protocol: "grpc" }).readiness_probe.tcp_socket).toEqual([{ port: "http" }]);
  });
});

describe("ingressClass", () => {
  const ingress = (ingressClass?: string) =>
    resource(make({ port: 8080, hosts: ["podcore.example.com"], ingressClass }), "kubernetes_ingress_v1");

  it("is alb, which sends requests to the pods and takes what is no failure for health", () => {
    expect(ingress().spec.ingress_class_name).toBe("alb");
    expect(ingress().metadata.annotations).toEqual({
      "drover/repository": "https://github.com/acme/podcore",
      "alb.ingress.kubernetes.io/listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]',
      "alb.ingress.kubernetes.io/ssl-redirect": "443",
      "alb.ingress.kubernetes.io/target-type": "ip",
      "alb.ingress.kubernetes.io/target-group-attributes": "deregistration_delay.timeout_seconds=50",
      "alb.ingress.kubernetes.io/success-codes": "200-499",
    });
    expect(ingress().spec.tls).toBeUndefined();
  });

  it("asks alb's health check for what the readiness probe asks for", () => {
    const props = { port: 8080, hosts: ["podcore.example.com"], readiness: { path: "/ready" }, gracePeriodSeconds: 90 };
    expect(resource(make(props), "kubernetes_ingress_v1").metadata.annotations).toMatchObject({
      "alb.ingress.kubernetes.io/healthcheck-path": "/ready",
      // Pods of the release before may not know the path.
      "alb.ingress.kubernetes.io/success-codes": "200-499",
      "alb.ingress.kubernetes.io/target-group-attributes": "deregistration_delay.timeout_seconds=110",
    });
  });

  it("lets alb wait for the requests of a pod as long as the pod gives them, and no longer than alb can", () => {
    const attributes = (props: Partial<WorkloadProps>) =>
      resource(make({ image: IMAGE, port: 8080, hosts: ["podcore.example.com"], ...props }), "kubernetes_ingress_v1")
        .metadata.annotations["alb.ingress.kubernetes.io/target-group-attributes"];
    for (const [drainDelaySeconds, gracePeriodSeconds] of [
      [10, 0],
      [25, 60],
      [100, 3500],
    ] as const) {
      const props = { drainDelaySeconds, gracePeriodSeconds };
      const seconds = drainDelaySeconds + gracePeriodSeconds;
      expect(attributes(props)).toBe(`deregistration_delay.timeout_seconds=${seconds}`);
      expect(pod({ ...props, port: 8080 }).spec.termination_grace_period_seconds).toBeGreaterThan(seconds);
    }
    expect(attributes({ gracePeriodSeconds: 3600 })).toBe("deregistration_delay.timeout_seconds=3600");
  });

  it("alb: a new Ingress that its load balancer does not take up within ten minutes fails the deploy", () => {
    expect(ingress()).toMatchObject({ wait_for_load_balancer: true, timeouts: { create: "10m" } });
    expect(ingress("traefik").wait_for_load_balancer).toBeUndefined();
  });

  it("of another name gets none of alb's annotations", () => {
    expect(ingress("traefik").spec.ingress_class_name).toBe("traefik");
    expect(JSON.stringify(ingress("traefik"))).not.toContain("alb");
  });

  it("of another name is told which hosts are encrypted", () => {
    expect(ingress("traefik").spec.tls).toEqual([{ hosts: ["podcore.example.com"] }]);
  });
});

it("after: all of it waits for what it is told to", () => {
  const json = synth((stack) => {
    const namespace = new NamespaceV1(stack, "namespace", { metadata: { name: "podcore-production" } });
    const props = { ...PROPS, image: IMAGE, port: 8080, hosts: ["podcore.example.com"] };
    new Workload(stack, "process-web", { ...props, after: [namespace] });
  });
  for (const type of ["kubernetes_deployment_v1", "kubernetes_service_v1", "kubernetes_ingress_v1"]) {
    expect(resource(json, type).depends_on).toContain(address(json, "kubernetes_namespace_v1"));
  }
});

it("deploymentAfter: only the pods wait for it", () => {
  const json = synth((stack) => {
    const migration = new NamespaceV1(stack, "migration", { metadata: { name: "migration" } });
    const props = { ...PROPS, image: IMAGE, port: 8080, hosts: ["podcore.example.com"] };
    new Workload(stack, "process-web", { ...props, deploymentAfter: [migration] });
  });
  const migration = address(json, "kubernetes_namespace_v1");
  expect(resource(json, "kubernetes_deployment_v1").depends_on).toContain(migration);
  for (const type of ["kubernetes_service_v1", "kubernetes_ingress_v1"]) {
    expect(resource(json, type).depends_on ?? []).not.toContain(migration);
  }
});
