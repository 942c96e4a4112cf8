import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { SandboxError } from "../error";
import { isThisMachine } from "./local-address";

/** How a cluster of this machine is reached. Certificates and keys are in PEM. */
export interface Connection {
  readonly server: URL;
  /** Certificate of the authority that the server's own is checked against. */
  readonly authority?: string;
  /** Whether the server's certificate is taken as it is. */
  readonly insecure: boolean;
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: string;
}

/** The parts of a kubeconfig that are looked at. @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */
interface Kubeconfig {
  readonly "current-context"?: string;
  readonly contexts?: readonly { readonly name: string; readonly context: { cluster: string; user: string } }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster: Fields }[];
  readonly users?: readonly { readonly name: string; readonly user: Fields }[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Name of everything in a kubeconfig that the sandbox writes. */
const NAME = "sandbox";

/**
 * Reads how to reach a local cluster.
 *
 * @param file a kubeconfig
 * @param context the one that is meant
 * @default - the current one
 * @throws SandboxError when there is no such context, when its server is not on this machine, and when it asks for more
 * than a certificate or a token: programs are not started, and nothing is reached through a proxy
 */
export function readConnection(file: string, context?: string): Connection {
  const config = readKubeconfig(file);
  const name = context ?? config["current-context"] ?? "";
  const found = config.contexts?.find((one) => one.name === name)?.context;
  const cluster = config.clusters?.find((one) => one.name === found?.cluster)?.cluster;
  const user = config.users?.find((one) => one.name === found?.user)?.user ?? {};
  if (found === undefined || cluster === undefined) {
    const known = config.contexts?.map((one) => one.name).join(", ") || "none";
    throw new SandboxError(`${file} has no context "${name}"; it has ${known}`);
  }
  const where = `${file}, context "${name}"`;
  const unknown = ["exec", "auth-provider", "username", "as"].filter((field) => field in user);
  if (unknown.length > 0 || "proxy-url" in cluster) {
    const what = [...unknown, ...("proxy-url" in cluster ? ["proxy-url"] : [])].join(", ");
    throw new SandboxError(`${where}: ${what} is not for a local cluster; a certificate or a token is`);
  }
  const content = (fields: Fields, field: string) => contentOf(fields, field, dirname(resolve(file)));
  return {
    server: localServer(String(cluster.server ?? ""), where),
    authority: content(cluster, "certificate-authority"),
    insecure: cluster["insecure-skip-tls-verify"] === true,
    certificate: content(user, "client-certificate"),
    key: content(user, "client-key"),
    token: typeof user.token === "string" ? user.token : undefined,
  };
}

/** A kubeconfig that leads to one cluster and nowhere else, with its credentials in it. */
export function kubeconfigOf({ server, authority, insecure, certificate, key, token }: Connection): string {
  const encoded = (text?: string) => text && Buffer.from(text).toString("base64");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": NAME,
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME } }],
    clusters: [
      {
        name: NAME,
        cluster: {
          server: server.href.replace(/\/$/, ""),
          ...(insecure ? { "insecure-skip-tls-verify": true } : { "certificate-authority-data": encoded(authority) }),
        },
      },
    ],
    users: [
      {
        name: NAME,
        user: { "client-certificate-data": encoded(certificate), "client-key-data": encoded(key), token },
      },
    ],
  });
}

function readKubeconfig(file: string): Kubeconfig {
  if (!existsSync(file)) throw new SandboxError(`there is no kubeconfig ${file}`);
  try {
    return (parse(readFileSync(file, "utf8")) ?? {}) as Kubeconfig;
  } catch (error) {
    throw new SandboxError(`${file} is no kubeconfig: ${(error as Error).message}`);
  }
}

function localServer(text: string, where: string): URL {
  if (!URL.canParse(text)) throw new SandboxError(`${where}: the server "${text}" is no URL`);
  const server = new URL(text);
  if (server.protocol !== "https:") throw new SandboxError(`${where}: the server ${text} is not reached by HTTPS`);
  if (!isThisMachine(server.hostname)) {
    throw new SandboxError(
      `${where}: the server ${text} is not on this machine; the sandbox acts on a cluster at localhost, or at an address of this machine's own network namespaces, and on no other`,
    );
  }
  return server;
}

/** What a field holds, in itself (`…-data`) or in a file. */
function contentOf(fields: Fields, field: string, folder: string): string | undefined {
  const data = fields[`${field}-data`];
  if (typeof data === "string") return Buffer.from(data, "base64").toString("utf8");
  const file = fields[field];
  return typeof file === "string" ? readFileSync(resolve(folder, file), "utf8") : undefined;
}
