import { join } from "node:path";
import { TOOLS_FOLDER } from "./folder";
import { goPrograms, requiredVersion } from "./go-module";

/** BuildKit's daemon, its plain client, and the client that people use; paths. */
export interface BuildTools {
  readonly buildkitd: string;
  readonly buildctl: string;
  /** Stands alone, and is a plug-in of the docker client. */
  readonly buildx: string;
}

/** The Go module that names the tools, their versions and the checksums of all that they are built from. */
const MODULE = join(TOOLS_FOLDER, "build-tools");

/** BuildKit and buildx, built once from source (about 2 minutes on two cores). */
export async function buildTools(): Promise<BuildTools> {
  const folder = await goPrograms({
    name: "buildkit",
    folder: MODULE,
    packages: "tool",
    variables: {
      "github.com/moby/buildkit/version.Version": requiredVersion(MODULE, "github.com/moby/buildkit"),
      "github.com/docker/buildx/version.Version": requiredVersion(MODULE, "github.com/docker/buildx"),
    },
  });
  return {
    buildkitd: join(folder, "buildkitd"),
    buildctl: join(folder, "buildctl"),
    buildx: join(folder, "buildx"),
  };
}
