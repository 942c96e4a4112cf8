import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../__tests__/support/program";
import { workflow } from "../lib/build/rust/workflows";
import { Builds, PREPARATION_MINUTES } from "./build/builds";
import { printedIn } from "./build/log";
import { BUILD_MACHINE } from "./tools/build-machine";
import { describeWith } from "./tools/needs";
import { type RunResult, run } from "./tools/process";

const COMMIT = "1".repeat(40);
/** A binary with one dependency and two tests. */
const FIXTURE = "assertions";
/** Time for a job: it begins by pulling the builder. */
const JOB_MILLISECONDS = 30 * 60_000;

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

  describe("of a binary", () => {
    const jobs: Record<string, JobRun> = {};

    test.each(["check", "build", "test", "publish"])(
      "%s passes, and publish alone pushes",
      async (name) => {
        const job = await runJob(FIXTURE, name);
        jobs[name] = job;
        expect({ code: job.code, output: job.output.slice(-4000) }).toMatchObject({ code: 0 });
        expect(builds.machine.registry.tags(FIXTURE)).toEqual(name === "publish" ? [COMMIT] : []);
      },
      JOB_MILLISECONDS,
    );

    test("compiles the dependency once, whichever job needs it", () => {
      const output = Object.values(jobs).map((job) => job.output);
      expect(output.join("\n").match(/^#\d+ [\d.]+ +Compiling itoa v/gm)).toHaveLength(1);
    });

    test("runs the tests in their job, and reports what each has found", () => {
      const isTesting = (job: string) => /^#\d+ [\d.]+ +Starting \d+ tests?/m.test(jobs[job]?.output ?? "");
      expect(["check", "build", "test"].map(isTesting)).toEqual([false, false, true]);
      expect(jobs.check?.reports).toEqual(["clippy.xml", "rustfmt.xml"]);
      expect(jobs.test?.reports).toEqual(["clippy.xml", "rustfmt.xml", "tests.xml"]);
    });

    test("leaves the pin for the deploy", () => {
      const digest = builds.machine.registry.digest(FIXTURE, COMMIT);
      expect(jobs.publish?.summary).toContain(`"${FIXTURE}": { "tag": "${COMMIT}", "digest": "${digest}" }`);
    });
  });

  test(
    "a test that fails ends its job with the reason, and is found anew by whoever tries again",
    async () => {
      for (const attempt of ["first", "second"]) {
        const { code, summary, output, reports } = await runJob("broken-test", "test");
        expect({ attempt, code }).toEqual({ attempt, code: 1 });
        expect(summary).toMatch(/the build has failed:.*tests failed with exit code.*panicked at/s);
        expect(printedIn(output, "tests")).toMatch(/^ +Starting \d+ tests?/m);
        expect(reports).toContain("tests.xml");
      }
    },
    2 * JOB_MILLISECONDS,
  );

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
