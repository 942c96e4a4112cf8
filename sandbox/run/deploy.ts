import { createWriteStream, existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { findTerraform } from "../../cli/terraform";
import type { Fleet } from "../../lib/fleet/fleet";
import { loadFleet } from "../../lib/fleet/load";
import { SandboxError } from "../error";
import type { Folders } from "../folders";
import { ApplyLogs, type StackLog } from "./apply-logs";
import { runChild } from "./child";
import { describeFailures, describeOutput } from "./failure";
import { platformFileOf, writeSandboxPlatform } from "./platform-file";
import { createProgress, type Progress } from "./progress";
import { startSession } from "./session";
import { summarize } from "./summary";
import { settleStacks, stopStacks, wrapTerraform } from "./wrapper";

/** How often the progress is looked at, in milliseconds. */
const INTERVAL = 150;

/**
 * Deploys the fleet onto the sandbox: real stacks, by real Terraform, through cdktf.
 *
 * @returns the exit code
 * @throws FleetError for mistakes in the fleet's files, SandboxError for what keeps the sandbox from starting
 */
export async function deploy(folders: Folders, stream: NodeJS.WriteStream = process.stdout): Promise<number> {
  const fleet = loadFleet({ directory: folders.project });
  const began = Date.now();
  let made = 0;
  const session = await startSession(folders, "npm start", (change) => {
    if (change === "made") made += 1;
  });
  const progress = createProgress(stream);
  try {
    const terraform = findTerraform(session.environment);
    if ("problem" in terraform) throw new SandboxError(terraform.problem);
    writeSandboxPlatform(JSON.parse(readFileSync(platformFileOf(folders), "utf8")), folders);
    progress.phase(`deploying ${fleet.apps.length} apps onto the sandbox with ${terraform.name} ${terraform.version}`);
    const count = () => ({ made, began });
    const { code, logs, output } = await runCdktf(folders, session.environment, progress, count, turns(fleet));
    progress.end();
    if (code === 0) stream.write(`${summarize(folders, fleet, logs, Date.now() - began)}\n`);
    else process.stderr.write(`${explain(folders, code, logs, output)}\n`);
    return code === 0 ? 0 : code === INTERRUPTED ? INTERRUPTED : 1;
  } finally {
    progress.end();
    await session.close();
  }
}

const INTERRUPTED = 130;

interface Run {
  readonly code: number;
  readonly logs: readonly StackLog[];
  /** What cdktf itself said. */
  readonly output: string;
}

/** What is deployed, one after the other: an environment reads the address of its database. */
function turns({ apps }: Fleet): readonly string[] {
  const hasDatabase = apps.some(({ environments }) => environments.some(({ database }) => database !== undefined));
  return hasDatabase ? ["*-database", "*"] : ["*"];
}

async function runCdktf(
  folders: Folders,
  environment: Record<string, string>,
  progress: Progress,
  count: () => { made: number; began: number },
  turns: readonly string[],
): Promise<Run> {
  const logs = new ApplyLogs(folders);
  const chunks: Buffer[] = [];
  const log = createWriteStream(folders.log);
  const show = () => {
    for (const finished of logs.poll()) progress.stack(finished);
    const { made, began } = count();
    progress.update({
      prepared: logs.prepared(),
      done: logs.all().length,
      total: stackCount(folders),
      made,
      elapsed: Date.now() - began,
    });
  };
  const env = { ...wrapTerraform(folders, environment), CI: "true", NO_COLOR: "1" };
  const timer = setInterval(show, INTERVAL);
  let interrupted = false;
  const deploy = (stacks: string) =>
    runChild(command(folders, stacks), {
      cwd: folders.project,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      // In a group of its own, Ctrl-C does not reach cdktf, which would end without waiting for its applies.
      detached: true,
      onStart: (child) => {
        for (const stream of [child.stdout, child.stderr]) {
          stream?.on("data", (chunk) => {
            chunks.push(chunk);
            log.write(chunk);
          });
        }
      },
      onSignal: (signal, child) => {
        if (interrupted) child.kill(signal);
        interrupted = true;
        stopStacks(folders);
      },
    });
  try {
    let code = 0;
    for (const stacks of turns) {
      if (code === 0 && !interrupted) code = await deploy(stacks);
    }
    await settleStacks(folders);
    show();
    return { code: interrupted ? INTERRUPTED : code, logs: logs.all(), output: Buffer.concat(chunks).toString("utf8") };
  } finally {
    clearInterval(timer);
    log.end();
  }
}

function command(folders: Folders, stacks: string): [string, ...string[]] {
  const cdktf = join(dirname(require.resolve("cdktf-cli/package.json")), "bundle", "bin", "cdktf");
  const parallelism = Math.max(2, availableParallelism() * 2);
  return [
    process.execPath,
    cdktf,
    ...["deploy", stacks, "--auto-approve", "--skip-provider-lock"],
    ...["--output", folders.output, "--outputs-file", folders.outputs, "--parallelism", `${parallelism}`],
  ];
}

/** How many stacks the last synthesis has made. */
function stackCount(folders: Folders): number | undefined {
  const file = join(folders.output, "manifest.json");
  if (!existsSync(file)) return undefined;
  try {
    return Object.keys(JSON.parse(readFileSync(file, "utf8")).stacks).length;
  } catch {
    // It is being written just now.
    return undefined;
  }
}

function explain(folders: Folders, code: number, logs: readonly StackLog[], output: string): string {
  if (code === INTERRUPTED) return "stopped; what was made so far is kept, and the next run goes on from there";
  const failed = logs.filter(({ errors }) => errors.length > 0);
  const what = failed.length > 0 ? describeFailures(folders, failed) : describeOutput(output);
  return `${what}\n\nEverything else that was begun is done; ${folders.logs} and ${folders.log} have every word.`;
}
