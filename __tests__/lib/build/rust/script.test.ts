import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type BuildScriptProps, buildScript, PHASES_PROGRAM } from "../../../../lib/build/rust/script";
import { temporaryFolder } from "../../../support/folder";
import { itWith } from "../../../support/needs";

const PROPS: BuildScriptProps = {
  trigger: "main",
  slug: "podcore",
  registry: "registry.example",
  images: "podcore",
  cache: "podcore-cache",
  region: "eu-central-1",
  builderProject: "drover-builder",
  builder: {
    builder: "registry.example/drover-builder:rust-1.95.0-0a1b",
    runtime: "registry.example/drover-builder:runtime-0a1b",
    "runtime-static": "registry.example/drover-builder:runtime-static-0a1b",
    buildkit: "registry.example/drover-builder:buildkit-0a1b",
    "sbom-scanner": "registry.example/drover-builder:sbom-scanner-0a1b",
  },
};

const OPTIONS: [string, Partial<BuildScriptProps>][] = [
  ["nothing", {}],
  ["environmentStacks", { environmentStacks: ["podcore-staging", "podcore-production"] }],
  ["pricePerMinute", { pricePerMinute: 0.2 }],
  ["dockerfile", { dockerfile: "docker/Dockerfile" }],
  ["gitCredentials", { gitCredentials: true }],
  ["sccacheRole", { sccacheRole: "arn:aws:iam::111122223333:role/podcore-compile-cache" }],
  ["attestations", { attestations: true }],
  ["local", { local: true }],
  ["stages", { stages: true }],
];
const EVERYTHING: [string, Partial<BuildScriptProps>] = [
  "everything",
  Object.assign({}, ...OPTIONS.map(([, props]) => props), { local: false, dockerfile: undefined }),
];
const VARIANTS = (["main", "pull-request"] as const).flatMap((trigger) =>
  [...OPTIONS, EVERYTHING].map(
    ([name, props]) => [trigger, name, buildScript({ ...PROPS, ...props, trigger })] as const,
  ),
);

describe.each(VARIANTS)("%s with %s", (_trigger, _name, script) => {
  itWith(["bash"], "can be read", () => {
    const { status, stderr } = spawnSync("bash", ["-n"], { input: script, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("ends at the first command that fails, and says nothing of options that are not there", () => {
    expect(script).toMatch(/^#!\/usr\/bin\/env bash\n.*\nset -euo pipefail\n/);
    expect(script).not.toMatch(/undefined|\[object/);
  });
});

it("a pull request's script is the same with and without secrets", () => {
  const make = (props: Partial<BuildScriptProps>) => buildScript({ ...PROPS, ...props, trigger: "pull-request" });
  const secrets = { gitCredentials: true, sccacheRole: "arn:aws:iam::111122223333:role/x", attestations: true };
  expect(make(secrets)).toBe(make({}));
});

describe("the sum of a log", () => {
  const LOG = `### image
#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 5.12kB done
#1 DONE 0.9s

#2 importing cache manifest from registry.example/podcore-cache:image
#2 DONE 0.3s

#3 [builder 1/1] FROM registry.example/drover-builder:rust-1.95.0-0a1b
#3 CACHED

#4 [plan 1/1] RUN --network=none drover-build plan /plan
#4 DONE 0.4s

#5 [dependencies 1/2] RUN cargo build
#5 1.234 Compiling tokio
#5 DONE 30.1s

#6 [dependencies 2/2] RUN cargo build
#6 DONE 0.5s

#7 [release 1/1] RUN cargo build
#7 2.000 #5 DONE 99.9s
#7 ERROR: process "/bin/sh -c cargo build" did not complete successfully: exit code: 1

#8 exporting to image
#8 DONE 1.5s

#9 exporting cache to registry
#9 DONE 2.5s
### reports
#3 [tests 1/1] RUN cargo nextest run
#3 DONE 4.0s

#4 [plan 1/1] RUN --network=none drover-build plan /plan
#4 CACHED

#5 [checks 1/1] RUN drover-build verdict
#5 DONE 0.0s
`;

  /** Seconds by stage, and the last line. */
  function sum(log: string): [Record<string, number>, string] {
    const program = join(temporaryFolder(), "phases.awk");
    writeFileSync(program, PHASES_PROGRAM);
    const { stdout, stderr } = spawnSync("awk", ["-f", program], { input: log, encoding: "utf8" });
    expect(stderr).toBe("");
    const lines = stdout.trimEnd().split("\n");
    const rows = lines.slice(0, -1).map((line) => /^(.*\S) +([\d.]+) s$/.exec(line) ?? [line]);
    return [Object.fromEntries(rows.map(([, stage, seconds]) => [stage, Number(seconds)])), lines.at(-1) ?? ""];
  }

  itWith(["awk"], "has each stage's seconds in the order of their ends, of all builds together", () => {
    const [seconds] = sum(LOG);
    expect(seconds).toEqual({
      "read cache": 0.3,
      plan: 0.4,
      dependencies: 30.6,
      export: 1.5,
      "write cache": 2.5,
      tests: 4,
    });
    expect(Object.keys(seconds)).toEqual(["read cache", "plan", "dependencies", "export", "write cache", "tests"]);
  });

  itWith(["awk"], "takes the last word of a step that is told in parts", () => {
    const [seconds, steps] = sum(
      "### image\n#8 [builder 1/1] FROM x\n#8 DONE 5.0s\n\n#8 DONE 18.3s\n\n#8 DONE 18.3s\n",
    );
    expect({ seconds, steps }).toEqual({ seconds: { builder: 18.3 }, steps: "0 of 1 steps came from the cache" });
  });

  itWith(["awk"], "counts each step once, without exports, and those that came from the cache", () => {
    expect(sum(LOG)[1]).toBe("1 of 6 steps came from the cache");
    expect(sum("")[1]).toBe("0 of 0 steps came from the cache");
  });
});

describe("the script, in a checkout", () => {
  /** Calls a command of the script in a folder with some files, and returns what it prints; `own` has its own files. */
  function call(command: string, props: Partial<BuildScriptProps>, files: Record<string, string>) {
    const folder = temporaryFolder();
    const own = join(folder, "own");
    const all = { "own/build.sh": buildScript({ ...PROPS, ...props }), "own/phases.awk": PHASES_PROGRAM, ...files };
    for (const [name, content] of Object.entries(all)) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    const env = { PATH: process.env.PATH, STARTED: "0" };
    const cwd = join(folder, "checkout");
    const { stdout, stderr } = spawnSync("bash", [join(own, "build.sh"), command], { cwd, env, encoding: "utf8" });
    expect(stderr).toBe("");
    return { stdout, read: (name: string) => readFileSync(join(own, name), "utf8") };
  }

  const FAILED = (said: string) => ({
    "own/failed": "",
    "own/log": `### release\n#1 [release 1/1] RUN cargo build\n#1 1.0 ${said}\n#1 ERROR: process "cargo build"\n`,
    "checkout/Cargo.toml": "",
    "checkout/crates/api/Cargo.toml": "",
    "checkout/crates/api/src/lib.rs": "",
    "checkout/crates/api/queries/list.sql": "",
    "checkout/queries.toml": "",
  });

  itWith(
    ["bash", "awk"],
    "names the field for a path that the build does not see, from the root and from a crate",
    () => {
      const { stdout } = call("summary", {}, FAILED("error: couldn't read `src/../queries/list.sql`: No such file"));
      expect(stdout.match(/"context": \["(.*)"\]/)?.[1]).toBe("crates/api/queries/list.sql");
      const root = call("summary", {}, FAILED("couldn't read /src/queries.toml: No such file or directory"));
      expect(root.stdout.match(/"context": \["(.*)"\]/)?.[1]).toBe("queries.toml");
      const named = call("summary", {}, FAILED("queries.toml: No such file or directory"));
      expect(named.stdout.match(/"context": \["(.*)"\]/)?.[1]).toBe("queries.toml");
      for (const other of [
        "/etc/queries.toml: not found",
        "../queries.toml: not found",
        "Cargo.toml: not found. v1.2.3 ..",
      ])
        expect(call("summary", {}, FAILED(other)).stdout).not.toContain("context");
    },
  );

  itWith(["bash"], "gives an image of the codebase's own Dockerfile the helper, where it makes an image", () => {
    const files = { "checkout/Dockerfile": "FROM scratch\n" };
    const own = { local: true, dockerfile: "Dockerfile" };
    const made = call("prepare", own, files).read("Dockerfile");
    expect(made).toMatch(/^FROM scratch\n\nCOPY --from=registry\.example\/drover-builder:runtime-static-0a1b /);
    const checked = call("prepare", { ...own, trigger: "pull-request" }, files).read("Dockerfile");
    expect(checked.trim()).toBe("FROM scratch");
  });

  it("writes a stage's findings to no cache before they are known to be good", () => {
    const script = buildScript({ ...PROPS, stages: true });
    for (const stage of ["lint", "tests"]) {
      const [, body = ""] = new RegExp(`^${stage}\\(\\) \\{\\n(.*?)^\\}`, "ms").exec(script) ?? [];
      expect(body).toMatch(/buildx (lint-)?reports --output/);
      expect(body).toMatch(/buildx (lint-)?checks --cache-to/);
    }
  });
});
