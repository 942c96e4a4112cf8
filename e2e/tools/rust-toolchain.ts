import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../__tests__/support/program";
import { cached } from "./cache";
import type { Need } from "./needs";
import { runOrFail, versionOf } from "./process";

/** The target of static binaries. */
const MUSL = "x86_64-unknown-linux-musl";

/** What an image with Rust doesn't need: as rustup's profile "minimal", but for clippy and rustfmt. */
const LEFT_OUT = ["share/doc", "share/man", "share/zsh", "etc/bash_completion.d", "lib/rustlib/src"];

/** A toolchain that rustup has installed on this machine. */
export interface RustToolchain {
  /** Such as "1.95.0". */
  readonly version: string;
  /** Its name in the image, where it is called by its version. */
  readonly name: string;
  /** Where it lies on this machine. */
  readonly folder: string;
}

/** Rust, with clippy and rustfmt, installed by rustup: images with Rust are made from it. */
export const rust: Need = {
  name: "Rust with clippy and rustfmt, installed by rustup",
  howToGet: () => (findToolchain() && findProgram("rustup") ? undefined : "install it: https://rustup.rs"),
};

/** The machine's own toolchain. */
export function rustToolchain(): RustToolchain {
  const toolchain = findToolchain();
  if (toolchain === undefined) throw new Error("this machine has no Rust with clippy and rustfmt from rustup");
  return toolchain;
}

function findToolchain(): RustToolchain | undefined {
  const rustc = findProgram("rustc");
  const folder = rustc && versionOf(rustc, "--print", "sysroot");
  const facts = rustc && versionOf(rustc, "--version", "--verbose");
  if (!folder || !facts) return undefined;
  const version = facts.match(/^release: (.*)$/m)?.[1];
  const host = facts.match(/^host: (.*)$/m)?.[1];
  const isComplete = ["bin/cargo-clippy", "bin/rustfmt", "lib/rustlib/multirust-channel-manifest.toml"].every((file) =>
    existsSync(join(folder, file)),
  );
  return isComplete ? { version: version!, name: `${version}-${host}`, folder } : undefined;
}

/**
 * The standard library of the static target, with the notes that rustup keeps on what is installed: a folder to be
 * laid over `lib/rustlib`, or nothing where it can't be downloaded. The machine's own toolchain stays as it is.
 */
export async function muslTarget(toolchain: RustToolchain): Promise<string | undefined> {
  const madeFrom = { rust: toolchain.name, target: MUSL };
  return cached("rust-musl", madeFrom, (folder) => downloadMusl(toolchain, folder)).catch(() => undefined);
}

/** To rustup its notes are the toolchain: with them alone in a home of its own it adds a target as to the whole. */
async function downloadMusl({ name, folder }: RustToolchain, home: string): Promise<void> {
  const notes = join(home, "toolchains", name, "lib/rustlib");
  mkdirSync(notes, { recursive: true });
  const files = readdirSync(join(folder, "lib/rustlib"), { withFileTypes: true }).filter((entry) => entry.isFile());
  for (const file of files) cpSync(join(folder, "lib/rustlib", file.name), join(notes, file.name));
  const env = { ...process.env, RUSTUP_HOME: home, RUSTUP_TOOLCHAIN: undefined };
  await runOrFail("rustup", ["target", "add", "--toolchain", name, MUSL], { env, minutes: 5 });
  rmSync(join(home, "downloads"), { recursive: true, force: true });
}

/**
 * Lays out a file tree as the official image has it: rustup, its proxies and one toolchain, called by its version.
 * @param root an empty folder, for `/`
 * @param musl what {@link muslTarget} has returned
 */
export async function layOutRust(toolchain: RustToolchain, musl: string | undefined, root: string): Promise<void> {
  const home = join(root, "usr/local/rustup");
  const target = join(home, "toolchains", toolchain.name);
  const left = LEFT_OUT.map((path) => join(toolchain.folder, path));
  const options = { recursive: true, verbatimSymlinks: true };
  cpSync(toolchain.folder, target, { ...options, filter: (path) => !left.includes(path) });
  if (musl !== undefined) {
    cpSync(join(musl, "toolchains", toolchain.name, "lib/rustlib"), join(target, "lib/rustlib"), options);
  }
  const settings = `version = "12"\ndefault_toolchain = "${toolchain.name}"\nprofile = "minimal"\n\n[overrides]\n`;
  writeFileSync(join(home, "settings.toml"), settings);

  const programs = join(root, "usr/local/cargo/bin");
  mkdirSync(programs, { recursive: true });
  cpSync(findProgram("rustup")!, join(programs, "rustup"), { dereference: true });
  for (const proxy of ["cargo", "cargo-clippy", "cargo-fmt", "clippy-driver", "rustc", "rustdoc", "rustfmt"]) {
    await runOrFail("ln", ["--symbolic", "rustup", join(programs, proxy)]);
  }
  // As in the official image, where any user may add to it.
  await runOrFail("chmod", ["--recursive", "a+w", home, join(root, "usr/local/cargo")]);
}
