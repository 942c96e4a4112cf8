import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ALPHA, GIT_CREDENTIALS, PLATFORM } from "./aws/example";
import { Fleet } from "./fleet";
import { type Printed, printed } from "./lint/printed";
import { LINTERS, type Linters, linters } from "./tools/linters";
import { describeWith } from "./tools/needs";
import { type RunResult, run, runOrFail } from "./tools/process";

/** Entries that between them use each field of `build`. */
const APPS = [
  ALPHA,
  {
    name: "Everything",
    language: "rust",
    database: "postgres",
    build: {
      rust: "1.94.1",
      package: "everything-api",
      packages: ["cmake", "libpq-dev"],
      libraries: ["libpq5"],
      context: ["queries"],
      files: ["public", "config/default.toml"],
      gitCredentials: GIT_CREDENTIALS,
      sccache: true,
      attestations: true,
    },
  },
  { name: "Static", language: "rust", build: { libc: "musl", network: true } },
  { name: "Own Dockerfile", language: "rust", build: { dockerfile: "docker/Dockerfile" } },
];
const SLUGS = ["alpha", "everything", "static", "own-dockerfile"];

const FLEET = {
  apps: { apps: APPS },
  platform: {
    ...PLATFORM,
    build: {
      ...PLATFORM.build,
      pricePerMinute: { "2xlarge": 0.2 },
      rustfmt: { max_width: 120 },
      clippy: { msrv: "1.90.0" },
    },
    builder: {
      rust: ["1.95.0", { version: "1.94.1", components: ["rust-src"], targets: ["wasm32-unknown-unknown"] }],
    },
    environments: { production: { domain: "example.com" }, staging: { domain: "staging.example.com" } },
  },
};

/** What hadolint says of Dockerfiles like these, and why it does not count. */
const NOT_OURS = {
  DL3008: "Debian's packages have no lasting versions: a release's latest is wanted, and the images are kept",
  DL3059: "each tool of the builder has a layer of its own, so that a new version of one compiles no other",
};

describeWith(LINTERS, "all that is printed of a fleet's builds", () => {
  let fleet: Fleet;
  let tools: Linters;
  let all: Printed;

  beforeAll(async () => {
    tools = await linters();
    fleet = new Fleet(FLEET);
    all = await printed(fleet, SLUGS);
  }, 45 * 60_000); // installing them takes a while, once

  afterAll(() => fleet?.remove());

  test("is there for every app, pull request and pipeline", () => {
    const scripts = Object.keys(all.bash).filter((name) => name.endsWith("build.sh"));
    for (const slug of SLUGS) {
      for (const from of [
        "install",
        "pull-request-install",
        "github-actions-image",
        "gitlab-publish",
        "gitlab-merge",
      ]) {
        expect(scripts).toContainEqual(expect.stringMatching(`^${slug}-${from}-`));
      }
    }
    expect(Object.keys(all.dockerfiles)).toEqual(
      expect.arrayContaining(["rust-1.95.0.Dockerfile", "rust-1.94.1.Dockerfile"]),
    );
  });

  test.each(["bash", "busybox"] as const)("shellcheck has nothing to say about its shell for %s", async (shell) => {
    expectClean(await run(tools.shellcheck, [`--shell=${shell}`, ...write(all[shell])]));
  });

  test("hadolint has nothing to say about its Dockerfiles, nor shellcheck in it about their commands", async () => {
    // It takes an instruction behind a here-document only after an empty line.
    const readable = Object.entries(all.dockerfiles).map(([name, text]) => [
      name,
      text.replace(/^END_OF_FILE$/gm, "$&\n"),
    ]);
    const ignored = Object.keys(NOT_OURS).flatMap((rule) => ["--ignore", rule]);
    expectClean(await run(tools.hadolint, ["--no-color", ...ignored, ...write(Object.fromEntries(readable))]));
  });

  test("actionlint has nothing to say about its workflows for GitHub, nor shellcheck in it about their steps", async () => {
    const files = write(all.workflows["github-actions"]);
    expectClean(await run(tools.actionlint, ["-no-color", "-shellcheck", tools.shellcheck, ...files]));
  });

  describe("its pipelines for GitLab keep to the schema, and have jobs", () => {
    const STAGES = ["check", "build", "test", "publish", "deploy"];
    const WHEN: [string, string[], string[]][] = [
      ["on main", ["CI_COMMIT_BRANCH=main"], STAGES],
      ["for a merge request", ["CI_COMMIT_BRANCH=", "CI_PIPELINE_SOURCE=merge_request_event"], ["merge-request"]],
      ["on another branch", ["CI_COMMIT_BRANCH=feature"], []],
    ];

    test.each(WHEN)("%s", async (_, variables, jobs) => {
      expect(await jobsOf("everything", variables)).toEqual(jobs);
      const withoutChecks = jobs.filter((job) => !["check", "build", "test"].includes(job));
      expect(await jobsOf("own-dockerfile", variables)).toEqual(withoutChecks);
    });

    async function jobsOf(slug: string, variables: string[]): Promise<string[]> {
      const folder = join(fleet.folder, "gitlab", slug);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, ".gitlab-ci.yml"), all.workflows.gitlab[`${slug}-gitlab.yml`] as string);
      await runOrFail("git", ["init", "--quiet", "--initial-branch", "main"], { cwd: folder });
      const set = variables.flatMap((variable) => ["--variable", variable]);
      const ignore = ["--ignore-predefined-vars", "CI_COMMIT_BRANCH,CI_PIPELINE_SOURCE"]; // its warning about them
      const list = await runOrFail(tools.gitlab, ["--list-csv", ...ignore, ...set], { cwd: folder });
      const [heading, ...rows] = list.trim().split("\n");
      expect(heading).toMatch(/^name;/);
      return rows.map((row) => row.replace(/;.*/, ""));
    }
  });

  /** Writes files, those with the same content once, and returns their paths. */
  function write(files: Record<string, string>): string[] {
    const folder = join(fleet.folder, "printed");
    mkdirSync(folder, { recursive: true });
    expect(Object.keys(files)).not.toEqual([]);
    const names = new Map(Object.entries(files).map(([name, content]) => [content, name]));
    return [...names].map(([content, name]) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    });
  }
});

function expectClean({ code, output }: RunResult): void {
  expect(output).toBe("");
  expect(code).toBe(0);
}
