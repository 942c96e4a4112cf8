import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../__tests__/support/program";
import { workflow } from "../lib/build/rust/workflows";
import { Builds, compiledCrates, PREPARATION_MINUTES } from "./build/builds";
import { BUILD_MACHINE } from "./tools/build-machine";
import { describeWith } from "./tools/needs";
import { type RunResult, run } from "./tools/process";

const COMMIT = "1".repeat(40);

/** What a job has left behind. */
interface JobRun extends RunResult {
  readonly reports: readonly string[];
  readonly summary: string;
}

describeWith(BUILD_MACHINE, "a pipeline of GitLab, each job of which is on a machine that knows nothing", () => {
  let builds: Builds;

  beforeAll(async () => {
    builds = await Builds.start();
  }, PREPARATION_MINUTES * 60_000);

  afterAll(() => builds?.stop());

  describe("of a web service", () => {
    const jobs: Record<string, JobRun> = {};

    test.each(["check", "build", "test", "publish"])("%s passes, and publish alone pushes", async (job) => {
      jobs[job] = await runJob("web", job);
      expect({ code: jobs[job].code, output: jobs[job].output.slice(-4000) }).toMatchObject({ code: 0 });
      expect(builds.machine.registry.tags("web")).toEqual(job === "publish" ? [COMMIT] : []);
    });

    test("compiles each dependency once, and publish nothing at all", () => {
      const compiled = Object.values(jobs).flatMap(({ output }) => compilations(output));
      const twice = compiled.filter((crate, index) => compiled.indexOf(crate) !== index);
      expect(compiled.length).toBeGreaterThan(40);
      expect(twice.filter((crate) => !crate.startsWith("web "))).toEqual([]);
      expect(compiledCrates(jobs.publish?.output ?? "")).toEqual([]);
    });

    test("runs the tests once, and reports them", () => {
      const running = Object.entries(jobs).filter(([, { output }]) =>
        /^#\d+ [\d.]+ +Starting \d+ tests?/m.test(output),
      );
      expect(running.map(([job]) => job)).toEqual(["test"]);
      expect(jobs.check?.reports).toEqual(["clippy.xml", "rustfmt.xml"]);
      expect(jobs.test?.reports).toEqual(["clippy.xml", "rustfmt.xml", "tests.xml"]);
    });

    test("leaves the pin for the deploy", () => {
      const digest = builds.machine.registry.digest("web", COMMIT);
      expect(jobs.publish?.summary).toContain(`"web": { "tag": "${COMMIT}", "digest": "${digest}" }`);
    });
  });

  test("a test that fails ends its job with the reason, and is found anew by whoever tries again", async () => {
    for (const job of ["check", "build"]) expect(await runJob("broken-test", job)).toMatchObject({ code: 0 });
    for (const attempt of ["first", "second"]) {
      const { code, summary, output, reports } = await runJob("broken-test", "test");
      expect({ attempt, code }).toEqual({ attempt, code: 1 });
      expect(summary).toMatch(/the build has failed:.*tests failed with exit code.*panicked at/s);
      expect(output).toMatch(/^#\d+ [\d.]+ +Starting \d+ tests?/m);
      expect(reports).toContain("tests.xml");
    }
  });

  /** Runs a job as GitLab does, on a fresh host. */
  async function runJob(fixture: string, name: string): Promise<JobRun> {
    const { machine, pipeline } = builds;
    await machine.becomeFresh();
    const props = {
      build: pipeline.propsOf(fixture),
      recipe: pipeline.recipe,
      role: "arn:aws:iam::111122223333:role/x",
    };
    const { ".main": main, [name]: job } = parse(workflow("gitlab", props));
    return machine.inFolder("job", async (folder) => {
      const checkout = join(folder, "checkout");
      cpSync(join(ROOT, "e2e/fixtures", fixture), checkout, { recursive: true });
      // The packages of docker's own image are there.
      const lines = ["set -eo pipefail", "apk() { :; }", ...main.before_script, ...job.script].join("\n");
      const variables = {
        CI_COMMIT_SHA: COMMIT,
        CI_PIPELINE_ID: "77",
        CI_JOB_ID: String(Math.random()),
        AWS_TOKEN: "x",
      };
      const result = await run("bash", ["-c", lines.replaceAll("/tmp/drover", join(folder, "own"))], {
        cwd: checkout,
        env: pipeline.environment(variables),
        minutes: 60,
      });
      const reports = join(checkout, "drover-reports");
      return {
        ...result,
        reports: existsSync(reports)
          ? readdirSync(reports)
              .filter((file) => file.endsWith(".xml"))
              .sort()
          : [],
        summary: readFileSync(join(checkout, "drover-summary.txt"), "utf8"),
      };
    });
  }
});

/** What was compiled, by name and version; a check by clippy is none. */
function compilations(output: string): string[] {
  return [...output.matchAll(/^#\d+ [\d.]+ +Compiling (\S+ v\S+)/gm)].map(([, crate = ""]) => crate);
}
