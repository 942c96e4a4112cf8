import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PLATFORM } from "../../__tests__/support/fleet-files";
import { CDKTF, ROOT } from "../../__tests__/support/program";
import { Fleet } from "../fleet";
import type { Cluster } from "../tools/cluster";
import { type RunResult, run } from "../tools/process";
import { kubernetesProviderVersion } from "../tools/provider-mirror";
import { writeCdktfJson } from "./cdktf";
import { hasInstalledProvider, providersFor, writeTerraform } from "./kubernetes-provider";

/** What is pinned: an image's commit and digest, and whether it migrates. */
export interface Pin {
  readonly tag: string;
  readonly digest: string;
  readonly migrate?: false;
}

/** How a fleet is deployed. */
export interface ReleaseOptions {
  /** Path of Terraform or OpenTofu. @default the one on PATH */
  readonly terraform?: string;
  /**
   * Version of the real Kubernetes provider, or "stand-in" for the sandbox's.
   *
   * @default - the one that the mirror of providers holds, or else the sandbox's
   */
  readonly kubernetesProvider?: string;
  /**
   * What production says of its ingress, besides the addresses that requests come from.
   *
   * @default { class: "load-balancer" }
   */
  readonly ingress?: object;
  /** Version that the sandbox's stand-in behaves as. @default the one that the product asks for */
  readonly standIn?: string;
}

/**
 * A fleet whose production is a real cluster, and whose AWS and GitHub are the sandbox. Its Kubernetes provider is the
 * real one where the mirror of providers holds it.
 */
export class ReleasedFleet {
  /** The version of the real Kubernetes provider; nothing where the sandbox stands in for it. */
  readonly kubernetesProvider: string | undefined;
  private readonly fleet: Fleet;
  private readonly pins: Record<string, Pin> = {};
  private readonly env: NodeJS.ProcessEnv;
  /** What Terraform has said in a deploy. */
  private readonly log: string;

  constructor(
    private readonly cluster: Cluster,
    apps: readonly object[],
    options: ReleaseOptions = {},
  ) {
    const { context, kubeconfig, network } = cluster;
    const { terraform = "terraform", kubernetesProvider = kubernetesProviderVersion(), standIn } = options;
    const ingress = { from: [`${network.ingress}/32`], ...(options.ingress ?? { class: "load-balancer" }) };
    const production = { domain: "example.com", context, kubeconfig, ingress };
    this.kubernetesProvider = kubernetesProvider === "stand-in" ? undefined : kubernetesProvider;
    const platform = { ...PLATFORM, ...providersFor(this.kubernetesProvider), environments: { production } };
    this.fleet = new Fleet({ apps, platform });
    const { folder } = this.fleet;
    this.log = join(folder, "terraform.log");
    this.env = {
      TERRAFORM_BINARY_NAME: writeTerraform(folder, terraform, this.log, this.kubernetesProvider !== undefined),
      ...(standIn && { DROVER_SANDBOX_KUBERNETES_PROVIDER: standIn }),
    };
    writeCdktfJson(this.fleet.folder, "main.ts");
  }

  /** Writes apps.json anew. */
  change(apps: readonly object[]): void {
    this.fleet.write({ apps });
  }

  /** Writes a line of releases.json, and returns the one that was there. */
  pin(slug: string, pin: Pin): Pin | undefined {
    const before = this.pins[slug];
    this.pins[slug] = pin;
    this.fleet.write({ releases: { production: this.pins } });
    return before;
  }

  /** `cdktf diff` of an app's production; what a deploy would do. */
  diff(slug: string): Promise<RunResult> {
    return this.cdktf("diff", `${slug}-production`, "--no-color");
  }

  /** `cdktf deploy` of the production of one app or several; the output ends with Terraform's own. */
  async deploy(...slugs: string[]): Promise<RunResult> {
    rmSync(this.log, { force: true });
    const stacks = slugs.map((slug) => `${slug}-production`);
    const result = await this.cdktf("deploy", ...stacks, "--auto-approve", "--no-color");
    const said = existsSync(this.log) ? readFileSync(this.log, "utf8") : "";
    return { ...result, output: result.output + said };
  }

  /** A deploy that has to succeed. */
  async deployed(...slugs: string[]): Promise<string> {
    const { code, output } = await this.deploy(...slugs);
    if (code === 0) return output;
    const reports = await Promise.all(slugs.map((slug) => this.cluster.report(`${slug}-production`)));
    throw new Error(`the deploy of ${slugs} failed:\n${output.slice(-4000)}\n${reports.join("\n").slice(-6000)}`);
  }

  /** `cdktf destroy` of an app's production. */
  destroy(slug: string): Promise<RunResult> {
    return this.cdktf("destroy", `${slug}-production`, "--auto-approve", "--no-color");
  }

  /** `npm run why`, without the sandbox: it looks at the cluster alone. */
  why(slug: string): Promise<RunResult> {
    return this.run("cli/main.ts", ["why", slug, "production"]);
  }

  /** Whether the real Kubernetes provider has deployed an app's production. */
  hasUsedRealProvider(slug: string): boolean {
    const folder = join(this.fleet.folder, ".sandbox/cdktf.out/stacks", `${slug}-production`);
    return this.kubernetesProvider !== undefined && hasInstalledProvider(folder, this.kubernetesProvider);
  }

  /** Deletes the folder. */
  remove(): void {
    this.fleet.remove();
  }

  private cdktf(...args: string[]): Promise<RunResult> {
    return this.run("sandbox/main.ts", ["run", "--", process.execPath, CDKTF, ...args]);
  }

  private run(file: string, args: readonly string[]): Promise<RunResult> {
    const { DROVER_PLATFORM: _, CDKTF_OUTDIR: __, ...env } = process.env;
    return run(process.execPath, [join(ROOT, "bin/run.js"), join(ROOT, file), ...args], {
      cwd: this.fleet.folder,
      env: {
        ...env,
        ...this.env,
        NO_COLOR: "1",
        CHECKPOINT_DISABLE: "1",
        DROVER_SANDBOX_KUBECONFIG: this.cluster.kubeconfig,
      },
    });
  }
}
