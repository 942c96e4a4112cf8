/** What an image is made of. */
export interface RustDockerfileOptions {
  /**
   * Image with Rust and a C compiler in which everything is compiled.
   *
   * @default - Rust 1.93.1 on Debian 13
   */
  readonly toolchainImage?: string;
  /**
   * Image below the program. It must be of the same Debian release as the toolchain's, or the program may miss its glibc.
   *
   * @default - distroless Debian 13, not root
   */
  readonly runtimeImage?: string;
}

/**
 * The Dockerfile of every Rust codebase, with two targets: `checks` and `image`. It belongs to the pipeline and not to
 * the codebase, so that a fix reaches every app by one deploy, and a pull request can't change it.
 *
 * Only fetching dependencies has a network. The rest runs what the codebase brings along, build scripts and tests, and
 * finds none.
 */
export function rustDockerfile(options: RustDockerfileOptions = {}): string {
  const toolchain = options.toolchainImage ?? "public.ecr.aws/docker/library/rust:1.93.1-trixie";
  const runtime = options.runtimeImage ?? "gcr.io/distroless/cc-debian13:nonroot";
  return `FROM ${toolchain} AS toolchain
# Whatever toolchain the checkout names: another one would be downloaded, or be a program of the checkout's.
ENV RUSTUP_TOOLCHAIN=$RUST_VERSION
RUN rustup component add clippy rustfmt
WORKDIR /src

FROM toolchain AS source
COPY . .
RUN cargo fetch --locked

FROM source AS checks
RUN --network=none cargo fmt --all --check
RUN --network=none cargo clippy --locked --workspace --all-targets -- --deny warnings
RUN --network=none cargo test --locked --workspace

FROM source AS release
RUN --network=none cargo build --locked --workspace --release --bins
RUN --network=none mkdir /out \\
 && find target/release -maxdepth 1 -type f -executable ! -name '*.so' -exec cp '{}' /out/ ';' \\
 && if [ "$(ls /out | wc -l)" = 0 ]; then echo 'this package has no binary: add src/main.rs or a [[bin]]'; exit 1; fi \\
 && if [ "$(ls /out | wc -l)" = 1 ] && [ ! -e /out/app ]; then ln -s "$(ls /out)" /out/app; fi

FROM ${runtime} AS image
COPY --from=release /out/ /usr/local/bin/
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/app"]
`;
}
