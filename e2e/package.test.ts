import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, run, runFile } from "../__tests__/support/program";

/** The packed package, as a user would install it. */
let folder: string;
let tarball: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "drover-package-"));
  const packed = run("npm", ["pack", "--silent", "--pack-destination", folder]);
  expect(packed).toMatchObject({ status: 0 });
  tarball = join(folder, packed.stdout.trim().split("\n").at(-1) ?? "");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function copy(example: string, as = example): string {
  const directory = join(folder, as);
  cpSync(join(ROOT, "examples", example), directory, { recursive: true });
  return directory;
}

/** The JSON of every stack that a synthesis in a folder has left, without cdktf's note of its own version. */
function stacksOf(directory: string): Record<string, unknown> {
  const stacks = join(directory, "cdktf.out/stacks");
  return Object.fromEntries(
    readdirSync(stacks).map((name) => {
      const stack = JSON.parse(readFileSync(join(stacks, name, "cdk.tf.json"), "utf8"));
      delete stack["//"].metadata.version;
      return [name, stack];
    }),
  );
}

/** Copies an example, and installs its dependencies with the packed package among them. */
function install(example: string): string {
  const directory = copy(example);
  const args = ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel", "error", tarball];
  const installed = run("npm", args, { cwd: directory });
  expect(installed.stderr).not.toContain("npm error");
  expect(installed.status).toBe(0);
  return directory;
}

it("holds what it needs and no tests, examples or sandbox", () => {
  const { stdout } = run("tar", ["tzf", tarball]);
  const files = stdout.trim().split("\n");
  expect(files).toEqual(
    expect.arrayContaining([
      "package/LICENSE",
      "package/README.md",
      "package/bin/drover.js",
      "package/bin/run.js",
      "package/dist/index.d.ts",
      "package/dist/index.js",
      "package/schemas/apps.schema.json",
    ]),
  );
  expect(files.filter((file) => /__tests__|e2e|examples|sandbox|bench|\.test\./.test(file))).toEqual([]);
});

it("is the one dependency of a fleet of one's own", () => {
  const directory = install("fleet");
  const types = run(join(ROOT, "node_modules/.bin/tsc"), ["--project", "tsconfig.json"], {
    cwd: directory,
  });
  expect(types.stdout).toBe("");

  const { status, stdout } = run("npx", ["drover", "synth"], { cwd: directory });
  expect(stdout).toMatch(/^there is no \.terraform\.lock\.hcl: .*\nevery stack is in cdktf\.out\/stacks/);
  expect(status).toBe(0);
  expect(readdirSync(join(directory, "cdktf.out/stacks"))).toEqual([
    "platform",
    "podcast-pipeline",
    "podcast-production",
    "podcast-repository",
    "podcore-pipeline",
    "podcore-production",
    "podcore-repository",
    "podcore-staging",
    "variables-pipeline",
    "variables-production",
    "variables-repository",
    "variables-staging",
  ]);
});

it("runs unchanged on cdktf's fork, as the README says", () => {
  const directory = copy("fleet", "fork");
  const file = join(directory, "package.json");
  const json = JSON.parse(readFileSync(file, "utf8"));
  const dependencies = { drover: `file:${tarball}`, cdktf: "npm:cdktn@0.24.0" };
  writeFileSync(file, JSON.stringify({ ...json, dependencies, overrides: { cdktf: "$cdktf" } }));
  const args = ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel", "error"];
  expect(run("npm", args, { cwd: directory }).status).toBe(0);

  expect(run("npx", ["drover", "synth"], { cwd: directory }).status).toBe(0);
  const installed = JSON.parse(readFileSync(join(directory, "node_modules/cdktf/package.json"), "utf8"));
  expect(installed.name).toBe("cdktn");
  const original = copy("fleet", "original");
  expect(runFile("main.ts", [], { cwd: original }).status).toBe(0);
  expect(stacksOf(directory)).toEqual(stacksOf(original));
});

it("gives one construct to somebody else's cdktf app", () => {
  const directory = install("single-construct");
  const { status } = run("npx", ["ts-node", "main.ts"], { cwd: directory });
  expect(status).toBe(0);
  const stack = JSON.parse(readFileSync(join(directory, "cdktf.out/stacks/images/cdk.tf.json"), "utf8"));
  expect(Object.values(stack.resource.aws_ecr_repository)).toEqual([
    expect.objectContaining({ name: "billing-cache", image_tag_mutability: "MUTABLE" }),
    expect.objectContaining({ name: "billing", image_tag_mutability: "IMMUTABLE", tags: { team: "billing" } }),
  ]);
});
