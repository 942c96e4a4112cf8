import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compiledCrates, type Measurement, median } from "../../bench/build/measurement";
import { checkOut, PROJECTS, SITUATIONS, type Situation } from "../../bench/build/projects";
import { aims, type Result, type Row, table, verdict } from "../../bench/build/report";
import { filesOf, JOBS, type Job, PULLED, VARIANTS } from "../../bench/build/variants";
import { stages } from "../support/dockerfile";
import { temporaryFolder } from "../support/folder";

const [SERVICE] = PROJECTS;
const [DROVER, CHEF] = VARIANTS;

function situation(name: string): Situation {
  return SITUATIONS.find((situation) => situation.name === name)!;
}

function measured(seconds: number, compiled: string[] = [], pulledBytes = 0): Measurement {
  return { seconds, compiled, pulledBytes, log: "" };
}

describe("compiledCrates", () => {
  it("reads BuildKit's log and Cargo's own output, and counts each time", () => {
    const log = [
      "#12 0.312    Compiling itoa v1.0.15",
      "#12 1.5     Checking serde v1.0.229",
      "#13 2.0    Compiling itoa v1.0.15",
      "   Compiling links v0.1.0 (/src)",
      "#14 3.1   Downloaded tokio v1.54.1",
      "#15 [dependencies 1/1] RUN echo Compiling nothing v1",
    ].join("\n");
    expect(compiledCrates(log)).toEqual(["itoa", "serde", "itoa", "links"]);
  });
});

describe("median", () => {
  it("is the run in the middle, with all its numbers", () => {
    expect(median([measured(9), measured(1, ["a"]), measured(0.5)])).toEqual(measured(1, ["a"]));
  });

  it("is of something", () => {
    expect(() => median([])).toThrow("nothing was measured");
  });
});

describe.each(PROJECTS)("project $name", (project) => {
  const checkout = (name: string) => {
    const folder = temporaryFolder();
    checkOut(project, situation(name), folder);
    return { folder, read: (path: string) => readFileSync(join(folder, path), "utf8") };
  };

  it("has a lock file, and no product of a build", () => {
    const { folder, read } = checkout("unchanged");
    for (const name of project.crates) expect(read("Cargo.lock")).toContain(`name = "${name}"`);
    expect(existsSync(join(folder, "target"))).toBe(false);
  });

  it.each([
    ["line", "src/main.rs", " at port {port}"],
    ["test", "tests/added.rs", "#[test]"],
    ["binary", "src/bin/added.rs", "fn main()"],
  ])("changes in the situation %s", (name, path, content) => {
    const { folder } = project.changing;
    expect(checkout(name).read(join(folder, path))).toContain(content);
    const before = checkout("unchanged").folder;
    const file = join(before, folder, path);
    expect(existsSync(file) && readFileSync(file, "utf8").includes(content)).toBe(false);
  });

  it("has another description, and the same lock file", () => {
    const { read } = checkout("metadata");
    expect(read("Cargo.toml")).toContain('description = "Something else"');
    expect(read("Cargo.lock")).toBe(checkout("unchanged").read("Cargo.lock"));
  });
});

describe.each(VARIANTS)("variant $name", (variant) => {
  const setting = {
    registry: "registry.example",
    builder: {
      builder: "registry.example/drover-builder:rust",
      runtime: "registry.example/drover-builder:runtime",
      "runtime-static": "registry.example/drover-builder:runtime-static",
      buildkit: "registry.example/drover-builder:buildkit",
      "sbom-scanner": "registry.example/drover-builder:sbom-scanner",
    },
  };

  it.each(Object.keys(JOBS) as Job[])("has a Dockerfile with all stages of the job %s", (job) => {
    const { Dockerfile, "Dockerfile.dockerignore": ignored } = filesOf(variant, job, SERVICE!, setting);
    expect(ignored).toBeDefined();
    const found = stages(Dockerfile!);
    const names = found.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(variant.jobs[job].map(({ target }) => target)));
    const base = found.find(({ name }) => name === PULLED)?.base;
    expect(names.includes(base!) || base?.startsWith("docker.io/")).toBe(true);
  });
});

describe("a report", () => {
  const row = (name: string, ours: Measurement, theirs: Measurement, floor?: Measurement): Row => ({
    situation: situation(name),
    floor,
    variants: { drover: ours, chef: theirs },
  });
  const result = (...rows: Row[]): Result => ({ project: SERVICE!, job: "image", rows });
  const variants = [DROVER!, CHEF!];
  const missed = (...rows: Row[]) =>
    aims(result(...rows), DROVER!, variants)
      .filter(({ isMet }) => !isMet)
      .map(({ text }) => text);

  it("shows seconds, their ratio to the bare machine, crates and megabytes", () => {
    const text = table(
      result(row("line", measured(12, ["links"], 250e6), measured(30, ["links", "itoa"], 4e5), measured(8))),
      variants,
    );
    for (const part of ["one line changed", "8.0 s", "12.0 s  ×1.5", "1 crate, 250 MB", "30.0 s  ×3.8", "0.4 MB"]) {
      expect(text).toContain(part);
    }
  });

  it("leaves out what was not measured", () => {
    const text = table(result({ situation: situation("pull"), variants: { drover: measured(3) } }), variants);
    expect(text).toMatch(/only pulling the cache +│ +– │ +3\.0 s │ +– │/);
  });

  it("is content with what meets every aim", () => {
    expect(
      missed(
        row("first", measured(100, ["itoa", "links"]), measured(95, ["itoa"])),
        row("pull", measured(5), measured(1)),
        // Half a second says nothing.
        row("unchanged", measured(0.8), measured(0.4)),
        row("line", measured(16, ["links"]), measured(20, ["links"]), measured(8, ["links"])),
        row("dependency", measured(50, ["hex", "itoa", "links"]), measured(50)),
      ),
    ).toEqual([]);
  });

  it("tells of a dependency that was compiled for nothing", () => {
    expect(missed(row("version", measured(10, ["itoa", "links"]), measured(20)))).toEqual([
      "version bumped: compiles no dependency (itoa)",
    ]);
  });

  it("tells of somebody who is faster by more than a tenth", () => {
    expect(missed(row("test", measured(12), measured(10)))).toEqual([
      "test file added: cargo-chef is at most 10 % faster (12.0 s against 10.0 s)",
    ]);
  });

  it("tells of a slow build of what has not changed, and of a line that takes too long", () => {
    expect(
      missed(
        row("pull", measured(5), measured(5)),
        row("unchanged", measured(3.2), measured(3.2)),
        row("line", measured(18), measured(18), measured(8)),
      ),
    ).toEqual([
      "unchanged: under 3 s (3.2 s)",
      "one line changed: within pulling + 1.5 × the bare machine (18.0 s against 17.0 s)",
    ]);
  });

  it("ends with what was missed", () => {
    const text = verdict([
      { text: "fast", isMet: true },
      { text: "small", isMet: false },
    ]);
    expect(text).toBe("missed: small\n1 of 2 aims are met");
  });
});
