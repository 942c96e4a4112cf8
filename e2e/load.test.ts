import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { describeLoad, Load, type LoadOptions, type LoadResult } from "./tools/load";

describe("a load", () => {
  let server: Server;
  let connections = 0;

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test("sends a steady number of requests, with the host and path", async () => {
    const asked = new Set<string>();
    const result = await load((request, response) => {
      asked.add(`${request.headers.host}${request.url}`);
      response.end("answer");
    });
    expect([...asked]).toEqual(["podcore.example.com/episodes"]);
    expect(result.failures).toEqual({});
    expect(result.requests).toBeGreaterThanOrEqual(150);
    expect(result.requests / result.seconds).toBeLessThan(210);
    expect(describeLoad(result)).toMatch(/^\d+ requests in \d\.\d s \(\d+ a second\); median \d+ ms.*; none failed$/);
  });

  test("keeps its connections, or opens one for each request", async () => {
    const kept = await load((_, response) => response.end());
    expect(connections).toBeLessThan(kept.requests / 2);
    server.close();
    const fresh = await load((_, response) => response.end(), { connections: "fresh" });
    expect(connections).toBe(fresh.requests);
  });

  test("sends no less while answers are slow, and waits for those under way", async () => {
    let answered = 0;
    const result = await load((_, response) => {
      setTimeout(() => response.end(() => answered++), 400);
    });
    expect(result.requests).toBeGreaterThanOrEqual(150);
    expect(result.failures).toEqual({});
    expect(answered).toBe(result.requests);
    expect(result.milliseconds.median).toBeGreaterThanOrEqual(395);
  });

  test("counts failures by their kind", async () => {
    let count = 0;
    const result = await load(
      (request, response) => {
        count++;
        if (count % 4 === 0) response.writeHead(503).end();
        else if (count % 4 === 1) request.socket.destroy();
        else if (count % 4 === 2) response.end("answer");
        // The others wait in vain.
      },
      { timeout: 0.3, connections: "fresh" },
    );
    expect(Object.keys(result.failures).sort()).toEqual(["503", "ECONNRESET", "timeout"]);
    const failed = Object.values(result.failures).reduce((sum, each) => sum + each, 0);
    expect(failed / result.requests).toBeCloseTo(0.75, 1);
    expect(describeLoad(result)).toMatch(/failed: .*\d+ × 503/);
  });

  test("counts an answer that breaks off as a failure", async () => {
    const result = await load((request, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("half");
      setTimeout(() => request.socket.destroy(), 5);
    });
    expect(result.failures).toEqual({ ECONNRESET: result.requests });
  });

  test("tells of a server that is not there", async () => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const running = new Load({ address: "127.0.0.1", port, rate: 100 });
    await delay(200);
    const { failures, requests } = await running.stop();
    expect(failures).toEqual({ ECONNREFUSED: requests });
    expect(requests).toBeGreaterThan(0);
  });

  test("ends by itself", async () => {
    const result = await load((_, response) => response.end(), { atMost: 0.3 });
    expect(result.requests).toBeLessThan(80);
  });

  /** A second of 200 requests. */
  async function load(listener: RequestListener, options: Partial<LoadOptions> = {}): Promise<LoadResult> {
    connections = 0;
    server = createServer({ keepAliveTimeout: 60_000 }, listener);
    server.on("connection", () => connections++);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const where = { address: "127.0.0.1", port, host: "podcore.example.com", path: "/episodes" };
    const running = new Load({ ...where, rate: 200, ...options });
    await delay(1000);
    return running.stop();
  }
});
