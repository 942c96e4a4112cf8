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

  it("never has fewer pods than it should while it rolls out", () => {
    expect(deployment().spec.strategy).toEqual({
      type: "RollingUpdate",
      rolling_update: { max_unavailable: "0", max_surge: "1" },
    });
  });

  it("gives up before the provider does, which waits for ten minutes", () => {
    const { progress_deadline_seconds } = deployment().spec;
    expect(progress_deadline_seconds).toBeGreaterThan(0);
    expect(progress_deadline_seconds).toBeLessThan(600);
    expect(deployment().wait_for_rollout).not.toBe(false);
  });

  it("keeps some revisions to go back to", () => {
    expect(deployment().spec.revision_history_limit).toBe(3);
  });

  it("prefers to spread its pods over zones, and starts them anyway", () => {
    expect(pod().spec.topology_spread_constraint).toEqual([
      {
        max_skew: 1,
        topology_key: "topology.kubernetes.io/zone",
        when_unsatisfiable: "ScheduleAnyway",
        label_selector: [{ match_labels: SELECTOR }],
      },
    ]);
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
      requests: { cpu: "50m", memory: "32Mi" },
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

it("command is the program and its arguments", () => {
  expect(container({ command: ["podcore", "crawl"] }).command).toEqual(["podcore", "crawl"]);
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

  it("waits with the pods for the Ingress, and not with the Ingress for a load balancer", () => {
    expect(resource(json, "kubernetes_deployment_v1").depends_on).toEqual([
      address(json, "kubernetes_service_v1"),
      address(json, "kubernetes_ingress_v1"),
    ]);
    expect(ingress.wait_for_load_balancer).toBeFalsy();
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
      "alb.ingress.kubernetes.io/success-codes": "200-499",
    });
  });

  it("of another name gets none of alb's annotations", () => {
    expect(ingress("traefik").spec.ingress_class_name).toBe("traefik");
    expect(JSON.stringify(ingress("traefik"))).not.toContain("alb");
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
