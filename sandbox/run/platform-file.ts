import { writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { platformFileName } from "../../lib/fleet/load";
import type { Folders } from "../folders";
import { ACCOUNT } from "../provider/place";

/** The parts of `platform.json` that the sandbox looks at; the loader has checked them all before. */
interface PlatformFile {
  readonly $schema?: string;
  readonly github: { readonly connectionArn: string };
  readonly aws: { readonly region: string };
  readonly environments: Readonly<Record<string, object>>;
}

/**
 * The platform that stands in for the user's own: the same in all that an app is made of, but with a state, an account
 * and a cluster that exist in the sandbox alone.
 */
export function sandboxPlatform(platform: PlatformFile, folders: Folders): object {
  const { $schema: _, ...shared } = platform;
  const local = (path: string) => relative(folders.project, path);
  return {
    ...shared,
    github: {
      ...platform.github,
      connectionArn: platform.github.connectionArn.replace(/:\d{12}:/, `:${ACCOUNT}:`),
    },
    aws: { ...platform.aws, accountId: ACCOUNT, iamPropagationSeconds: 0 },
    state: { directory: local(folders.state) },
    environments: Object.fromEntries(
      Object.entries(platform.environments).map(([name, environment]) => [
        name,
        { ...environment, context: "sandbox", kubeconfig: local(folders.kubeconfig) },
      ]),
    ),
  };
}

/** Writes the stand-in for the user's `platform.json`. */
export function writeSandboxPlatform(platform: PlatformFile, folders: Folders): void {
  writeFileSync(folders.platform, `${JSON.stringify(sandboxPlatform(platform, folders), null, 2)}\n`);
}

/** The user's own platform file, found as the loader finds it. */
export function platformFileOf(folders: Folders): string {
  return resolve(folders.project, platformFileName());
}
