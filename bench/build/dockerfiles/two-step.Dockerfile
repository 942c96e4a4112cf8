# Two steps: the manifests with empty sources, which compiles the dependencies, then the real sources. What is usually
# wrong with it is mended: nothing empty is ever taken for the real thing, however old the real sources are.
ARG RUST
FROM docker.io/library/rust:${RUST}-slim-trixie AS manifests
WORKDIR /src
COPY --parents Cargo.toml Cargo.lock crates/*/Cargo.toml ./
RUN for manifest in $(grep --files-with-matches '^\[package\]' Cargo.toml crates/*/Cargo.toml 2> /dev/null); do \
      folder=$(dirname "$manifest")/src && mkdir "$folder" && touch "$folder/lib.rs"; \
    done

FROM manifests AS dependencies
RUN cargo build --release --locked --workspace \
 && find . -path ./target -prune -o -name lib.rs -exec rm {} +

FROM manifests AS check-dependencies
RUN cargo clippy --locked --workspace --all-targets && cargo test --locked --workspace --no-run \
 && find . -path ./target -prune -o -name lib.rs -exec rm {} +

FROM check-dependencies AS checks
COPY . .
RUN find . -path ./target -prune -o -name '*.rs' -exec touch {} + \
 && cargo fmt --all --check \
 && cargo clippy --locked --workspace --all-targets -- --deny warnings \
 && cargo test --locked --workspace

FROM dependencies AS build
COPY . .
RUN find . -path ./target -prune -o -name '*.rs' -exec touch {} + \
 && cargo build --release --locked --workspace \
 && mkdir /out && find target/release -maxdepth 1 -type f -executable ! -name '*.so' -exec cp {} /out \;

FROM gcr.io/distroless/cc-debian13:nonroot AS image
COPY --from=build /out/ /usr/local/bin/
