import { dockerignore } from "../../../../lib/build/rust/context";

/**
 * Whether a build sees a path: the last line that matches it or a folder above decides.
 *
 * @see https://docs.docker.com/build/concepts/context/#syntax
 */
function sees(path: string, further: readonly string[] = []): boolean {
  const parts = path.split("/");
  const paths = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  const lines = dockerignore(further).split("\n").filter(Boolean);
  const last = lines.findLast((line) => paths.some((one) => pattern(line.replace("!", "")).test(one)));
  return last?.startsWith("!") ?? true;
}

function pattern(line: string): RegExp {
  const wildcards: Record<string, string> = { "**/": "(.*/)?", "**": ".*", "*": "[^/]*", ".": "\\." };
  return new RegExp(`^${line.replace(/\*\*\/|\*\*|\*|\./g, (wildcard) => wildcards[wildcard] as string)}$`);
}

it.each([
  "Cargo.toml",
  "Cargo.lock",
  ".cargo/config.toml",
  "rust-toolchain",
  "rust-toolchain.toml",
  "rustfmt.toml",
  ".rustfmt.toml",
  "clippy.toml",
  ".clippy.toml",
  ".config/nextest.toml",
  "src/main.rs",
  "src/bin/worker/main.rs",
  "benches/load.rs",
  "tests/api.rs",
  "tests/data/answer.json",
  "examples/client.rs",
  "build.rs",
  "migrations/0001_first.sql",
  ".sqlx/query-0a1b.json",
  "assets/logo.svg",
  "templates/index.html",
  "proto/podcore.proto",
  "README.md",
  "LICENSE-MIT",
])("a build sees %s, in the root and in a crate below", (path) => {
  expect(sees(path)).toBe(true);
  expect(sees(`crates/podcore-api/${path}`)).toBe(true);
});

it.each([
  ".env",
  "secrets/key.pem",
  "id_rsa",
  ".git/config",
  ".github/workflows/ci.yaml",
  ".config/gh/hosts.yml",
  "Dockerfile",
  "docker-compose.yaml",
  "notes.txt",
  "data/list.txt",
  "crates/podcore-api/.env",
])("a build does not see %s", (path) => {
  expect(sees(path)).toBe(false);
});

it.each([
  ["products", "target/package/podcore-0.1.0/src/main.rs"],
  ["other people's sources", "web/node_modules/thing/src/index.js"],
  ["history", "src/.git/config"],
  ["history of a submodule", "vendor/thing/.git/config"],
  ["credentials of a registry", ".cargo/credentials.toml"],
  ["credentials of a registry, in their old place", "crates/podcore-api/.cargo/credentials"],
])("a build never sees %s, wherever they lie", (_, path) => {
  expect(sees(path)).toBe(false);
  expect(sees(path, ["src", "web", ".cargo", "vendor"])).toBe(false);
});

it("a module may be called target", () => {
  expect(sees("src/target/mod.rs")).toBe(true);
});

it("a build sees what the entry adds", () => {
  const further = ["data", "config/*.toml", "schemas/**/*.json"];
  for (const path of ["data/list.txt", "config/default.toml", "schemas/a/b/c.json"]) {
    expect(sees(path)).toBe(false);
    expect(sees(path, further)).toBe(true);
  }
  for (const path of ["config/key.pem", "other/data.txt", ".env"]) expect(sees(path, further)).toBe(false);
});

it("leaves out everything first, and takes nothing in after the last line that leaves out", () => {
  const lines = dockerignore(["data"]).trimEnd().split("\n");
  expect(lines[0]).toBe("**");
  const kinds = lines.slice(1).map((line) => line.startsWith("!"));
  expect(kinds.lastIndexOf(true)).toBeLessThan(kinds.indexOf(false));
});
