import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { Folders } from "../folders";

/** What Terraform reports as wrong. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail?: string;
  readonly address?: string;
}

/** One line of what Terraform says, as far as it is looked at. */
interface Message {
  readonly type: string;
  readonly diagnostic?: Diagnostic;
  readonly changes?: {
    readonly add: number;
    readonly change: number;
    readonly remove: number;
    readonly operation: string;
  };
}

/** What an apply has come to. */
export interface StackLog {
  readonly stack: string;
  readonly made: number;
  readonly changed: number;
  readonly removed: number;
  readonly errors: readonly Diagnostic[];
}

/** Follows the files that Terraform's applies write to. */
export class ApplyLogs {
  private readonly finished = new Map<string, StackLog>();
  private readonly sizes = new Map<string, number>();

  constructor(private readonly folders: Folders) {}

  /** The applies that have ended, well or not, since the last call. */
  poll(): StackLog[] {
    const { logs } = this.folders;
    return this.files()
      .filter((name) => name.endsWith(".json") && !this.finished.has(name) && this.hasGrown(join(logs, name)))
      .flatMap((name) => {
        const log = readLog(join(logs, name));
        if (log === undefined) return [];
        this.finished.set(name, log);
        return [log];
      });
  }

  /** All applies that have ended. */
  all(): StackLog[] {
    return [...this.finished.values()];
  }

  /** How many stacks have been prepared for their apply. */
  prepared(): number {
    return this.files().filter((name) => name.endsWith(".init")).length;
  }

  private files(): string[] {
    return existsSync(this.folders.logs) ? readdirSync(this.folders.logs) : [];
  }

  private hasGrown(file: string): boolean {
    const { size } = statSync(file);
    const grown = size !== this.sizes.get(file);
    this.sizes.set(file, size);
    return grown;
  }
}

function readLog(file: string): StackLog | undefined {
  const messages = readFileSync(file, "utf8").split("\n").flatMap(parse);
  const errors = messages.flatMap(({ diagnostic }) => (diagnostic?.severity === "error" ? [diagnostic] : []));
  const changes = messages.findLast((message) => message.changes?.operation === "apply")?.changes;
  if (changes === undefined && errors.length === 0) return undefined;
  const { add: made = 0, change: changed = 0, remove: removed = 0 } = changes ?? {};
  return { stack: basename(file, ".json"), made, changed, removed, errors };
}

/** A line that is just being written is read the next time. */
function parse(line: string): Message[] {
  try {
    return line === "" ? [] : [JSON.parse(line)];
  } catch {
    return [];
  }
}
