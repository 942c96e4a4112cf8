import { join } from "node:path";
import { PLATFORM } from "../../__tests__/support/fleet-files";
import { CDKTF, ROOT } from "../../__tests__/support/program";
import { Fleet } from "../fleet";
import type { Cluster } from "../tools/cluster";
import { type RunResult, run } from "../tools/process";
import { writeCdktfJson } from "./cdktf";

/** What is pinned: an image's commit and digest, and whether it migrates. */
export interface Pin {
  readonly tag: string;
  readonly digest: string;
  readonly migrate?: false;
}

/** A fleet whose production is a real cluster, and whose AWS and GitHub are the sandbox. */
export class ReleasedFleet {
  private readonly fleet: Fleet;
  private readonly pins: Record<string, Pin> = {};

  constructor(
    private readonly cluster: Cluster,
    apps: readonly object[],
  ) {
    const { context, kubeconfig, network } = cluster;
    const ingress = { class: "load-balancer", from: [`${network.ingress}/32`] };
    const production = { domain: "example.com", context, kubeconfig, ingress };
    this.fleet = new Fleet({ apps, platform: { ...PLATFORM, environments: { production } } });
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

  /** `cdktf deploy` of the production of one app or several. */
  deploy(...slugs: string[]): Promise<RunResult> {
    return this.cdktf("deploy", ...slugs.map((slug) => `${slug}-production`), "--auto-approve", "--no-color");
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
      env: { ...env, NO_COLOR: "1", CHECKPOINT_DISABLE: "1", DROVER_SANDBOX_KUBECONFIG: this.cluster.kubeconfig },
    });
  }
}
