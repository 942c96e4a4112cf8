import { roleArn } from "../lib/build/aws-account";
import { WORKFLOW_KINDS, type WorkflowKind, workflow } from "../lib/build/rust/workflows";
import { appBuild } from "../stacks/app-build";
import { findApp, fleetOf } from "./fleet";

/**
 * Prints an app's build as a workflow of another pipeline.
 *
 * @returns the exit code
 */
export function printWorkflow(slug: string, kind: string): number {
  const result = workflowOf(slug, kind);
  if ("problem" in result) {
    console.error(`error: ${result.problem}`);
    return 1;
  }
  process.stdout.write(result.text);
  return 0;
}

function workflowOf(slug: string, kind: string): { text: string } | { problem: string } {
  if (!isKind(kind)) return { problem: `"${kind}" is no pipeline that is known; write ${WORKFLOW_KINDS.join(" or ")}` };
  const fleet = fleetOf();
  if (typeof fleet === "string") return { problem: fleet };
  const found = findApp(fleet, slug);
  if (typeof found === "string") return { problem: found };
  const { app, platform } = found;
  const text = workflow(kind, {
    build: appBuild({ ...app, platform }, "main"),
    recipe: { rust: app.build.rust, renewed: platform.builder.renewed },
    role: roleArn(platform, `${slug}-${kind}`),
  });
  return { text };
}

function isKind(kind: string): kind is WorkflowKind {
  return (WORKFLOW_KINDS as readonly string[]).includes(kind);
}
