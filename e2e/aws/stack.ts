import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RunResult, run, runOrFail } from "../tools/process";
import { AWS_PROVIDER_VERSION, writeCliConfiguration } from "../tools/provider-mirror";
import { CREDENTIALS, type Json } from "./api";

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
    },
  },
];

/** A synthesized stack that a real Terraform or OpenTofu applies to the emulated AWS. */
export class TerraformStack {
  private readonly env: NodeJS.ProcessEnv;

  /**
   * @param output the folder that main.ts has written to
   * @param id the stack's id
   * @param endpoint the address of the emulated AWS
   * @param program Terraform or OpenTofu
   * @param env further environment variables
   */
  constructor(
    private readonly output: string,
    readonly id: string,
    endpoint: string,
    private readonly program = "terraform",
    env: NodeJS.ProcessEnv = {},
  ) {
    const { PATH, HOME } = process.env;
    this.env = {
      PATH,
      HOME,
      ...CREDENTIALS,
      AWS_ENDPOINT_URL: endpoint,
      AWS_EC2_METADATA_DISABLED: "true",
      CHECKPOINT_DISABLE: "1",
      TF_IN_AUTOMATION: "1",
      TF_CLI_CONFIG_FILE: writeCliConfiguration(output),
      ...env,
    };
  }

  /** The stack's folder. */
  get folder(): string {
    return join(this.output, "stacks", this.id);
  }

  /** Prepares what was synthesized last: rewrites it for the emulator and gets the provider. */
  async prepare(): Promise<void> {
    const file = join(this.folder, "cdk.tf.json");
    const stack = JSON.parse(readFileSync(file, "utf8"));
    for (const { rewrite } of REWRITES) rewrite(stack);
    writeFileSync(file, JSON.stringify(stack, undefined, 2));
    const pathStyle = stack.terraform.backend.s3 ? ["-backend-config=use_path_style=true"] : [];
    await this.terraformOrFail("init", ...pathStyle);
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
