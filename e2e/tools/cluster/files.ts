import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { type Registry, registryConfiguration } from "../registry";
import type { ClusterNetwork, NodeNetwork } from "./network";

/** Where the kubelet gets the image that holds a pod's namespaces. */
export const PAUSE = { host: "registry.k8s.io", repository: "pause", tag: "1" };

/** The name of the cluster in its kubeconfig. */
export const CONTEXT = "drover-test";

/** Writes all that the programs of a cluster read. */
export function writeClusterFiles(folder: string, network: ClusterNetwork, registry: Registry): void {
  const write = (name: string, content: string) => {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode: 0o600 });
  };
  const token = randomBytes(24).toString("base64url");
  write("tokens.csv", `${token},administrator,administrator,system:masters\n`);
  write("kubeconfig", kubeconfig(folder, network, token));
  write("service-accounts.pem", serviceAccountKey());
  write("registry.yaml", registryConfiguration(`${network.controlPlane}:80`, registry.root));
  write("Corefile", corefile(folder, network));
  mkdirSync(join(folder, "volumes"));
  for (const node of network.nodes) {
    const own = join(folder, node.name);
    write(`${node.name}/containerd.toml`, containerd(own));
    write(`${node.name}/cni/10-pods.conflist`, podNetwork(own, node));
    // For images of any host: ECR's, in whatever account.
    write(`${node.name}/registries/_default/hosts.toml`, registryHost(`http://${network.controlPlane}`));
    write(`${node.name}/kubelet.yaml`, kubelet(own, network, node));
    write(`${node.name}/kube-proxy.yaml`, kubeProxy(folder, network, node));
    // Instead of the machine's own, which names servers that no pod reaches.
    write(`${node.name}/resolv.conf`, "");
  }
}

function kubeconfig(folder: string, { controlPlane }: ClusterNetwork, token: string): string {
  // The API server makes its certificate when it starts.
  const authority = join(folder, "certificates/apiserver.crt");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": CONTEXT,
    clusters: [
      { name: CONTEXT, cluster: { server: `https://${controlPlane}:6443`, "certificate-authority": authority } },
    ],
    users: [{ name: "administrator", user: { token } }],
    contexts: [{ name: CONTEXT, context: { cluster: CONTEXT, user: "administrator" } }],
  });
}

function serviceAccountKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "sec1", format: "pem" }).toString();
}

function corefile(folder: string, { controlPlane }: ClusterNetwork): string {
  return `cluster.local:53 {
  bind ${controlPlane}
  errors
  kubernetes cluster.local {
    kubeconfig ${join(folder, "kubeconfig")}
  }
  cache 5
}
`;
}

/** Without the right to lower anybody's OOM score, which containers of machines often lack. */
function containerd(folder: string): string {
  return `version = 2
root = "${folder}/containerd"
state = "${folder}/containerd-state"
[grpc]
  address = "${folder}/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/containerd-opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE.host}/${PAUSE.repository}:${PAUSE.tag}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  cni = { bin_dir = "/usr/lib/cni", conf_dir = "${folder}/cni" }
  registry = { config_path = "${folder}/registries" }
`;
}

/** A wire from each pod to its node, which routes: nothing has to be bridged, so policies see every packet. */
function podNetwork(folder: string, { pods }: NodeNetwork): string {
  const ipam = {
    type: "host-local",
    dataDir: join(folder, "addresses"),
    ranges: [[{ subnet: pods }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  return JSON.stringify({ cniVersion: "0.4.0", name: "pods", plugins: [{ type: "ptp", ipMasq: false, ipam }] });
}

/** The registry says itself what it lacks; there is no other to ask. */
function registryHost(address: string): string {
  return `server = "${address}"\n[host."${address}"]\n  capabilities = ["pull", "resolve"]\n`;
}

/** @see https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ */
function kubelet(folder: string, network: ClusterNetwork, node: NodeNetwork): string {
  return stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: node.address,
    // Nobody reaches it but the cluster itself.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: "AlwaysAllow" },
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${network.device}/${node.name}`,
    clusterDNS: [network.dns],
    clusterDomain: "cluster.local",
    containerRuntimeEndpoint: `unix://${folder}/containerd.sock`,
    enforceNodeAllocatable: [],
    // The machine's disk is its owner's affair, however full it is.
    evictionHard: { "memory.available": "100Mi" },
    imageGCHighThresholdPercent: 100,
    failCgroupV1: false,
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    podLogsDir: join(folder, "logs"),
    resolvConf: join(folder, "resolv.conf"),
    volumePluginDir: join(folder, "volume-plugins"),
  });
}

/** @see https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/ */
function kubeProxy(folder: string, network: ClusterNetwork, node: NodeNetwork): string {
  return stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    bindAddress: node.address,
    clientConnection: { kubeconfig: join(folder, "kubeconfig") },
    clusterCIDR: network.pods,
    // The machine's own limits hold; a network namespace can't change them.
    conntrack: { maxPerCore: 0, min: 0 },
    hostnameOverride: node.name,
    mode: "nftables",
  });
}
