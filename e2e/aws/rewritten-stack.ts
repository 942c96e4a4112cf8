import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AWS_PROVIDER_VERSION } from "../tools/provider-mirror";
import type { Json } from "./api";

/** All that a synthesized stack is changed in before it is applied here, and why. */
const REWRITES: readonly { readonly reason: string; readonly rewrite: (stack: Json) => void }[] = [
  {
    reason: "the bindings ask for a later provider than the mirror has",
    rewrite: (stack) => {
      const { aws } = stack.terraform.required_providers;
      if (aws !== undefined) aws.version = AWS_PROVIDER_VERSION;
    },
  },
  {
    reason: "provider 5.100.0 does not know a webhook's pull_request_build_policy",
    rewrite: (stack) => {
      for (const webhook of Object.values<Json>(stack.resource?.aws_codebuild_webhook ?? {})) {
        delete webhook.pull_request_build_policy;
      }
    },
  },
  {
    reason:
      "without a limit the provider repeats for minutes what the emulator can't do, and without a repetition it fails where one answer was lost; buckets have no host names here",
    rewrite: (stack) => {
      for (const provider of stack.provider.aws ?? [])
        Object.assign(provider, { max_retries: 3, s3_use_path_style: true });
      if (stack.terraform.backend.s3) stack.terraform.backend.s3.use_path_style = true;
    },
  },
];

/** Changes a synthesized stack so that the emulated AWS can serve it; once or again. */
export function rewriteStack(folder: string): void {
  const file = join(folder, "cdk.tf.json");
  const stack = JSON.parse(readFileSync(file, "utf8"));
  for (const { rewrite } of REWRITES) rewrite(stack);
  writeFileSync(file, JSON.stringify(stack, undefined, 2));
}
