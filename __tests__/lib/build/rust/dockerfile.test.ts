import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { validate } from "dockerfile-utils";
import { type RustDockerfileProps, rustDockerfile } from "../../../../lib/build/rust/dockerfile";
import { type Instruction, mounts, type Stage, sourcesOf, stages } from "../../../support/dockerfile";
import { temporaryFolder } from "../../../support/folder";
import { itWith } from "../../../support/needs";

const BUILDER = "registry.example/drover-builder:rust-1.95.0-0a1b2c3d4e5f";
const RUNTIME = "registry.example/drover-builder:runtime-0a1b2c3d4e5f";
const SOURCE = "https://github.com/acme/podcore";
const SCCACHE = { bucket: "acme-sccache", region: "eu-central-1", prefix: "podcore" };

const make = (props: Partial<RustDockerfileProps> = {}) =>
  rustDockerfile({ builder: BUILDER, runtime: RUNTIME, source: SOURCE, ...props });

/** Questions about one Dockerfile. */
function read(props: Partial<RustDockerfileProps> = {}) {
  const all = stages(make(props));
  const names = all.map(({ name }) => name);
  const instructions = all.flatMap((one) => one.instructions);
  const runs = instructions.filter(({ keyword }) => keyword === "RUN");
  const stage = (name: string) => all.find((one) => one.name === name) as Stage;
  const runOf = (name: string) => runs.find((run) => run.stage === name) as Instruction;
  /** All stages that must be built for one, itself among them. */
  const needed = (name: string): Set<string> => {
    const one = stage(name);
    if (!one) return new Set();
    return new Set([
      name,
      ...[one.base, ...one.instructions.flatMap(sourcesOf)].flatMap((other) => [...needed(other)]),
    ]);
  };
  /** The stages on which one stands, the lowest first, itself last. */
  const below = (name: string): string[] => (names.includes(name) ? [...below(stage(name).base), name] : []);
  return { all, names, instructions, runs, stage, runOf, needed, below };
}

const openStages = (props: Partial<RustDockerfileProps> = {}) =>
  read(props)
    .runs.filter(({ flags }) => flags.network?.[0] !== "none")
    .map(({ stage }) => stage);

const VARIANTS: [string, Partial<RustDockerfileProps>][] = [
  ["nothing", {}],
  ["package", { package: "podcore-api" }],
  ["libc", { libc: "musl" }],
  ["packages", { packages: ["cmake", "libpq-dev"] }],
  ["libraries", { libraries: ["libpq5"] }],
  ["files", { files: ["public", "config/default.toml"] }],
  ["network", { network: true }],
  ["database", { database: true }],
  ["gitCredentials", { gitCredentials: true }],
  ["sccache", { sccache: SCCACHE }],
  ["rustfmt", { rustfmt: { max_width: 120 } }],
  ["clippy", { clippy: { "allow-unwrap-in-tests": true } }],
  [
    "everything",
    {
      package: "podcore-api",
      packages: ["cmake"],
      libraries: ["libpq5"],
      files: ["public"],
      network: true,
      database: true,
      gitCredentials: true,
      sccache: SCCACHE,
      rustfmt: { max_width: 120 },
      clippy: { "allow-unwrap-in-tests": true },
    },
  ],
];

describe.each(VARIANTS)("with %s", (_, props) => {
  const { all, names, runs, instructions, stage, needed, below, runOf } = read(props);

  it("has no fault that a linter finds", () => {
    expect(validate(make(props)).map(({ message, range }) => `line ${range.start.line + 1}: ${message}`)).toEqual([]);
  });

  it("uses only stages that stand above, and no images but the builder's and the runtime's", () => {
    const outside = new Set<string>();
    for (const [index, { base, instructions }] of all.entries()) {
      for (const other of [base, ...instructions.flatMap(sourcesOf)]) {
        if (!names.slice(0, index).includes(other)) outside.add(other);
      }
    }
    outside.delete("scratch");
    expect(outside).toEqual(new Set([BUILDER, RUNTIME]));
  });

  it("has the targets that the script builds, the image last", () => {
    expect(names.filter((name) => ["reports", "checks", "image"].includes(name))).toEqual([
      "reports",
      "checks",
      "image",
    ]);
    expect(names.at(-1)).toBe("image");
    expect(new Set(names).size).toBe(names.length);
  });

  it("makes no image before the checks have passed, and none of its steps wait for them but the last", () => {
    expect([...needed("image")]).toEqual(expect.arrayContaining(["checks", "reports", "tests", "lint"]));
    expect([...needed("candidate")]).not.toContain("checks");
    expect([...needed("release")]).not.toContain("tests");
    expect(mounts(runOf("approved"))).toContainEqual(expect.objectContaining({ from: "checks" }));
  });

  it("needs for the reports neither the verdict nor the release", () => {
    expect([...needed("reports")]).not.toContain("checks");
    expect([...needed("reports")]).not.toContain("release");
  });

  it("compiles dependencies once: tests, lints and release stand on the same", () => {
    for (const name of ["lint", "tests", "release"]) expect(below(name)).toContain("dependencies");
  });

  it("compiles dependencies without the checkout, which only planning and its own steps see", () => {
    const seeing = runs.filter((run) =>
      mounts(run).some(({ type, from, source }) => type === "bind" && from === undefined && source === undefined),
    );
    expect(seeing.map((run) => run.stage)).toEqual(["plan", "lint", "compiled-tests", "tests", "release"]);
    const copied = instructions.filter(
      ({ keyword, flags, text }) => keyword === "COPY" && !flags.from && !/^<</.test(text),
    );
    expect(copied).toEqual([]);
  });

  it("is built from its lock file, always", () => {
    const cargo = runs
      .flatMap(({ text }) => text.split(" && "))
      .filter((command) => /\bcargo(-clippy|-nextest)? \w/.test(command));
    expect(cargo.length).toBeGreaterThanOrEqual(8);
    for (const command of cargo) expect(command).toContain(" --locked");
  });

  it("runs the checks anew in every build, and nothing else", () => {
    const args = instructions.filter(({ keyword }) => keyword === "ARG").map(({ stage, text }) => `${stage} ${text}`);
    expect(args).toEqual(["lint BUILD_ID", "tests BUILD_ID", "image REVISION"]);
  });

  it("gets nothing from an address, and no secret by argument or environment", () => {
    expect(instructions.filter(({ keyword }) => keyword === "ADD")).toEqual([]);
    const given = instructions.filter(({ keyword }) => keyword === "ENV").map(({ text }) => text);
    expect(given).toEqual(["CARGO_NET_OFFLINE=true"]);
  });

  it("gives secrets to steps that fetch and compile dependencies or the release, never to checks", () => {
    const secret = runs.filter((run) => mounts(run).some(({ type }) => type === "secret" || type === "ssh"));
    const allowed = ["fetch", "dependencies", "test-dependencies", "release"];
    for (const run of secret) expect(allowed).toContain(run.stage);
  });

  it("plans and judges without a network, whatever the entry asks for", () => {
    expect(runOf("plan").flags.network).toEqual(["none"]);
    expect(runOf("checks").flags.network).toEqual(["none"]);
  });

  it("holds what was approved, is labelled, and does not run as root", () => {
    const image = stage("image");
    expect(image.base).toBe(RUNTIME);
    expect(image.instructions.filter(({ keyword }) => keyword === "RUN")).toEqual([]);
    const copies = image.instructions.filter(({ keyword }) => keyword === "COPY");
    expect(copies.map(({ flags, text }) => `${flags.from} ${text}`)).toEqual([
      "approved /out/ /",
      ...(props.libraries ? ["libraries /out/ /"] : []),
    ]);
    const rest = image.instructions.filter(({ keyword }) => keyword !== "COPY");
    expect(rest.map(({ keyword, text }) => [keyword, text])).toEqual([
      ["ARG", "REVISION"],
      [
        "LABEL",
        `org.opencontainers.image.source="${SOURCE}" org.opencontainers.image.revision="$REVISION" org.opencontainers.image.version="$REVISION"`,
      ],
      ["WORKDIR", "/app"],
      ["USER", "65532:65532"],
      ["ENTRYPOINT", '["/usr/local/bin/app"]'],
    ]);
  });

  itWith(["sh"], "has steps that a shell can read", () => {
    for (const { text } of runs) {
      const { status, stderr } = spawnSync("sh", ["-n", "-c", text], { encoding: "utf8" });
      expect({ text, status, stderr }).toEqual({ text, status: 0, stderr: "" });
    }
  });
});

describe("the network", () => {
  it("is there for fetching crates, and for nothing else", () => {
    expect(openStages()).toEqual(["fetch"]);
    // No program of the checkout is asked what the compiler can do.
    expect(read().runOf("fetch").text).toContain(
      "RUSTC=rustc RUSTC_WORKSPACE_WRAPPER='' drover-build fetch cargo fetch",
    );
  });

  it("packages and libraries: also for Debian's, before and beside the checkout", () => {
    const props = { packages: ["cmake"], libraries: ["libpq5"] };
    expect(openStages(props)).toEqual(["builder", "fetch", "libraries"]);
    const { all } = read(props);
    expect(all.find(({ name }) => name === "libraries")?.base).toBe(BUILDER);
  });

  it("network: for all that compiles or runs the codebase", () => {
    expect(openStages({ network: true })).toEqual([
      "fetch",
      "dependencies",
      "test-dependencies",
      "lint",
      "compiled-tests",
      "tests",
      "release",
      "approved",
    ]);
  });

  it("sccache: for what uses the cache of compiled crates, and never for tests", () => {
    expect(openStages({ sccache: SCCACHE })).toEqual(["fetch", "dependencies", "test-dependencies", "release"]);
  });

  it.each([{}, { database: true }, { gitCredentials: true }, { files: ["x"] }, { libc: "musl" as const }])(
    "is not opened by %j",
    (props) => {
      expect(openStages(props)).toEqual(["fetch"]);
    },
  );
});

describe("the checks", () => {
  const { runOf, stage, runs } = read();

  it.each([
    ["lint", "drover-build step rustfmt cargo-fmt --all --check"],
    [
      "lint",
      "drover-build step clippy cargo-clippy clippy --release --locked --target x86_64-unknown-linux-gnu --workspace --all-targets -- --deny warnings",
    ],
    ["tests", "drover-build step tests cargo-nextest nextest run --release"],
    ["tests", "drover-build step doctests cargo test --release"],
  ])("%s: %s", (name, command) => {
    expect(runOf(name).text).toContain(command);
  });

  it("are steps that leave their result, and the verdict comes from all of them", () => {
    for (const name of ["lint", "tests"]) {
      const started = runOf(name).text.match(/cargo(-fmt|-clippy|-nextest| test)\b/g) ?? [];
      const steps = runOf(name).text.match(/drover-build step \w+ cargo/g) ?? [];
      expect(steps).toHaveLength(started.length);
    }
    expect(stage("reports").instructions.flatMap(({ flags }) => flags.from)).toEqual(["lint", "tests"]);
    expect(runOf("checks").text).toBe("drover-build verdict && mkdir /verdict && touch /verdict/passed");
    expect(mounts(runOf("checks"))).toEqual([{ type: "bind", from: "reports", target: "/reports" }]);
  });

  it("leave nothing in a layer that tests have written to /tmp", () => {
    expect(mounts(runOf("tests"))).toContainEqual({ type: "tmpfs", target: "/tmp" });
  });

  it("keep tests that don't compile for the step that reports", () => {
    expect(runOf("compiled-tests").text).toMatch(/--no-run \|\| echo /);
  });

  it("see the same times as the compiler did, so that nothing is compiled twice", () => {
    for (const name of ["compiled-tests", "tests"]) {
      expect(runOf(name).text).toMatch(
        /^(started=\$\(date \+%s\.%N\) && )?find \. -exec touch --no-dereference --date=@0 \{\} \+ && /,
      );
    }
    // The release must never take an old file for one that it has compiled.
    expect(runOf("release").text).not.toContain("touch");
  });

  it.each(["lint", "tests", "release"])("%s: leaves what it compiles outside the layers", (name) => {
    const folder = temporaryFolder();
    const files = () => readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => /\w$/.test(path));
    mkdirSync(join(folder, "target"));
    for (const file of ["changed", "kept", "replaced"]) writeFileSync(join(folder, "target", file), "");
    const { text } = runOf(name);
    const [first = "", last = ""] = [text.split(" && ")[0], text.split(" && ").at(-1)];
    const compile =
      "sleep 0.02 && echo > target/changed && mkdir target/new && touch -d @0 target/new/old && echo > new";
    const script = [first, `${compile} && mv new target/replaced`, last].join(" && ");
    const inFolder = script.replaceAll(" /target", ` ${folder}/target`);
    expect(inFolder).not.toBe(script);
    const { status } = spawnSync("sh", ["-c", inFolder], { cwd: folder });
    expect({ status, files: files().sort() }).toEqual({
      status: 0,
      files: ["target", "target/kept", "target/new"],
    });
  });

  it("the image waits for them by a file of a folder of its own", () => {
    const [checks] = mounts(runOf("approved"));
    expect(checks).toEqual({ type: "bind", from: "checks", source: "/verdict/passed", target: "/verdict/passed" });
  });

  it("mount nothing large, since BuildKit reads through all that is mounted", () => {
    const small = ["reports", "candidate", undefined];
    const bound = runs.flatMap((run) =>
      mounts(run).filter(({ type, from }) => type === "bind" && !small.includes(from)),
    );
    expect(bound.length).toBeGreaterThan(5);
    for (const { source } of bound) expect(source).toMatch(/^\/(plan|verdict)\b/);
  });
});

describe("options", () => {
  it("package: is planned, and so built alone", () => {
    expect(read().runOf("plan").text).toBe("drover-build plan /plan");
    expect(read({ package: "podcore-api" }).runOf("plan").text).toBe("drover-build plan /plan podcore-api");
  });

  it("libc: compiles for musl, and asks no loader about a program that has none", () => {
    const { runs, runOf } = read({ libc: "musl" });
    const targets = runs.flatMap(({ text }) => [...text.matchAll(/--target (\S+)/g)].map(([, target]) => target));
    expect(new Set(targets)).toEqual(new Set(["x86_64-unknown-linux-musl", "x86_64-unknown-linux-gnu"]));
    // Build scripts run on the builder itself, so their crates are fetched, too.
    expect(runOf("fetch").text).toMatch(/--target x86_64-unknown-linux-musl --target x86_64-unknown-linux-gnu$/);
    for (const name of ["dependencies", "tests", "release"]) expect(runOf(name).text).not.toContain("-gnu");
    expect(runOf("release").text).toContain("/target/x86_64-unknown-linux-musl/release/");
    expect(runOf("approved").text).toBe("true");
  });

  it("packages: are installed in the builder, below everything", () => {
    const { runOf, all } = read({ packages: ["cmake", "libpq-dev"] });
    expect(runOf("builder").text).toMatch(/--no-install-recommends cmake libpq-dev /);
    expect(all[0]?.name).toBe("builder");
    expect(all[0]?.instructions).toHaveLength(1);
    expect(read().stage("builder").instructions).toEqual([]);
  });

  it("libraries: what the runtime lacks of them is in the image, and was there when links were checked", () => {
    const { runOf, stage } = read({ libraries: ["libpq5", "libssl3t64"] });
    expect(runOf("libraries").text).toContain("--download-only -o Dir::State::status=/tmp/status libpq5 libssl3t64");
    expect(mounts(runOf("libraries"))).toEqual([
      { type: "bind", from: RUNTIME, source: "/var/lib/dpkg/status.d", target: "/installed" },
    ]);
    for (const name of ["candidate", "image"]) {
      expect(stage(name).instructions.flatMap(({ flags }) => flags.from ?? [])).toContain("libraries");
    }
    expect(read().names).not.toContain("libraries");
  });

  it("files: are in the image, as the usual ones are", () => {
    expect(read({ files: ["public", "config/default.toml"] }).runOf("release").text).toMatch(
      / && cp -a --parents public config\/default\.toml \/out\/app && \{ find [^&]*$/,
    );
  });

  it("database: PostgreSQL listens on loopback while the tests run, and in no other step", () => {
    const { runs } = read({ database: true });
    expect(runs.filter(({ text }) => text.includes("pg_ctl")).map(({ stage }) => stage)).toEqual(["tests"]);
    const [tests] = runs.filter(({ stage }) => stage === "tests");
    expect(tests?.text).toMatch(/DATABASE_URL=postgres:\/\/postgres@127\.0\.0\.1\/postgres.*pg_ctl start.*nextest run/);
    expect(tests?.text).toContain("listen_addresses=127.0.0.1");
    expect(make()).not.toMatch(/postgres/i);
  });

  it("gitCredentials: git has them while crates are fetched, as a file that is in no layer", () => {
    const { runs } = read({ gitCredentials: true });
    const secret = runs.filter((run) => mounts(run).some(({ type }) => type === "secret"));
    expect(secret.map(({ stage }) => stage)).toEqual(["fetch"]);
    expect(mounts(secret[0] as Instruction)).toContainEqual({ type: "secret", id: "git-credentials" });
    expect(secret[0]?.text).toMatch(
      /^GIT_CONFIG_COUNT=2 .*'store --file \/run\/secrets\/git-credentials' .*'url\.https:\/\/github\.com\/\.insteadOf' GIT_CONFIG_VALUE_1='ssh:\/\/git@github\.com\/' GIT_TERMINAL_PROMPT=0/,
    );
    expect(make()).not.toContain("type=secret");
  });

  it("sccache: crates go through it, and its credentials are a secret file", () => {
    const { runs } = read({ sccache: { ...SCCACHE, endpoint: "https://s3.example" } });
    const secret = runs.filter((run) => mounts(run).some(({ type }) => type === "secret"));
    expect(secret.map(({ stage }) => stage)).toEqual(["dependencies", "test-dependencies", "release"]);
    for (const run of secret) {
      expect(mounts(run)).toContainEqual({ type: "secret", id: "sccache" });
      expect(run.text).toContain(
        "set -a && . /run/secrets/sccache && export RUSTC_WRAPPER=sccache SCCACHE_SERVER_UDS=/dev/shm/sccache SCCACHE_BUCKET=acme-sccache SCCACHE_REGION=eu-central-1 SCCACHE_S3_KEY_PREFIX=podcore SCCACHE_ENDPOINT=https://s3.example && ",
      );
      expect(run.text).toMatch(/ && sccache --show-stats && sccache --stop-server > \/dev\/null$/);
    }
    expect(make({ sccache: SCCACHE })).not.toContain("SCCACHE_ENDPOINT");
    expect(make()).not.toContain("sccache");
  });

  it.each([
    ["rustfmt", { max_width: 120, edition: "2024", reorder_imports: false }],
    ["clippy", { "too-many-arguments-threshold": 5, "disallowed-names": ["foo", "bar"] }],
  ] as const)("%s: stands above the checkout, whose own file comes first", (tool, options) => {
    const lines = Object.entries(options).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
    const text = make({ [tool]: options });
    expect(text).toContain(`COPY <<'END_OF_FILE' /${tool}.toml\n${lines.join("\n")}\nEND_OF_FILE\n`);
    const { stage } = read({ [tool]: options });
    expect(stage("lint").instructions.map(({ keyword }) => keyword)).toEqual(["ARG", "COPY", "RUN"]);
    expect(make({ [tool]: {} })).toBe(make());
  });
});

describe("a release's collected programs", () => {
  /** Runs what collects the programs, where cargo has made them already. */
  function collect(binaries: string[], checkout: string[] = [], files?: string[]) {
    const folder = temporaryFolder();
    const at = (path: string) => join(folder, path);
    const release = "target/x86_64-unknown-linux-gnu/release";
    for (const path of ["plan", release, "src"]) mkdirSync(at(path), { recursive: true });
    writeFileSync(at("plan/binaries"), binaries.map((name) => `${name}\n`).join(""));
    for (const name of [...binaries, "build-script", "libpodcore.so"]) writeFileSync(at(`${release}/${name}`), name);
    for (const path of checkout) {
      mkdirSync(at(`src/${path}`), { recursive: true });
      writeFileSync(at(`src/${path}/file`), path);
    }
    const [, , , ...collecting] = read({ files }).runOf("release").text.split(" && ");
    const script = collecting
      .slice(0, -1)
      .join(" && ")
      .replace(/(?<![\w$"])\/(out|plan)/g, at("$1"))
      .replace('"/target', `"${at("target")}`);
    const { status, stderr } = spawnSync("sh", ["-c", script], { cwd: at("src"), encoding: "utf8" });
    return { status, stderr, bin: at("out/usr/local/bin"), app: at("out/app") };
  }

  itWith(["sh"], "one: it is the app, under its own name too", () => {
    const { status, bin } = collect(["podcore"]);
    expect(status).toBe(0);
    expect(readdirSync(bin).sort()).toEqual(["app", "podcore"]);
    expect(readlinkSync(join(bin, "app"))).toBe("podcore");
    expect(readFileSync(join(bin, "app"), "utf8")).toBe("podcore");
  });

  itWith(["sh"], "one that is called app", () => {
    const { status, bin } = collect(["app"]);
    expect(status).toBe(0);
    expect(readdirSync(bin)).toEqual(["app"]);
  });

  itWith(["sh"], "several: each under its own name, and none of them is the app", () => {
    const { status, bin } = collect(["api", "web-worker"]);
    expect(status).toBe(0);
    expect(readdirSync(bin).sort()).toEqual(["api", "web-worker"]);
  });

  itWith(["sh"], "beside them the files that an app has", () => {
    const { status, app } = collect(["podcore"], ["assets", "migrations", "public/css", "other"], ["public/css"]);
    expect(status).toBe(0);
    expect(readdirSync(app).sort()).toEqual(["assets", "migrations", "public"]);
    expect(existsSync(join(app, "public/css/file"))).toBe(true);
  });

  itWith(["sh"], "a file that the entry names and the checkout lacks ends the build", () => {
    const { status, stderr } = collect(["podcore"], [], ["public"]);
    expect(status).not.toBe(0);
    expect(stderr).toContain("public");
  });
});

describe("libraries that the image lacks", () => {
  /** Runs the check of links, with a loader that says the given words about a program. */
  function check(said: string, status: number) {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "bin"));
    mkdirSync(join(folder, "out/usr/local/bin"), { recursive: true });
    writeFileSync(join(folder, "out/usr/local/bin/podcore"), "");
    writeFileSync(join(folder, "bin/chroot"), `#!/bin/sh\necho "${said}" >&2\nexit ${status}\n`, { mode: 0o755 });
    const script = read()
      .runOf("approved")
      .text.replaceAll("/out", join(folder, "out"))
      .replaceAll("/tmp/linked", join(folder, "linked"));
    const env = { PATH: `${join(folder, "bin")}:${process.env.PATH}` };
    return spawnSync("sh", ["-c", script], { encoding: "utf8", env });
  }

  itWith(["sh", "grep"], "are named, and so is the entry's field that adds them", () => {
    const said = "podcore: error while loading shared libraries: libpq.so.5: cannot open shared object file";
    const { status, stdout } = check(said, 127);
    expect(status).toBe(1);
    expect(stdout).toContain("libpq.so.5");
    expect(stdout).toContain('"build": { "libraries": ["…"] }');
  });

  itWith(["sh", "grep"], "are not those of a program that has all, or that is static", () => {
    expect(check("libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6", 0).status).toBe(0);
    expect(check("not a dynamic executable", 1).status).toBe(0);
  });
});
