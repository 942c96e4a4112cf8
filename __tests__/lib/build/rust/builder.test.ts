import fs, { readFileSync } from "node:fs";
import { join } from "node:path";
import { validate } from "dockerfile-utils";
import {
  BUILDER_TARGETS,
  type BuilderRecipeProps,
  builderDockerfile,
  builderImages,
  builderRecipe,
  DEBIAN,
} from "../../../../lib/build/rust/builder";
import type { RustSpec } from "../../../../lib/fleet/fleet";
import { sourcesOf, stages } from "../../../support/dockerfile";
import { ROOT } from "../../../support/program";

const rust = (version = "1.95.0", more: Partial<RustSpec> = {}): RustSpec => ({
  version,
  components: [],
  targets: [],
  ...more,
});
const recipe = (props: Partial<BuilderRecipeProps> = {}) => ({ rust: rust(), renewed: "2026-11-21", ...props });
const REPOSITORY = "registry.example/drover-builder";

afterEach(() => jest.restoreAllMocks());

describe("the recipe", () => {
  const all = stages(builderDockerfile(recipe()));
  const names = all.map(({ name }) => name);
  const stage = (name: string) => all.find((one) => one.name === name);

  it("has no fault that a linter finds", () => {
    expect(validate(builderDockerfile(recipe())).map(({ message }) => message)).toEqual([]);
  });

  it("has every target, and copies only from stages that stand above", () => {
    expect(names).toEqual(expect.arrayContaining([...BUILDER_TARGETS]));
    for (const [index, { instructions }] of all.entries()) {
      for (const from of instructions.flatMap(sourcesOf)) expect(names.slice(0, index)).toContain(from);
    }
  });

  it("needs no context: every file stands in it", () => {
    const copies = all.flatMap(({ instructions }) => instructions.filter(({ keyword }) => /COPY|ADD/.test(keyword)));
    for (const { flags, text } of copies) expect(flags.from !== undefined || text.startsWith("<<")).toBe(true);
  });

  it("holds the sources of our tools as they are, without their tests", () => {
    const text = builderDockerfile(recipe());
    const heredocs = [...text.matchAll(/^COPY <<'END_OF_FILE' \/src\/(\S+)\n([\s\S]*?)^END_OF_FILE$/gm)];
    expect(heredocs.map(([, path]) => path)).toEqual(
      expect.arrayContaining(["Cargo.toml", "Cargo.lock", "src/bin/drover-build/main.rs", "src/bin/drover-helper.rs"]),
    );
    for (const [, path = "", content = ""] of heredocs) {
      const source = readFileSync(join(ROOT, "lib/build/rust/tools", path), "utf8");
      expect(source.startsWith(content)).toBe(true);
      expect(content).not.toContain("#[cfg(test)]");
      expect(source.slice(content.length)).toMatch(/^(\n?#\[cfg\(test\)\]\n[\s\S]*)?$/);
    }
  });

  it("has no delimiter of a heredoc inside of one", () => {
    const lines = builderDockerfile(recipe()).split("\n");
    const opened = lines.filter((line) => line.includes("<<'END_OF_FILE'"));
    expect(lines.filter((line) => line === "END_OF_FILE")).toHaveLength(opened.length);
  });

  it("stands on one Debian release everywhere", () => {
    const bases = all.map(({ base }) => base).filter((base) => !names.includes(base));
    const debian: Record<string, string> = { trixie: "debian13" };
    for (const base of bases.filter((one) => !/moby|docker\/buildkit/.test(one))) {
      expect(base).toMatch(new RegExp(`${DEBIAN}|${debian[DEBIAN]}:nonroot$`));
    }
  });

  it("names a version of everything that it pulls or installs", () => {
    for (const { base } of all) if (!names.includes(base)) expect(base).not.toMatch(/:latest$|^[^:]+$/);
    for (const [, crate] of builderDockerfile(recipe()).matchAll(/cargo install ([a-z]\S*)/g)) {
      expect(crate).toMatch(/@\d+\.\d+\.\d+$/);
    }
  });

  it("has the Rust, components and targets of the platform, and no rustup in the builder", () => {
    const toolchain = rust("1.94.0", { components: ["rust-src"], targets: ["wasm32-unknown-unknown"] });
    const text = builderDockerfile(recipe({ rust: toolchain }));
    expect(text).toContain(`FROM docker.io/library/rust:1.94.0-slim-${DEBIAN} AS rust\n`);
    expect(text).toContain("rustup component add clippy rustfmt rust-src && rustup target add ");
    expect(text).toMatch(
      /rustup target add x86_64-unknown-linux-gnu x86_64-unknown-linux-musl wasm32-unknown-unknown\n/,
    );
    expect(text).toMatch(
      /DROVER_RUST=1\.94\.0 DROVER_COMPONENTS="rust-src" DROVER_TARGETS=".* wasm32-unknown-unknown"/,
    );
    expect(JSON.stringify(stage("builder"))).not.toContain("rustup");
  });

  it("gives every runtime the helper, and runs as nobody", () => {
    for (const name of ["runtime", "runtime-static"]) {
      expect(stage(name)?.base).toMatch(/:nonroot$/);
      expect(stage(name)?.instructions).toMatchObject([
        { keyword: "COPY", text: "/drover-helper /usr/local/bin/drover-helper", flags: { from: ["helper"] } },
      ]);
    }
  });
});

describe("the tags", () => {
  const tags = (props: Partial<BuilderRecipeProps> = {}) => Object.values(builderImages(REPOSITORY, recipe(props)));

  it("are one for each target, of one repository", () => {
    const images = builderImages(REPOSITORY, recipe());
    expect(Object.keys(images)).toEqual([...BUILDER_TARGETS]);
    expect(images.builder).toMatch(/^registry\.example\/drover-builder:rust-1\.95\.0-[0-9a-f]{12}$/);
    expect(images["runtime-static"]).toMatch(/^registry\.example\/drover-builder:runtime-static-[0-9a-f]{12}$/);
    expect(new Set(Object.values(images)).size).toBe(BUILDER_TARGETS.length);
    expect(new Set(Object.values(images).map((image) => image.slice(-12))).size).toBe(1);
  });

  it("are the same for the same recipe", () => {
    expect(tags()).toEqual(tags());
  });

  it.each<[string, Partial<BuilderRecipeProps>]>([
    ["the Rust version", { rust: rust("1.94.0") }],
    ["a component", { rust: rust("1.95.0", { components: ["rust-src"] }) }],
    ["a target", { rust: rust("1.95.0", { targets: ["wasm32-unknown-unknown"] }) }],
    ["the day of renewal", { renewed: "2026-12-21" }],
  ])("are all others with %s", (_, props) => {
    const before = tags();
    for (const tag of tags(props)) expect(before).not.toContain(tag);
  });

  it("are all others with the sources of our tools, but the same with their tests", () => {
    const before = tags();
    const read = fs.readFileSync;
    const change = (edit: (content: string) => string) =>
      jest.spyOn(fs, "readFileSync").mockImplementation((...args: Parameters<typeof read>) => {
        const content = String(read(...args));
        return String(args[0]).endsWith("drover-helper.rs") ? edit(content) : content;
      });
    change((content) => `${content}\n// More of the tests, which stand at the end.\n`);
    expect(tags()).toEqual(before);
    jest.restoreAllMocks();
    change((content) => `// A change.\n${content}`);
    for (const tag of tags()) expect(before).not.toContain(tag);
  });
});

it("is a recipe of the platform, called by its Rust", () => {
  const { file, dockerfile, tags } = builderRecipe(recipe({ rust: rust("1.94.0") }));
  expect(file).toBe("rust-1.94.0.Dockerfile");
  expect(dockerfile).toBe(builderDockerfile(recipe({ rust: rust("1.94.0") })));
  expect(Object.keys(tags)).toEqual([...BUILDER_TARGETS]);
});
