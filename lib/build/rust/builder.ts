import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RustSpec } from "../../fleet/fleet";
import { type ImageRecipe, recipeTag } from "../image-recipe";

/** Debian release of every image: what is built on one runs on the same. */
export const DEBIAN = "trixie";

/** Rust that compiles the tools of the build; apps may have another. */
const TOOLS_RUST = "1.95.0";

/** @see https://nexte.st/changelog */
const NEXTEST = "0.9.151";
/** @see https://github.com/mozilla/sccache/releases */
const SCCACHE = "0.19.0";
/** @see https://github.com/moby/buildkit/releases */
const BUILDKIT = "v0.26.1";
/** Scanner that lists what is in an image. @see https://github.com/docker/buildkit-syft-scanner/releases */
const SBOM_SCANNER = "1.9.0";

export interface BuilderRecipeProps {
  /** Rust that the apps are compiled with. */
  readonly rust: RustSpec;
  /** Day on which the platform last asked for newer Debian packages, as "2026-11-01". */
  readonly renewed: string;
}

/** Targets of the recipe, each of which becomes an image; the last one, for which builds look, when all others are there. */
export const BUILDER_TARGETS = ["runtime", "runtime-static", "buildkit", "sbom-scanner", "builder"] as const;
export type BuilderTarget = (typeof BUILDER_TARGETS)[number];

/** C libraries for which programs are compiled, by the word in an entry. */
export const LIBC_TARGETS = { gnu: "x86_64-unknown-linux-gnu", musl: "x86_64-unknown-linux-musl" } as const;

/**
 * Debian packages without which hardly any crate compiles, and a database for tests. There is no linker among them: Rust
 * brings LLD, and uses it for the GNU target.
 *
 * @see https://blog.rust-lang.org/2025/09/01/rust-lld-on-1.90.0-stable/
 */
const PACKAGES = ["ca-certificates", "gcc", "git", "libc6-dev", "make", "musl-tools", "pkg-config", "postgresql"];

/**
 * Dockerfile of the builder image: everything that a build needs besides the crates, so that no build installs a tool.
 * It needs no context; the sources of our own tools stand in it.
 *
 * @see https://hub.docker.com/_/rust
 */
export function builderDockerfile({ rust, renewed }: BuilderRecipeProps): string {
  const components = ["clippy", "rustfmt", ...rust.components].join(" ");
  const targets = [...Object.values(LIBC_TARGETS), ...rust.targets].join(" ");
  return `# Rust and all tools of the build. Made once; its tag is the hash of this text.

FROM docker.io/library/rust:${TOOLS_RUST}-slim-${DEBIAN} AS tools
# Tools of a build need no optimization over crates, which takes most of their compile time.
ENV CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=false CARGO_PROFILE_RELEASE_STRIP=symbols
RUN cargo install cargo-nextest@${NEXTEST} --locked --root /tools --no-default-features --features default-no-update
RUN cargo install sccache@${SCCACHE} --locked --root /tools --no-default-features --features s3
${copied(/^(Cargo\.(toml|lock)|src\/.*\.rs)$/)}WORKDIR /src
RUN cargo install --path . --locked --root /tools --bin drover-build

FROM docker.io/library/rust:${TOOLS_RUST}-slim-${DEBIAN} AS helper
RUN rustup target add ${LIBC_TARGETS.musl}
${copied(/drover-helper\.rs$/)}# Static, as it runs in images that have no C library.
RUN rustc --edition 2024 --target ${LIBC_TARGETS.musl} -C opt-level=s -C panic=abort -C lto=fat -C strip=symbols -o /drover-helper /src/src/bin/drover-helper.rs

FROM docker.io/library/rust:${rust.version}-slim-${DEBIAN} AS rust
RUN rustup component add ${components} && rustup target add ${targets}
# The builder has no rustup: it would follow whatever toolchain file a checkout brings.
RUN cp -a "$(rustc --print sysroot)" /rust && rm -rf /rust/share /rust/etc /rust/libexec

FROM docker.io/library/debian:${DEBIAN}-slim AS builder
ENV DROVER_RENEWED=${renewed}
# PostgreSQL's just-in-time compiler is half of its size, and of no use to tests; nor is a dump of GCC's intermediate code.
RUN apt-get update \\
 && DEBIAN_FRONTEND=noninteractive apt-get upgrade --yes \\
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ${PACKAGES.join(" ")} \\
 && rm -rf /usr/lib/postgresql/*/lib/bitcode /usr/lib/postgresql/*/lib/llvmjit* /usr/lib/x86_64-linux-gnu/libLLVM* \\
    /usr/lib/x86_64-linux-gnu/libz3* /usr/bin/*lto-dump* /usr/share/i18n /usr/share/doc /usr/share/man /usr/share/locale /var/lib/apt/lists/* /var/lib/postgresql/*
COPY --link --from=rust /rust /usr/local/rust
COPY --link --from=tools /tools/bin /usr/local/bin
COPY --link --from=helper /drover-helper /usr/local/bin/drover-helper
ENV PATH=/usr/local/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
    CARGO_HOME=/usr/local/cargo CARGO_TARGET_DIR=/target CARGO_INCREMENTAL=0 CARGO_TERM_COLOR=never RUSTC_WRAPPER="" SQLX_OFFLINE=true \\
    DROVER_RUST=${rust.version} DROVER_COMPONENTS="${rust.components.join(" ")}" DROVER_TARGETS="${targets}"
WORKDIR /src

FROM gcr.io/distroless/cc-debian13:nonroot AS runtime
COPY --link --from=helper /drover-helper /usr/local/bin/drover-helper

FROM gcr.io/distroless/static-debian13:nonroot AS runtime-static
COPY --link --from=helper /drover-helper /usr/local/bin/drover-helper

FROM docker.io/moby/buildkit:${BUILDKIT} AS buildkit

FROM docker.io/docker/buildkit-syft-scanner:${SBOM_SCANNER} AS sbom-scanner
`;
}

/** The recipe of a builder with all that its builds use, an image for each of {@link BUILDER_TARGETS}. */
export function builderRecipe(
  props: BuilderRecipeProps,
): ImageRecipe & { readonly tags: Record<BuilderTarget, string> } {
  const name = `rust-${props.rust.version}`;
  const dockerfile = builderDockerfile(props);
  const tag = (target: BuilderTarget) => [target, recipeTag(target === "builder" ? name : target, dockerfile)];
  return { file: `${name}.Dockerfile`, dockerfile, tags: Object.fromEntries(BUILDER_TARGETS.map(tag)) };
}

/** The images of a builder: where each target of its recipe is pushed. */
export function builderImages(repository: string, props: BuilderRecipeProps): Record<BuilderTarget, string> {
  const { tags } = builderRecipe(props);
  return Object.fromEntries(BUILDER_TARGETS.map((target) => [target, `${repository}:${tags[target]}`])) as typeof tags;
}

/** Source files of our own tools, as they are copied to /src; without their tests, which stand at the end. */
function copied(wanted: RegExp): string {
  const folder = join(dirname(require.resolve("drover/package.json")), "lib/build/rust/tools");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => wanted.test(path))
    .sort()
    .map((path) => {
      const [content = ""] = readFileSync(join(folder, path), "utf8").split("\n#[cfg(test)]\n");
      return `COPY <<'END_OF_FILE' /src/${path}\n${content}END_OF_FILE\n`;
    })
    .join("");
}
