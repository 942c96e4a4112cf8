# Rust with cargo-chef: what its author publishes as an image.
ARG RUST
FROM docker.io/library/rust:${RUST}-slim-trixie
ARG CHEF
RUN cargo install cargo-chef@${CHEF} --locked && rm -rf "$CARGO_HOME/registry"
