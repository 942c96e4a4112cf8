import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Cloud } from "../cloud/cloud";
import { ApiError, KubernetesApi } from "../cluster/api";
import { kubeconfigOf, readConnection } from "../cluster/connection";
import { SandboxError } from "../error";
import type { Folders } from "../folders";

/** Names a kubeconfig: Kubernetes' objects are made in the local cluster that it leads to. */
const KUBECONFIG = "DROVER_SANDBOX_KUBECONFIG";

/** Names a context of that kubeconfig, if not the current one is meant. */
const CONTEXT = "DROVER_SANDBOX_CONTEXT";

/** A local cluster that takes the place of the sandbox's own. */
export interface AttachedCluster {
  readonly api: KubernetesApi;
  /** Forgets the way to it. */
  detach(): void;
}

/**
 * Attaches the local cluster that the environment names. Whatever runs against the sandbox finds a kubeconfig that leads
 * there, and nowhere else, for as long as it runs.
 *
 * @returns nothing when none is named
 * @throws SandboxError when the cluster is not on this machine, does not answer, or is not the one of the states
 */
export async function attachCluster(
  folders: Folders,
  cloud: Cloud,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<AttachedCluster | undefined> {
  const file = environment[KUBECONFIG];
  const connection = file ? readConnection(resolve(file), environment[CONTEXT] || undefined) : undefined;
  const forget = () => rmSync(folders.kubeconfig, { force: true });
  forget();
  checkStates(folders, cloud, connection?.server.href);
  if (connection === undefined) {
    rmSync(folders.cluster, { force: true });
    return undefined;
  }
  const api = new KubernetesApi(connection);
  try {
    await api.version();
  } catch (error) {
    api.close();
    if (error instanceof ApiError) throw new SandboxError(`${file}: ${error.message}; is the cluster running?`);
    throw error;
  }
  writeFileSync(folders.cluster, `${connection.server.href}\n`);
  writeFileSync(folders.kubeconfig, kubeconfigOf(connection), { mode: 0o600 });
  const detach = () => {
    forget();
    api.close();
  };
  return { api, detach };
}

/** The cluster of which the sandbox's states are, if it is not the sandbox's own. */
export function clusterOfStates(folders: Folders): string | undefined {
  return existsSync(folders.cluster) ? readFileSync(folders.cluster, "utf8").trim() : undefined;
}

/** States are of objects in one cluster: in another, Terraform would take them all for gone. */
function checkStates(folders: Folders, cloud: Cloud, server: string | undefined): void {
  const before = clusterOfStates(folders);
  if (before === server) return;
  if (cloud.types().some((type) => type.startsWith("kubernetes_"))) {
    const where = before === undefined ? "the sandbox's own file" : `the cluster ${before}`;
    const fix = before === undefined ? `leave out ${KUBECONFIG}` : `name that one in ${KUBECONFIG}`;
    throw new SandboxError(
      `the Kubernetes objects of this sandbox are in ${where}: ${fix}, or start afresh (\`npm run sandbox -- reset\`)`,
    );
  }
}
