import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type ImageRecipe, recipeBuildspec, recipeFiles, recipeTag } from "../../../lib/build/image-recipe";
import { type Buildspec, commandsOf } from "../../support/buildspec";
import { temporaryFolder } from "../../support/folder";
import { itWith } from "../../support/needs";
import { findProgram } from "../../support/program";

const recipe = (name: string, ...targets: string[]): ImageRecipe => ({
  file: `${name}.Dockerfile`,
  dockerfile: `# ${name}\n`,
  tags: Object.fromEntries(targets.map((target) => [target, recipeTag(target, name)])),
});
const RECIPES = [recipe("rust", "builder", "runtime"), recipe("postgres", "postgres")];

describe("a tag", () => {
  it("is a name and the hash of what the image is made from", () => {
    expect(recipeTag("rust-1.95.0", "FROM a")).toMatch(/^rust-1\.95\.0-[0-9a-f]{12}$/);
    expect(recipeTag("a", "FROM a")).toBe(recipeTag("a", "FROM a"));
    expect(recipeTag("a", "FROM a")).not.toBe(recipeTag("a", "FROM b"));
  });
});

describe("the buildspec", () => {
  const buildspec = recipeBuildspec({
    registry: "registry.example",
    repository: "drover-builder",
    bucket: "acme-builder",
    region: "eu-central-1",
    recipes: RECIPES,
  });

  it("is YAML that CodeBuild reads, and no longer than it takes", () => {
    const { version, env, phases } = parse(buildspec) as Buildspec;
    expect({ version, env, phases: Object.keys(phases) }).toEqual({
      version: 0.2,
      env: { shell: "bash" },
      phases: ["pre_build", "build"],
    });
    expect(buildspec.length).toBeLessThan(25_600);
  });

  it("finds the file of each recipe in the bucket", () => {
    expect(recipeFiles(RECIPES)).toEqual({ "rust.Dockerfile": "# rust\n", "postgres.Dockerfile": "# postgres\n" });
    for (const name of Object.keys(recipeFiles(RECIPES))) {
      expect(buildspec).toContain(`aws s3 cp --region eu-central-1 s3://acme-builder/${name} /tmp/drover/${name}`);
    }
  });

  itWith(["shellcheck"], "has commands that shellcheck has nothing to say about", () => {
    for (const command of commandsOf(buildspec)) {
      const { stdout } = spawnSync("shellcheck", ["--shell=bash", "-"], { input: command, encoding: "utf8" });
      expect(stdout).toBe("");
    }
  });

  /** Runs it, with a registry that holds the given tags; the docker at hand fails at the given target. */
  function run({ there = [], fails = "none" }: { there?: string[]; fails?: string } = {}) {
    const folder = temporaryFolder();
    const [bin, own, log] = ["bin", "own", "log"].map((name) => join(folder, name)) as [string, string, string];
    mkdirSync(bin);
    const stubs = {
      aws: `case "$*" in *describe-images*) case " ${there.join(" ")} " in *" \${!#/*=/} "*) ;; *) exit 254 ;; esac ;; esac`,
      docker: `case "$*" in *"--target ${fails} "*) exit 1 ;; esac`,
    };
    for (const [name, lines] of Object.entries(stubs)) {
      writeFileSync(join(bin, name), `#!${findProgram("bash")}\necho "${name} $*" >> ${log}\n${lines}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    let status: number | null = 0;
    for (const command of commandsOf(buildspec)) {
      const env = { PATH: `${bin}:${process.env.PATH}`, BUILDKIT_HOST: "" };
      ({ status } = spawnSync("bash", ["-c", command.replaceAll("/tmp/drover", own)], { env }));
      if (status !== 0) break;
    }
    const started = readFileSync(log, "utf8").replaceAll(own, "/tmp/drover").split("\n");
    return { status, builds: started.filter((line) => line.startsWith("docker buildx build ")) };
  }

  itWith(["bash"], "makes every image of every recipe, from its own file, without a context", () => {
    const { status, builds } = run();
    expect(status).toBe(0);
    expect(builds).toHaveLength(3);
    for (const { file, tags } of RECIPES) {
      for (const [target, tag] of Object.entries(tags)) {
        const build = builds.find((line) => line.includes(`name=registry.example/drover-builder:${tag},push=true`));
        expect(build).toContain(`--file /tmp/drover/${file} --target ${target} `);
        expect(build).toMatch(/ \/tmp\/drover\/empty$/);
      }
    }
  });

  itWith(["bash"], "leaves those that are there", () => {
    const { status, builds } = run({ there: Object.values(RECIPES[0]?.tags ?? {}) });
    expect(status).toBe(0);
    expect(builds).toHaveLength(1);
    expect(builds[0]).toContain("--target postgres ");
  });

  itWith(["bash"], "ends at the first that can't be made", () => {
    const { status, builds } = run({ fails: "runtime" });
    expect(status).not.toBe(0);
    expect(builds.at(-1)).toContain("--target runtime ");
  });
});
