import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "../../__tests__/support/program";
import { machineName } from "../../cli/terraform";
import { certificateOf } from "./certificate";
import type { Need } from "./needs";
import { runOrFail } from "./process";

/** Packs the packages of a {@link NetworkMirror}. */
export const zip: Need = { name: "zip", howToGet: () => (findProgram("zip") ? undefined : "install it") };

const ADDRESS = "127.0.0.1";

/** The only platform that a mirror of the tests has packages for. */
export const MACHINE = machineName();

/**
 * A mirror of providers on loopback that counts its downloads.
 *
 * @see https://developer.hashicorp.com/terraform/internals/provider-network-mirror-protocol
 */
export class NetworkMirror {
  private readonly folder = mkdtempSync(join(tmpdir(), "drover-mirror-"));
  private server?: Server;
  private port = 0;
  private readonly downloaded: string[] = [];

  /** Adds a package: a zip file, or what is in a folder. */
  async add(source: string, version: string, place: string): Promise<void> {
    const folder = join(this.folder, "registry.terraform.io", source);
    mkdirSync(folder, { recursive: true });
    const archive = join(folder, `${version}_${MACHINE}.zip`);
    if (statSync(place).isFile()) copyFileSync(place, archive);
    else await runOrFail("zip", ["-q", "-0", "-r", archive, "."], { cwd: place });
  }

  /** Adds a package that can be locked and installed, but not started. */
  async addEmpty(source: string, version: string): Promise<void> {
    const unpacked = mkdtempSync(join(tmpdir(), "drover-package-"));
    const program = `terraform-provider-${source.split("/").at(-1)}_v${version}`;
    writeFileSync(join(unpacked, program), `${source} ${version}\n`, { mode: 0o755 });
    await this.add(source, version, unpacked);
    rmSync(unpacked, { recursive: true });
  }

  async start(): Promise<void> {
    const certificate = await certificateOf(ADDRESS, this.folder);
    const server = createServer(certificate, ({ method, url = "" }, response) => {
      const path = join(this.folder, decodeURIComponent(url));
      const [, folder = "", version] = path.match(/^(.*)\/([^/]+)\.json$/) ?? [];
      if (path.endsWith(".zip") && existsSync(path)) {
        response.writeHead(200, { "content-type": "application/zip" });
        // Terraform asks for its size first.
        if (method === "HEAD") return response.end();
        this.downloaded.push(url.replace("/registry.terraform.io/", ""));
        createReadStream(path).pipe(response);
      } else if (version !== undefined && existsSync(folder)) {
        const answer = version === "index" ? index(folder) : archives(version);
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
      } else {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, ADDRESS, resolve));
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://${ADDRESS}:${this.port}/`;
  }

  /** Variables that make Terraform take providers from here alone, and trust the certificate. */
  get environment(): NodeJS.ProcessEnv {
    const file = join(this.folder, "terraform.rc");
    writeFileSync(file, `provider_installation {\n  network_mirror {\n    url = "${this.url}"\n  }\n}\n`);
    return { TF_CLI_CONFIG_FILE: file, SSL_CERT_FILE: join(this.folder, `${ADDRESS}.crt`) };
  }

  /** The packages that were downloaded since this was asked last. */
  takeDownloads(): string[] {
    return this.downloaded.splice(0).sort();
  }

  stop(): void {
    this.server?.close();
    this.server?.closeAllConnections();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function index(folder: string): object {
  const versions = readdirSync(folder).map((name) => [name.split("_")[0], {}]);
  return { versions: Object.fromEntries(versions) };
}

function archives(version: string): object {
  return { archives: { [MACHINE]: { url: `${version}_${MACHINE}.zip` } } };
}
