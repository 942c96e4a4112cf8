import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { SandboxError } from "../error";

/**
 * A file of JSON lines that only ever grows: a change is one line, written by one call. A program that is killed at any
 * moment leaves at most a last line without its end, which the next reader ignores.
 */
export class Journal<Entry> {
  private descriptor: number | undefined;

  constructor(private readonly file: string) {}

  /**
   * All entries, oldest first.
   *
   * @throws when a line before the last is not JSON: then something else than this program has written to the file
   */
  read(): Entry[] {
    return parse(this.file, this.content());
  }

  /** Adds an entry. The first one opens the file, and cuts off a last line that was not finished. */
  append(entry: Entry): void {
    this.descriptor ??= this.open();
    writeSync(this.descriptor, `${JSON.stringify(entry)}\n`);
  }

  /** Replaces all entries, whole or not at all. */
  rewrite(entries: readonly Entry[]): void {
    this.close();
    mkdirSync(dirname(this.file), { recursive: true });
    const temporary = `${this.file}.new`;
    const descriptor = openSync(temporary, "w");
    writeSync(descriptor, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(temporary, this.file);
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  private content(): Buffer {
    return existsSync(this.file) ? readFileSync(this.file) : Buffer.alloc(0);
  }

  private open(): number {
    mkdirSync(dirname(this.file), { recursive: true });
    const whole = this.content().lastIndexOf("\n") + 1;
    const descriptor = openSync(this.file, "a");
    ftruncateSync(descriptor, whole);
    return descriptor;
  }
}

function parse<Entry>(file: string, content: Buffer): Entry[] {
  const whole = content.subarray(0, content.lastIndexOf("\n") + 1).toString("utf8");
  const lines = whole.split("\n").slice(0, -1);
  return lines.map((line, index) => {
    try {
      return JSON.parse(line);
    } catch {
      throw new SandboxError(`${file} line ${index + 1} can't be read; \`npm run sandbox -- reset\` starts afresh`);
    }
  });
}
