import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { rustDockerfile } from "../../../../lib/build/rust/dockerfile";
import { type Stage, stages } from "../../../support/dockerfile";
import { temporaryFolder } from "../../../support/folder";
import { itWith } from "../../../support/needs";

const all = stages(rustDockerfile());
const names = all.map(({ name }) => name);
const instructions = all.flatMap((stage) => stage.instructions);
const runs = instructions.filter(({ keyword }) => keyword === "RUN");
const stage = (name: string): Stage => all.find((candidate) => candidate.name === name) as Stage;

/** A stage and all that it stands on, the lowest first. */
function lineage(name: string): Stage[] {
  const own = all.find((candidate) => candidate.name === name);
  return own ? [...lineage(own.base), own] : [];
}

describe("stages", () => {
  it("has the two that the pipeline builds, the image last", () => {
    expect(names).toEqual(expect.arrayContaining(["checks", "image"]));
    expect(names.at(-1)).toBe("image");
  });

  it("copies only from stages that stand above", () => {
    for (const [index, { instructions }] of all.entries()) {
      for (const { text } of instructions) {
        for (const [, from] of text.matchAll(/--from=(\S+)/g)) expect(names.slice(0, index)).toContain(from);
      }
    }
  });

  it("needs no other image than the toolchain's and the runtime's", () => {
    const images = all.filter(({ base }) => !names.includes(base)).map(({ base }) => base);
    expect(images).toEqual([
      "public.ecr.aws/docker/library/rust:1.93.1-trixie",
      "gcr.io/distroless/cc-debian13:nonroot",
    ]);
  });

  it("compiles and runs on one Debian release, or the program would miss its glibc", () => {
    expect(stage("toolchain").base).toMatch(/-trixie$/); // Debian 13
    expect(stage("image").base).toMatch(/-debian13:/);
  });
});

describe("the checks", () => {
  const commands = stage("checks").instructions.map(({ text }) => text.replace("--network=none ", ""));

  it.each([
    ["format", "cargo fmt --all --check"],
    ["lints", "cargo clippy --locked --workspace --all-targets -- --deny warnings"],
    ["tests and doctests", "cargo test --locked --workspace"],
  ])("%s", (_, command) => {
    expect(commands).toContain(command);
  });

  it("has the tools that they need", () => {
    const below = lineage("checks").flatMap(({ instructions }) => instructions.map(({ text }) => text));
    expect(below).toContain("rustup component add clippy rustfmt");
  });

  it("do not stand below the image, which is made beside them", () => {
    expect(lineage("image").map(({ name }) => name)).not.toContain("checks");
    expect(JSON.stringify(stage("image"))).not.toContain("--from=checks");
  });
});

describe("what the codebase brings along", () => {
  it("has a network in no command but the one that fetches its dependencies", () => {
    const open = runs.filter(({ text }) => !text.startsWith("--network=none "));
    expect(open.map(({ text }) => text)).toEqual(["rustup component add clippy rustfmt", "cargo fetch --locked"]);
  });

  it("is not there yet when the tools are installed", () => {
    const [tools] = runs.filter(({ text }) => text.startsWith("rustup "));
    const below = lineage(tools?.stage ?? "").flatMap(({ instructions }) => instructions);
    expect(below.filter(({ keyword }) => keyword === "COPY" || keyword === "ADD")).toEqual([]);
  });

  it("is built from its lock file, always", () => {
    const cargo = runs.filter(({ text }) => /\bcargo (?!fmt)/.test(text));
    expect(cargo.length).toBeGreaterThanOrEqual(4);
    for (const { text } of cargo) expect(text).toContain(" --locked");
  });

  it("is given no secret", () => {
    expect(instructions.filter(({ text }) => /type=(secret|ssh)/.test(text))).toEqual([]);
    const given = instructions.filter(({ keyword }) => keyword === "ARG" || keyword === "ENV");
    expect(given.map(({ text }) => text)).toEqual(["RUSTUP_TOOLCHAIN=$RUST_VERSION"]);
  });

  it("gets nothing from elsewhere", () => {
    expect(instructions.filter(({ keyword, text }) => keyword === "ADD" || /https?:/.test(text))).toEqual([]);
  });
});

it("is built by the toolchain of its own image, whichever one the checkout names", () => {
  const texts = instructions.map(({ keyword, text }) => `${keyword} ${text}`);
  const chosen = texts.indexOf("ENV RUSTUP_TOOLCHAIN=$RUST_VERSION");
  expect(chosen).toBeGreaterThan(-1);
  expect(texts.findIndex((text) => text.startsWith("COPY"))).toBeGreaterThan(chosen);
});

describe("the image", () => {
  it("holds the programs and nothing else: no sources", () => {
    const copies = stage("image").instructions.filter(({ keyword }) => !["ENTRYPOINT", "USER"].includes(keyword));
    expect(copies).toEqual([{ keyword: "COPY", text: "--from=release /out/ /usr/local/bin/", stage: "image" }]);
  });

  it("does not run as root", () => {
    const users = stage("image").instructions.filter(({ keyword }) => keyword === "USER");
    expect(users.map(({ text }) => text)).toEqual(["65532:65532"]);
  });

  it("starts the program by a name that does not depend on the codebase", () => {
    expect(stage("image").instructions.at(-1)).toMatchObject({
      keyword: "ENTRYPOINT",
      text: '["/usr/local/bin/app"]',
    });
  });
});

describe("the programs of a release build", () => {
  const script = stage("release")
    .instructions.map(({ text }) => text)
    .find((text) => text.includes("/out"))
    ?.replace("--network=none ", "") as string;

  /** Runs what collects the programs on a release build that made the given files; those with a slash are executable. */
  function collect(...files: string[]) {
    const folder = temporaryFolder();
    const out = join(folder, "out");
    mkdirSync(join(folder, "target/release/deps"), { recursive: true });
    mkdirSync(join(folder, "target/release/build/x"), { recursive: true });
    for (const file of ["podcore.d", "deps/podcore-0a1b", "build/x/build-script-build", ...files]) {
      const path = join(folder, "target/release", file);
      writeFileSync(path, file);
      chmodSync(path, file.endsWith(".d") ? 0o644 : 0o755);
    }
    const { status, stdout } = spawnSync("sh", ["-c", script.replaceAll("/out", out)], { cwd: folder });
    return { status, output: stdout.toString(), out };
  }

  itWith(["sh", "find"], "one: it is the app, under its own name too", () => {
    const { status, out } = collect("podcore");
    expect(status).toBe(0);
    expect(readdirSync(out).sort()).toEqual(["app", "podcore"]);
    expect(basename(realpathSync(join(out, "app")))).toBe(basename(realpathSync(join(out, "podcore"))));
    expect(execFileSync("cat", [join(out, "app")]).toString()).toBe("podcore");
  });

  itWith(["sh", "find"], "one that is called app", () => {
    const { status, out } = collect("app");
    expect(status).toBe(0);
    expect(readdirSync(out)).toEqual(["app"]);
  });

  itWith(["sh", "find"], "several: each under its own name, and none of them is the app", () => {
    const { status, out } = collect("api", "web");
    expect(status).toBe(0);
    expect(readdirSync(out).sort()).toEqual(["api", "web"]);
  });

  itWith(["sh", "find"], "libraries are no programs", () => {
    const { status, out } = collect("podcore", "libpodcore.so");
    expect(status).toBe(0);
    expect(readdirSync(out)).not.toContain("libpodcore.so");
  });

  itWith(["sh", "find"], "none: the build fails, and says what to do", () => {
    const { status, output } = collect();
    expect(status).not.toBe(0);
    expect(output).toContain("this package has no binary: add src/main.rs or a [[bin]]");
  });
});

describe("options", () => {
  it("toolchainImage", () => {
    const [toolchain] = stages(rustDockerfile({ toolchainImage: "registry.example/rust:1" }));
    expect(toolchain).toMatchObject({ name: "toolchain", base: "registry.example/rust:1" });
  });

  it("runtimeImage", () => {
    const image = stages(rustDockerfile({ runtimeImage: "registry.example/base:1" })).at(-1);
    expect(image).toMatchObject({ name: "image", base: "registry.example/base:1" });
  });
});
