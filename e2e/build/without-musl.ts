import { LIBC_TARGETS } from "../../lib/build/rust/builder";

const { gnu, musl } = LIBC_TARGETS;
const LINKED_IN = "target-feature=+crt-static";

/**
 * What is built where the standard library of the static target can't be downloaded: the same, with the usual C library
 * linked in. What that leaves unproven is musl itself.
 *
 * @param text a recipe of the builder, or a buildspec
 */
export function withoutMusl(text: string): string {
  if (!text.includes(musl)) return text;
  const rustflags = `CARGO_TARGET_${gnu.toUpperCase().replaceAll("-", "_")}_RUSTFLAGS="-C ${LINKED_IN}"`;
  return text
    .replaceAll(`rustc --edition 2024 --target ${musl}`, `rustc --edition 2024 --target ${gnu} -C ${LINKED_IN}`)
    .replaceAll(musl, gnu)
    .replaceAll("ENV CARGO_NET_OFFLINE=true", `ENV CARGO_NET_OFFLINE=true ${rustflags}`);
}
