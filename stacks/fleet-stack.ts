import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { GithubProvider } from "@cdktf/provider-github/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { App, LocalBackend, S3Backend, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { AppSpec, BucketState, EnvironmentSpec, LocalState, PlatformSpec } from "../lib/fleet/fleet";
import { PROVIDER_LOCK_FILE, printProviderLock } from "../lib/fleet/provider-lock";
import type { ProviderName, ProviderSpec } from "../lib/fleet/providers";
import { fillConfigurationHash, withConfigurationHash } from "../lib/terraform/configuration-hash";
import { Ephemeral } from "../lib/terraform/ephemeral";
import { withConditionBlocks, withoutAddedLineBreaks } from "../lib/terraform/hcl";
import { withoutCreationStacks } from "./creation-stacks";

/** Tag of everything in AWS that the fleet made. */
export const MANAGED_BY = { "managed-by": "drover" } as const;

/** An app, and what it shares with the others. */
export interface AppStackProps extends AppSpec {
  /** What the apps share. */
  readonly platform: PlatformSpec;
}

interface StackJson {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

/** A reference to a resource. Where the dollar sign is doubled, it is text. */
const REFERENCE = /(?<!\$)\$\{([a-z0-9]+_[a-z0-9_]+)\.([\w-]+)\./g;

/** A stack of the fleet: it has a state of its own, and its providers can reach the right account or cluster only. */
export abstract class FleetStack extends TerraformStack {
  private readonly required: ProviderSpec[] = [];

  constructor(
    scope: Construct,
    id: string,
    protected readonly platform: PlatformSpec,
  ) {
    withoutCreationStacks();
    super(scope, id);
    if ("bucket" in platform.state) this.keepStateInBucket(platform.state);
    else this.keepStateLocally(platform.state);
    const { synthesizer } = this;
    this.synthesizer = {
      synthesize: (session) => {
        synthesizer.synthesize(session);
        this.lockProviders();
      },
    };
  }

  /**
   * cdktf resolves every token here once more, to let those that lead into another stack read that one's state. No stack
   * of the fleet refers to another one, so that each can be planned and deployed alone: see {@link toTerraform}.
   */
  override prepareStack(): void {}

  /**
   * What stands in the stack's file.
   *
   * @throws Error when something in it refers to another stack
   */
  override toTerraform(): StackJson {
    const json: StackJson = super.toTerraform();
    fillConfigurationHash(json.resource);
    for (const [, type = "", name = ""] of JSON.stringify(json).matchAll(REFERENCE)) {
      if (json.resource?.[type]?.[name] !== undefined) continue;
      throw new Error(`stack "${this.node.id}" refers to ${type}.${name}, which is not in it; write the value out`);
    }
    return json;
  }

  /** For `cdktf synth --hcl`: what it writes plans the same as the JSON. */
  override toHclTerraform(): { [key: string]: unknown } {
    const { hcl, ...others } = super.toHclTerraform();
    const blocks = this.node.findAll().flatMap((element) => (element instanceof Ephemeral ? [element.toHcl()] : []));
    const text = [withConditionBlocks(withoutAddedLineBreaks(hcl)), ...blocks].join("\n");
    return { ...others, hcl: withConfigurationHash(text, () => this.toTerraform().resource) };
  }

  private keepStateInBucket({ bucket, prefix }: BucketState): void {
    new S3Backend(this, {
      bucket,
      key: [prefix, this.node.id, "terraform.tfstate"].filter(Boolean).join("/"),
      region: this.platform.region,
      encrypt: true,
      allowedAccountIds: [this.platform.accountId],
    });
    this.addOverride("terraform.backend.s3.use_lockfile", true);
  }

  /**
   * The path is relative to the folder in which Terraform runs: an absolute one, which is cdktf's default, would differ
   * between two clones, and fail in a checkout that was moved.
   */
  private keepStateLocally({ directory }: LocalState): void {
    const path = join(relative(this.folder, directory), `${this.node.id}.tfstate`);
    new LocalBackend(this, { path: path.replaceAll("\\", "/") });
  }

  /** The folder in which Terraform runs. */
  private get folder(): string {
    return join(App.of(this).outdir, "stacks", this.node.id);
  }

  /**
   * Writes the stack's part of the fleet's lock file. Its constraints are those of the stack's JSON: where they differ,
   * cdktf runs `terraform init -upgrade`, which passes over the lock.
   */
  private lockProviders(): void {
    const text = printProviderLock(this.required);
    if (text !== undefined) writeFileSync(join(this.folder, PROVIDER_LOCK_FILE), text);
  }

  /** Asks for a provider by its full source, and for versions of our choosing instead of the bindings' own. */
  private require(provider: ProviderName): void {
    const spec = this.platform.providers[provider];
    const { source, version } = spec;
    this.required.push(spec);
    this.addOverride(`terraform.required_providers.${provider}`, { source, version });
  }

  protected useAws(tags: Record<string, string> = {}): void {
    new AwsProvider(this, "aws", {
      region: this.platform.region,
      allowedAccountIds: [this.platform.accountId],
      defaultTags: [{ tags: { ...tags, ...MANAGED_BY } }],
    });
    this.require("aws");
  }

  protected useGithub(): void {
    new GithubProvider(this, "github", { owner: this.platform.githubOwner });
    this.require("github");
  }

  protected useKubernetes({ kubeconfig, context }: EnvironmentSpec): void {
    new KubernetesProvider(this, "kubernetes", { configPath: kubeconfig, configContext: context });
    this.require("kubernetes");
  }
}
