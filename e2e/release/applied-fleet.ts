import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CDKTF, ROOT } from "../../__tests__/support/program";
import { foldersOf } from "../../sandbox/folders";
import { type Session, startSession } from "../../sandbox/run/session";
import { ACCOUNT, REGION } from "../aws/api";
import { CONNECTION } from "../aws/example";
import { TerraformStack, terraformEnvironment } from "../aws/stack";
import { Fleet } from "../fleet";
import type { Cluster } from "../tools/cluster";
import { type RunResult, run } from "../tools/process";
import { kubernetesProviderVersion } from "../tools/provider-mirror";
import { commandOf, writeCdktfJson } from "./cdktf";
import { hasInstalledProvider, onlyStandIn, providersFor } from "./kubernetes-provider";
import type { Pin } from "./released-fleet";

/** What the sandbox finds a local cluster by. */
const SANDBOX_KUBECONFIG = "DROVER_SANDBOX_KUBECONFIG";

/**
 * A fleet whose production is a real cluster, and whose AWS is emulated, behind the real AWS provider. cdktf deploys
 * it, with a Terraform that changes a stack for the emulator before it reads it.
 */
export class AppliedFleet {
  /** The version of the real Kubernetes provider; nothing where the sandbox stands in for it. */
  readonly kubernetesProvider = kubernetesProviderVersion();
  /** For Terraform, and for cdktf. */
  private readonly env: NodeJS.ProcessEnv;

  private constructor(
    private readonly fleet: Fleet,
    private readonly session: Session,
    private readonly endpoint: string,
  ) {
    const { TF_REATTACH_PROVIDERS = "{}", ...environment } = session.environment;
    const standIns = this.kubernetesProvider === undefined ? onlyStandIn(TF_REATTACH_PROVIDERS) : "{}";
    const terraform = join(fleet.folder, "terraform");
    writeFileSync(terraform, `#!/bin/sh\nexec ${commandOf("e2e/aws/terraform.ts")} "$@"\n`, { mode: 0o755 });
    writeCdktfJson(fleet.folder, "main.ts");
    this.env = {
      ...terraformEnvironment(fleet.folder, endpoint),
      // The machine's own home may hold anything, and is not for a test to write to: the sandbox's instead.
      CDKTF_HOME: environment.CDKTF_HOME,
      CDKTF_DISABLE_PLUGIN_CACHE_ENV: environment.CDKTF_DISABLE_PLUGIN_CACHE_ENV,
      // A lock of providers is made of all platforms' providers, and the mirror has those of this one.
      CDKTF_SKIP_PROVIDER_LOCK: environment.CDKTF_SKIP_PROVIDER_LOCK,
      // Without it cdktf draws what it does, over and over.
      CI: "true",
      TERRAFORM_BINARY_NAME: terraform,
      TF_REATTACH_PROVIDERS: standIns,
    };
  }

  /** @param endpoint the address of the emulated AWS */
  static async start(cluster: Cluster, endpoint: string, apps: readonly object[]): Promise<AppliedFleet> {
    const fleet = new Fleet({
      apps,
      platform: { ...platformOf(cluster), ...providersFor(kubernetesProviderVersion()) },
    });
    process.env[SANDBOX_KUBECONFIG] = cluster.kubeconfig;
    try {
      const session = await startSession(foldersOf(fleet.folder), "a test");
      return new AppliedFleet(fleet, session, endpoint);
    } finally {
      delete process.env[SANDBOX_KUBECONFIG];
    }
  }

  /** Writes apps.json anew. */
  change(apps: readonly object[]): void {
    this.fleet.write({ apps });
  }

  /** Writes releases.json anew: what runs in production. */
  pin(pins: Readonly<Record<string, Pin>>): void {
    this.fleet.write({ releases: { production: pins } });
  }

  /** The ids of the stacks that there are now. */
  async stacks(): Promise<string[]> {
    await this.fleet.synthesize();
    return Object.keys(JSON.parse(readFileSync(join(this.fleet.output, "manifest.json"), "utf8")).stacks);
  }

  /** `cdktf deploy` of a stack, which may be refused; the output ends with Terraform's own. */
  async tryDeploy(id: string): Promise<RunResult> {
    const args = [CDKTF, "deploy", id, "--auto-approve", "--no-color"];
    const said = join(this.fleet.folder, "terraform.log");
    writeFileSync(said, "");
    const result = await run(process.execPath, args, {
      cwd: this.fleet.folder,
      env: { ...this.env, TERRAFORM_SAID: said },
    });
    return { ...result, output: result.output + readFileSync(said, "utf8") };
  }

  /** `cdktf deploy` of a stack; that has to succeed. */
  async deploy(id: string): Promise<string> {
    const { code, output } = await this.tryDeploy(id);
    if (code === 0) return output;
    throw new Error(`the deploy of ${id} has failed:\n${output.slice(-8000)}`);
  }

  /** What a deploy of a stack would do, by Terraform's plan: exit code 0 when it is nothing. */
  async plan(id: string): Promise<RunResult> {
    await this.fleet.synthesize();
    const stack = this.stack(id);
    await stack.prepare();
    return stack.plan();
  }

  /** An output of a stack that was deployed. */
  output(id: string, name: string): Promise<string> {
    return this.stack(id).output(name);
  }

  /** Whether the real Kubernetes provider has deployed a stack. */
  hasUsedRealProvider(id: string): boolean {
    const folder = join(this.fleet.output, "stacks", id);
    return this.kubernetesProvider !== undefined && hasInstalledProvider(folder, this.kubernetesProvider);
  }

  /** A command of the product's own command line, such as `why podcore production`. */
  command(...args: string[]): Promise<RunResult> {
    const { DROVER_PLATFORM: _, CDKTF_OUTDIR: __, ...env } = process.env;
    const program = [join(ROOT, "bin/run.js"), join(ROOT, "cli/main.ts"), ...args];
    return run(process.execPath, program, { cwd: this.fleet.folder, env: { ...env, NO_COLOR: "1" } });
  }

  /** The content of all files of the fleet, states included; programs are left out. */
  files(): string[] {
    return readdirSync(this.fleet.folder, { recursive: true, encoding: "utf8" })
      .filter((path) => !path.includes("/providers/"))
      .map((path) => join(this.fleet.folder, path))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path, "latin1"));
  }

  private stack(id: string): TerraformStack {
    return new TerraformStack(this.fleet.output, id, this.endpoint, "terraform", this.env);
  }

  /** Ends what was started, and deletes the folder. */
  async stop(): Promise<void> {
    await this.session.close();
    this.fleet.remove();
  }
}

function platformOf({ context, kubeconfig, network }: Cluster): object {
  const ingress = { class: "load-balancer", from: [`${network.ingress}/32`] };
  return {
    github: { owner: "acme", connectionArn: CONNECTION },
    aws: { accountId: ACCOUNT, region: REGION },
    environments: { production: { domain: "example.com", context, kubeconfig, ingress } },
  };
}
