import { readFileSync } from "node:fs";
import { fieldOf, fieldsOf, kindOf } from "../../../lib/runtime/kubernetes-types";
import { Catalog } from "../../../sandbox/schema/catalog";
import type { Block } from "../../../sandbox/schema/schema";

const { FILE, kubernetesTypes } = require("../../../bin/kubernetes-types.js");

it("are those of the installed declarations; if not: npm run kubernetes-types", () => {
  expect(readFileSync(FILE, "utf8")).toBe(kubernetesTypes());
});

describe("a kind", () => {
  it.each([
    ["kubernetes_deployment_v1", "apps/v1", "Deployment"],
    ["kubernetes_deployment", "apps/v1", "Deployment"],
    ["kubernetes_daemonset", "apps/v1", "DaemonSet"],
    ["kubernetes_horizontal_pod_autoscaler_v2", "autoscaling/v2", "HorizontalPodAutoscaler"],
    ["kubernetes_pod_disruption_budget_v1", "policy/v1", "PodDisruptionBudget"],
    ["kubernetes_ingress_v1", "networking.k8s.io/v1", "Ingress"],
    ["kubernetes_csi_driver_v1", "storage.k8s.io/v1", "CSIDriver"],
    ["kubernetes_api_service_v1", "apiregistration.k8s.io/v1", "APIService"],
    ["kubernetes_secret_v1", "v1", "Secret"],
  ])("of %s is found", (resource, apiVersion, kind) => {
    expect(kindOf(resource)).toMatchObject({ apiVersion, kind });
  });

  it.each(["kubernetes_labels", "kubernetes_ingress", "kubernetes_pod_security_policy_v1beta1", "aws_ecr_repository"])(
    "is none of %s",
    (resource) => expect(kindOf(resource)).toBeUndefined(),
  );
});

describe("a field", () => {
  it.each([
    ["CoreV1PodSpec", "container", "containers", "[]CoreV1Container"],
    ["CoreV1PodSpec", "host_pid", "hostPID", "boolean"],
    ["CoreV1Container", "env", "env", "[]CoreV1EnvVar"],
    ["CoreV1Container", "volume_mount", "volumeMounts", "[]CoreV1VolumeMount"],
    ["CoreV1ServiceSpec", "cluster_ip", "clusterIP", "string"],
    ["CoreV1ServiceSpec", "cluster_ips", "clusterIPs", "[]string"],
    ["CoreV1ServicePort", "target_port", "targetPort", "int-or-string"],
    ["NetworkingV1HTTPIngressRuleValue", "path", "paths", "[]NetworkingV1HTTPIngressPath"],
    ["AutoscalingV2HPAScalingRules", "policy", "policies", "[]AutoscalingV2HPAScalingPolicy"],
    ["StorageV1StorageClass", "storage_provisioner", "provisioner", "string"],
  ])("of %s that the provider calls %s", (structure, argument, name, type) => {
    expect(fieldOf(structure, argument)).toEqual({ name, type });
  });

  it("is not made up", () => {
    expect(fieldOf("CoreV1PodSpec", "containerz")).toBeUndefined();
    expect(fieldOf("no such structure", "name")).toBeUndefined();
  });
});

/** What only the provider understands, or Kubernetes no longer has. */
const WITHOUT_FIELD = new Set([
  "AutoscalingV1HorizontalPodAutoscalerSpec behavior",
  "AutoscalingV1HorizontalPodAutoscalerSpec metric",
  "AutoscalingV2HorizontalPodAutoscalerSpec target_cpu_utilization_percentage",
  "CertificatesV1CertificateSigningRequest auto_approve",
  "CertificatesV1CertificateSigningRequest certificate",
  "CoreV1AzureFileVolumeSource secret_namespace",
  "CoreV1LocalObjectReference namespace",
  "CoreV1PersistentVolumeSpec persistent_volume_source",
  "CoreV1Secret binary_data",
  "CoreV1Secret binary_data_wo",
  "CoreV1Secret data_wo",
  "CoreV1Volume local",
  "AuthenticationV1TokenRequest token",
]);

const OF_THE_PROVIDER =
  / (id|timeouts|status|wait_for_\w+|wait_until_bound|target_state|default_secret_name|\w+_revision)$/;

it("is found for every argument of every object that the provider can make", () => {
  const catalog = new Catalog("kubernetes");
  const { kinds } = JSON.parse(readFileSync(FILE, "utf8")) as { kinds: Record<string, string> };
  const missing = new Set<string>();
  const look = (block: Block, structure: string) => {
    for (const name of [...Object.keys(block.attributes), ...Object.keys(block.blocks)]) {
      const field = fieldOf(structure, name);
      if (field === undefined) missing.add(`${structure} ${name}`);
      const inner = block.blocks[name];
      const type = field?.type.replace(/^\[\]/, "") ?? "";
      if (inner !== undefined && fieldsOf(type) !== undefined) look(inner.block, type);
    }
  };
  let found = 0;
  for (const [key, structure] of Object.entries(kinds)) {
    const [apiVersion = "", kind = ""] = key.split(" ");
    const words = kind.replace(/([a-z])([A-Z])|([A-Z])([A-Z][a-z])/g, "$1$3_$2$4").toLowerCase();
    const version = apiVersion.split("/").at(-1);
    const block = catalog.schema("resource", `kubernetes_${words}_${version}`);
    if (block === undefined) continue;
    found += 1;
    look(block, structure);
  }
  expect(found).toBeGreaterThan(30);
  expect([...missing].filter((one) => !WITHOUT_FIELD.has(one) && !OF_THE_PROVIDER.test(one))).toEqual([]);
});
