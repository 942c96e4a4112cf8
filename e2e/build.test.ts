import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type FixtureOptions, Pipeline, type PipelineRun, testTools } from "./build/pipeline";
import { BUILD_MACHINE, type BuildMachine, startBuildMachine } from "./tools/build-machine";
import { describeWith } from "./tools/needs";
import { type RunImageOptions, RunningImage } from "./tools/run-image";

describeWith(BUILD_MACHINE, "builds", () => {
  let machine: BuildMachine;
  let pipeline: Pipeline;

  beforeAll(async () => {
    const started = await startBuildMachine();
    machine = started.machine;
    pipeline = new Pipeline(machine, started.rust.version);
    await pipeline.makeBuilder();
  }, 60 * 60_000); // the builder's tools are compiled once, a quarter of an hour on two cores

  afterAll(() => machine?.stop());

  test("the tools of the build pass their own checks", async () => {
    await machine.inFolder("tools", async (folder) => {
      expect(await testTools(folder)).toContain("test result: ok");
    });
  });

  describe("a web service", () => {
    let built: PipelineRun;

    test("is built, pushed once by its commit, and its pin is printed", async () => {
      built = await green("web");
      expect(machine.registry.tags("web")).toEqual([built.commit]);
      const digest = machine.registry.digest("web", built.commit);
      expect(built.output).toContain(`"web": { "tag": "${built.commit}", "digest": "${digest}" }`);
      expect(built.output).toContain("npx cdktf deploy web-production");
      expect(built.output).toMatch(/build: \d+ s, about \$\d/);
      expect(built.reports["tests.xml"]).toMatch(/<testsuites name="nextest-run" tests="\d+" failures="0"/);
      expect(Object.keys(built.reports).sort()).toEqual(expect.arrayContaining(["clippy.xml", "rustfmt.xml"]));
    });

    test("answers, as somebody who is not root, on a root that nobody can write", async () => {
      const answer = await answerOf("web", built.commit);
      expect(JSON.parse(answer)).toMatchObject({ user: 65532, writable: ["/tmp"] });
    });

    test("has its labels, and no compiler, no shell and no source", async () => {
      await machine.inFolder("look", async (folder) => {
        const { config } = await machine.registry.unpack("web", built.commit, folder);
        expect((config as { Labels?: object }).Labels).toMatchObject({
          "org.opencontainers.image.source": "https://github.com/acme/web",
          "org.opencontainers.image.revision": built.commit,
          "org.opencontainers.image.version": built.commit,
        });
        expect(config.User).toBe("65532:65532");
        expect(readdirSync(join(folder, "usr/local/bin")).sort()).toEqual(["app", "drover-helper", "web"]);
        for (const path of ["bin/sh", "bin/bash", "usr/bin/cc", "usr/local/rust", "src", "app/src"]) {
          expect(existsSync(join(folder, path))).toBe(false);
        }
        expect(existsSync(join(folder, "etc/ssl/certs/ca-certificates.crt"))).toBe(true);
      });
    });

    test("compiles no dependency for a new version, test, binary or description, on a fresh host", async () => {
      await machine.becomeFresh();
      const { output } = await green("web", {}, (checkout) => {
        edit(checkout, "Cargo.toml", (text) =>
          text.replace(/^version = .*$/m, 'version = "9.9.9"\ndescription = "New"'),
        );
        edit(checkout, "Cargo.lock", (text) => text.replace(/(name = "web"\nversion = )".*"/, '$1"9.9.9"'));
        writeFileSync(join(checkout, "tests/new.rs"), "#[test]\nfn is_new() {}\n");
        edit(checkout, "src/main.rs", (text) => `${text}\n// A line more.\n`);
      });
      const compiled = [...output.matchAll(/^#\d+ [\d.]+ +(?:Compiling|Checking) (\S+)/gm)].map(([, name]) => name);
      expect(new Set(compiled)).toEqual(new Set(["web"]));
    });

    test("ships what its source says, however old the file is", async () => {
      const { commit } = await green("web", {}, (checkout) => {
        const file = join(checkout, "src/main.rs");
        writeFileSync(file, 'fn main() {\n    println!("the real one");\n}\n');
        for (const folder of ["tests"])
          for (const name of readdirSync(join(checkout, folder))) emptyFile(join(checkout, folder, name));
        utimesSync(file, 1, 1);
      });
      expect(await outputOf("web", commit)).toBe("the real one\n");
    });
  });

  describe("compiles each dependency once", () => {
    test("for release, tests and lints", async () => {
      const { output } = await green("panic-abort", {}, () => {});
      // Tests always unwind: with panic = "abort" their dependencies are others.
      expect(timesCompiled(output, "itoa")).toBe(2);
      const plain = await green("several-binaries");
      const names = [...plain.output.matchAll(/^#\d+ [\d.]+ +Compiling (\S+ v\S+)$/gm)].map(([, name]) => name);
      expect(names.length).toBeGreaterThan(5);
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    });
  });

  describe.each<[fixture: string, props: FixtureOptions, answer: RegExp, run?: RunImageOptions]>([
    ["library-and-binary", {}, /./],
    ["workspace", { options: { package: "api" } }, /^api 0\.4\.0/],
    ["several-binaries", {}, /./, { command: ["/usr/local/bin/serve"] }],
    ["libpq", { options: { packages: ["libpq-dev", "cmake"], libraries: ["libpq5"] } }, /^libpq \d+/],
    ["static", { options: { libc: "musl" } }, /^static-web 0\.1\.0/],
    ["postgres", { options: { database: true } }, /./],
  ])("%s", (fixture, props, answer, options) => {
    test("is built, and answers", async () => {
      const { commit, reports } = await green(fixture, props);
      expect(reports["tests.xml"]).toContain('failures="0"');
      expect(await answerOf(fixture, commit, options)).toMatch(answer);
    });
  });

  test("assertions are on in tests and off in the release", async () => {
    const { commit } = await green("assertions");
    expect(await outputOf("assertions", commit)).toMatch(/debug assertions: off\s+overflow checks: off/);
  });

  test("names the field that adds a path which the context leaves out", async () => {
    const { output } = await red("context");
    expect(output).toContain('"build": { "context": ["queries/all.sql"] }');
    await green("context", { context: ["queries"] });
  });

  describe.each([
    ["broken-format", "rustfmt", "Diff in"],
    ["broken-lint", "clippy", "length comparison to zero"],
    ["broken-test", "tests", "panicked at"],
    ["broken-doctest", "doctests", "panicked at"],
    ["broken-compile", "tests", "error[E0308]: mismatched types"],
  ])("%s", (fixture, step, reason) => {
    test("stops the build with its reason last, reports it, pushes nothing, and is found anew", async () => {
      for (const attempt of ["first", "second"]) {
        const { output, reports } = await red(fixture);
        const end = output.split("the build has failed:")[1] ?? "";
        expect({ attempt, end }).toEqual({ attempt, end: expect.stringContaining(`${step} failed with exit code`) });
        expect(end).toContain(reason);
        expect(reports[`${step}.xml`]).toContain("<failure");
        expect(output).not.toMatch(/^#\d+ \[tests \d+\/\d+\] RUN.*\n#\d+ CACHED$/m);
      }
      expect(machine.registry.tags(fixture)).toEqual([]);
    });
  });

  test.each([
    ["no-lock", "there is no Cargo.lock"],
    ["stale-lock", "Cargo.lock does not match the manifests"],
    ["stale-version", "Cargo.lock has version"],
    ["no-binary", "has no binary"],
    ["nightly", 'asks for "nightly", the builder has Rust'],
  ])("%s is told before anything is compiled", async (fixture, error) => {
    const { output } = await red(fixture);
    expect(output.split("the build has failed:")[1]).toContain(error);
    expect(output).not.toMatch(/ (Compiling|Checking) /);
  });

  test("a package that the workspace lacks is told with those it has", async () => {
    const { output } = await red("workspace", { options: { package: "web" } });
    expect(output).toContain('the workspace has no package "web"');
    expect(output).not.toContain(" Compiling ");
  });

  test("a stranger's code finds no credential, and a network only where nothing of it runs", async () => {
    const { output } = await pipeline.build("hostile", { trigger: "pull-request" });
    expect(output).toContain("LOOKED build.rs");
    expect(output).toContain("LOOKED test");
    const found = output.match(/FOUND .*/g) ?? [];
    // BuildKit's own, of which nothing is secret.
    expect(found.filter((line) => !/OTEL|TRACE/.test(line))).toEqual([]);
    expect(machine.registry.tags("hostile")).toEqual([]);
    expect(machine.registry.tags("hostile-cache")).toEqual([]);
  });

  async function green(...build: Parameters<Pipeline["build"]>): Promise<PipelineRun> {
    const result = await pipeline.build(...build);
    if (!result.succeeded) throw new Error(`the build of ${build[0]} has failed:\n${result.output.slice(-6000)}`);
    return result;
  }

  async function red(...build: Parameters<Pipeline["build"]>): Promise<PipelineRun> {
    const result = await pipeline.build(...build);
    if (result.succeeded) throw new Error(`the build of ${build[0]} has succeeded:\n${result.output.slice(-6000)}`);
    return result;
  }

  /** What an image says when it is asked. */
  async function answerOf(repository: string, tag: string, options: RunImageOptions = {}): Promise<string> {
    return machine.inFolder("run", async (folder) => {
      const { config } = await machine.registry.unpack(repository, tag, folder);
      const port = await freePort();
      const image = new RunningImage(folder, config, { ...options, env: { PORT: String(port), ...options.env } });
      try {
        return await (await image.answering(`http://127.0.0.1:${port}/`)).text();
      } finally {
        await image.stop();
      }
    });
  }

  /** What an image prints until it ends. */
  async function outputOf(repository: string, tag: string): Promise<string> {
    return machine.inFolder("run", async (folder) => {
      const { config } = await machine.registry.unpack(repository, tag, folder);
      const image = new RunningImage(folder, config);
      await image.ended;
      const output = image.output();
      await image.stop();
      return output;
    });
  }
});

function timesCompiled(output: string, crate: string): number {
  return [...output.matchAll(new RegExp(`^#\\d+ [\\d.]+ +Compiling ${crate} v`, "gm"))].length;
}

function edit(checkout: string, file: string, change: (text: string) => string): void {
  const path = join(checkout, file);
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

function emptyFile(path: string): void {
  writeFileSync(path, "");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
