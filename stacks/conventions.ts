import { type AppSpec, DEFAULT_KUBECONFIG, type EnvironmentSpec } from "../lib/fleet/fleet";

/** Status of a pull request's checks. The ruleset requires it, and the pull-request project alone reports it. */
export const CHECKS_CONTEXT = "drover/checks";

/**
 * Status of the image of a commit on the main branch. It is never required: it comes after the merge, so requiring it
 * would let nothing be merged.
 */
export const IMAGE_CONTEXT = "drover/image";

/** Address of an app's repository. */
export function repositoryUrl({ owner, name }: AppSpec["repository"]): string {
  return `https://github.com/${owner}/${name}`;
}

/** `kubectl` for a namespace of an environment, to be followed by what it should do. */
export function kubectl({ context, kubeconfig }: EnvironmentSpec, namespace: string): string {
  const config = kubeconfig === DEFAULT_KUBECONFIG ? "" : ` --kubeconfig ${kubeconfig}`;
  return `kubectl${config} --context ${context} --namespace ${namespace}`;
}
