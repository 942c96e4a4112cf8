import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../tools/cluster";

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

/** The guest book behind a cluster's load balancer. */
export class GuestBook {
  constructor(
    private readonly cluster: Cluster,
    private readonly host: string,
  ) {}

  /** What it calls itself. */
  async version(): Promise<string> {
    return (await this.cluster.ask(this.host)).body;
  }

  /** Waits until it is a version. */
  async becomes(version: string): Promise<void> {
    await this.cluster.askUntil(({ body }) => body === version, this.host);
  }

  /** Writes an entry. */
  async write(author: string, message: string): Promise<void> {
    const { status, body } = await this.cluster.ask(this.host, "/entries", { author, message });
    if (status !== 201) throw new Error(`the guest book answers ${status}: ${body}`);
  }

  /** Who has written, the newest first; waits until it can tell. */
  async authors(): Promise<string[]> {
    const { body } = await this.cluster.askUntil(({ status }) => status === 200, this.host, "/entries");
    return JSON.parse(body).map(({ author }: { author: string }) => author);
  }
}
