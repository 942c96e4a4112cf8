import { Builds, PREPARATION_MINUTES } from "./build/builds";
import { printedIn } from "./build/log";
import type { FixtureOptions } from "./build/pipeline";
import { BUILD_MACHINE } from "./tools/build-machine";
import { describeWith } from "./tools/needs";

describeWith(BUILD_MACHINE, "builds that have to fail", () => {
  let builds: Builds;

  beforeAll(async () => {
    builds = await Builds.start();
  }, PREPARATION_MINUTES * 60_000);

  afterAll(() => builds?.stop());

  describe.each([
    ["broken-format", "rustfmt", "Diff in"],
    ["broken-lint", "clippy", "length comparison to zero"],
    ["broken-test", "tests", "panicked at"],
    ["broken-doctest", "doctests", "panicked at"],
    ["broken-compile", "tests", "error[E0308]: mismatched types"],
  ])("%s", (fixture, step, reason) => {
    test("stops with its reason last, reports it, pushes nothing, and is found anew", async () => {
      for (const attempt of ["first", "second"]) {
        const { output, reports } = await builds.red(fixture);
        const [, end = ""] = output.split("the build has failed:");
        expect({ attempt, end }).toEqual({ attempt, end: expect.stringContaining(`${step} failed with exit code`) });
        expect(end).toContain(reason);
        expect(reports[`${step}.xml`]).toContain("<failure");
        const printed = { lint: printedIn(output, "lint"), tests: printedIn(output, "tests") };
        expect({ attempt, ...printed }).toEqual({
          attempt,
          lint: expect.stringMatching(/Finished|Diff in|error/),
          tests: expect.stringMatching(/Nextest run|error/),
        });
      }
      expect(builds.machine.registry.tags(fixture)).toEqual([]);
      // Dependencies are kept even so: the next build is quick.
      expect(builds.machine.registry.tags(`${fixture}-cache`)).toContain("checks");
    });
  });

  test.each([
    ["no-lock", "there is no Cargo.lock"],
    ["stale-lock", "Cargo.lock does not match the manifests"],
    ["stale-version", "Cargo.lock has version"],
    ["no-binary", "has no binary"],
    ["nightly", 'asks for "nightly", the builder has Rust'],
  ])("%s is told before anything is compiled", async (fixture, error) => {
    await expectEarly(fixture, {}, error);
  });

  test("a package that the workspace lacks is told with those it has", async () => {
    const error = 'the workspace has no package "web"';
    const output = await expectEarly("workspace", { options: { package: "web" } }, error);
    expect(output).toContain("it has api, shared, derive, worker");
  });

  test("a builder that is missing is told with the command that makes it", async () => {
    const builder = { ...builds.pipeline.images, builder: builds.pipeline.images.builder.replace(/.$/, "-gone") };
    const { output } = await builds.red("static", { builder });
    expect(output).toContain("aws codebuild start-build --region eu-central-1 --project-name drover-builder");
    expect(output).not.toContain("#1 ");
  });

  async function expectEarly(fixture: string, props: FixtureOptions, error: string): Promise<string> {
    const { output } = await builds.red(fixture, props);
    expect(output.split("the build has failed:")[1]).toContain(error);
    expect(output).not.toMatch(/ (Compiling|Checking) /);
    return output;
  }
});
