import { readFileSync } from "node:fs";
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import type { FleetIssue } from "./error";

/** Largest file that is read, in bytes: some ten thousand entries. Beyond it, something else was written into the file. */
export const MAX_FILE_BYTES = 5_000_000;

const BYTE_ORDER_MARK = "\uFEFF";

/** Line and column, from 1, of an offset in a text. */
function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
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

  private readonly text: string;
  private readonly tree: Node | undefined;

  private constructor(
    readonly name: string,
    text: string,
    issues: FleetIssue[],
  ) {
    this.text = text;
    const errors: ParseError[] = [];
    this.tree = issues.length > 0 ? undefined : parseTree(text, errors, { disallowComments: true });
    for (const error of errors.slice(0, 1)) {
      issues.push({
        file: name,
        ...position(text, error.offset),
        rule: `not valid JSON: ${inWords(printParseErrorCode(error.error))}`,
        fix: "mend the JSON at this place; comments and trailing commas are not allowed",
      });
    }
    if (this.tree && issues.length === 0) issues.push(...this.duplicateKeys(this.tree));
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
    const fix = `write for example ${example}`;
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const rule = code === "ENOENT" ? "the file is missing" : `the file can't be read (${code})`;
      return new JsonFile(name, "", [{ file: name, rule, fix }]);
    }
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_FILE_BYTES) {
      const rule = `the file has ${(bytes / 1e6).toFixed(1)} MB; at most ${MAX_FILE_BYTES / 1e6} MB are read`;
      return new JsonFile(name, "", [{ file: name, rule, fix: "see what was written into it, and take that out" }]);
    }
    if (text.startsWith(BYTE_ORDER_MARK)) {
      const rule = "the file starts with a byte-order mark, which JSON does not allow";
      return new JsonFile(name, "", [{ file: name, line: 1, column: 1, rule, fix: "save it as UTF-8 without one" }]);
    }
    if (text.trim() === "") return new JsonFile(name, "", [{ file: name, rule: "the file is empty", fix }]);
    return new JsonFile(name, text, []);
  }

  /** The place of a part of the file, or of the nearest part around it. */
  locate(path: readonly PropertyKey[]): { line: number; column: number } | undefined {
    if (!this.tree) return undefined;
    for (let length = path.length; length >= 0; length--) {
      const node = findNodeAtLocation(this.tree, path.slice(0, length) as (string | number)[]);
      // A property's own node starts at its key, which is where a reader looks.
      if (node) return position(this.text, (node.parent?.type === "property" ? node.parent : node).offset);
    }
    return undefined;
  }

  /** JSON.parse lets the last of two equal keys win without a word. */
  private duplicateKeys(node: Node, path: string[] = []): FleetIssue[] {
    const issues: FleetIssue[] = [];
    const seen = new Set<string>();
    for (const [index, child] of (node.children ?? []).entries()) {
      if (node.type !== "object") {
        issues.push(...this.duplicateKeys(child, [...path, String(index)]));
        continue;
      }
      const [key, value] = child.children ?? [];
      const field = [...path, key?.value];
      if (seen.has(key?.value)) {
        issues.push({
          file: this.name,
          ...position(this.text, child.offset),
          field: field.join("."),
          rule: "the key stands twice in one object, so one of the two values would be lost",
          fix: "keep one of them",
        });
      }
      seen.add(key?.value);
      if (value) issues.push(...this.duplicateKeys(value, field));
    }
    return issues;
  }
}
