import { join } from "node:path";
import { type RunResult, run, runOrFail } from "../tools/process";
import { writeCliConfiguration } from "../tools/provider-mirror";
import { CREDENTIALS } from "./api";
import { rewriteStack } from "./rewritten-stack";

/**
 * The environment of a Terraform whose AWS is emulated, and whose providers come from the mirror.
 * @param folder where its configuration goes
 * @param endpoint the address of the emulated AWS
 */
export function terraformEnvironment(folder: string, endpoint: string): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return {
    PATH,
    HOME,
    ...CREDENTIALS,
    AWS_ENDPOINT_URL: endpoint,
    AWS_EC2_METADATA_DISABLED: "true",
    CHECKPOINT_DISABLE: "1",
    TF_IN_AUTOMATION: "1",
    TF_CLI_CONFIG_FILE: writeCliConfiguration(folder),
  };
}

/** A synthesized stack that a real Terraform or OpenTofu applies to the emulated AWS. */
export class TerraformStack {
  private readonly env: NodeJS.ProcessEnv;

  /**
   * @param stacks the folder that main.ts has written to
   * @param id the stack's id
   * @param endpoint the address of the emulated AWS
   * @param program Terraform or OpenTofu
   * @param env further environment variables
   */
  constructor(
    private readonly stacks: string,
    readonly id: string,
    endpoint: string,
    private readonly program = "terraform",
    env: NodeJS.ProcessEnv = {},
  ) {
    this.env = { ...terraformEnvironment(stacks, endpoint), ...env };
  }

  /** The stack's folder. */
  get folder(): string {
    return join(this.stacks, "stacks", this.id);
  }

  /** Prepares what was synthesized last: rewrites it for the emulator and gets the provider. */
  async prepare(): Promise<void> {
    rewriteStack(this.folder);
    await this.terraformOrFail("init");
  }

  /** Applies the stack; it has to succeed. */
  async apply(): Promise<string> {
    return this.terraformOrFail("apply", "-auto-approve");
  }

  /** Plans the stack: exit code 0 when there is nothing to change, 2 when there is, 1 for an error. */
  async plan(): Promise<RunResult> {
    return this.terraform("plan", "-detailed-exitcode");
  }

  /** Applies the stack, or is refused. */
  async tryToApply(): Promise<RunResult> {
    return this.terraform("apply", "-auto-approve");
  }

  /** What a plan would change, as JSON. */
  async plannedChanges(): Promise<string> {
    await this.terraformOrFail("plan", "-out=plan");
    return runOrFail(this.program, ["show", "-json", "plan"], { cwd: this.folder, env: this.env });
  }

  /** One of its outputs. */
  output(name: string): Promise<string> {
    return runOrFail(this.program, ["output", "-raw", name], { cwd: this.folder, env: this.env });
  }

  /** Destroys the stack, or is refused. */
  async destroy(): Promise<RunResult> {
    return this.terraform("destroy", "-auto-approve");
  }

  /** The addresses of all that the state holds. */
  async addresses(): Promise<string[]> {
    const list = await runOrFail(this.program, ["state", "list"], { cwd: this.folder, env: this.env });
    return list.split("\n").filter(Boolean).sort();
  }

  private async terraform(command: string, ...args: string[]): Promise<RunResult> {
    return run(this.program, [command, "-input=false", "-no-color", ...args], { cwd: this.folder, env: this.env });
  }

  private async terraformOrFail(command: string, ...args: string[]): Promise<string> {
    const { code, output } = await this.terraform(command, ...args);
    if (code === 0) return output;
    const end = `${this.program} ${command} of ${this.id} ended with exit code ${code}`;
    throw new Error(`${end}:\n${errorsOf(output)}\n\nThe end of its output:\n${output.slice(-4000)}`);
  }
}

/** What Terraform complains of, without the plan that stands before it: whoever shows a failure cuts it off at its end. */
function errorsOf(output: string): string {
  const start = output.search(/^(?:│ )?Error: /m);
  return start < 0 ? "(no line begins with Error)" : output.slice(start, start + 4000);
}
