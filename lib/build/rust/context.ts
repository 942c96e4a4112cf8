import { IMAGE_FILES } from "./dockerfile";

/** What a Rust codebase is made of, in its root and in every crate below. */
const SEEN = [
  "Cargo.toml",
  "Cargo.lock",
  ".cargo",
  "rust-toolchain",
  "rust-toolchain.toml",
  "rustfmt.toml",
  ".rustfmt.toml",
  "clippy.toml",
  ".clippy.toml",
  ".config/nextest.toml",
  "src",
  "benches",
  "tests",
  "examples",
  "build.rs",
  ".sqlx",
  "proto",
  ...IMAGE_FILES,
  "README*",
  "LICENSE*",
];

/** What is never seen: products, other people's sources, history, credentials. */
const UNSEEN = ["target", "**/node_modules", "**/.git", "**/.cargo/credentials", "**/.cargo/credentials.toml"];

/**
 * The `.dockerignore` of a build: it sees only what is named. So a secret that lies about in a checkout stays out of
 * the build, and a change of anything else compiles nothing.
 *
 * @param further paths of the checkout that the build sees besides
 */
export function dockerignore(further: readonly string[]): string {
  const seen = [...SEEN.map((path) => `**/${path}`), ...further].map((path) => `!${path}`);
  return ["**", ...seen, ...UNSEEN].map((line) => `${line}\n`).join("");
}
