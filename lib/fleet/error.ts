/** One thing that is wrong in the fleet's files. */
export interface FleetIssue {
  /** File, as the user named it. */
  readonly file: string;
  /** Line in the file, from 1. */
  readonly line?: number;
  /** Column in the line, from 1. */
  readonly column?: number;
  /** The entry of `apps.json`: its name where it has one, and its number, from 1. */
  readonly entry?: string;
  /** Path of the field, such as `processes.web.port`. */
  readonly field?: string;
  /** What stands there. Absent where nothing does. */
  readonly value?: unknown;
  /** What is wrong with it: the rule. */
  readonly rule: string;
  /** What to write instead. */
  readonly fix: string;
}

const LONGEST_VALUE = 60;
/** More would push the first ones, with which a reader starts, out of the terminal. */
const MOST_PRINTED = 50;

/** A value as it stands in the file, cut where it gets long. */
export function printValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
}

function printIssues(issues: readonly FleetIssue[]): string {
  const printed = issues.slice(0, MOST_PRINTED).map(printIssue);
  const more = issues.length > MOST_PRINTED ? [`  … and ${issues.length - MOST_PRINTED} more`] : [];
  return [...printed, ...more].join("\n\n");
}

function printIssue(issue: FleetIssue): string {
  const place = [issue.file, issue.line, issue.column].filter((part) => part !== undefined).join(":");
  const where = [place, issue.entry, issue.field].filter(Boolean).join("  ");
  const what = issue.value === undefined ? issue.rule : `${printValue(issue.value)}: ${issue.rule}`;
  return `  ${where}\n    ${what}\n    → ${issue.fix}`;
}

/**
 * A mistake in what a user wrote. Its message is the whole answer: all issues at once (of very many, the first), each
 * with its place, its value, the rule and what to write instead. It has no stack trace, because the place that matters is in the user's file.
 */
export class FleetError extends Error {
  override readonly name = "FleetError";

  constructor(readonly issues: readonly FleetIssue[]) {
    const count = issues.length === 1 ? "1 error" : `${issues.length} errors`;
    super(`${count} in the fleet's files; nothing was written.\n\n${printIssues(issues)}\n`);
    this.stack = this.message;
  }
}
