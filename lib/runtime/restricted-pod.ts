import type { ResourcesSpec } from "../fleet/fleet";

/** A user who has no rights on any node, and to whom no image's own files belong. */
const USER = "65532";

/**
 * Label of the nodes that can run the images: these are built for x86-64 only.
 *
 * @see https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-arch
 */
const NODES = { "kubernetes.io/arch": "amd64" };

/**
 * What a pod has that keeps the restricted Pod Security Standard. It has no token of its ServiceAccount, and is told
 * nothing of the namespace's Services.
 *
 * @param security what its security context has besides
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function restrictedPod(serviceAccountName: string, security: { readonly fsGroupChangePolicy?: string } = {}) {
  return {
    serviceAccountName,
    nodeSelector: NODES,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    shareProcessNamespace: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      ...security,
      seccompProfile: { type: "RuntimeDefault" },
    },
  };
}

/**
 * What the restricted standard asks of every container, and a root that is read-only. It states `runAsNonRoot` and
 * `privileged` although the pod and Kubernetes have the same defaults: for an argument that is not set in this block,
 * Terraform's provider sends `false`.
 */
export const RESTRICTED_CONTAINER = {
  runAsNonRoot: true,
  privileged: false,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/**
 * What `kubectl rollout restart` writes into a pod template. The next deploy would remove it, and so restart every pod
 * again.
 */
export const RESTARTED_AT = 'spec[0].template[0].metadata[0].annotations["kubectl.kubernetes.io/restartedAt"]';

/** A leak of memory ends one pod only. CPU has no limit: what nobody has requested is for whoever needs it. */
export function keptResources({ cpu, memory, memoryLimit }: ResourcesSpec) {
  return { requests: { cpu, memory }, limits: { memory: memoryLimit } };
}
