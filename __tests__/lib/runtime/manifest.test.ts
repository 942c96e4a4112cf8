import { manifestOf } from "../../../lib/runtime/manifest";

/** The object of a resource that has one, whole. */
function object(type: string, body: Record<string, unknown>) {
  const manifest = manifestOf(type, body);
  expect(manifest?.issues).toEqual([]);
  return manifest?.object;
}

const metadata = { name: "web", namespace: "podcore-production" };

describe("a resource becomes an object", () => {
  it("with its kind and the spelling of Kubernetes", () => {
    const service = { metadata, spec: { selector: { app: "podcore" }, port: [{ port: 80, target_port: "http" }] } };
    expect(object("kubernetes_service_v1", service)).toEqual({
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...metadata, creationTimestamp: null },
      spec: {
        selector: { app: "podcore" },
        ports: [{ port: 80, protocol: "TCP", targetPort: "http" }],
        sessionAffinity: "None",
        type: "ClusterIP",
      },
      status: { loadBalancer: {} },
    });
  });

  it("whether its blocks are lists of one, as in a state, or not, as in a stack", () => {
    const spec = { selector: { match_labels: { app: "x" } }, min_available: "1" };
    const state = { metadata: [metadata], spec: [{ ...spec, selector: [spec.selector], max_unavailable: null }] };
    expect(object("kubernetes_pod_disruption_budget_v1", { metadata, spec })).toEqual(
      object("kubernetes_pod_disruption_budget_v1", state),
    );
  });

  it("with numbers, booleans, quantities and ports of their own type", () => {
    const container = {
      name: "web",
      port: [{ container_port: 8080 }],
      resources: { limits: { cpu: 1, memory: "1024Mi" } },
      liveness_probe: [{ http_get: [{ path: "/", port: "8080" }] }],
      security_context: { read_only_root_filesystem: "true", run_as_user: "65532" },
      env: [{ name: "ONE", value: "1" }],
    };
    const template = { spec: { container: [container], termination_grace_period_seconds: "30" } };
    const spec = { replicas: "2", strategy: { rolling_update: { max_surge: "25%", max_unavailable: "0" } }, template };
    expect(object("kubernetes_deployment_v1", { metadata, spec })?.spec).toMatchObject({
      replicas: 2,
      strategy: { rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 } },
      template: {
        spec: {
          terminationGracePeriodSeconds: 30,
          containers: [
            {
              name: "web",
              ports: [{ containerPort: 8080 }],
              resources: { limits: { cpu: "1", memory: "1Gi" } },
              livenessProbe: { httpGet: { path: "/", port: 8080 } },
              securityContext: { readOnlyRootFilesystem: true, runAsUser: 65532 },
              env: [{ name: "ONE", value: "1" }],
            },
          ],
        },
      },
    });
  });

  it("with file modes out of octal, as the provider takes them", () => {
    const secret = {
      secret_name: "postgres",
      default_mode: "0440",
      items: [{ key: "password", path: "x", mode: "400" }],
    };
    const spec = { volume: [{ name: "password", secret }], container: [] };
    expect(object("kubernetes_pod_v1", { metadata, spec })?.spec).toMatchObject({
      volumes: [
        {
          name: "password",
          secret: { secretName: "postgres", defaultMode: 0o440, items: [{ key: "password", path: "x", mode: 0o400 }] },
        },
      ],
    });
  });

  it("with blocks that say something by being there", () => {
    const pod = { metadata, spec: { volume: [{ name: "tmp", empty_dir: {} }], container: [] } };
    expect(object("kubernetes_pod_v1", pod)?.spec).toMatchObject({
      volumes: [{ name: "tmp", emptyDir: {} }],
    });
    const spec = { pod_selector: {}, policy_types: ["Ingress"], ingress: [{}] };
    expect(object("kubernetes_network_policy_v1", { metadata, spec })?.spec).toEqual({
      podSelector: {},
      policyTypes: ["Ingress"],
      ingress: [{}],
    });
  });

  it("without what is meant for the provider and for Terraform", () => {
    const job = {
      metadata,
      wait_for_completion: true,
      timeouts: { create: "5m" },
      depends_on: ["kubernetes_namespace_v1.app"],
      lifecycle: { prevent_destroy: true },
      "//": {},
      id: "x",
      spec: { backoff_limit: 0, template: { spec: { restart_policy: "Never" } } },
    };
    const made = object("kubernetes_job_v1", job);
    expect(Object.keys(made ?? {})).toEqual(["apiVersion", "kind", "metadata", "spec", "status"]);
    expect(made).toMatchObject({ kind: "Job", metadata, spec: { backoffLimit: 0 } });
  });

  it("with the source of a volume beside its other fields", () => {
    const spec = { capacity: { storage: "1Gi" }, persistent_volume_source: { host_path: { path: "/data" } } };
    expect(object("kubernetes_persistent_volume_v1", { metadata: { name: "data" }, spec })?.spec).toEqual({
      capacity: { storage: "1Gi" },
      hostPath: { path: "/data" },
    });
  });

  it("that the configuration writes out", () => {
    const manifest = {
      apiVersion: "eks.amazonaws.com/v1",
      kind: "IngressClassParams",
      metadata: { name: "alb" },
      spec: {},
    };
    expect(object("kubernetes_manifest", { manifest })).toEqual(manifest);
  });

  it("with the data of a Secret as text, or encoded where it is already", () => {
    const secret = { metadata, data: { TOKEN: "abc" }, binary_data: { KEY: "YWJj" }, data_wo_revision: 1 };
    expect(object("kubernetes_secret_v1", secret)).toMatchObject({
      stringData: { TOKEN: "abc" },
      data: { KEY: "YWJj" },
      type: "Opaque",
    });
  });
});

describe("an argument that is not set", () => {
  const podOf = (spec: object, type = "kubernetes_deployment_v1") => {
    const template = { metadata: {}, spec };
    const body = type === "kubernetes_cron_job_v1" ? { job_template: { spec: { template } } } : { template };
    // biome-ignore lint/suspicious/noExplicitAny: an object is looked into
    const found = object(type, { metadata, spec: body })?.spec as any;
    return (found.jobTemplate?.spec ?? found).template.spec;
  };
  const container = (more: object) => podOf({ container: [{ name: "web", ...more }] }).containers[0];

  it("is false in a block that is there, and nothing without the block", () => {
    expect(container({ security_context: { run_as_user: "1" } }).securityContext).toMatchObject({
      runAsNonRoot: false,
      privileged: false,
      readOnlyRootFilesystem: false,
      allowPrivilegeEscalation: true,
    });
    expect(container({})).not.toHaveProperty("securityContext");
  });

  it("is the provider's default, which depends on the owner", () => {
    expect(podOf({ container: [] })).toMatchObject({ dnsPolicy: "ClusterFirst", restartPolicy: "Always" });
    expect(podOf({ container: [] }, "kubernetes_job_v1").restartPolicy).toBe("Never");
    expect(podOf({ container: [] }, "kubernetes_cron_job_v1").restartPolicy).toBe("Never");
  });

  it("is not sent where zero means the same", () => {
    expect(container({ stdin: false, termination_message_path: "", readiness_probe: { exec: {} } })).toEqual({
      name: "web",
      resources: {},
      terminationMessagePath: "/dev/termination-log",
      readinessProbe: { exec: {}, failureThreshold: 3, periodSeconds: 10, successThreshold: 1, timeoutSeconds: 1 },
    });
    expect(
      object("kubernetes_deployment_v1", { metadata, spec: { min_ready_seconds: 0, replicas: "0" } })?.spec,
    ).toEqual(expect.not.objectContaining({ minReadySeconds: 0 }));
  });

  it("is sent as zero where that is another thing than nothing", () => {
    expect(object("kubernetes_deployment_v1", { metadata, spec: { replicas: "0" } })?.spec).toMatchObject({
      replicas: 0,
    });
    expect(podOf({ termination_grace_period_seconds: 0 }).terminationGracePeriodSeconds).toBe(0);
  });

  it("is the namespace called default, of an object and not of a template", () => {
    const { metadata: own, spec } = object("kubernetes_job_v1", {
      metadata: { name: "x" },
      spec: { template: { metadata: { labels: { a: "b" } } } },
    }) as unknown as { metadata: object; spec: { template: object } };
    expect(own).toEqual({ creationTimestamp: null, name: "x", namespace: "default" });
    expect(spec.template).toMatchObject({ metadata: { creationTimestamp: null, labels: { a: "b" } } });
    expect(object("kubernetes_namespace_v1", { metadata: { name: "x" } })?.metadata).not.toHaveProperty("namespace");
  });

  it("may depend on another one", () => {
    const service = (spec: object) => object("kubernetes_service_v1", { metadata, spec })?.spec;
    expect(service({})).not.toHaveProperty("allocateLoadBalancerNodePorts");
    expect(service({ type: "LoadBalancer" })).toMatchObject({ allocateLoadBalancerNodePorts: true });
    const statefulSet = (more: object) =>
      object("kubernetes_stateful_set_v1", { metadata, spec: { min_ready_seconds: 5, ...more } })?.spec;
    // The provider has returned before it comes to it.
    expect(statefulSet({})).not.toHaveProperty("minReadySeconds");
    expect(statefulSet({ volume_claim_template: [{ metadata: { name: "a" } }] })).toMatchObject({ minReadySeconds: 5 });
  });
});

describe("text", () => {
  const pod = (command: string) => ({ metadata, spec: { container: [{ name: "web", command: [command] }] } });
  const commandOf = (text: string, form: "json" | "evaluated") =>
    (
      manifestOf("kubernetes_pod_v1", pod(text), form)?.object.spec as
        | { containers: [{ command: [string] }] }
        | undefined
    )?.containers[0].command[0];

  it("of a stack is taken as Terraform reads it", () => {
    expect(commandOf("echo $${HOME} %%{if} $HOME", "json")).toBe("echo ${HOME} %{if} $HOME");
  });

  it("that the provider gets is taken as it is", () => {
    expect(commandOf("echo $${HOME} ${PATH}", "evaluated")).toBe("echo $${HOME} ${PATH}");
  });
});

describe("what can't be told", () => {
  it("is left out of maps, and named", () => {
    const annotations = { "drover/secrets": "${sha256(data.x.y)}", "drover/repository": "https://github.com/acme/x" };
    const manifest = manifestOf("kubernetes_service_account_v1", { metadata: { ...metadata, annotations } });
    expect(manifest?.object.metadata.annotations).toEqual({ "drover/repository": "https://github.com/acme/x" });
    expect(manifest).toMatchObject({ leftOut: ["metadata.annotations.drover/secrets"], issues: [] });
  });

  it.each([
    [{ spec: { min_ready_seconds: "${var.x}" } }, "spec.min_ready_seconds", /known to Terraform alone/],
    [{ spec: { min_ready_seconds: "two" } }, "spec.min_ready_seconds", /"two" is no number/],
    [{ spec: { paused: "maybe" } }, "spec.paused", /"maybe" is neither true nor false/],
    [{ spec: { replicaz: 2 } }, "spec.replicaz", /no such field/],
    [
      { spec: { template: { spec: { container: ["x"] } } } },
      "spec.template.spec.container[0]",
      /structure was expected/,
    ],
    [{ metadata: { name: { first: "x" } } }, "metadata.name", /a string was expected/],
  ])("elsewhere is an issue with its place (%#)", (body, path, problem) => {
    expect(manifestOf("kubernetes_deployment_v1", { metadata, ...body })?.issues).toEqual([
      { path, problem: expect.stringMatching(problem) },
    ]);
  });

  it("is a resource that is no object of its own", () => {
    expect(manifestOf("kubernetes_labels", { metadata })).toBeUndefined();
  });
});
