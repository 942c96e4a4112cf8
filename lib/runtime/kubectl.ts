import { DEFAULT_KUBECONFIG, type EnvironmentSpec } from "../fleet/fleet";

/** The cluster that a `kubectl` talks to. */
export type ClusterAccess = Pick<EnvironmentSpec, "context" | "kubeconfig">;

/**
 * A `kubectl` command line for a namespace, ready to be pasted into a shell; a subcommand follows.
 *
 * It names the context, and the kubeconfig where that isn't the default, so that it never acts on another cluster.
 */
export function kubectlCommand({ context, kubeconfig }: ClusterAccess, namespace: string): string {
  const config = kubeconfig === DEFAULT_KUBECONFIG ? [] : ["--kubeconfig", quotePath(kubeconfig)];
  return ["kubectl", ...config, "--context", quote(context), "--namespace", namespace].join(" ");
}

/** The arguments that make a `kubectl` process talk to a cluster. `home` replaces the `~` of a kubeconfig's path. */
export function kubectlArguments({ context, kubeconfig }: ClusterAccess, home: string): string[] {
  return ["--kubeconfig", kubeconfig.replace(/^~(?=\/)/, () => home), "--context", context];
}

/** One word of a POSIX shell. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The shell replaces a `~` only outside quotes. */
function quotePath(path: string): string {
  return path.startsWith("~/") ? `~/${quote(path.slice(2))}` : quote(path);
}
