import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AwsError, type Json, REGION, type Route, type Service } from "./api";

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What the proxy answers itself. */
export interface Gaps {
  readonly services: readonly Service[];
  readonly routes: readonly Route[];
  /** Is told the body of every request. */
  readonly watch: (body: string) => void;
}

/**
 * Milliseconds for which an idle connection is kept: longer than the providers' own 90 s. One that is closed just when
 * its next request comes loses it, and a provider without retries fails.
 */
const KEEP_ALIVE = 10 * 60_000;

/** A running proxy. */
export interface Proxy {
  readonly url: string;
  readonly close: () => void;
}

/**
 * Starts a proxy in front of an emulated AWS. It fills the given gaps, and hands all other requests on as they
 * are.
 */
export async function startProxy(emulator: string, gaps: Gaps): Promise<Proxy> {
  const server = http.createServer(async (request, response) => {
    const body = await readAll(request);
    gaps.watch(body.toString());
    send(request, response, await answer(emulator, gaps, request, body).catch(refusal));
  });
  server.keepAliveTimeout = KEEP_ALIVE;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(emulator: string, gaps: Gaps, request: IncomingMessage, body: Buffer): Promise<Reply> {
  const [, target, name = ""] = /^(.*)\.(.*)$/.exec(String(request.headers["x-amz-target"])) ?? [];
  const service = gaps.services.find((candidate) => candidate.target === target);
  const operation = service?.operations[name];
  if (operation !== undefined) {
    const forward = async (input: Json) => parse(await pass(emulator, request, Buffer.from(JSON.stringify(input))));
    const input = JSON.parse(body.toString() || "{}");
    return jsonReply(200, await operation({ input, region: regionOf(request), forward }));
  }
  if (service?.forwardsOthers === false) {
    throw new AwsError("UnknownOperationException", `the proxy does not know ${target}.${name}`);
  }
  const url = new URL(request.url ?? "/", emulator);
  const route = gaps.routes.find(({ matches }) => matches(url));
  if (route === undefined) return pass(emulator, request, body);
  const reply = route.answer(request.method ?? "GET", url, body.toString());
  return { status: reply.status, headers: {}, body: Buffer.from(reply.body) };
}

/** The region, which a request's signature names. */
function regionOf({ headers }: IncomingMessage): string {
  return /Credential=[^/]*\/[^/]*\/([^/]*)/.exec(headers.authorization ?? "")?.[1] ?? REGION;
}

function pass(emulator: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Reply> {
  return new Promise((resolve, reject) => {
    // Each on a connection of its own, for the same reason.
    const options = { method, agent: false, headers: { ...headers, "content-length": body.length } };
    const onward = http.request(new URL(url ?? "/", emulator), options, (reply) => {
      const { statusCode: status = 500, headers: replied } = reply;
      readAll(reply).then((body) => resolve({ status, headers: replied, body }), reject);
    });
    onward.on("error", reject);
    onward.end(body);
  });
}

function parse({ status, body }: Reply): Json {
  const value = JSON.parse(body.toString() || "{}");
  if (status === 200) return value;
  throw new AwsError(value.__type ?? "InternalFailure", value.message ?? value.Message ?? body.toString(), status);
}

function refusal(error: unknown): Reply {
  if (error instanceof AwsError) return jsonReply(error.status, { __type: error.type, message: error.message });
  return jsonReply(500, { __type: "InternalFailure", message: String(error) });
}

function jsonReply(status: number, value: Json): Reply {
  const body = Buffer.from(JSON.stringify(value));
  return { status, headers: { "content-type": "application/x-amz-json-1.1" }, body };
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Reply): void {
  const { "transfer-encoding": _, ...kept } = headers;
  // The answer to HEAD tells the length of a body that isn't sent.
  if (request.method !== "HEAD") kept["content-length"] = String(body.length);
  response.writeHead(status, kept);
  response.end(body);
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
