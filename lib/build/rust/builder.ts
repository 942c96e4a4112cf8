import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import type { BuilderSpec, RustSpec } from "../../fleet/fleet";

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

/** Targets of the recipe, each of which becomes an image. */
export const BUILDER_TARGETS = ["builder", "runtime", "runtime-static", "buildkit", "sbom-scanner"] as const;
export type BuilderTarget = (typeof BUILDER_TARGETS)[number];

/** C libraries for which programs are compiled, by the word in an entry. */
export const LIBC_TARGETS = { gnu: "x86_64-unknown-linux-gnu", musl: "x86_64-unknown-linux-musl" } as const;

/** Debian packages without which hardly any crate compiles, and a database for tests. */
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
RUN rustup target add ${LIBC_TARGETS.musl}
${toolFiles()
  .map(({ path, content }) => `COPY <<'END_OF_FILE' /src/${path}\n${content}END_OF_FILE\n`)
  .join("")}WORKDIR /src
RUN cargo install --path . --locked --root /tools --bin drover-build
# Static, as it runs in images that have no C library.
RUN rustc --edition 2024 --target ${LIBC_TARGETS.musl} -C opt-level=s -C panic=abort -C lto=fat -C strip=symbols -o /tools/bin/drover-helper src/bin/drover-helper.rs

FROM docker.io/library/rust:${rust.version}-slim-${DEBIAN} AS rust
RUN rustup component add ${components} && rustup target add ${targets}
# The builder has no rustup: it would follow whatever toolchain file a checkout brings.
RUN cp -a "$(rustc --print sysroot)" /rust && rm -rf /rust/share /rust/etc /rust/libexec

FROM docker.io/library/debian:${DEBIAN}-slim AS builder
ENV DROVER_RENEWED=${renewed}
# PostgreSQL's just-in-time compiler is half of its size, and of no use to tests.
RUN apt-get update \\
 && DEBIAN_FRONTEND=noninteractive apt-get upgrade --yes \\
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ${PACKAGES.join(" ")} \\
 && rm -rf /usr/lib/postgresql/*/lib/bitcode /usr/lib/postgresql/*/lib/llvmjit* /usr/lib/x86_64-linux-gnu/libLLVM* \\
    /usr/share/doc /usr/share/man /usr/share/locale /var/lib/apt/lists/* /var/lib/postgresql/*
COPY --link --from=rust /rust /usr/local/rust
COPY --link --from=tools /tools/bin /usr/local/bin
ENV PATH=/usr/local/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
    CARGO_HOME=/usr/local/cargo CARGO_TARGET_DIR=/target CARGO_INCREMENTAL=0 CARGO_TERM_COLOR=never RUSTC_WRAPPER="" SQLX_OFFLINE=true \\
    DROVER_RUST=${rust.version} DROVER_COMPONENTS="${rust.components.join(" ")}" DROVER_TARGETS="${targets}"
WORKDIR /src

FROM gcr.io/distroless/cc-debian13:nonroot AS runtime
COPY --link --from=tools /tools/bin/drover-helper /usr/local/bin/drover-helper

FROM gcr.io/distroless/static-debian13:nonroot AS runtime-static
COPY --link --from=tools /tools/bin/drover-helper /usr/local/bin/drover-helper

FROM docker.io/moby/buildkit:${BUILDKIT} AS buildkit

FROM docker.io/docker/buildkit-syft-scanner:${SBOM_SCANNER} AS sbom-scanner
`;
}

/** The images of a builder: where each target of its recipe is pushed. */
export function builderImages(repository: string, recipe: BuilderRecipeProps): Record<BuilderTarget, string> {
  const hash = createHash("sha256").update(builderDockerfile(recipe)).digest("hex").slice(0, 12);
  const image = (target: BuilderTarget) => {
    const name = target === "builder" ? `rust-${recipe.rust.version}` : target;
    return [target, `${repository}:${name}-${hash}`];
  };
  return Object.fromEntries(BUILDER_TARGETS.map(image));
}

export interface BuilderBuildspecProps {
  /** Host of the ECR registry. */
  readonly registry: string;
  /** Name of the ECR repository of the builder. */
  readonly repository: string;
  /** S3 bucket that holds {@link builderFiles}. */
  readonly bucket: string;
  readonly region: string;
  readonly builder: BuilderSpec;
}

function fileName({ version }: RustSpec): string {
  return `rust-${version}.Dockerfile`;
}

/** The files that {@link builderBuildspec} expects in its bucket, by name: longer than CodeBuild takes in a buildspec. */
export function builderFiles({ rust, renewed }: BuilderSpec): Record<string, string> {
  return Object.fromEntries(
    rust.map((toolchain) => [fileName(toolchain), builderDockerfile({ rust: toolchain, renewed })]),
  );
}

/**
 * What makes the builder images, one for each Rust version, as a CodeBuild buildspec. Those that are there already are
 * left as they are, so that it can be started at any time.
 */
export function builderBuildspec({ registry, repository, bucket, region, builder }: BuilderBuildspecProps): string {
  const make = builder.rust.map((rust) => {
    const recipe = { rust, renewed: builder.renewed };
    const file = `/tmp/drover/${fileName(rust)}`;
    const images = Object.entries(builderImages(`${registry}/${repository}`, recipe));
    const builds = images.map(([target, image]) => {
      const tag = image.split(":").at(-1);
      const build = `docker buildx build --progress plain --file ${file} --target ${target} --provenance=false --output type=image,name=${image},push=true,oci-mediatypes=true,compression=zstd,force-compression=true /tmp/drover/empty`;
      return `aws ecr describe-images --region ${region} --repository-name ${repository} --image-ids imageTag=${tag} > /dev/null 2>&1 || ${build}`;
    });
    return [`aws s3 cp --region ${region} s3://${bucket}/${fileName(rust)} ${file}`, ...builds];
  });
  return stringify(
    {
      version: 0.2,
      env: { shell: "bash" },
      phases: {
        pre_build: {
          commands: [
            "mkdir -p /tmp/drover/empty",
            `aws ecr get-login-password --region ${region} | docker login --username AWS --password-stdin ${registry}`,
            'if [ -n "${BUILDKIT_HOST:-}" ]; then docker buildx create --driver remote --use "$BUILDKIT_HOST"; else docker buildx create --driver docker-container --use; fi',
          ],
        },
        build: { commands: make.flat() },
      },
    },
    { lineWidth: 0 },
  );
}

/** Source files of our own tools, by their paths in the Cargo package; without their tests, which stand at the end. */
function toolFiles(): { path: string; content: string }[] {
  const folder = join(dirname(require.resolve("drover/package.json")), "lib/build/rust/tools");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => /^(Cargo\.(toml|lock)|src\/.*\.rs)$/.test(file))
    .sort()
    .map((path) => {
      const [content = ""] = readFileSync(join(folder, path), "utf8").split("\n#[cfg(test)]\n");
      return { path, content };
    });
}
