import { Cloud } from "../cloud/cloud";
import { Types } from "../cloud/types";
import { ClusterProvider } from "../cluster/cluster-provider";
import type { Folders } from "../folders";
import { type OnChange, Provider } from "../provider/provider";
import { Server } from "../provider/server";
import { typesInUse } from "../provider/types-in-use";
import { attachCluster } from "./cluster";
import { childEnvironment, prepareFolders } from "./environment";
import { takeLock } from "./lock";

/** The cloud while it runs in this process, for this process alone. */
export interface Session {
  readonly cloud: Cloud;
  readonly types: Types;
  /** What a program needs to know to meet this cloud and nothing else. */
  readonly environment: Record<string, string>;
  /** Ends the providers and gives the sandbox back. */
  close(): Promise<void>;
}

/**
 * Starts the cloud.
 *
 * @param command what this process is about, for whoever has to wait for the sandbox
 * @param onChange is told about each object that is made, changed or removed
 * @throws when another process holds the sandbox
 */
export async function startSession(folders: Folders, command: string, onChange?: OnChange): Promise<Session> {
  const release = await takeLock(folders, command);
  try {
    prepareFolders(folders);
    const cloud = new Cloud(folders.objects);
    cloud.compact();
    const types = new Types();
    const used = typesInUse([folders.output, `${folders.project}/cdktf.out`, process.cwd()], () => cloud.types());
    const cluster = await attachCluster(folders, cloud);
    const server = await Server.start((name) => {
      const provider = new Provider(name, types, cloud, onChange);
      if (cluster === undefined || name !== "kubernetes") return provider;
      return new ClusterProvider(provider, cloud, cluster.api, onChange);
    }, used);
    const environment = childEnvironment(folders, server.attachment);
    const close = async () => {
      server.stop();
      cluster?.detach();
      cloud.close();
      await release();
    };
    return { cloud, types, environment, close };
  } catch (error) {
    await release();
    throw error;
  }
}
