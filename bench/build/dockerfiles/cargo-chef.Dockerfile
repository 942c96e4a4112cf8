# As its README says: https://github.com/LukeMathWalker/cargo-chef
ARG RUST
ARG CHEF
FROM docker.io/lukemathwalker/cargo-chef:${CHEF}-rust-${RUST}-slim-trixie AS chef
WORKDIR /src

FROM chef AS planner
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM chef AS dependencies
COPY --from=planner /src/recipe.json recipe.json
RUN cargo chef cook --release --locked --workspace --recipe-path recipe.json

FROM chef AS check-dependencies
COPY --from=planner /src/recipe.json recipe.json
RUN cargo chef cook --clippy --locked --workspace --all-targets --recipe-path recipe.json \
 && cargo chef cook --tests --locked --workspace --recipe-path recipe.json

FROM check-dependencies AS checks
COPY . .
RUN cargo fmt --all --check \
 && cargo clippy --locked --workspace --all-targets -- --deny warnings \
 && cargo test --locked --workspace

FROM dependencies AS build
COPY . .
RUN cargo build --release --locked --workspace \
 && mkdir /out && find target/release -maxdepth 1 -type f -executable ! -name '*.so' -exec cp {} /out \;

FROM gcr.io/distroless/cc-debian13:nonroot AS image
COPY --from=build /out/ /usr/local/bin/
