import type { ToolOptions } from "../../fleet/fleet";
import { LIBC_TARGETS } from "./builder";

/** Where compiled crates are kept, object by object. */
export interface CompileCache {
  /** S3 bucket. */
  readonly bucket: string;
  readonly region: string;
  /** Path below which this app's objects are. */
  readonly prefix: string;
  /**
   * Address of a store that speaks S3's protocol.
   *
   * @default - AWS
   */
  readonly endpoint?: string;
}

/** How a Rust codebase becomes an image. */
export interface RustBuildOptions {
  /**
   * Package of the workspace whose binaries the image holds.
   *
   * @default - those of all packages
   */
  readonly package?: string;
  /**
   * C library: "musl" links it in, for a program that needs nothing of its image.
   *
   * @default "gnu"
   */
  readonly libc?: keyof typeof LIBC_TARGETS;
  /**
   * Debian packages that the build needs, such as "cmake" or "libpq-dev".
   *
   * @default []
   */
  readonly packages?: readonly string[];
  /**
   * Debian packages that the program needs, such as "libpq5".
   *
   * @default []
   */
  readonly libraries?: readonly string[];
  /**
   * Paths that the image holds below its working directory, besides `assets`, `migrations` and `templates`.
   *
   * @default []
   */
  readonly files?: readonly string[];
  /**
   * Whether everything in the build has a network, and not only the fetching of crates.
   *
   * @default false
   */
  readonly network?: boolean;
  /**
   * Whether tests have a PostgreSQL on loopback, which DATABASE_URL names.
   *
   * @default false
   */
  readonly database?: boolean;
  /**
   * Whether fetching has git credentials, as the secret `git-credentials` of the build.
   *
   * @default false
   */
  readonly gitCredentials?: boolean;
  /**
   * Compiled crates are kept there, too; its credentials are the secret `sccache` of the build.
   *
   * @default - the image cache alone
   */
  readonly sccache?: CompileCache;
  /**
   * Options of rustfmt.toml, for a codebase that has none.
   *
   * @default {}
   */
  readonly rustfmt?: ToolOptions;
  /**
   * Options of clippy.toml, for a codebase that has none.
   *
   * @default {}
   */
  readonly clippy?: ToolOptions;
}

export interface RustDockerfileProps extends RustBuildOptions {
  /** Image in which everything is compiled: the target `builder` of the builder's recipe. */
  readonly builder: string;
  /** Image below the program: the target `runtime`, or `runtime-static` with musl. */
  readonly runtime: string;
  /** Address of the source, for the image's label. */
  readonly source: string;
}

/** Paths that an image holds where a codebase has them. */
export const IMAGE_FILES = ["assets", "migrations", "templates"] as const;

/** Working directory of the build: the checkout. */
const SOURCE = "/src";

/**
 * The Dockerfile of every Rust codebase. It belongs to the pipeline and not to the codebase, so that a fix reaches every
 * app by one deploy, and a pull request can't change it.
 *
 * | target | what it is |
 * |---|---|
 * | `reports` | what the checks have found, as JUnit and logs, whether they passed or not |
 * | `checks` | fails when a check has failed |
 * | `lint-reports`, `lint-checks` | the same of formats and lints alone |
 * | `release` | the programs, compiled |
 * | `image` | the image; needs `checks` |
 *
 * Dependencies are compiled from a skeleton of the codebase (see `tools/`), once: tests and release share them, and clippy
 * checks their types besides. Cargo's tools are called by their own names, since a checkout may have aliases.
 * Only fetching has a network, and it runs nothing of the checkout. What compiles or runs the checkout mounts it, and
 * leaves its own products outside the layers, so that the cache holds dependencies and compiled tests, nothing else.
 */
export function rustDockerfile(props: RustDockerfileProps): string {
  const { builder, runtime, libc = "gnu", packages = [], libraries = [] } = props;
  const target = LIBC_TARGETS[libc];
  const offline = props.network ? "" : " --network=none";
  const cargo = `--release --locked --target ${target} --workspace`;
  const compiler = compileCache(props);
  /** A RUN that compiles for everybody: it may use the cache of compiled crates. */
  const compile = (mounts: string[], ...commands: string[]) =>
    runLine(
      compiler ? "" : offline,
      [...mounts, ...(compiler?.mounts ?? [])],
      ...(compiler?.wrap(commands) ?? commands),
    );
  const run = (mounts: string[], ...commands: string[]) => runLine(offline, mounts, ...commands);

  const stages = [
    `FROM ${builder} AS builder`,
    packages.length > 0 && install(packages),

    "FROM builder AS plan",
    runLine(" --network=none", ["target=/src"], `drover-build plan /plan${props.package ? ` ${props.package}` : ""}`),

    "FROM builder AS fetch",
    fetch(props, target),

    "FROM fetch AS dependencies\nENV CARGO_NET_OFFLINE=true",
    compile(
      [SKELETON],
      `cargo build ${cargo} --lib --bins`,
      "rm -rf /target/*/release/skeleton-of-* /target/*/release/deps/skeleton_of_*",
    ),

    "FROM dependencies AS test-dependencies",
    compile([SKELETON, CHECKS], `cargo build ${cargo} --tests`, `cargo-clippy clippy ${cargo} --all-targets`),

    "FROM test-dependencies AS lint\nARG BUILD_ID",
    toolOptions("rustfmt", props.rustfmt) +
      toolOptions("clippy", props.clippy) +
      run(
        [CHECKOUT, CHECKS],
        ...forgetting(
          "drover-build step rustfmt cargo-fmt --all --check",
          `drover-build step clippy cargo-clippy clippy ${cargo} --all-targets -- --deny warnings`,
        ),
      ),

    "FROM test-dependencies AS compiled-tests",
    run(
      [CHECKOUT, CHECKS],
      SAME_TIMES,
      `{ cargo-nextest nextest run ${cargo} --no-run || echo 'not compiled; the step that runs the tests says why'; }`,
    ),

    `FROM compiled-tests AS tests\n${NEXTEST_CONFIG}ARG BUILD_ID`,
    tests(props, cargo, run),

    "FROM scratch AS lint-reports\nCOPY --from=lint /reports/ /",

    "FROM lint AS lint-checks",
    runLine(" --network=none", [], "drover-build verdict"),

    "FROM scratch AS reports\nCOPY --from=lint /reports/ /\nCOPY --from=tests /reports/ /",

    "FROM builder AS checks",
    runLine(
      " --network=none",
      ["from=reports,target=/reports"],
      "drover-build verdict",
      "mkdir /verdict",
      `touch ${PASSED}`,
    ),

    "FROM dependencies AS release",
    release(props, target, cargo, compile),

    libraries.length > 0 && `FROM ${builder} AS libraries\n${downloadLibraries(libraries, runtime)}`,

    `FROM ${runtime} AS candidate\nCOPY --from=release /out/ /`,
    libraries.length > 0 && "COPY --from=libraries /out/ /",

    "FROM release AS approved",
    approve(libc, run),

    `FROM ${runtime} AS image\nCOPY --from=approved /out/ /`,
    libraries.length > 0 && "COPY --from=libraries /out/ /",
    `ARG REVISION
LABEL org.opencontainers.image.source="${props.source}" org.opencontainers.image.revision="$REVISION" org.opencontainers.image.version="$REVISION"
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/app"]`,
  ];
  return `${stages
    .filter((stage) => stage !== false)
    .join("\n")
    .replaceAll("\nFROM", "\n\nFROM")}\n`;
}

/** The checkout; what is written into it is forgotten. */
const CHECKOUT = `target=${SOURCE},rw`;
/** The skeleton in the place of the checkout. */
const SKELETON = `from=plan,source=/plan/skeleton,target=${SOURCE},rw`;
/** Cargo's configuration for checks, where cargo looks for a user's. */
const CHECKS = "from=plan,source=/plan/checks.toml,target=/usr/local/cargo/config.toml";
const PLAN = "from=plan,source=/plan,target=/plan";

/**
 * Does something with what is compiled already, and forgets what it adds to that. A mount would forget it, too, but
 * BuildKit reads through all that is mounted first, for its cache: seconds for a few hundred megabytes.
 */
const forgetting = (...commands: string[]) => [
  "started=$(date +%s.%N)",
  ...commands,
  // What a test has left running may do the same; what stays is in a layer, and in nobody's way.
  '{ find /target -newerct "@$started" ! -type d -delete || true; }',
];

/**
 * What the checks leave when they have passed: a mount of it waits for them, and reads nothing else of the builder. It
 * has a folder of its own, since BuildKit looks at everything that lies beside it.
 */
const PASSED = "/verdict/passed";

/** Cargo compares times. Those of a checkout are of when it was made, and say nothing. */
const SAME_TIMES = "find . -exec touch --no-dereference --date=@0 {} +";

/** Below a codebase's own settings. Nextest's own place for reports is in the checkout, whatever cargo's is. */
const NEXTEST_CONFIG = `COPY <<'END_OF_FILE' /etc/nextest.toml
[profile.default.junit]
path = "/target/nextest/default/junit.xml"
END_OF_FILE
`;

function runLine(flags: string, mounts: readonly string[], ...commands: string[]): string {
  const bound = mounts.map((mount) => (mount.startsWith("type=") ? mount : `type=bind,${mount}`));
  return [`RUN${flags}`, ...bound.map((mount) => ` --mount=${mount}`), ` ${commands.join(" \\\n && ")}`].join(" \\\n");
}

function install(packages: readonly string[]): string {
  // Before anything of the checkout is there, so it may have a network.
  return `RUN apt-get update \\
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ${packages.join(" ")} \\
 && rm -rf /var/lib/apt/lists/*`;
}

function fetch({ gitCredentials }: RustBuildOptions, target: string): string {
  const mounts = [`from=plan,source=/plan/fetch,target=${SOURCE},rw`];
  // What runs on the builder itself, such as build scripts, is of the usual C library.
  const targets = [...new Set([target, LIBC_TARGETS.gnu])].map((one) => ` --target ${one}`).join("");
  // Cargo asks the compiler what it can do. A checkout's own configuration, which is left out, has less to say than these.
  const command = `RUSTC=rustc RUSTC_WORKSPACE_WRAPPER='' drover-build fetch cargo fetch --locked${targets}`;
  if (!gitCredentials) return runLine("", mounts, command);
  // The credentials are for HTTPS, and so is what a manifest names by SSH.
  const settings = {
    "credential.helper": "store --file /run/secrets/git-credentials",
    "url.https://github.com/.insteadOf": "ssh://git@github.com/",
  };
  const git = Object.entries(settings).map(
    ([name, value], index) => `GIT_CONFIG_KEY_${index}='${name}' GIT_CONFIG_VALUE_${index}='${value}'`,
  );
  return runLine(
    "",
    [...mounts, "type=secret,id=git-credentials"],
    `GIT_CONFIG_COUNT=${git.length} ${git.join(" ")} GIT_TERMINAL_PROMPT=0 CARGO_NET_GIT_FETCH_WITH_CLI=true ${command}`,
  );
}

function compileCache({ sccache }: RustBuildOptions) {
  if (!sccache) return undefined;
  const { bucket, region, prefix, endpoint } = sccache;
  const environment = [
    // Its server listens on a port, by default; steps that run at the same time would share one, which sees only the files
    // of its own step.
    "RUSTC_WRAPPER=sccache SCCACHE_SERVER_UDS=/dev/shm/sccache",
    `SCCACHE_BUCKET=${bucket} SCCACHE_REGION=${region} SCCACHE_S3_KEY_PREFIX=${prefix}`,
    ...(endpoint ? [`SCCACHE_ENDPOINT=${endpoint}`] : []),
  ].join(" ");
  return {
    mounts: ["type=secret,id=sccache"],
    wrap: (commands: string[]) => [
      "set -a",
      ". /run/secrets/sccache",
      `export ${environment}`,
      ...commands,
      "sccache --show-stats",
      "sccache --stop-server > /dev/null",
    ],
  };
}

function toolOptions(tool: "rustfmt" | "clippy", options: ToolOptions = {}): string {
  const lines = Object.entries(options).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  // Above the checkout: both look upwards, and a codebase's own file comes first.
  return lines.length > 0 ? `COPY <<'END_OF_FILE' /${tool}.toml\n${lines.join("\n")}\nEND_OF_FILE\n` : "";
}

type Run = (mounts: string[], ...commands: string[]) => string;

function tests({ database }: RustBuildOptions, cargo: string, run: Run): string {
  return run(
    // What tests leave behind, and the database's files, are in no layer.
    [CHECKOUT, CHECKS, PLAN, "type=tmpfs,target=/tmp"],
    ...forgetting(
      SAME_TIMES,
      ...(database ? startDatabase() : []),
      `drover-build step tests cargo-nextest nextest run ${cargo} --no-fail-fast --no-tests pass --tool-config-file drover:/etc/nextest.toml`,
      `if [ -e /plan/libraries ]; then drover-build step doctests cargo test ${cargo} --doc; fi`,
    ),
  );
}

function startDatabase(): string[] {
  const data = "/tmp/postgres";
  const asPostgres = "setpriv --reuid postgres --regid postgres --clear-groups";
  return [
    "postgresql=$(echo /usr/lib/postgresql/*/bin)",
    'export PATH="$PATH:$postgresql" DATABASE_URL=postgres://postgres@127.0.0.1/postgres',
    `${asPostgres} initdb --pgdata ${data} --encoding UTF8 --locale C.UTF-8 --auth trust --no-sync > /dev/null`,
    `${asPostgres} pg_ctl start --wait --silent --pgdata ${data} --log ${data}/log --options '-c listen_addresses=127.0.0.1 -c unix_socket_directories=/tmp -c fsync=off -c max_connections=500'`,
  ];
}

function release({ files = [] }: RustBuildOptions, target: string, cargo: string, compile: Run): string {
  const optional = IMAGE_FILES.map((path) => `if [ -e ${path} ]; then cp -a --parents ${path} /out/app; fi`);
  return compile(
    [CHECKOUT, PLAN],
    ...forgetting(
      "sed s/^/--bin=/ /plan/binaries > /tmp/binaries",
      `xargs --arg-file=/tmp/binaries cargo build ${cargo}`,
      "mkdir -p /out/usr/local/bin /out/app",
      `while read -r name; do cp "/target/${target}/release/$name" /out/usr/local/bin/ || exit 1; done < /plan/binaries`,
      `if [ "$(wc -l < /plan/binaries)" = 1 ] && [ ! -e /out/usr/local/bin/app ]; then ln -s "$(cat /plan/binaries)" /out/usr/local/bin/app; fi`,
      ...optional,
      ...(files.length > 0 ? [`cp -a --parents ${files.join(" ")} /out/app`] : []),
    ),
  );
}

/** Downloads packages, with all that they need and the image lacks, and unpacks them. */
function downloadLibraries(libraries: readonly string[], runtime: string): string {
  return runLine(
    "",
    [`from=${runtime},source=/var/lib/dpkg/status.d,target=/installed`],
    // An image without a package manager still says which packages it is made of.
    "for package in /installed/*; do case $package in *.md5sums) ;; *) grep -E '^(Package|Version|Architecture|Multi-Arch|Provides):' \"$package\"; printf 'Status: install ok installed\\n\\n' ;; esac; done > /tmp/status",
    "apt-get update",
    `apt-get install --yes --no-install-recommends --download-only -o Dir::State::status=/tmp/status ${libraries.join(" ")}`,
    // Where scanners of images look for them.
    "mkdir -p /out/var/lib/dpkg/status.d",
    // There is none where the image has all of them already.
    'for package in /var/cache/apt/archives/*.deb; do [ -e "$package" ] || continue; { dpkg-deb --extract "$package" /out && dpkg-deb --field "$package" > "/out/var/lib/dpkg/status.d/$(dpkg-deb --field "$package" Package)"; } || exit 1; done',
    "rm -rf /out/usr/share/doc /out/usr/share/man /out/usr/share/lintian",
  );
}

/** What stands between a release build and its image: the checks, and whether the image has all that programs load. */
function approve(libc: string, run: Run): string {
  const mounts = [`from=checks,source=${PASSED},target=${PASSED}`];
  if (libc === "musl") return run(mounts, "true");
  const hint =
    'error: the image lacks these libraries; name their Debian packages in the entry: "build": { "libraries": ["…"] }';
  return run(
    [...mounts, "from=candidate,target=/candidate"],
    // The loader fails where a library is missing, and at a static program; what it says decides.
    `for program in /out/usr/local/bin/*; do chroot /candidate /lib64/ld-linux-x86-64.so.2 --list "\${program#/out}" || true; done > /tmp/linked 2>&1`,
    `if grep -E 'not found|cannot open' /tmp/linked; then echo '${hint}'; exit 1; fi`,
  );
}
