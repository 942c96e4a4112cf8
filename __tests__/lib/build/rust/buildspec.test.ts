import { spawnSync } from "node:child_process";
import { parse } from "yaml";
import { type RustBuildspecProps, rustBuildspec } from "../../../../lib/build/rust/buildspec";
import { rustDockerfile } from "../../../../lib/build/rust/dockerfile";
import { type Buildspec, COMMIT, commandsOf, type RunOptions, runBuildspec } from "../../../support/buildspec";
import { itWith } from "../../../support/needs";

const REGISTRY = "111122223333.dkr.ecr.eu-central-1.amazonaws.com";
const make = (props: Partial<RustBuildspecProps> = {}) =>
  rustBuildspec({
    trigger: "main",
    registry: REGISTRY,
    images: "podcore",
    cache: "podcore-cache",
    region: "eu-central-1",
    ...props,
  });
const MAIN = make();
const PULL_REQUEST = make({ trigger: "pull-request" });

const HEREDOC = /<<'END_OF_DOCKERFILE'\n([\s\S]*?)END_OF_DOCKERFILE\n?/;
/** What the build's own shell reads: all but the Dockerfile that it writes. */
const shell = (buildspec: string) => commandsOf(buildspec).map((command) => command.replace(HEREDOC, ""));

describe.each([
  ["main", MAIN],
  ["pull-request", PULL_REQUEST],
])("%s", (_, buildspec) => {
  it("is YAML that CodeBuild reads, for bash", () => {
    const read = parse(buildspec) as Buildspec;
    expect(buildspec).toMatch(/^version: 0\.2$/m);
    expect(read.env).toEqual({ shell: "bash" });
    expect(Object.keys(read.phases)).toEqual(["install", "pre_build", "build", "post_build"]);
    expect(commandsOf(buildspec).every((command) => typeof command === "string" && command !== "")).toBe(true);
  });

  it("has nothing that Terraform would take for a template", () => {
    expect(buildspec).not.toMatch(/[$%]\{/);
  });

  it("writes the pipeline's own Dockerfile, outside the checkout", () => {
    const writing = commandsOf(buildspec).filter((command) => HEREDOC.test(command));
    expect(writing).toHaveLength(1);
    expect(writing[0]).toContain("cat > /tmp/drover/Dockerfile ");
    expect(HEREDOC.exec(writing[0] ?? "")?.[1]).toBe(rustDockerfile());
  });

  it("has no word of cargo's or rustup's outside the Dockerfile", () => {
    expect(shell(buildspec).join("\n")).not.toMatch(/cargo|rust/);
  });

  it("keeps the registry's password out of arguments and logs", () => {
    expect(shell(buildspec).join("\n")).toContain(`docker login --username AWS --password-stdin ${REGISTRY}`);
    expect(buildspec).not.toMatch(/--password[ =]/);
  });

  it("gives the code that it builds no secret", () => {
    expect(shell(buildspec).join("\n")).not.toMatch(/--secret|--ssh|--build-arg|--allow|--privileged/);
  });

  itWith(["shellcheck"], "has commands that shellcheck has nothing to say about", () => {
    const outputs = commandsOf(buildspec).map((command) =>
      spawnSync("shellcheck", ["--shell=bash", "--external-sources", "-"], { input: command, encoding: "utf8" }),
    );
    expect(outputs.map(({ stdout, stderr }) => stdout + stderr).join("")).toBe("");
  });
});

describe("run as CodeBuild does", () => {
  const NEEDED = ["bash", "awk", "cat", "date", "mkdir"];
  const absent = 'case "$*" in *describe-images*) exit 254 ;; esac';
  const present = `case "$*" in *describe-images*) echo '{ "imageDetails": [{ "imageDigest": "sha256:aa" }] }' ;; esac`;
  /** Builds, and writes what buildx says of the image that it pushed. */
  const builds = `while [ $# -gt 1 ]; do [ "$1" = --metadata-file ] && echo '{ "containerimage.digest": "sha256:bb" }' > "$2"; shift; done; exit 0`;
  const failsAt = (target: string) => `case "$*" in *"--target ${target}"*) exit 1 ;; esac\n${builds}`;
  const run = (buildspec: string, stubs: RunOptions["stubs"], more: Partial<RunOptions> = {}) =>
    runBuildspec(buildspec, { stubs, programs: [...NEEDED, "jq"], ...more });
  const targets = (started: readonly string[]) =>
    started.flatMap((line) => (/^docker buildx build .*--target (\S+)/.exec(line) ?? []).slice(1));

  // What a hostile checkout would like to have started.
  const checkout = Object.fromEntries(
    ["cargo", "rustup", "rustc", "make", "Makefile", "build.rs", "docker", "aws", "cat", "awk", ".bashrc"].map(
      (name) => [name, `#!/bin/sh\necho "started by mistake: ${name}"\n`],
    ),
  );

  describe("pull-request", () => {
    itWith(NEEDED, "checks, and does nothing else: no push, no cache written", () => {
      const { succeeded, started } = runBuildspec(PULL_REQUEST, { programs: NEEDED });
      expect(succeeded).toBe(true);
      // The first two are one pipe.
      expect(started.slice(0, 2).sort()).toEqual([
        "aws ecr get-login-password --region eu-central-1",
        `docker login --username AWS --password-stdin ${REGISTRY}`,
      ]);
      expect(started.slice(2)).toEqual([
        "docker buildx create --driver docker-container --driver-opt image=moby/buildkit:v0.26.1 --use",
        `docker buildx build --progress plain --file /tmp/drover/Dockerfile --target checks --cache-from type=registry,ref=${REGISTRY}/podcore-cache:checks --output type=cacheonly .`,
      ]);
    });

    itWith(NEEDED, "starts no file of the checkout, and nothing but the pipeline's own programs", () => {
      const { succeeded, output } = runBuildspec(PULL_REQUEST, { programs: NEEDED, checkout });
      expect(succeeded).toBe(true);
      expect(output).not.toMatch(/by mistake|not found/);
    });

    itWith(NEEDED, "fails when the checks do", () => {
      const stubs = { aws: "", docker: failsAt("checks") };
      expect(runBuildspec(PULL_REQUEST, { programs: NEEDED, stubs }).succeeded).toBe(false);
    });

    it("knows no way to push or to write a cache", () => {
      expect(shell(PULL_REQUEST).join("\n")).not.toMatch(
        /--push|docker push|--cache-to|--tag|type=(registry|image),push/,
      );
    });
  });

  describe("main", () => {
    itWith([...NEEDED, "jq"], "checks, then pushes the image of the commit, and says how to release it", () => {
      const { succeeded, started, output } = run(MAIN, { aws: absent, docker: builds });
      expect(succeeded).toBe(true);
      expect(targets(started)).toEqual(["checks", "image"]);
      expect(started.at(-1)).toContain(`--tag ${REGISTRY}/podcore:${COMMIT} --provenance=false --push`);
      const line = output.split("\n").find((candidate) => candidate.startsWith('"podcore"'));
      expect(JSON.parse(`{${line}}`)).toEqual({ podcore: { tag: COMMIT, digest: "sha256:bb" } });
    });

    itWith([...NEEDED, "jq"], "writes each target's cache to a place of its own, whatever the other does", () => {
      const { started } = run(MAIN, { aws: absent, docker: builds });
      for (const target of ["checks", "image"]) {
        const build = started.find((line) => line.includes(`--target ${target} `));
        const ref = `type=registry,ref=${REGISTRY}/podcore-cache:${target}`;
        expect(build).toContain(`--cache-from ${ref} `);
        expect(build).toContain(`--cache-to ${ref},mode=max,image-manifest=true,ignore-error=true `);
      }
    });

    itWith([...NEEDED, "jq"], "starts no file of the checkout, and nothing but the pipeline's own programs", () => {
      const { succeeded, output } = run(MAIN, { aws: absent, docker: builds }, { checkout });
      expect(succeeded).toBe(true);
      expect(output).not.toMatch(/by mistake|not found/);
    });

    itWith([...NEEDED, "jq"], "pushes nothing when the checks fail, and offers nothing to release", () => {
      const { succeeded, started, output } = run(MAIN, { aws: absent, docker: failsAt("checks") });
      expect(succeeded).toBe(false);
      expect(targets(started)).toEqual(["checks"]);
      expect(output).not.toContain("releases.json");
    });

    itWith([...NEEDED, "jq"], "offers nothing to release when the push fails", () => {
      const { succeeded, output } = run(MAIN, { aws: absent, docker: failsAt("image") });
      expect(succeeded).toBe(false);
      expect(output).not.toContain("releases.json");
    });

    itWith([...NEEDED, "jq"], "builds nothing where the commit has its image, and says how to release that", () => {
      const { succeeded, started, output } = run(MAIN, { aws: present, docker: builds });
      expect(succeeded).toBe(true);
      expect(targets(started)).toEqual([]);
      expect(output).toContain(`the image of ${COMMIT} is there already`);
      expect(output).toContain(`"podcore": { "tag": "${COMMIT}", "digest": "sha256:aa" }`);
    });

    itWith(NEEDED, "stops when the registry lets nobody in", () => {
      const { succeeded, started } = run(MAIN, { aws: "", docker: 'case "$1" in login) exit 1 ;; esac' });
      expect(succeeded).toBe(false);
      expect(targets(started)).toEqual([]);
    });
  });

  itWith(NEEDED, "says how long it took", () => {
    expect(runBuildspec(PULL_REQUEST, { programs: NEEDED }).output).toMatch(/^build: 9\d s$/m);
  });

  itWith(NEEDED, "pricePerMinute: says what it cost, too", () => {
    const priced = make({ trigger: "pull-request", pricePerMinute: 0.2 });
    expect(runBuildspec(priced, { programs: NEEDED }).output).toMatch(/^build: 9\d s, about \$0\.3\d$/m);
  });
});

describe("options", () => {
  it("registry, images, cache and region stand wherever they are needed", () => {
    const other = make({ registry: "registry.example", images: "a/b", cache: "c/d", region: "us-east-1" });
    expect(other).not.toMatch(/podcore|111122223333|eu-central-1/);
    for (const name of [
      "registry.example/a/b:",
      "registry.example/c/d:",
      "--repository-name a/b",
      "--region us-east-1",
    ]) {
      expect(other).toContain(name);
    }
  });

  it("toolchainImage and runtimeImage go into the Dockerfile", () => {
    const images = { toolchainImage: "registry.example/rust:1", runtimeImage: "registry.example/base:1" };
    const [writing = ""] = commandsOf(make(images));
    expect(HEREDOC.exec(writing)?.[1]).toBe(rustDockerfile(images));
  });
});
