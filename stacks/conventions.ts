import type { AppSpec } from "../lib/fleet/fleet";

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
