import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { cached } from "./cache";
import { runOrFail } from "./process";

/** ECR in an account of nobody's: builds and clusters that name it reach the machine's own registry. */
export const ECR_HOST = "111122223333.dkr.ecr.eu-central-1.amazonaws.com";

/** Where the registry's program keeps its files, below its root folder. */
const STORAGE = "docker/registry/v2";

/** How compressed data begins. */
const GZIP = 0x1f8b;
const ZSTD = 0x28b52ffd;

/** An image, or a cache that looks like one. */
export interface StoredImage {
  /** What its tag points to: an index where it has attestations, a manifest otherwise. */
  readonly digest: string;
  /** What is run: user, entry point, environment, labels. */
  readonly config: ImageConfig;
  /** The layers' digests, lowest first. */
  readonly layers: readonly string[];
}

/** @see https://github.com/opencontainers/image-spec/blob/main/config.md */
export interface ImageConfig {
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

/** A request that the registry has answered. */
export interface RegistryRequest {
  readonly method: string;
  readonly repository: string;
  readonly kind: "blobs" | "manifests";
  /** A digest, or a manifest's tag. */
  readonly reference: string;
  readonly status: number;
  /** Size of the answer. */
  readonly bytes: number;
}

/** A manifest, and equally an index of manifests. */
interface Manifest {
  readonly mediaType?: string;
  readonly manifests?: readonly { digest: string; platform?: { os: string; architecture: string } }[];
  readonly config?: { digest: string };
  readonly layers?: readonly { digest: string }[];
}

/**
 * The image registry of a build machine or a cluster, seen through its files: nothing that is asked here appears in its log, and
 * no cache of a client is in between.
 */
export class Registry {
  /**
   * @param address host and port, as image references have it
   * @param root the root folder of the registry's storage
   * @param log what the registry's program prints
   */
  constructor(
    readonly address: string,
    readonly root: string,
    private readonly log: string,
  ) {}

  /** A repository's tags, sorted; none when nothing was ever pushed to it. */
  tags(repository: string): string[] {
    return entriesOf(join(this.folderOf(repository), "_manifests/tags"));
  }

  /** The digest that a tag points to, or nothing. */
  digest(repository: string, tag: string): string | undefined {
    const link = join(this.folderOf(repository), "_manifests/tags", tag, "current/link");
    return existsSync(link) ? readFileSync(link, "utf8") : undefined;
  }

  /** The content of a tag's or digest's manifest or index, as it was pushed. */
  manifest(repository: string, reference: string): Manifest {
    const digest = reference.startsWith("sha256:") ? reference : this.digest(repository, reference);
    if (digest === undefined) throw new Error(`the registry has no ${repository}:${reference}`);
    return JSON.parse(readFileSync(this.blob(digest), "utf8"));
  }

  /** An image by its tag or digest; of several platforms, that of this machine. */
  image(repository: string, reference: string): StoredImage {
    const top = this.manifest(repository, reference);
    // Attestations stand beside the image, for a platform "unknown".
    const platform = top.manifests?.find((each) => each.platform?.os === "linux");
    const manifest = platform === undefined ? top : this.manifest(repository, platform.digest);
    if (manifest.config === undefined) throw new Error(`${repository}:${reference} is no image for Linux`);
    const digest = reference.startsWith("sha256:") ? reference : this.digest(repository, reference)!;
    const config = JSON.parse(readFileSync(this.blob(manifest.config.digest), "utf8")).config ?? {};
    return { digest, config, layers: (manifest.layers ?? []).map((layer) => layer.digest) };
  }

  /** The file that holds a blob: a manifest, a configuration, or a layer, mostly compressed. */
  blob(digest: string): string {
    return join(this.root, STORAGE, blobPath(digest));
  }

  /** The digests of a repository's layers, configurations and manifests that contain a text, compressed or not. */
  blobsWith(text: string, repository: string): string[] {
    return blobsOf(this.folderOf(repository)).filter((digest) => {
      return uncompressed(readFileSync(this.blob(digest))).includes(text);
    });
  }

  /** Lays an image's files out in an empty folder, with their owners and rights. */
  async unpack(repository: string, reference: string, folder: string): Promise<StoredImage> {
    const image = this.image(repository, reference);
    mkdirSync(folder, { recursive: true });
    // Every user of the image has to get in, and temporary folders are closed to others.
    chmodSync(folder, 0o755);
    for (const layer of image.layers) await applyLayer(this.blob(layer), folder);
    return image;
  }

  /**
   * Adds an image that holds static programs and nothing else, and returns its digest.
   * @param program the path of the program, which is the image's entry point under its own name
   * @param others paths of further programs, by their absolute paths in the image
   */
  async addProgram(
    repository: string,
    tag: string,
    program: string,
    others: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const layer = await layerOf({ [`/${basename(program)}`]: program, ...others });
    const platform = { architecture: process.arch === "arm64" ? "arm64" : "amd64", os: "linux" };
    const config = JSON.stringify({
      ...platform,
      config: { User: "65532:65532", Entrypoint: [`/${basename(program)}`] },
      rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
    });
    const blobs = { config: Buffer.from(config), layer };
    for (const blob of Object.values(blobs)) this.addBlob(repository, "_layers", blob);
    const manifest = Buffer.from(JSON.stringify(manifestOf(blobs)));
    const digest = this.addBlob(repository, "_manifests/revisions", manifest);
    const folder = join(this.folderOf(repository), "_manifests/tags", tag);
    writeLink(join(folder, "current/link"), digest);
    writeLink(join(folder, "index", linkPath(digest)), digest);
    return digest;
  }

  /** Gives an image of one repository to another one, under a tag of its own there. */
  copyImage(from: { repository: string; tag: string }, to: { repository: string; tag: string }): void {
    for (const kind of ["_layers", "_manifests/revisions"]) {
      cpSync(join(this.folderOf(from.repository), kind), join(this.folderOf(to.repository), kind), { recursive: true });
    }
    const tag = ({ repository, tag }: typeof from) => join(this.folderOf(repository), "_manifests/tags", tag);
    cpSync(tag(from), tag(to), { recursive: true });
  }

  /** Forgets all that was pushed to a repository. */
  emptyRepository(repository: string): void {
    rmSync(this.folderOf(repository), { recursive: true, force: true });
  }

  /** Remembers what a repository holds; the function that is returned brings it back. */
  remember(repository: string): () => void {
    const kept = mkdtempSync(join(dirname(this.root), "remembered-"));
    cpSync(this.folderOf(repository), kept, { recursive: true });
    return () => {
      this.emptyRepository(repository);
      cpSync(kept, this.folderOf(repository), { recursive: true });
    };
  }

  /** What manifests and blobs the registry was asked for, and given, since it was started. */
  requests(): RegistryRequest[] {
    const line = /"(\S+) \/v2\/(\S+)\/(blobs|manifests)\/([^\s?]+)\S* HTTP\/[\d.]+" (\d+) (\d+)/g;
    return [...readFileSync(this.log, "utf8").matchAll(line)].map(
      ([, method = "", repository = "", kind, reference = "", status, bytes]) => ({
        method,
        repository,
        kind: kind as RegistryRequest["kind"],
        reference,
        status: Number(status),
        bytes: Number(bytes),
      }),
    );
  }

  /** Does something, and counts the bytes of blobs that are pulled meanwhile. */
  async pulledBytes(action: () => Promise<unknown>): Promise<number> {
    const before = this.requests().length;
    await action();
    const pulls = this.requests()
      .slice(before)
      .filter(({ method, kind, status }) => method === "GET" && kind === "blobs" && status < 300);
    return pulls.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Fills a repository, with all its tags, from the cache folder; it is built and pushed only when it isn't there.
   * @param madeFrom everything that decides the images' content
   * @param build pushes them to the repository
   */
  async cachedImages(repository: string, madeFrom: object, build: () => Promise<unknown>): Promise<void> {
    const name = `images-${repository.replaceAll("/", "-")}`;
    const entry = await cached(name, madeFrom, async (folder) => {
      this.emptyRepository(repository);
      await build();
      copyRepository(repository, this.root, folder);
    });
    this.emptyRepository(repository);
    copyRepository(repository, entry, this.root);
  }

  /** The folder that holds a folder for each repository. */
  get repositories(): string {
    return join(this.root, STORAGE, "repositories");
  }

  private addBlob(repository: string, kind: string, content: Buffer): string {
    const digest = digestOf(content);
    const file = this.blob(digest);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    writeLink(join(this.folderOf(repository), kind, linkPath(digest)), digest);
    return digest;
  }

  private folderOf(repository: string): string {
    return join(this.repositories, repository);
  }
}

/** @see https://github.com/opencontainers/image-spec/blob/main/manifest.md */
function manifestOf({ config, layer }: { config: Buffer; layer: Buffer }): object {
  const type = "application/vnd.oci.image";
  const describe = (content: Buffer, mediaType: string) => ({
    mediaType: `${type}.${mediaType}`,
    digest: digestOf(content),
    size: content.length,
  });
  return {
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config: describe(config, "config.v1+json"),
    layers: [describe(layer, "layer.v1.tar")],
  };
}

/** A layer with one program in its root, the same bytes for the same program. */
async function layerOf(programs: Readonly<Record<string, string>>): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "drover-layer-"));
  try {
    const layer = join(folder, "layer.tar");
    const root = join(folder, "root");
    for (const [path, program] of Object.entries(programs)) cpSync(program, join(root, path));
    const same = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=0755"];
    await runOrFail("tar", ["--create", "--file", layer, ...same, "--directory", root, "."]);
    return readFileSync(layer);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeLink(file: string, digest: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, digest);
}

function linkPath(digest: string): string {
  return join(digest.replace(":", "/"), "link");
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** The configuration file of a registry's program; several may serve the same folder. */
export function registryConfiguration(address: string, root: string): string {
  return `version: 0.1
log: { level: error, accesslog: { disabled: false } }
storage: { filesystem: { rootdirectory: ${root} } }
http: { addr: "${address}" }
`;
}

/** Copies a repository and its blobs from one registry's storage to another's. */
function copyRepository(repository: string, from: string, to: string): void {
  const folder = join(STORAGE, "repositories", repository);
  cpSync(join(from, folder), join(to, folder), { recursive: true, filter: (path) => !path.endsWith("/_uploads") });
  for (const digest of blobsOf(join(from, folder))) {
    const blob = join(STORAGE, blobPath(digest));
    linkOrCopy(join(from, blob), join(to, blob));
  }
}

/** The digests of all that a repository's folder links to. */
function blobsOf(folder: string): string[] {
  const links = ["_layers/sha256", "_manifests/revisions/sha256"].flatMap((kind) => entriesOf(join(folder, kind)));
  return links.map((hex) => `sha256:${hex}`);
}

/** Blobs never change, so one file can be in several registries. */
function linkOrCopy(from: string, to: string): void {
  if (existsSync(to)) return;
  mkdirSync(dirname(to), { recursive: true });
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    cpSync(from, to);
  }
}

function blobPath(digest: string): string {
  const hex = digest.replace("sha256:", "");
  return join("blobs/sha256", hex.slice(0, 2), hex, "data");
}

function entriesOf(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

function uncompressed(blob: Buffer): Buffer {
  if (blob.length < 4) return blob;
  if (blob.readUInt16BE(0) === GZIP) return gunzipSync(blob);
  if (blob.readUInt32BE(0) !== ZSTD) return blob;
  const { status, stdout } = spawnSync("zstd", ["--decompress", "--stdout"], { input: blob, maxBuffer: 2 ** 31 });
  if (status !== 0) throw new Error("zstd can't decompress a layer");
  return stdout;
}

/**
 * Unpacks a layer over those below it. A file `.wh.NAME` in it says that NAME of the layers below is gone, and
 * `.wh..wh..opq` that all that is in its folder is.
 * @see https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
 */
async function applyLayer(layer: string, folder: string): Promise<void> {
  const names = (await runOrFail("tar", ["--list", "--file", layer])).split("\n");
  for (const name of names.filter((each) => each.includes(".wh."))) {
    const gone = join(folder, name.replace(/\.wh\.\.wh\.\.opq$/, "").replace(/\.wh\.([^/]*)$/, "$1"));
    rmSync(gone, { recursive: true, force: true });
  }
  const rights = ["--numeric-owner", "--preserve-permissions", "--exclude=.wh.*"];
  await runOrFail("tar", ["--extract", "--file", layer, "--directory", folder, ...rights]);
}
