# What everybody writes first: one stage, in which any change compiles everything.
ARG RUST
FROM docker.io/library/rust:${RUST}-slim-trixie AS source
WORKDIR /src
COPY . .

FROM source AS checks
RUN cargo fmt --all --check \
 && cargo clippy --locked --workspace --all-targets -- --deny warnings \
 && cargo test --locked --workspace

FROM source AS image
RUN cargo build --release --locked --workspace
USER 65532:65532
