import type { Cluster } from "../tools/cluster";

/** Seconds after which a connection that nobody answers is given up. */
const PATIENCE = 3;

/** How a shell ends that could not connect: refused, unreachable, or given up. */
const NOT_CONNECTED = /connect: (Connection refused|Connection timed out|No route to host)|exit code 124/;

/** What the restricted Pod Security Standard asks of a container. */
const RESTRICTED = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

/**
 * A pod that only waits, for connections to be tried from it.
 *
 * @param image one with a shell
 * @param container what its container has besides
 */
export function probePod(namespace: string, image: string, container: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "probe", namespace },
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "probe", image, command: ["sleep", "infinity"], securityContext: RESTRICTED, ...container }],
    },
  };
}

/** Whether a pod, whose image has a shell, can connect to a port. */
export async function connects(
  cluster: Cluster,
  from: { readonly namespace: string; readonly pod: string },
  host: string,
  port: number,
): Promise<boolean> {
  const script = `timeout ${PATIENCE} bash -c '</dev/tcp/${host}/${port}'`;
  const { code, output } = await cluster.tryKubectl(
    ...["exec", from.pod, "--namespace", from.namespace, "--", "bash", "-c", script],
  );
  if (code !== 0 && !NOT_CONNECTED.test(output)) throw new Error(`${from.namespace}/${from.pod}: ${output}`);
  return code === 0;
}
