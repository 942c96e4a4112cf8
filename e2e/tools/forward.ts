import { type AddressInfo, connect, createServer } from "node:net";

/** A port that leads to another. */
export interface Forward {
  readonly port: number;
  readonly stop: () => void;
}

/** Lets an address of this machine lead to a server on its loopback. */
export async function forward(address: string, to: number): Promise<Forward> {
  const server = createServer((incoming) => {
    const onward = connect(to, "127.0.0.1");
    for (const socket of [incoming, onward]) socket.on("error", () => socket.destroy());
    incoming.pipe(onward).pipe(incoming);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return { port: (server.address() as AddressInfo).port, stop: () => void server.close() };
}
