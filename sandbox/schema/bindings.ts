import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** The names of the providers that the sandbox stands in for. */
export const PROVIDERS = ["aws", "github", "kubernetes"] as const;

/** One of {@link PROVIDERS}. */
export type ProviderName = (typeof PROVIDERS)[number];

/** An installed `@cdktf/provider-*` package. */
export interface Bindings {
  readonly provider: ProviderName;
  /** The folder that holds one folder per resource and data source. */
  readonly lib: string;
  /** The version of the package, not of the provider behind it. */
  readonly version: string;
  /** The provider's address without its registry, for example `hashicorp/aws`. */
  readonly source: string;
}

/** Finds the installed bindings of a provider. */
export function findBindings(provider: ProviderName): Bindings {
  const manifest = require.resolve(`@cdktf/provider-${provider}/package.json`);
  const { version, cdktf } = JSON.parse(readFileSync(manifest, "utf8"));
  const source = String(cdktf.provider.name).split("/").slice(-2).join("/");
  return { provider, lib: join(dirname(manifest), "lib"), version, source };
}

/**
 * The TypeScript that a folder of the bindings was compiled from. The packages ship it within their source maps; its
 * comments and types say what the JavaScript no longer does.
 *
 * @returns nothing when the bindings have no such folder
 */
export function readSource(bindings: Bindings, folder: string): string | undefined {
  const path = join(bindings.lib, folder);
  return existsSync(join(path, "index.js")) ? sourcesBelow(path).join("\n") : undefined;
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .flatMap((path) => {
      if (statSync(path).isDirectory()) return sourcesBelow(path);
      return path.endsWith(".js") ? sourceOf(path) : [];
    });
}

function sourceOf(script: string): string[] {
  const map = readFileSync(script, "utf8").match(/\/\/# sourceMappingURL=data:application\/json[^,]*,(\S+)/)?.[1];
  if (map === undefined) return [];
  return JSON.parse(Buffer.from(map, "base64").toString("utf8")).sourcesContent;
}
