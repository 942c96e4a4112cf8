import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../../__tests__/support/program";
import { WORKFLOW_KINDS, type WorkflowKind } from "../../lib/build/rust/workflows";
import type { Json } from "../aws/api";
import type { Fleet } from "../fleet";
import { runOrFail } from "../tools/process";

/** Shell, Dockerfiles and workflows by the names of files. */
export interface Printed {
  readonly bash: Record<string, string>;
  /** For the small shell of docker's own image. */
  readonly busybox: Record<string, string>;
  readonly dockerfiles: Record<string, string>;
  readonly workflows: Record<WorkflowKind, Record<string, string>>;
}

/** All that is printed of a fleet's builds: by its stacks, and as workflows of others. */
export async function printed(fleet: Fleet, apps: readonly string[]): Promise<Printed> {
  const all: Printed = { bash: {}, busybox: {}, dockerfiles: {}, workflows: { "github-actions": {}, gitlab: {} } };
  await fleet.synthesize();
  for (const stack of readdirSync(join(fleet.output, "stacks"))) addStack(all, fleet, stack);
  for (const app of apps) {
    for (const kind of WORKFLOW_KINDS) {
      const args = [join(ROOT, "bin/run.js"), join(ROOT, "cli/main.ts"), "ci", app, kind];
      const text = await runOrFail(process.execPath, args, { cwd: fleet.folder });
      all.workflows[kind][`${app}-${kind}.yml`] = text;
      addJobs(all, `${app}-${kind}`, kind, parse(text));
    }
  }
  return all;
}

function addStack(all: Printed, fleet: Fleet, stack: string): void {
  const { resource } = JSON.parse(readFileSync(join(fleet.output, "stacks", stack, "cdk.tf.json"), "utf8"));
  for (const { name, source } of Object.values<Json>(resource.aws_codebuild_project ?? {})) {
    const { phases } = parse(unescaped(source.buildspec));
    for (const [phase, { commands }] of Object.entries<Json>(phases)) {
      for (const [index, command] of commands.entries()) addShell(all, `${name}-${phase}-${index}`, "bash", command);
    }
  }
  for (const { key, content } of Object.values<Json>(resource.aws_s3_object ?? {})) {
    all.dockerfiles[key] = unescaped(content);
  }
}

/** Terraform's own escapes. */
function unescaped(text: string): string {
  return text.replace(/([$%])\1\{/g, "$1{");
}

function addJobs(all: Printed, name: string, kind: WorkflowKind, workflow: Json): void {
  if (kind === "github-actions") {
    for (const [job, { steps }] of Object.entries<Json>(workflow.jobs)) {
      for (const { name: step, run } of steps)
        if (run) addShell(all, `${name}-${job}-${step.replaceAll(" ", "-")}`, "bash", run, `${name}-${job}`);
    }
    return;
  }
  for (const [job, { script, before_script = [], extends: base }] of Object.entries<Json>(workflow)) {
    if (!script) continue;
    const before = base ? workflow[base].before_script : before_script;
    addShell(all, `${name}-${job}`, "busybox", [...before, ...script].join("\n"));
  }
}

/**
 * A shell text, and the files that it writes.
 *
 * @param files begin of the files' names; those of a name are one, written piece by piece
 */
function addShell(all: Printed, name: string, shell: "bash" | "busybox", text: string, files = name): void {
  all[shell][`${name}.sh`] = text;
  for (const [, how, file = "", , content] of text.matchAll(/^cat (>>?) \S+\/(\S+) <<'(\w+)'\n(.*?)^\3$/gms)) {
    const kind = file.endsWith(".sh") ? all.bash : file === "Dockerfile" ? all.dockerfiles : {};
    const before = how === ">>" ? kind[`${files}-${file}`] : "";
    kind[`${files}-${file}`] = `${before}${content}`;
  }
}
