import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../__tests__/support/program";
import { Builds, compiledCrates, PREPARATION_MINUTES } from "./build/builds";
import type { FixtureOptions, PipelineRun } from "./build/pipeline";
import { BUILD_MACHINE } from "./tools/build-machine";
import { freePort } from "./tools/free-port";
import { describeWith } from "./tools/needs";
import { run } from "./tools/process";
import { type RunImageOptions, RunningImage } from "./tools/run-image";

describeWith(BUILD_MACHINE, "builds", () => {
  let builds: Builds;

  beforeAll(async () => {
    builds = await Builds.start();
  }, PREPARATION_MINUTES * 60_000);

  afterAll(() => builds?.stop());

  test("a builder that is there is left as it is", async () => {
    const { succeeded, output } = await builds.pipeline.runBuilder();
    expect({ succeeded, output }).toEqual({ succeeded: true, output: expect.not.stringContaining("#1 ") });
  });

  describe("a web service", () => {
    let built: PipelineRun;

    test("is built, pushed once by its commit, and its pin is printed", async () => {
      built = await builds.green("web");
      const { registry } = builds.machine;
      expect(registry.tags("web")).toEqual([built.commit]);
      const digest = registry.digest("web", built.commit);
      expect(built.output).toContain(`"web": { "tag": "${built.commit}", "digest": "${digest}" }`);
      expect(built.output).toContain("npx cdktf deploy web-production");
      expect(built.output).toMatch(/build: \d+ s, about \$\d/);
      expect(built.output).toMatch(/^release +\d+\.\d s$/m);
      expect(built.output).toMatch(/^\d+ of \d+ steps came from the cache$/m);
      expect(built.reports["tests.xml"]).toMatch(
        /<testsuites name="nextest-run" tests="[1-9]\d*" skipped="0" failures="0"/,
      );
      expect(Object.keys(built.reports).sort()).toEqual(["clippy.xml", "rustfmt.xml", "tests.xml"]);
    });

    test("compiles no dependency twice for release, tests and lints", () => {
      const compiled = [...built.output.matchAll(/^#\d+ [\d.]+ +Compiling (\S+ v\S+)$/gm)].map(([, crate]) => crate);
      const twice = compiled.filter((crate, index) => compiled.indexOf(crate) !== index);
      expect(compiled.length).toBeGreaterThan(40);
      expect(twice).toEqual([]);
    });

    test("answers, as somebody who is not root, on a root that nobody can write", async () => {
      const answer = await builds.answerOf("web", built.commit);
      expect(JSON.parse(answer)).toMatchObject({ user: 65532, writable: ["/tmp"] });
    });

    test("has its labels, and no compiler, no shell and no source", async () => {
      await builds.unpacked("web", built.commit, async (folder, config) => {
        expect(config.Labels).toMatchObject({
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

    test("has a helper for Kubernetes' hooks, that waits and sleeps where there is no shell", async () => {
      await builds.unpacked("web", built.commit, async (folder, config) => {
        const port = String(await freePort());
        const image = new RunningImage(folder, config, { env: { PORT: port } });
        const helper = (...args: string[]) => image.exec("/usr/local/bin/drover-helper", ...args);
        try {
          await image.answering(`http://127.0.0.1:${port}/`);
          expect(await helper("wait", "127.0.0.1", port)).toMatchObject({ code: 0 });
          expect(await helper("sleep", "0.1")).toMatchObject({ code: 0 });
          const output = expect.stringContaining("127.0.0.1:1 did not answer");
          expect(await helper("wait", "127.0.0.1", "1", "0.1")).toMatchObject({ code: 1, output });
        } finally {
          await image.stop();
        }
      });
    });

    test("is not built again when its commit has an image", async () => {
      const { output } = await builds.green("web", {}, { commit: built.commit });
      expect(output).toContain(`the image of ${built.commit} is there already`);
      expect(output).toContain(`"digest": "${builds.machine.registry.digest("web", built.commit)}"`);
      expect(output).not.toContain("#1 ");
    });

    test("is checked for a pull request with the cache of the main branch, and writes nothing", async () => {
      await builds.machine.becomeFresh();
      const before = builds.machine.registry.requests().length;
      const { output } = await builds.green("web", { trigger: "pull-request" });
      expect(new Set(compiledCrates(output))).toEqual(new Set(["web"]));
      const written = builds.machine.registry.requests().slice(before);
      expect(written.filter(({ method }) => method !== "GET" && method !== "HEAD")).toEqual([]);
    });

    test("compiles no dependency for a new version, test, binary or description, on a fresh host", async () => {
      await builds.machine.becomeFresh();
      const change = (checkout: string) => {
        const about = 'version = "9.9.9"\ndescription = "New"';
        edit(checkout, "Cargo.toml", (text) => text.replace(/^version = .*$/m, about));
        edit(checkout, "Cargo.lock", (text) => text.replace(/(name = "web"\nversion = )".*"/, '$1"9.9.9"'));
        writeFileSync(join(checkout, "tests/new.rs"), "#[test]\nfn is_new() {}\n");
        edit(checkout, "src/main.rs", (text) => `${text.replace("0.3.1", "9.9.9")}\n// A line more.\n`);
      };
      const { output } = await builds.green("web", {}, { change });
      expect(new Set(compiledCrates(output))).toEqual(new Set(["web"]));
    });

    test("ships what its source says, however old the file is", async () => {
      const change = (checkout: string) => {
        const file = join(checkout, "src/main.rs");
        writeFileSync(file, 'fn main() {\n    println!("the real one");\n}\n');
        rmSync(join(checkout, "tests"), { recursive: true });
        utimesSync(file, 1, 1);
      };
      const { commit } = await builds.green("web", {}, { change });
      expect(await builds.outputOf("web", commit)).toBe("the real one\n");
    });
  });

  describe.each<[fixture: string, props: FixtureOptions, answer: RegExp, run?: RunImageOptions]>([
    ["library-and-binary", { options: { libraries: ["libgcc-s1"] } }, /<title>Changes &amp; Notes<\/title>/],
    ["workspace", { options: { package: "api" } }, /^api 0\.4\.0/],
    ["several-binaries", {}, /"cents"/, { command: ["/usr/local/bin/serve"] }],
    ["libpq", { options: { packages: ["libpq-dev", "cmake"], libraries: ["libpq5"] } }, /^libpq \d+/],
    ["static", { options: { libc: "musl" } }, /^static-web 0\.1\.0/],
  ])("%s", (fixture, props, answer, options) => {
    test("is built, and answers", async () => {
      const { commit, reports } = await builds.green(fixture, props);
      expect(reports["tests.xml"]).toMatch(/tests="[1-9]\d*" skipped="0" failures="0"/);
      expect(await builds.answerOf(fixture, commit, options)).toMatch(answer);
    });
  });

  test("packages of an image are where scanners look for them", async () => {
    const options = { packages: ["libpq-dev", "cmake"], libraries: ["libpq5"] };
    const { commit } = await builds.green("libpq", { options });
    await builds.unpacked("libpq", commit, async (folder) => {
      const packages = readdirSync(join(folder, "var/lib/dpkg/status.d"));
      expect(packages).toEqual(expect.arrayContaining(["libc6", "libpq5"]));
      expect(readFileSync(join(folder, "var/lib/dpkg/status.d/libpq5"), "utf8")).toMatch(
        /^Package: libpq5\n.*^Version: 17/ms,
      );
    });
  });

  test("a library that the image lacks ends the build with the entry's field", async () => {
    const { output } = await builds.red("libpq", { options: { packages: ["libpq-dev", "cmake"] } });
    expect(output).toContain("libpq.so.5: cannot open shared object file");
    expect(output).toContain('"build": { "libraries": ["…"] }');
  });

  test("assertions are on in tests and off in the release", async () => {
    const { commit } = await builds.green("assertions");
    expect(await builds.outputOf("assertions", commit)).toMatch(/debug assertions: off\s+overflow checks: off/);
  });

  test('panic = "abort" compiles dependencies twice, as tests unwind', async () => {
    const { output } = await builds.green("panic-abort");
    expect(compiledCrates(output).filter((crate) => crate === "itoa").length).toBeGreaterThanOrEqual(2);
  });

  test("names the field that adds a path which the context leaves out", async () => {
    const { output } = await builds.red("context");
    expect(output).toContain('"build": { "context": ["queries/all.sql"] }');
    await builds.green("context", { context: ["queries"] });
  });

  test("an app's own Dockerfile is built, and gets the helper", async () => {
    const { commit } = await builds.green("own-dockerfile", { dockerfile: "Dockerfile" });
    await builds.unpacked("own-dockerfile", commit, async (folder) => {
      expect(readFileSync(join(folder, "etc/own-dockerfile"), "utf8")).toBe("made by its own Dockerfile\n");
      const { stderr } = spawnSync(join(folder, "usr/local/bin/drover-helper"), { encoding: "utf8" });
      expect(stderr).toContain("drover-helper wait HOST PORT");
    });
  });

  test("the same steps run on this machine: npm run build:local", async () => {
    await builds.machine.inFolder("local", async (folder) => {
      const file = join(folder, "image.tar");
      const { builder, runtime } = builds.pipeline.images;
      const images = ["--builder", builder, "--runtime", runtime];
      const args = [
        "run",
        "build:local",
        "--",
        join(ROOT, "e2e/fixtures/several-binaries"),
        ...images,
        "--output",
        file,
      ];
      const { code, output } = await run("npm", args, { cwd: ROOT, env: builds.machine.env });
      expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
      expect(output).toContain(`docker load --input ${file}`);
      const { stdout } = spawnSync("tar", ["--list", "--file", file], { encoding: "utf8" });
      expect(stdout).toContain("index.json");
    });
  });
});

function edit(checkout: string, file: string, change: (text: string) => string): void {
  const path = join(checkout, file);
  writeFileSync(path, change(readFileSync(path, "utf8")));
}
