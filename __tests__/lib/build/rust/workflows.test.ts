import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { builderImages } from "../../../../lib/build/rust/builder";
import { WORKFLOW_KINDS, type WorkflowKind, type WorkflowProps, workflow } from "../../../../lib/build/rust/workflows";
import { type RunOptions, runBuildspec } from "../../../support/buildspec";
import { itWith } from "../../../support/needs";

const recipe = { rust: { version: "1.95.0", components: [], targets: [] }, renewed: "2026-11-01" };
const REGISTRY = "111122223333.dkr.ecr.eu-central-1.amazonaws.com";
const ROLE = "arn:aws:iam::111122223333:role/podcore-ci";
const make = (kind: WorkflowKind, build: Partial<WorkflowProps["build"]> = {}) =>
  workflow(kind, {
    role: ROLE,
    recipe,
    build: {
      slug: "podcore",
      registry: REGISTRY,
      images: "podcore",
      cache: "podcore-cache",
      region: "eu-central-1",
      source: "https://github.com/acme/podcore",
      builder: builderImages(`${REGISTRY}/drover-builder`, recipe),
      builderProject: "drover-builder",
      environmentStacks: ["podcore-production"],
      pricePerMinute: 0.2,
      gitCredentials: "podcore/git",
      ...build,
    },
  });

/** The shell of every job: what stands under `run` and `script`. */
function scripts(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    ["run", "before_script", "script"].includes(key) ? [child].flat().map(String) : scripts(child),
  );
}

describe.each(WORKFLOW_KINDS)("%s", (kind) => {
  const text = make(kind);
  const shell = scripts(parse(text)).join("\n");

  it("is YAML, and calls every phase of the script", () => {
    for (const phase of ["prepare", "build", "summary"]) expect(shell).toContain(`bash /tmp/drover/build.sh ${phase}`);
  });

  it("takes on a role, and stores no key", () => {
    expect(text).toContain(ROLE);
    expect(text).not.toMatch(/AKIA|\$\{\{ *secrets\.|AWS_SECRET_ACCESS_KEY: /);
  });

  it("says nothing of what CodeBuild would cost", () => {
    expect(shell).toContain("build: %d s");
    expect(shell).not.toContain("about $");
  });
});

describe("github-actions", () => {
  it("gives a pull request no token", () => {
    const { jobs, permissions } = parse(make("github-actions"));
    expect(permissions).toEqual({});
    expect(jobs.checks.permissions).toEqual({ contents: "read" });
    expect(jobs.image.permissions).toEqual({ contents: "read", "id-token": "write" });
  });

  it("names actions by commits, and their versions for people", () => {
    const used = make("github-actions").match(/uses: .*/g) ?? [];
    expect(used).toHaveLength(5);
    for (const action of used) expect(action).toMatch(/^uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });
});

describe("gitlab", () => {
  const { stages, ".main": main, "merge-request": mergeRequest, ...jobs } = parse(make("gitlab"));

  it("has a job for each of the article's stages", () => {
    expect(stages).toEqual(["check", "build", "test", "publish", "deploy"]);
    expect(stages.map((stage: string) => jobs[stage].stage)).toEqual(stages);
    for (const stage of ["check", "build", "test", "publish"]) expect(jobs[stage].extends).toBe(".main");
    expect(main.rules).toEqual([{ if: '$CI_COMMIT_BRANCH == "main"' }]);
  });

  it("gives tokens to the jobs of main that need the registry, and to no merge request", () => {
    expect(main.id_tokens).toBeDefined();
    expect(mergeRequest).not.toHaveProperty("extends");
    for (const job of [mergeRequest, jobs.deploy]) {
      expect(job).not.toHaveProperty("id_tokens");
      expect(scripts(job).join("\n")).not.toMatch(/AWS_TOKEN|docker login|secretsmanager/);
    }
  });

  it("releases by hand, and nobody has to", () => {
    expect(jobs.deploy.rules).toEqual([{ if: '$CI_COMMIT_BRANCH == "main"', when: "manual", allow_failure: true }]);
    expect(jobs.deploy.dependencies).toEqual(["publish"]);
  });

  it("has no checks of its own for an app that has its own Dockerfile", () => {
    const own = parse(make("gitlab", { dockerfile: "Dockerfile" }));
    expect(Object.keys(own).filter((job) => own[job].stage)).toEqual(["publish", "deploy", "merge-request"]);
  });

  describe("run as GitLab does", () => {
    const PROGRAMS =
      "awk bash cat cp cut date dirname grep head mkdir realpath rm sed sh sort tail tee touch uniq".split(" ");
    const AWS = `case "$*" in
      *get-secret-value*) echo verysecret ;;
      *describe-images*drover-builder*) echo '{}' ;;
      *describe-images*) echo "An error occurred (ImageNotFoundException)" >&2; exit 254 ;;
    esac`;
    const DIGEST = `sha256:${"b".repeat(64)}`;
    const DOCKER = `while [ $# -gt 1 ]; do
      [ "$1" != --metadata-file ] || printf '{ "containerimage.digest": "${DIGEST}" }' > "$2"
      case "$2" in type=local,dest=*) mkdir -p "\${2#*dest=}" && echo '<testsuites/>' > "\${2#*dest=}/tests.xml" ;; esac
      shift
    done`;
    const EXISTING = `case "$*" in *describe-images*podcore*) printf '{ "imageDigest": "${DIGEST}" }' ;; esac`;
    const env = { CI_COMMIT_SHA: "0123", CI_PIPELINE_ID: "77", CI_JOB_ID: "99", AWS_TOKEN: "webtoken" };

    /** Runs a job's shell, and says what it has started of BuildKit. */
    function run(name: string, more: Partial<RunOptions> = {}) {
      const job = parse(make("gitlab"))[name];
      const lines = ["set -eo pipefail", ...((job.extends ? main : job).before_script ?? []), ...job.script].join("\n");
      const phase = (commands: string[]) => ({ commands });
      const phases = { install: phase([]), pre_build: phase([]), build: phase([lines]), post_build: phase([]) };
      const stubs = { apk: "", aws: AWS, docker: DOCKER, ...more.stubs };
      const result = runBuildspec(stringify({ phases }), { programs: PROGRAMS, env, ...more, stubs });
      const builds = result.started.filter((line) => line.startsWith("docker buildx build "));
      const word = (flag: string) => builds.map((line) => new RegExp(`--${flag} (\\S+)`).exec(line)?.[1]);
      return { ...result, builds, targets: word("target"), written: word("cache-to") };
    }
    const written = (ref: string) => expect.stringContaining(`ref=${REGISTRY}/podcore-cache:${ref},mode=max`);

    itWith(PROGRAMS, "check: formats and lints, and keeps the dependencies that it has compiled", () => {
      const { succeeded, targets, written: caches, sources } = run("check");
      expect(succeeded).toBe(true);
      expect(targets).toEqual(["test-dependencies", "lint-reports", "lint-checks"]);
      expect(caches).toEqual([written("checks"), undefined, written("checks")]);
      expect(existsSync(join(sources, "drover-reports/tests.xml"))).toBe(true);
    });

    itWith(PROGRAMS, "build: compiles the release", () => {
      const { succeeded, targets, written: caches } = run("build");
      expect(succeeded).toBe(true);
      expect(targets).toEqual(["release"]);
      expect(caches).toEqual([written("image")]);
    });

    itWith(PROGRAMS, "test: keeps what the tests have found when they passed, as a failure is to be found anew", () => {
      const { succeeded, targets, written: caches } = run("test");
      expect(succeeded).toBe(true);
      expect(targets).toEqual(["reports", "checks"]);
      expect(caches).toEqual([undefined, written("checks")]);
    });

    itWith(PROGRAMS, "publish: pushes by commit, and leaves the pin and the command for the deploy", () => {
      const { succeeded, builds, sources, output } = run("publish");
      expect(succeeded).toBe(true);
      expect(builds[0]).toContain(`--tag ${REGISTRY}/podcore:0123`);
      expect(builds[0]).toContain(" --output type=image,push=true,oci-mediatypes=true ");
      const summary = readFileSync(join(sources, "drover-summary.txt"), "utf8");
      expect(summary).toContain(`"podcore": { "tag": "0123", "digest": "${DIGEST}" }`);
      expect(summary).toContain("npx cdktf deploy podcore-production");
      expect(output).toContain(summary);
    });

    itWith(
      PROGRAMS,
      "only publish pushes, and all jobs of a pipeline share one number, by which results are found",
      () => {
        for (const job of ["check", "build", "test", "publish"]) {
          const { builds } = run(job);
          expect(builds.some((line) => line.includes("push=true"))).toBe(job === "publish");
          for (const line of builds) {
            expect(line).toContain("--build-arg BUILD_ID=77 ");
            expect(line).toContain(`--cache-from type=registry,ref=${REGISTRY}/podcore-cache:checks `);
            expect(line).toContain(`--cache-from type=registry,ref=${REGISTRY}/podcore-cache:image `);
          }
        }
      },
    );

    itWith(PROGRAMS, "a job that fails still sums up and reports, and then fails", () => {
      const docker = `${DOCKER}\ncase "$all" in *lint-checks*) exit 1 ;; esac`;
      const { succeeded, output, sources } = run("check", { stubs: { docker: `all=$*\n${docker}` } });
      expect(succeeded).toBe(false);
      expect(output).toContain("the build has failed:");
      expect(existsSync(join(sources, "drover-reports/tests.xml"))).toBe(true);
    });

    itWith(PROGRAMS, "a commit that has its image is built no second time, and its pin is there", () => {
      for (const job of ["check", "build", "test"]) expect(run(job, { stubs: { aws: EXISTING } }).builds).toEqual([]);
      const { builds, output } = run("publish", { stubs: { aws: EXISTING } });
      expect(builds).toEqual([]);
      expect(output).toContain(`"podcore": { "tag": "0123", "digest": "${DIGEST}" }`);
    });

    itWith(PROGRAMS, "a merge request is checked without AWS, from the builder's recipe", () => {
      const { succeeded, started, targets, builds } = run("merge-request");
      expect(succeeded).toBe(true);
      expect(targets).toEqual(["reports", "checks"]);
      expect(started.filter((line) => line.startsWith("aws "))).toEqual([]);
      expect(builds.join("\n")).not.toMatch(/amazonaws|cache-to|secret/);
    });

    itWith(PROGRAMS, "secrets are in no argument", () => {
      const { started, output } = run("publish");
      expect(started.join("\n") + output).not.toMatch(/verysecret|webtoken/);
    });
  });
});

it("github-actions: no step is longer than the pipe through which linters read it, and the pieces are the files", () => {
  const { jobs } = parse(make("github-actions")) as { jobs: Record<string, { steps: { run?: string }[] }> };
  const texts = (jobs.checks?.steps ?? []).map(({ run = "" }) => run);
  for (const text of texts) expect(text.length).toBeLessThan(65_536);
  const pieces = [...texts.join("").matchAll(/^cat >>? \S+\/Dockerfile <<'(\w+)'\n(.*?)^\1$/gms)].map(
    ([, , piece]) => piece,
  );
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.join("")).toMatch(/^# Rust and all tools.*\nENTRYPOINT \["\/usr\/local\/bin\/app"\]\n$/s);
});
