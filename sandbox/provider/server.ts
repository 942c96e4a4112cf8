import * as grpc from "@grpc/grpc-js";
import { PROVIDERS } from "../schema/bindings";
import type { Served } from "./provider";
import { serviceOf, type TypesInUse } from "./service";

/** Registries that a provider's source may name: Terraform's, and OpenTofu's. */
const REGISTRIES = ["registry.terraform.io", "registry.opentofu.org"];

/** The largest message: the schemas of many types are large. */
const MAX_BYTES = 256 * 1024 * 1024;

/** The providers, served to Terraform from this process. They end with it. */
export class Server {
  private constructor(
    /** What Terraform finds the providers by, as the value of `TF_REATTACH_PROVIDERS`. */
    readonly attachment: string,
    private readonly servers: readonly grpc.Server[],
  ) {}

  /** Serves each of the providers on a port of its own, which only this machine can reach. */
  static async start(provide: (name: (typeof PROVIDERS)[number]) => Served, typesInUse: TypesInUse): Promise<Server> {
    const started = await Promise.all(
      PROVIDERS.map(async (name) => {
        const provider = provide(name);
        const server = new grpc.Server({
          "grpc.max_send_message_length": MAX_BYTES,
          "grpc.max_receive_message_length": MAX_BYTES,
        });
        server.addService(...serviceOf(provider, typesInUse));
        const port = await listen(server);
        return { server, port, source: provider.types.catalog(name).bindings.source };
      }),
    );
    const attachments = started.flatMap(({ port, source }) =>
      REGISTRIES.map((registry) => [`${registry}/${source}`, reattachment(port)]),
    );
    return new Server(
      JSON.stringify(Object.fromEntries(attachments)),
      started.map(({ server }) => server),
    );
  }

  stop(): void {
    for (const server of this.servers) server.forceShutdown();
  }
}

function listen(server: grpc.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

/** `Test` tells Terraform to leave the process alone: it was not started by it. */
function reattachment(port: number): object {
  return {
    Protocol: "grpc",
    ProtocolVersion: 5,
    Pid: process.pid,
    Test: true,
    Addr: { Network: "tcp", String: `127.0.0.1:${port}` },
  };
}
