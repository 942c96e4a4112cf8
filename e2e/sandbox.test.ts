import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { ROOT } from "../__tests__/support/program";
import { contents, fleet, ONE_ENVIRONMENT, objects, PODCORE, sandbox } from "../__tests__/support/sandboxed-fleet";
import { describeWith } from "./tools/needs";
import { terraform } from "./tools/terraform";

describeWith([terraform], "the sandbox", () => {
  test("adopts a repository that it has never heard of", () => {
    const folder = fleet({ apps: [{ ...PODCORE, repository: { name: "podcore.rs", adopt: true } }] });
    expect(sandbox(folder)).toMatchObject({ status: 0, stderr: "" });
    expect(objects(folder, "github_repository").map(({ id }) => id)).toEqual(["podcore.rs"]);
    expect(sandbox(folder).stdout).toContain("Nothing changes");
  });

  test("never meets the real world", async () => {
    const asked: string[] = [];
    const world = await listen((url) => asked.push(url));
    const address = `http://127.0.0.1:${(world.address() as AddressInfo).port}`;
    const folder = fleet({ platform: { ...ONE_ENVIRONMENT, state: { bucket: "acme-state", prefix: "drover" } } });
    const foreign = join(folder, ".drover/state/podcore-repository.tfstate");
    mkdirSync(dirname(foreign), { recursive: true });
    writeFileSync(foreign, '{ "version": 4, "not": "ours" }');
    const before = contents(folder);
    const credentials = {
      AWS_ENDPOINT_URL: address,
      AWS_ACCESS_KEY_ID: "planted",
      AWS_SECRET_ACCESS_KEY: "planted",
      GITHUB_TOKEN: "planted",
      GITHUB_BASE_URL: address,
      KUBE_HOST: address,
      HTTP_PROXY: address,
      HTTPS_PROXY: address,
    };

    expect(await sandboxAside(folder, [], credentials)).toBe(0);
    const inSandbox = contents(join(folder, ".sandbox"));
    expect(Object.values(inSandbox).some((content) => content.includes("planted"))).toBe(false);
    expect(Object.keys(inSandbox)).toContain("state/podcore-repository.tfstate");
    expect(await sandboxAside(folder, ["reset"], credentials)).toBe(0);
    expect(contents(folder)).toEqual(before);
    expect(asked).toEqual([]);
    world.close();
  });

  test("is told from Ctrl-C: what was begun is finished, nothing is left running, and it goes on", async () => {
    const folder = fleet();
    const child = spawn(process.execPath, [join(ROOT, "bin/run.js"), join(ROOT, "sandbox/main.ts")], { cwd: folder });
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.stdout.on("data", (chunk) => {
      if (/ 1\/7 /.test(String(chunk))) child.kill("SIGINT");
    });
    expect(await ended).toBe(130);
    expect(readdirSync(join(folder, ".sandbox"))).not.toContain("lock");
    expect(sandbox(folder)).toMatchObject({ status: 0, stderr: "" });
    expect(sandbox(folder).stdout).toContain("Nothing changes");
  });
});

/** A server that only notes who asks it for what. */
function listen(note: (url: string) => void): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((request, response) => {
      note(`${request.method} ${request.url}`);
      response.writeHead(500).end();
    });
    server.on("connect", (request, socket) => {
      note(`CONNECT ${request.url}`);
      socket.end();
    });
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

/** Runs the sandbox while this process goes on. */
function sandboxAside(folder: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number | null> {
  const program = [join(ROOT, "bin/run.js"), join(ROOT, "sandbox/main.ts"), ...args];
  const child = spawn(process.execPath, program, { cwd: folder, env: { ...process.env, ...env }, stdio: "ignore" });
  return new Promise((resolve) => child.once("close", resolve));
}
