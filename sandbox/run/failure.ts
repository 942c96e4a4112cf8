import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pc from "picocolors";
import type { Folders } from "../folders";
import type { Diagnostic, StackLog } from "./apply-logs";

/** All that Terraform refused, stack by stack, with the addresses of the resources. */
export function describeFailures(folders: Folders, failed: readonly StackLog[]): string {
  return failed
    .flatMap(({ stack, errors }) => {
      const paths = constructPaths(folders, stack);
      return errors.map((error) => describe(stack, error, paths));
    })
    .join("\n\n");
}

function describe(stack: string, { summary, detail, address }: Diagnostic, paths: Map<string, string>): string {
  const path = address && paths.get(address);
  const where = address && `${address}${path === undefined ? "" : ` (${path})`}`;
  const body = detail ? `\n${indent(detail)}` : "";
  return `${pc.red("refused")} ${pc.bold(stack)}${where ? `  ${where}` : ""}\n${indent(pc.bold(summary))}${body}`;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}

/** Where in the tree of constructs each resource of a stack stands: what people know it by. */
function constructPaths(folders: Folders, stack: string): Map<string, string> {
  const file = join(folders.output, "stacks", stack, "cdk.tf.json");
  if (!existsSync(file)) return new Map();
  const { resource = {} } = JSON.parse(readFileSync(file, "utf8")) as {
    resource?: Record<string, Record<string, { "//"?: { metadata?: { path?: string } } }>>;
  };
  const entries = Object.entries(resource).flatMap(([type, resources]) =>
    Object.entries(resources).flatMap(([name, content]) => {
      const path = content["//"]?.metadata?.path;
      return path === undefined ? [] : [[`${type}.${name}`, path.replace(`${stack}/`, "")] as const];
    }),
  );
  return new Map(entries);
}

/** What cdktf itself said in the end, where Terraform had nothing to say. */
export function describeOutput(output: string): string {
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, "g");
  return output.replace(escapes, "").trim().split("\n").slice(-40).join("\n");
}
