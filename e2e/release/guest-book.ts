import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the fixture `postgres` answers to a request for `/`, as it stands, and as its next version. */
export const [FIRST, SECOND] = ["guestbook 0.5.0", "guestbook 0.6.0"] as const;

/** Makes a copy of the fixture its next version, with one migration more. */
export function toSecond(checkout: string): void {
  const replace = (file: string, before: string, after: string) => {
    const path = join(checkout, file);
    writeFileSync(path, readFileSync(path, "utf8").replace(before, after));
  };
  for (const file of ["Cargo.toml", "Cargo.lock"]) {
    replace(file, 'name = "guestbook"\nversion = "0.5.0"', 'name = "guestbook"\nversion = "0.6.0"');
  }
  replace("src/main.rs", FIRST, SECOND);
  writeFileSync(
    join(checkout, "migrations/20260301000000_add_time.sql"),
    "alter table entries add column written_at timestamptz not null default now();\n",
  );
}
