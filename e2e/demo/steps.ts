import { setTimeout as delay } from "node:timers/promises";
import pc from "picocolors";
import { signalPrograms } from "../tools/process";

/** Somebody has had enough of it. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Seconds that the programs of an interrupted step get to end. */
const ENDING_SECONDS = 10;

/** Rejected by the first signal that asks for the end; a second one ends everything at once. */
const interruption = new Promise<never>((_, reject) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      signalPrograms(signal);
      reject(new Interrupted(signal));
    });
  }
});
interruption.catch(() => {});

/** Does something, and prints how many seconds it took; in a terminal it is named while it lasts. */
export async function step<T>(what: string, action: () => Promise<T>): Promise<T> {
  const began = Date.now();
  const { isTTY } = process.stdout;
  if (isTTY) process.stdout.write(pc.dim(line("…", what)));
  const done = action();
  try {
    const result = await Promise.race([done, interruption]);
    if (isTTY) process.stdout.write("\r\x1b[K");
    console.log(line(pc.cyan(secondsSince(began).padStart(6)), what));
    return result;
  } catch (error) {
    if (isTTY) process.stdout.write("\n");
    await Promise.race([done.catch(() => {}), delay(ENDING_SECONDS * 1000, undefined, { ref: false })]);
    throw error;
  }
}

/** Prints a paragraph. */
export function say(text: string): void {
  console.log(`\n${text}\n`);
}

/** Characters of a line that are read at a glance. */
const WIDTH = 96;

/** Breaks lines that are too long between words; what is broken off is indented further. */
export function wrapped(text: string): string {
  return text
    .split("\n")
    .flatMap((line) => wrapLine(line, " ".repeat(line.search(/\S|$/) + 2)))
    .join("\n");
}

function wrapLine(line: string, indent: string): string[] {
  const end = line.lastIndexOf(" ", WIDTH);
  if (line.length <= WIDTH || end < indent.length) return [line];
  return [line.slice(0, end), ...wrapLine(indent + line.slice(end + 1), indent)];
}

/** Seconds since a time in milliseconds. */
export function secondsSince(began: number): string {
  return ((Date.now() - began) / 1000).toFixed(1);
}

function line(seconds: string, what: string): string {
  return `${seconds.padStart(6)} s  ${what}`;
}
