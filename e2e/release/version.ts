import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Makes a copy of the fixture `web` another version, which stands in its manifest, its lock file and a test. */
export function setVersion(checkout: string, version: string): void {
  for (const file of ["Cargo.toml", "Cargo.lock", "src/main.rs"]) {
    const path = join(checkout, file);
    writeFileSync(path, readFileSync(path, "utf8").replaceAll('"0.3.1"', `"${version}"`));
  }
}
