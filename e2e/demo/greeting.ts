import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The line that a commit of the demonstration changes. */
export function greetingLine(greeting: string): string {
  return `greeting: "${greeting}",`;
}

/** Lets a copy of the fixture `web` greet whoever asks. */
export function setGreeting(checkout: string, greeting: string): void {
  const file = join(checkout, "src/main.rs");
  const source = readFileSync(file, "utf8")
    .replace("    version: &'static str,\n", "$&    greeting: &'static str,\n")
    .replace('        version: env!("CARGO_PKG_VERSION"),\n', `$&        ${greetingLine(greeting)}\n`);
  writeFileSync(file, source);
}
