import { readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { kubeconfigOf, readConnection } from "../../../sandbox/cluster/connection";
import { addressesOfThisMachine, isThisMachine } from "../../../sandbox/cluster/local-address";
import { temporaryFolder } from "../../support/folder";

const folder = temporaryFolder();
const file = join(folder, "kubeconfig");
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** Writes a kubeconfig with one context, and reads it. */
function read(cluster: object, user: object = { token: "t" }, context?: string) {
  const config = {
    "current-context": "local",
    contexts: [{ name: "local", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user }],
  };
  writeFileSync(file, JSON.stringify(config));
  return readConnection(file, context);
}

describe("a connection", () => {
  it("is read with its certificates, from the file or beside it", () => {
    writeFileSync(join(folder, "ca.pem"), "authority");
    const connection = read(
      { server: "https://127.0.0.1:6443", "certificate-authority": "ca.pem" },
      { "client-certificate-data": base64("certificate"), "client-key-data": base64("key") },
    );
    expect(connection).toMatchObject({
      authority: "authority",
      certificate: "certificate",
      key: "key",
      insecure: false,
    });
    expect(connection.server.href).toBe("https://127.0.0.1:6443/");
  });

  it("becomes a kubeconfig that leads there and nowhere else", () => {
    const connection = read({ server: "https://127.0.0.1:6443", "certificate-authority-data": base64("ca") });
    const written = join(folder, "written");
    writeFileSync(written, kubeconfigOf(connection));
    expect(readConnection(written)).toEqual(connection);
    expect(parse(readFileSync(written, "utf8"))["current-context"]).toBe("sandbox");
  });

  it.each([
    ["https://abc.gr7.eu-central-1.eks.amazonaws.com", /eks\.amazonaws\.com is not on this machine/],
    ["https://10.255.255.1:6443", /10\.255\.255\.1:6443 is not on this machine/],
    ["https://8.8.8.8", /is not on this machine/],
    ["https://localhost.example.com", /is not on this machine/],
    ["https://127.0.0.1.example.com", /is not on this machine/],
    ["http://127.0.0.1:8080", /is not reached by HTTPS/],
    ["", /is no URL/],
  ])("is not made to %s", (server, message) => {
    expect(() => read({ server })).toThrow(message);
  });

  it.each([
    [{}, { exec: { command: "aws" } }, "exec"],
    [{}, { "auth-provider": {} }, "auth-provider"],
    [{ "proxy-url": "http://proxy" }, {}, "proxy-url"],
  ])("is made with a certificate or a token alone (%#)", (cluster, user, what) => {
    expect(() => read({ server: "https://127.0.0.1", ...cluster }, user)).toThrow(`${what} is not for a local cluster`);
  });

  it("names the contexts that there are", () => {
    expect(() => read({ server: "https://127.0.0.1" }, {}, "other")).toThrow('has no context "other"; it has local');
    expect(() => readConnection(join(folder, "nowhere"))).toThrow("there is no kubeconfig");
  });
});

describe("this machine", () => {
  it.each(["127.0.0.1", "127.8.9.1", "localhost", "[::1]", "0.0.0.0"])("is %s", (host) => {
    expect(isThisMachine(host)).toBe(true);
  });

  it("is every address of its own", () => {
    const own = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
    for (const address of own) expect(addressesOfThisMachine()).toContain(address);
  });

  it.each(["1.1.1.1", "192.0.2.1", "[2001:db8::1]", "kubernetes.docker.internal", ""])("is not %s", (host) => {
    expect(isThisMachine(host)).toBe(false);
  });
});
