import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "cdktf";
import { loadFleet } from "../../lib/fleet/load";
import { Platform } from "../../stacks/platform";
import { RustService } from "../../stacks/rust-service";
import { type FleetFiles, writeFleet } from "./fleet-files";
import { temporaryFolder } from "./folder";
import type { Body, StackJson } from "./synth";

export interface FleetOptions {
  /**
   * Folder of the fleet.
   *
   * @default - a new one
   */
  readonly directory?: string;
  /**
   * Folder of what is synthesized, seen from that of the fleet.
   *
   * @default "cdktf.out"
   */
  readonly outdir?: string;
}

/** A fleet as its user has it on disk after a synthesis. */
export interface SynthesizedFleet {
  readonly directory: string;
  readonly outdir: string;
  /** What stands in the file of each stack. */
  readonly texts: Readonly<Record<string, string>>;
  /** What cdktf's command line reads of each stack. */
  readonly manifest: Readonly<
    Record<
      string,
      {
        readonly constructPath: string;
        readonly dependencies: string[];
        readonly annotations: readonly { readonly message: string }[];
      }
    >
  >;
  /** What a stack says to Terraform, without cdktf's notes beside it. */
  stack(id: string): StackJson;
}

/** Writes the files of a fleet and synthesizes it, as `main.ts` does in the fleet's folder. */
export function synthFleet(files: FleetFiles = {}, options: FleetOptions = {}): SynthesizedFleet {
  const { directory = temporaryFolder() } = options;
  const outdir = join(directory, options.outdir ?? "cdktf.out");
  writeFleet(directory, files);
  const before = process.cwd();
  process.chdir(directory);
  try {
    const { platform, apps } = loadFleet({ platform: "platform.json" });
    const app = new App({ outdir: options.outdir });
    new Platform(app, "platform", platform);
    for (const spec of apps) new RustService(app, spec.slug, { ...spec, platform });
    app.synth();
  } finally {
    process.chdir(before);
  }
  const texts = Object.fromEntries(
    readdirSync(join(outdir, "stacks")).map((id) => [
      id,
      readFileSync(join(outdir, "stacks", id, "cdk.tf.json"), "utf8"),
    ]),
  );
  return {
    directory,
    outdir,
    texts,
    manifest: JSON.parse(readFileSync(join(outdir, "manifest.json"), "utf8")).stacks,
    stack(id) {
      const text = texts[id];
      if (text === undefined) throw new Error(`no stack ${id}: ${Object.keys(texts).join(", ")}`);
      return JSON.parse(text, (key, value) => (key === "//" ? undefined : value)) as StackJson & Body;
    },
  };
}
