import { parse } from "yaml";
import { buildFiles, REPORT_GROUP, type RustBuildspecProps, rustBuildspec } from "../../../../lib/build/rust/buildspec";
import { type Buildspec, COMMIT, commandsOf, type RunOptions, runBuildspec } from "../../../support/buildspec";
import { itWith } from "../../../support/needs";

const REGISTRY = "111122223333.dkr.ecr.eu-central-1.amazonaws.com";
const BUILDER = `${REGISTRY}/drover-builder`;
const PROPS: RustBuildspecProps = {
  trigger: "main",
  slug: "podcore",
  registry: REGISTRY,
  images: "podcore",
  cache: "podcore-cache",
  region: "eu-central-1",
  source: "https://github.com/acme/podcore",
  builderProject: "drover-builder",
  builder: {
    builder: `${BUILDER}:rust-1.95.0-0a1b2c3d4e5f`,
    runtime: `${BUILDER}:runtime-0a1b2c3d4e5f`,
    "runtime-static": `${BUILDER}:runtime-static-0a1b2c3d4e5f`,
    buildkit: `${BUILDER}:buildkit-0a1b2c3d4e5f`,
    "sbom-scanner": `${BUILDER}:sbom-scanner-0a1b2c3d4e5f`,
  },
};
const SECRETS: Partial<RustBuildspecProps> = {
  gitCredentials: "podcore/git",
  sccacheRole: "arn:aws:iam::111122223333:role/podcore-compile-cache",
  options: { sccache: { bucket: "acme-sccache", region: "eu-central-1", prefix: "podcore" } },
};
const make = (props: Partial<RustBuildspecProps> = {}) => rustBuildspec({ ...PROPS, ...props });
const pullRequest = (props: Partial<RustBuildspecProps> = {}) => make({ ...props, trigger: "pull-request" });

const VARIANTS: [string, string][] = [
  ["main", make()],
  ["pull request", pullRequest()],
  ["main with everything", make({ ...SECRETS, attestations: true, pricePerMinute: 0.2, context: ["data"] })],
  ["pull request with everything", pullRequest({ ...SECRETS, attestations: true, pricePerMinute: 0.2 })],
  ["main with its own Dockerfile", make({ dockerfile: "docker/Dockerfile" })],
  ["pull request with its own Dockerfile", pullRequest({ dockerfile: "docker/Dockerfile" })],
];

const HEREDOC = /^cat > \/tmp\/drover\/(\S+) <<'(\w+)'\n([\s\S]*)\n?\2$/;

describe.each(VARIANTS)("%s", (_, buildspec) => {
  const commands = commandsOf(buildspec);
  const read = parse(buildspec) as Buildspec;

  it("is YAML that CodeBuild reads, for bash", () => {
    expect(buildspec).toMatch(/^version: 0\.2$/m);
    expect(read.env.shell).toBe("bash");
    expect(Object.keys(read.phases)).toEqual(["install", "pre_build", "build", "post_build"]);
    expect(commands.every((command) => typeof command === "string" && command !== "")).toBe(true);
  });

  it("is no longer than CodeBuild takes", () => {
    expect(buildspec.length).toBeLessThan(25_600);
  });

  it("writes each file whole, outside the checkout: no file has its delimiter in it", () => {
    const writing = commands.filter((command) => command.includes("<<"));
    for (const command of writing) {
      const [, , delimiter = "", content = ""] = HEREDOC.exec(command) ?? [];
      expect(content).not.toBe("");
      expect(`\n${content}`).not.toContain(`\n${delimiter}\n`);
    }
  });

  it("has no word of cargo's or rustup's in what the machine's own shell reads", () => {
    expect(commands.filter((command) => !HEREDOC.test(command)).join("\n")).not.toMatch(/cargo|rustup/);
  });

  it("keeps the registry's password out of arguments and logs", () => {
    expect(buildspec).not.toMatch(/--password[ =]/);
  });
});

it("writes the files of a build, byte by byte", () => {
  const written = commandsOf(make()).flatMap((command) => {
    const [, name, , content] = HEREDOC.exec(command) ?? [];
    return name === undefined ? [] : [[name, content]];
  });
  expect(Object.fromEntries(written)).toEqual(buildFiles(PROPS));
  expect(written.map(([name]) => name)).toEqual(["Dockerfile", "Dockerfile.dockerignore", "build.sh", "phases.awk"]);
});

it("shows the checks' reports to CodeBuild, but none of an own Dockerfile's", () => {
  for (const buildspec of [make(), pullRequest()]) {
    expect((parse(buildspec) as Buildspec).reports).toEqual({
      [REPORT_GROUP]: { files: ["*.xml"], "base-directory": "/tmp/drover/reports", "file-format": "JUNITXML" },
    });
  }
  expect((parse(make({ dockerfile: "Dockerfile" })) as Buildspec).reports).toBeUndefined();
});

it("lets the build see what the entry adds, and the files of its image", () => {
  const files = buildFiles({ ...PROPS, context: ["data"], options: { files: ["public"] } });
  expect(files["Dockerfile.dockerignore"]).toMatch(/^!data\n!public$/m);
});

it("stands on the static runtime with musl", () => {
  expect(buildFiles({ ...PROPS, options: { libc: "musl" } }).Dockerfile).toContain(
    `FROM ${PROPS.builder["runtime-static"]} AS image`,
  );
  expect(buildFiles(PROPS).Dockerfile).toContain(`FROM ${PROPS.builder.runtime} AS image`);
});

describe("run as CodeBuild does", () => {
  const NEEDED = "bash awk cat cut date dirname find grep head jq mkdir realpath rm sed sort tail tee touch uniq".split(
    " ",
  );
  const DIGESTS = { pushed: `sha256:${"b".repeat(64)}`, existing: `sha256:${"a".repeat(64)}` };

  /** A registry that holds the builder. */
  const AWS = `case "$*" in
    *describe-images*drover-builder*) echo '{}' ;;
    *describe-images*) echo "An error occurred (ImageNotFoundException)" >&2; exit 254 ;;
    *assume-role*) printf 'AKIAEXAMPLE\\tverysecret\\tsession\\n' ;;
  esac`;
  const NO_BUILDER = `case "$*" in *describe-images*) echo "An error occurred (ImageNotFoundException)" >&2; exit 254 ;; esac`;
  const FORBIDDEN =
    'case "$*" in *describe-images*) echo "An error occurred (AccessDeniedException)" >&2; exit 254 ;; esac';
  const EXISTING = `case "$*" in *describe-images*podcore*) printf '{\\n "imageDetails": [\\n {\\n "imageDigest": "${DIGESTS.existing}"\\n } ] }\\n' ;; esac`;
  /** Builds, and writes what buildx says of the image that it pushed. */
  const DOCKER = `while [ $# -gt 1 ]; do
    [ "$1" != --metadata-file ] || printf '{\\n  "containerimage.config.digest": "sha256:cc",\\n  "containerimage.digest": "${DIGESTS.pushed}"\\n}\\n' > "$2"
    shift
  done
  exit 0`;
  /** Fails with the given log at the given targets. */
  const failsAt = (targets: string, log = "error") => `case "$*" in
    *"--target "[${targets}]*) printf '%s\\n' "#7 [release 1/1] RUN cargo build" "#7 1.2 ${log}" "#7 ERROR: process did not complete"; exit 1 ;;
    esac\n${DOCKER}`;

  const run = (buildspec: string, more: Partial<RunOptions> = {}) =>
    runBuildspec(buildspec, { programs: NEEDED, stubs: { aws: AWS, docker: DOCKER }, ...more });
  const builds = (started: readonly string[]) => started.filter((line) => line.startsWith("docker buildx build "));
  const targets = (started: readonly string[]) => builds(started).map((line) => /--target (\S+)/.exec(line)?.[1]);
  const pin = (output: string) => {
    const line = output.split("\n").find((candidate) => candidate.startsWith('"podcore"'));
    return line === undefined ? undefined : JSON.parse(`{${line}}`).podcore;
  };

  // What a hostile checkout would like to have started.
  const checkout = Object.fromEntries(
    ["cargo", "rustup", "rustc", "make", "Makefile", "build.rs", "docker", "aws", "cat", "awk", ".bashrc"].map(
      (name) => [name, `#!/bin/sh\necho "started by mistake: ${name}"\n`],
    ),
  );

  describe("main", () => {
    itWith(NEEDED, "makes the image, exports the reports, and says how to release it", () => {
      const { succeeded, started, output } = run(
        make({ environmentStacks: ["podcore-staging", "podcore-production"] }),
      );
      expect({ succeeded, output }).toMatchObject({ succeeded: true });
      expect(targets(started)).toEqual(["image", "reports"]);
      expect(pin(output)).toEqual({ tag: COMMIT, digest: DIGESTS.pushed });
      expect(output).toMatch(/^npx cdktf deploy podcore-staging\nnpx cdktf deploy podcore-production$/m);
    });

    itWith(NEEDED, "pushes once, by the commit", () => {
      const pushing = run(make()).started.filter((line) => /push=true|--tag/.test(line));
      expect(pushing).toHaveLength(1);
      expect(pushing[0]).toContain(`--tag ${REGISTRY}/podcore:${COMMIT} `);
      expect(pushing[0]).toContain("--provenance=false");
      expect(pushing[0]).toContain(`--build-arg REVISION=${COMMIT} --build-arg BUILD_ID=podcore-main:1 `);
    });

    itWith(NEEDED, "writes each target's cache to a place of its own, and reads both", () => {
      const ref = (name: string) => `type=registry,ref=${REGISTRY}/podcore-cache:${name}`;
      const [image, reports] = builds(run(make()).started);
      for (const build of [image, reports]) {
        expect(build).toContain(`--cache-from ${ref("checks")} --cache-from ${ref("image")} `);
      }
      expect(image).toContain(`--cache-to ${ref("image")},mode=max,`);
      expect(reports).toContain(`--cache-to ${ref("checks")},mode=max,`);
    });

    itWith(
      NEEDED,
      "asks for the commit's image and the builder before it builds, on the platform's own BuildKit",
      () => {
        const { started } = run(make());
        const before = started.slice(0, started.indexOf(builds(started)[0] ?? ""));
        expect(before.slice(0, 2).sort()).toEqual([
          "aws ecr get-login-password --region eu-central-1",
          `docker login --username AWS --password-stdin ${REGISTRY}`,
        ]);
        expect(before.slice(2)).toEqual([
          `aws ecr describe-images --region eu-central-1 --repository-name podcore --image-ids imageTag=${COMMIT}`,
          "aws ecr describe-images --region eu-central-1 --repository-name drover-builder --image-ids imageTag=rust-1.95.0-0a1b2c3d4e5f",
          `docker buildx create --driver docker-container --driver-opt image=${PROPS.builder.buildkit} --use`,
        ]);
      },
    );

    itWith(NEEDED, "builds nothing where the commit has its image, and says how to release that", () => {
      const { succeeded, started, output } = run(make(), { stubs: { aws: EXISTING, docker: DOCKER } });
      expect(succeeded).toBe(true);
      expect(builds(started)).toEqual([]);
      expect(output).toContain(`the image of ${COMMIT} is there already`);
      expect(pin(output)).toEqual({ tag: COMMIT, digest: DIGESTS.existing });
    });

    itWith(
      NEEDED,
      "fails when the checks do: reports are exported, their reason comes last, nothing is offered",
      () => {
        const docker = failsAt("ic", "test adds ... FAILED");
        const { succeeded, started, output } = run(make(), { stubs: { aws: AWS, docker } });
        expect(succeeded).toBe(false);
        expect(targets(started)).toEqual(["image", "reports", "checks"]);
        expect(output.trim().split("\n").at(-1)).toBe("test adds ... FAILED");
        expect(output).not.toContain("releases.json");
      },
    );

    itWith(NEEDED, "fails when the image does, although the checks pass", () => {
      const { succeeded, started, output } = run(make(), { stubs: { aws: AWS, docker: failsAt("i") } });
      expect(succeeded).toBe(false);
      expect(targets(started)).toEqual(["image", "reports", "checks"]);
      expect(output).not.toContain("releases.json");
    });

    itWith(NEEDED, "says what the step has said that failed last", () => {
      const { output } = run(make(), { stubs: { aws: AWS, docker: failsAt("icr", "error: could not compile") } });
      expect(output).toMatch(/the build has failed:\nerror: could not compile\n$/);
    });
  });

  describe("pull request", () => {
    itWith(NEEDED, "checks, and does nothing else: no push, no cache written, no secret", () => {
      const { succeeded, started, output } = run(pullRequest({ ...SECRETS, attestations: true }));
      expect({ succeeded, output }).toMatchObject({ succeeded: true });
      expect(targets(started)).toEqual(["reports", "checks"]);
      const all = started.join("\n");
      expect(all).not.toMatch(
        /push=true|--push|--tag|--cache-to|--secret|--ssh|assume-role|--attest|type=registry,push/,
      );
      expect(all).toContain(`--cache-from type=registry,ref=${REGISTRY}/podcore-cache:checks `);
      expect(output).not.toContain("releases.json");
    });

    it("knows no way to push, to write a cache, or to a secret", () => {
      const { Dockerfile, ...rest } = buildFiles({ ...PROPS, ...SECRETS, trigger: "pull-request" });
      expect(Object.values(rest).join("\n")).not.toMatch(
        /push=true|--push|docker push|--cache-to|--tag|--secret|assume-role|GIT_CREDENTIALS/,
      );
      expect(Dockerfile).not.toContain("id=sccache");
      expect((parse(pullRequest(SECRETS)) as Buildspec).env["secrets-manager"]).toBeUndefined();
    });

    itWith(NEEDED, "fails when the checks do, with their reports", () => {
      const { succeeded, started } = run(pullRequest(), { stubs: { aws: AWS, docker: failsAt("c") } });
      expect(succeeded).toBe(false);
      expect(targets(started)).toEqual(["reports", "checks"]);
    });
  });

  describe.each([
    ["main", make()],
    ["pull request", pullRequest()],
  ])("%s", (_, buildspec) => {
    itWith(NEEDED, "starts no file of the checkout, and nothing but the pipeline's own programs", () => {
      const { succeeded, output } = run(buildspec, { checkout });
      expect(succeeded).toBe(true);
      expect(output).not.toMatch(/by mistake|command not found/);
    });

    itWith(NEEDED, "ends at once without a builder, with the command that makes it", () => {
      const { succeeded, started, output } = run(buildspec, { stubs: { aws: NO_BUILDER, docker: DOCKER } });
      expect(succeeded).toBe(false);
      expect(started.filter((line) => line.startsWith("docker buildx"))).toEqual([]);
      expect(output).toContain(`error: the builder ${PROPS.builder.builder} is not there`);
      expect(output).toContain("aws codebuild start-build --region eu-central-1 --project-name drover-builder");
    });

    itWith(NEEDED, "takes no other failure for a missing image", () => {
      const { succeeded, started, output } = run(buildspec, { stubs: { aws: FORBIDDEN, docker: DOCKER } });
      expect(succeeded).toBe(false);
      expect(started.filter((line) => line.startsWith("docker buildx"))).toEqual([]);
      expect(output).toContain("AccessDeniedException");
      expect(output).not.toContain("is not there");
    });

    itWith(NEEDED, "stops when the registry lets nobody in", () => {
      const { succeeded, started } = run(buildspec, {
        stubs: { aws: AWS, docker: 'case "$1" in login) exit 1 ;; esac' },
      });
      expect(succeeded).toBe(false);
      expect(builds(started)).toEqual([]);
    });

    itWith(NEEDED, "says how long it took", () => {
      expect(run(buildspec).output).toMatch(/^build: 9\d s$/m);
    });

    itWith(NEEDED, "repeats BuildKit's own words where no step has failed", () => {
      const docker = `case "$*" in *"--target "[icr]*) echo "ERROR: failed to push: denied"; exit 1 ;; esac\n${DOCKER}`;
      const { succeeded, output } = run(buildspec, { stubs: { aws: AWS, docker } });
      expect(succeeded).toBe(false);
      expect(output.trimEnd()).toMatch(/the build has failed:\nERROR: failed to push: denied$/);
    });

    itWith(NEEDED, "names a path that the build has missed and the checkout has, and no other", () => {
      const missing =
        "couldn't read `/src/crates/a/../../data/list.txt`: No such file or directory; /etc/passwd not found; a/b not found";
      const { output } = run(buildspec, {
        stubs: { aws: AWS, docker: failsAt("icr", missing) },
        checkout: { "data/list.txt": "", "other/file": "", "crates/a/lib.rs": "" },
      });
      expect(output.match(/^hint: .*$/gm)).toEqual([
        'hint: the build does not see data/list.txt; if it should, add it in the app\'s entry: "build": { "context": ["data/list.txt"] }',
      ]);
    });
  });

  itWith(NEEDED, "pricePerMinute: says what it cost, too", () => {
    expect(run(make({ pricePerMinute: 0.2 })).output).toMatch(/^build: 9\d s, about \$0\.3\d$/m);
  });

  itWith(NEEDED, "gitCredentials: come from the secret store, and reach fetching as a secret of the build", () => {
    const buildspec = make({ gitCredentials: "podcore/git" });
    expect((parse(buildspec) as Buildspec).env["secrets-manager"]).toEqual({ GIT_CREDENTIALS: "podcore/git" });
    for (const build of builds(run(buildspec).started)) {
      expect(build).toContain("--secret id=git-credentials,env=GIT_CREDENTIALS ");
    }
    expect(make()).not.toMatch(/GIT_CREDENTIALS|secrets-manager/);
  });

  itWith(NEEDED, "sccacheRole: its credentials are a file, and in no argument and no log", () => {
    const { started, output, own } = run(make(SECRETS));
    expect(started).toContainEqual(expect.stringContaining(`assume-role --role-arn ${SECRETS.sccacheRole}`));
    expect(own("sccache")).toBe(
      "AWS_ACCESS_KEY_ID=AKIAEXAMPLE\nAWS_SECRET_ACCESS_KEY=verysecret\nAWS_SESSION_TOKEN=session\n",
    );
    for (const build of builds(started)) expect(build).toContain("--secret id=sccache,src=/tmp/drover/sccache ");
    expect(started.join("\n") + output).not.toContain("verysecret");
  });

  itWith(NEEDED, "attestations: of how it was built and what is in it, by the platform's own scanner", () => {
    const [image, reports] = builds(run(make({ attestations: true })).started);
    expect(image).toContain(
      `--attest type=provenance,mode=max,version=v1 --attest type=sbom,generator=${PROPS.builder["sbom-scanner"]} `,
    );
    expect(image).not.toContain("--provenance=false");
    expect(reports).not.toContain("--attest");
  });

  describe("dockerfile", () => {
    const own = { "docker/Dockerfile": "FROM scratch\nCOPY a /a" };

    itWith(NEEDED, "main: builds the codebase's own, with our helper as its last layer, and pushes it", () => {
      const {
        succeeded,
        started,
        output,
        own: file,
      } = run(make({ dockerfile: "docker/Dockerfile" }), { checkout: own });
      expect({ succeeded, output }).toMatchObject({ succeeded: true });
      expect(builds(started)).toHaveLength(1);
      expect(builds(started)[0]).toMatch(
        /--file \/tmp\/drover\/Dockerfile .*--output type=image,push=true,oci-mediatypes=true/,
      );
      expect(builds(started)[0]).not.toContain("--target");
      expect(file("Dockerfile")).toBe(
        `FROM scratch\nCOPY a /a\nCOPY --from=${PROPS.builder["runtime-static"]} /usr/local/bin/drover-helper /usr/local/bin/drover-helper\n`,
      );
      expect(pin(output)).toEqual({ tag: COMMIT, digest: DIGESTS.pushed });
    });

    itWith(NEEDED, "sees what the codebase's own .dockerignore leaves, and never .git", () => {
      const ignored = (checkout: Record<string, string>, links?: Record<string, string>) => {
        const files = { ...own, ...checkout };
        return run(make({ dockerfile: "docker/Dockerfile" }), { checkout: files, links }).own(
          "Dockerfile.dockerignore",
        );
      };
      expect(ignored({})).toBe("\n**/.git\n");
      expect(ignored({ ".dockerignore": "target" })).toBe("target\n**/.git\n");
      const both = { ".dockerignore": "target", "docker/Dockerfile.dockerignore": "**\n!a\n" };
      expect(ignored(both)).toBe("**\n!a\n\n**/.git\n");
      expect(ignored({}, { ".dockerignore": "/etc/passwd" })).toBe("\n**/.git\n");
    });

    itWith(NEEDED, "pull request: builds it and pushes nothing", () => {
      const { succeeded, started } = run(pullRequest({ dockerfile: "docker/Dockerfile" }), { checkout: own });
      expect(succeeded).toBe(true);
      expect(builds(started)).toHaveLength(1);
      expect(builds(started)[0]).not.toMatch(/push=true|--push|--tag|--cache-to/);
    });

    itWith(NEEDED, "ends before the build where it is not there", () => {
      const { succeeded, started, output } = run(make({ dockerfile: "docker/Dockerfile" }));
      expect(succeeded).toBe(false);
      expect(builds(started)).toEqual([]);
      expect(output).toContain("error: the repository has no docker/Dockerfile, which the app's entry names");
    });

    itWith(NEEDED, "is never a file of the machine, which BuildKit's complaints would print", () => {
      for (const links of [{ Dockerfile: "/etc/passwd" }, { Dockerfile: "../own/build.sh" }]) {
        const { succeeded, started, output } = run(pullRequest({ dockerfile: "Dockerfile" }), { links });
        expect(succeeded).toBe(false);
        expect(builds(started)).toEqual([]);
        expect(output).toContain("error: Dockerfile leads out of the repository");
      }
      const checkout = { "docker/Dockerfile": "FROM scratch" };
      const within = run(pullRequest({ dockerfile: "Dockerfile" }), {
        checkout,
        links: { Dockerfile: "docker/Dockerfile" },
      });
      expect(within.succeeded).toBe(true);
    });
  });
});

it("registry, images, cache and region stand wherever they are needed", () => {
  const other = make({ registry: "registry.example", images: "a/b", cache: "c/d", region: "us-east-1" });
  for (const name of ["registry.example/a/b:", "registry.example/c/d:", "has_image a/b ", "--region us-east-1"]) {
    expect(other).toContain(name);
  }
  expect(other).not.toContain("podcore-cache");
});
