import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import type { FleetIssue } from "./error";

/** Largest file that is read, in bytes: some ten thousand entries. Beyond it, something else was written into the file. */
export const MAX_FILE_BYTES = 5_000_000;

const BYTE_ORDER_MARK = "\uFEFF";

/** Deepest nesting that is read: far beyond what a fleet needs, and far from where a parser runs out of stack. */
const MAX_DEPTH = 100;

/** Turns offsets in a text into lines and columns, from 1. */
class Positions {
  private readonly starts: number[] = [0];

  constructor(text: string) {
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) this.starts.push(end + 1);
  }

  at(offset: number): { line: number; column: number } {
    let [line, after] = [0, this.starts.length];
    while (after - line > 1) {
      const middle = (line + after) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) line = middle;
      else after = middle;
    }
    return { line: line + 1, column: offset - (this.starts[line] ?? 0) + 1 };
  }
}

/** Offset of the first bracket that opens more levels than are read. */
function tooDeep(text: string): number | undefined {
  let depth = 0;
  let inString = false;
  for (let offset = 0; offset < text.length; offset++) {
    const character = text[offset];
    if (character === '"') inString = !inString;
    else if (inString) offset += character === "\\" ? 1 : 0;
    else if (character === "[" || character === "{") depth++;
    else if (character === "]" || character === "}") depth--;
    if (depth > MAX_DEPTH) return offset;
  }
  return undefined;
}

/** Why a file can't be read, in words. */
function unreadable({ code }: NodeJS.ErrnoException, name: string, example: string): { rule: string; fix: string } {
  if (code === "ENOENT") return { rule: "the file is missing", fix: `write for example ${example}` };
  if (code === "EISDIR") return { rule: "this is a folder, not a file", fix: "put a file in its place" };
  if (code === "EACCES" || code === "EPERM") {
    return { rule: "you may not read the file", fix: `give yourself the right to, for example by chmod u+r ${name}` };
  }
  return { rule: `the file can't be read (${code})`, fix: "see that it is a file that you can open" };
}

/** `parseTree` names its errors in capitals, such as "CommaExpected". */
function inWords(code: string): string {
  return code.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}

/** A JSON file, read once: its value, and where each part of it stands. */
export class JsonFile {
  /** The parsed value; undefined when {@link issues} says why. */
  readonly value: unknown;
  /** What keeps the file from being read. */
  readonly issues: readonly FleetIssue[];

  private readonly positions: Positions;
  private readonly tree: Node | undefined;

  private constructor(
    readonly name: string,
    text: string,
    issues: FleetIssue[],
  ) {
    this.positions = new Positions(text);
    const deep = tooDeep(text);
    if (deep !== undefined) {
      const rule = `nested too deeply: at most ${MAX_DEPTH} levels are read`;
      issues.push({ file: name, ...this.positions.at(deep), rule, fix: "see what was written here, and take it out" });
    }
    const errors: ParseError[] = [];
    this.tree = issues.length > 0 ? undefined : parseTree(text, errors, { disallowComments: true });
    for (const error of errors.slice(0, 1)) {
      issues.push({
        file: name,
        ...this.positions.at(error.offset),
        rule: `not valid JSON: ${inWords(printParseErrorCode(error.error))}`,
        fix: "mend the JSON at this place; comments and trailing commas are not allowed",
      });
    }
    if (this.tree && issues.length === 0) issues.push(...this.lostKeys(this.tree));
    this.issues = issues;
    this.value = this.tree && errors.length === 0 ? JSON.parse(text) : undefined;
  }

  /**
   * Reads a file.
   *
   * @param path where it is
   * @param name how messages call it
   * @param example what a user could write into it when it is missing or empty
   */
  static read(path: string, name: string, example: string): JsonFile {
    const refuse = (issue: Omit<FleetIssue, "file">) => new JsonFile(name, "", [{ file: name, ...issue }]);
    let bytes: Buffer;
    try {
      bytes = readFileSync(path);
    } catch (error) {
      return refuse(unreadable(error as NodeJS.ErrnoException, name, example));
    }
    if (bytes.length > MAX_FILE_BYTES) {
      const rule = `the file has ${(bytes.length / 1e6).toFixed(1)} MB; at most ${MAX_FILE_BYTES / 1e6} MB are read`;
      return refuse({ rule, fix: "see what was written into it, and take that out" });
    }
    if (!isUtf8(bytes)) return refuse({ rule: "the file is not UTF-8", fix: "save it as UTF-8" });
    const text = bytes.toString("utf8");
    if (text.startsWith(BYTE_ORDER_MARK)) {
      const rule = "the file starts with a byte-order mark, which JSON does not allow";
      return refuse({ line: 1, column: 1, rule, fix: "save it as UTF-8 without one" });
    }
    if (text.trim() === "") return refuse({ rule: "the file is empty", fix: `write for example ${example}` });
    return new JsonFile(name, text, []);
  }

  /** The place of a part of the file, or of the nearest part around it. */
  locate(path: readonly PropertyKey[]): { line: number; column: number } | undefined {
    if (!this.tree) return undefined;
    for (let length = path.length; length >= 0; length--) {
      const node = findNodeAtLocation(this.tree, path.slice(0, length) as (string | number)[]);
      // A property's own node starts at its key, which is where a reader looks.
      if (node) return this.positions.at((node.parent?.type === "property" ? node.parent : node).offset);
    }
    return undefined;
  }

  /** Keys that JSON.parse takes without a word: of two equal ones the last wins, and `__proto__` is lost later on. */
  private lostKeys(node: Node, path: string[] = []): FleetIssue[] {
    const issues: FleetIssue[] = [];
    const seen = new Set<string>();
    for (const [index, child] of (node.children ?? []).entries()) {
      if (node.type !== "object") {
        issues.push(...this.lostKeys(child, [...path, String(index)]));
        continue;
      }
      const [key, value] = child.children ?? [];
      const field = [...path, key?.value];
      const refuse = (rule: string, fix: string) =>
        issues.push({ file: this.name, ...this.positions.at(child.offset), field: field.join("."), rule, fix });
      if (seen.has(key?.value)) {
        refuse("the key stands twice in one object, so one of the two values would be lost", "keep one of them");
      }
      if (key?.value === "__proto__") refuse("the key has a meaning of its own in JavaScript", "write another one");
      seen.add(key?.value);
      if (value) issues.push(...this.lostKeys(value, field));
    }
    return issues;
  }
}
