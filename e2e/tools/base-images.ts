import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BuildMachine } from "./build-machine";
import { TOOLS_FOLDER } from "./folder";
import { type MachineSettings, machineSettings } from "./machine-settings";
import { runOrFail } from "./process";
import { layOutRust, muslTarget, type RustToolchain, rustToolchain } from "./rust-toolchain";

/** Debian's release in all images. */
const DEBIAN = "trixie";

/** Images for which a small one stands, by the targets of their Dockerfile. */
const STAND_INS = [
  { repository: "moby/buildkit", tag: "v0.26.1", target: "placeholder" },
  { repository: "docker/buildkit-syft-scanner", tag: "1.9.0", target: "scanner" },
] as const;

/** The Dockerfile of the stand-ins, and what it needs. */
const SOURCES = join(TOOLS_FOLDER, "base-images");

/** The Rust in the stand-in of the official image. */
export interface RustImage {
  /** Such as "1.95.0": the image is `docker.io/library/rust:<version>-slim-trixie`. */
  readonly version: string;
  /** Whether it has the target x86_64-unknown-linux-musl, which is downloaded. */
  readonly musl: boolean;
}

/**
 * Fills a machine's registry with stand-ins of the public base images, under their names. They are made once (two to
 * three minutes on two cores) and kept in the cache folder.
 */
export async function provideBaseImages(machine: BuildMachine): Promise<RustImage> {
  const settings = machineSettings();
  const sources = readdirSync(SOURCES).map((name) => readFileSync(join(SOURCES, name), "utf8"));
  const madeFrom = { sources, ...(await provideDebian(machine, settings)) };
  for (const image of ["static", "cc"]) {
    const repository = `distroless/${image}-debian13`;
    await provide(machine, repository, "nonroot", { target: image, madeFrom });
  }
  for (const { repository, tag, target } of STAND_INS) await provide(machine, repository, tag, { target, madeFrom });
  return provideRust(machine, rustToolchain(), madeFrom);
}

/** Fills a machine's registry with the stand-in of Debian's image alone. */
export async function provideDebianImage(machine: BuildMachine): Promise<void> {
  await provideDebian(machine, machineSettings());
}

/**
 * Debian as the slim image has it: without documentation, and without certificates of authorities.
 *
 * @returns what it is made from
 */
async function provideDebian(machine: BuildMachine, settings: MachineSettings): Promise<object> {
  const madeFrom = { debian: DEBIAN, apt: APT_KEEPS_NOTHING, settings: hashOf(settings) };
  await machine.registry.cachedImages("library/debian", madeFrom, () =>
    machine.inFolder("debian", async (folder) => {
      const root = join(folder, "root");
      await runOrFail("debootstrap", ["--variant=minbase", DEBIAN, root, settings.debianMirror]);
      for (const path of ["var/cache/apt", "var/lib/apt/lists", "var/log", ...SLIMMED]) emptyFolder(join(root, path));
      configure(root, settings);
      await pack(root, join(folder, "root.tar"));
      const proxies = Object.entries(settings.proxies).map(([name, value]) => `ENV ${name}=${JSON.stringify(value)}\n`);
      const dockerfile = `FROM scratch\nADD root.tar /\n${proxies.join("")}CMD ["bash"]\n`;
      writeFileSync(join(folder, "Dockerfile"), dockerfile);
      await machine.build({ context: folder, image: machine.image("library/debian", `${DEBIAN}-slim`) });
    }),
  );
  return madeFrom;
}

/** @see https://github.com/debuerreotype/debuerreotype/blob/master/scripts/.slimify-excludes */
const SLIMMED = ["usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/lintian"];

/**
 * What is downloaded is forgotten once it is installed, as in the official image.
 *
 * @see https://github.com/debuerreotype/debuerreotype/blob/master/scripts/debuerreotype-minimizing-config
 */
const APT_KEEPS_NOTHING = `DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
`;

/** Certificates count only after the package ca-certificates was installed, as in the real image. */
function configure(root: string, { apt, certificates, cargo }: MachineSettings): void {
  mkdirSync(join(root, "usr/local/share/ca-certificates"), { recursive: true });
  writeFileSync(join(root, "usr/local/share/ca-certificates/machine.crt"), certificates);
  writeFileSync(join(root, "etc/apt/apt.conf.d/90machine"), `${apt}\n`);
  writeFileSync(join(root, "etc/apt/apt.conf.d/docker-clean"), APT_KEEPS_NOTHING);
  if (cargo === undefined) return;
  mkdirSync(join(root, "usr/local/cargo"), { recursive: true });
  writeFileSync(join(root, "usr/local/cargo/config.toml"), cargo);
}

async function provideRust(machine: BuildMachine, toolchain: RustToolchain, madeFrom: object): Promise<RustImage> {
  const musl = await muslTarget(toolchain);
  const image = { version: toolchain.version, musl: musl !== undefined };
  const tag = `${toolchain.version}-slim-${DEBIAN}`;
  await provide(machine, "library/rust", tag, {
    target: "rust",
    madeFrom: { madeFrom, image },
    buildArgs: { RUST_VERSION: toolchain.version },
    prepare: async (context) => {
      const root = join(context, "root");
      await layOutRust(toolchain, musl, root);
      await pack(root, join(context, "rust.tar"));
      rmSync(root, { recursive: true });
    },
  });
  return image;
}

interface Recipe {
  /** Stage of the Dockerfile. */
  readonly target: string;
  readonly madeFrom: object;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Adds files to the context. */
  readonly prepare?: (context: string) => Promise<void>;
}

async function provide(machine: BuildMachine, repository: string, tag: string, recipe: Recipe): Promise<void> {
  const { target, madeFrom, buildArgs, prepare } = recipe;
  await machine.registry.cachedImages(repository, { madeFrom, tag, target, buildArgs }, () =>
    machine.inFolder(target, async (context) => {
      cpSync(SOURCES, context, { recursive: true });
      await prepare?.(context);
      await machine.build({ context, target, buildArgs, image: machine.image(repository, tag) });
    }),
  );
}

/** A tar keeps owners, which a build's context doesn't. */
async function pack(root: string, file: string): Promise<void> {
  await runOrFail("tar", ["--create", "--numeric-owner", "--file", file, "--directory", root, "."]);
}

function emptyFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
}

function hashOf(value: object): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
