import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FleetFiles, PLATFORM, writeFleet } from "./fleet-files";
import { temporaryFolder } from "./folder";
import { type Outcome, ROOT, runFile } from "./program";

export const ONE_ENVIRONMENT = { ...PLATFORM, environments: { production: { domain: "example.com" } } };
export const PODCORE = { name: "Podcore", language: "rust" };
export const MAILER = { name: "Mailer", language: "rust" };

/** A fleet in a folder of its own. */
export function fleet(files: FleetFiles = {}): string {
  const folder = temporaryFolder();
  write(folder, files);
  const app = `node ${join(ROOT, "bin/run.js")} ${join(ROOT, "main.ts")}`;
  const config = { language: "typescript", app, projectId: "drover", sendCrashReports: "false" };
  writeFileSync(join(folder, "cdktf.json"), JSON.stringify(config));
  return folder;
}

export function write(folder: string, files: FleetFiles): void {
  writeFleet(folder, { apps: [PODCORE, MAILER], platform: ONE_ENVIRONMENT, ...files });
}

export function sandbox(folder: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Outcome {
  return runFile("sandbox/main.ts", args, { cwd: folder, env });
}

export function attached(folder: string, ...command: string[]): Outcome {
  return sandbox(folder, ["run", "--", ...command]);
}

/** Runs Terraform in the folder of a stack. */
export function inStack(folder: string, stack: string, ...args: string[]): Outcome {
  const path = join(folder, ".sandbox/cdktf.out/stacks", stack);
  return attached(folder, "sh", "-c", `cd ${path} && terraform ${args.join(" ")}`);
}

export function objects(folder: string, type = ""): { type: string; id: string }[] {
  return JSON.parse(sandbox(folder, ["objects", ...(type ? [type] : [])]).stdout);
}

/** All files below a folder, with what is in them. */
export function contents(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
  return Object.fromEntries(entries.map((path) => [path, readFileSync(join(folder, path), "latin1")]));
}

/** The synthesized stacks, by name. */
export function stacks(folder: string): Record<string, string> {
  const path = join(folder, ".sandbox/cdktf.out/stacks");
  return Object.fromEntries(
    readdirSync(path).map((stack) => [stack, readFileSync(join(path, stack, "cdk.tf.json"), "utf8")]),
  );
}
