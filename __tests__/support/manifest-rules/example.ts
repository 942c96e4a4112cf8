import { type KubernetesObject, manifestOf } from "../../../lib/runtime/manifest";

const NAMESPACE = "podcore-production";
const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const labels = (component: string) => ({ app: "podcore", component });
const metadata = (name: string, component = name) => ({ name, namespace: NAMESPACE, labels: labels(component) });

function container(name: string, more: object = {}) {
  return {
    name,
    image: `registry/podcore@${DIGEST}`,
    security_context: {
      run_as_non_root: true,
      allow_privilege_escalation: false,
      read_only_root_filesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    resources: { requests: { cpu: "50m", memory: "32Mi" }, limits: { memory: "256Mi" } },
    ...more,
  };
}

function template(component: string, containers: readonly object[], more: object = {}) {
  return {
    metadata: { labels: labels(component) },
    spec: {
      service_account_name: "podcore",
      node_selector: { "kubernetes.io/arch": "amd64" },
      automount_service_account_token: false,
      security_context: { run_as_non_root: true, run_as_user: "65532", seccomp_profile: { type: "RuntimeDefault" } },
      container: containers,
      ...more,
    },
  };
}

const web = container("web", {
  port: [{ name: "http", container_port: 8080 }],
  env: [{ name: "TOKEN", value_from: { secret_key_ref: { name: "podcore", key: "TOKEN" } } }],
  readiness_probe: { http_get: { path: "/", port: "http" } },
  lifecycle: { pre_stop: [{ exec: { command: ["helper", "sleep", "5"] } }] },
  volume_mount: [{ name: "tmp", mount_path: "/tmp" }],
});
const job = (component: string) => {
  const { metadata, spec } = template(component, [container("done")], { init_container: [container(component)] });
  return {
    active_deadline_seconds: 60,
    pod_failure_policy: {
      rule: [{ action: "Ignore", on_pod_condition: [{ type: "DisruptionTarget", status: "True" }] }],
    },
    template: {
      metadata: { ...metadata, annotations: { "karpenter.sh/do-not-disrupt": "true" } },
      spec: { ...spec, restart_policy: "Never" },
    },
  };
};
const backend = { service: { name: "web", port: { name: "http" } } };

/** Resources that break no rule; one of each kind that the rules are about. */
const RESOURCES: readonly (readonly [type: string, body: Record<string, unknown>])[] = [
  ["kubernetes_namespace_v1", { metadata: { name: NAMESPACE } }],
  ["kubernetes_service_account_v1", { metadata: metadata("podcore") }],
  ["kubernetes_secret_v1", { metadata: metadata("podcore"), data: { TOKEN: "x" } }],
  [
    "kubernetes_deployment_v1",
    {
      metadata: metadata("web"),
      spec: {
        progress_deadline_seconds: 300,
        strategy: { rolling_update: { max_surge: "1", max_unavailable: "0" } },
        selector: { match_labels: labels("web") },
        template: template("web", [web], { volume: [{ name: "tmp", empty_dir: {} }] }),
      },
    },
  ],
  [
    "kubernetes_stateful_set_v1",
    {
      metadata: metadata("postgres"),
      spec: {
        service_name: "postgres",
        selector: { match_labels: labels("postgres") },
        template: template("postgres", [container("postgres", { port: [{ container_port: 5432 }] })]),
      },
    },
  ],
  ["kubernetes_job_v1", { metadata: metadata("migrate"), spec: job("migrate") }],
  [
    "kubernetes_cron_job_v1",
    {
      metadata: metadata("clean"),
      spec: { schedule: "0 3 * * *", concurrency_policy: "Forbid", job_template: { spec: job("clean") } },
    },
  ],
  [
    "kubernetes_service_v1",
    {
      metadata: metadata("web"),
      spec: { selector: labels("web"), port: [{ name: "http", port: 80, target_port: "http" }] },
    },
  ],
  [
    "kubernetes_service_v1",
    { metadata: metadata("postgres"), spec: { selector: labels("postgres"), port: [{ port: 5432 }] } },
  ],
  [
    "kubernetes_ingress_v1",
    {
      metadata: metadata("web"),
      spec: {
        ingress_class_name: "alb",
        rule: [{ host: "podcore.example.com", http: { path: [{ path: "/", path_type: "Prefix", backend }] } }],
      },
    },
  ],
  [
    "kubernetes_pod_disruption_budget_v1",
    { metadata: metadata("web"), spec: { max_unavailable: "1", selector: { match_labels: labels("web") } } },
  ],
  [
    "kubernetes_horizontal_pod_autoscaler_v2",
    {
      metadata: metadata("web"),
      spec: {
        min_replicas: 2,
        max_replicas: 4,
        scale_target_ref: { api_version: "apps/v1", kind: "Deployment", name: "web" },
      },
    },
  ],
  [
    "kubernetes_network_policy_v1",
    {
      metadata: metadata("web"),
      spec: {
        pod_selector: { match_labels: labels("web") },
        policy_types: ["Ingress", "Egress"],
        ingress: [{ ports: [{ port: "8080" }], from: [{ ip_block: { cidr: "10.0.0.0/16" } }] }],
        egress: [{ ports: [{ port: "53" }] }],
      },
    },
  ],
];

/** The objects, made anew each time, so that a test may change them. */
export function exampleObjects(): KubernetesObject[] {
  return RESOURCES.map(([type, body]) => structuredClone(manifestOf(type, body)!.object));
}
