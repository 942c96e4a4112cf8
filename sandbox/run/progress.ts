import pc from "picocolors";
import type { StackLog } from "./apply-logs";

/** Shows how far a run is. */
export interface Progress {
  /** Says what is going on before there are stacks. */
  phase(text: string): void;
  /** An apply has ended. */
  stack(log: StackLog): void;
  /** Objects were made, or time has passed. */
  update(state: State): void;
  /** Nothing more is shown. */
  end(): void;
}

/** How far a run is. */
export interface State {
  readonly prepared: number;
  readonly done: number;
  /** How many stacks there are; nothing before they are synthesized. */
  readonly total: number | undefined;
  readonly made: number;
  /** Since the beginning, in milliseconds. */
  readonly elapsed: number;
}

/** One line that changes in a terminal, a line for each stack elsewhere. */
export function createProgress(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? liveProgress(stream) : plainProgress(stream);
}

const FRAMES = [..."⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"];

/** Back to the start of the line, and the line erased. */
const ERASE = "\r\u001b[2K";

function liveProgress(stream: NodeJS.WriteStream): Progress {
  let frame = 0;
  let text = "";
  const show = (line: string) => {
    frame = (frame + 1) % FRAMES.length;
    // A line that wraps could not be erased.
    stream.write(`${ERASE}${pc.yellow(FRAMES[frame] as string)} ${line.slice(0, stream.columns - 3)}`);
  };
  return {
    phase: (next) => {
      text = next;
      show(text);
    },
    stack: () => {},
    update: (state) => show(`${state.prepared === 0 ? text : describe(state)} · ${seconds(state.elapsed)}`),
    end: () => stream.write(ERASE),
  };
}

/** Nothing is applied before all stacks are prepared. */
function describe({ prepared, done, total = 0, made }: State): string {
  if (prepared < total) return `${prepared} of ${total} stacks prepared`;
  return `${done} of ${total} stacks · ${made} ${made === 1 ? "resource" : "resources"} made`;
}

function plainProgress(stream: NodeJS.WriteStream): Progress {
  let done = 0;
  let total: number | undefined;
  return {
    phase: (text) => stream.write(`${text}\n`),
    stack: (log) => {
      done += 1;
      const count = `${done}`.padStart(`${total ?? 0}`.length);
      stream.write(`  ${count}/${total ?? "?"}  ${log.stack}: ${outcomeOf(log)}\n`);
    },
    update: (state) => {
      total = state.total;
    },
    end: () => {},
  };
}

/** What an apply came to, in words. */
export function outcomeOf({ made, changed, removed, errors }: Omit<StackLog, "stack">): string {
  if (errors.length > 0) return "failed";
  const parts = [made && `${made} made`, changed && `${changed} changed`, removed && `${removed} removed`];
  return parts.filter(Boolean).join(", ") || "no changes";
}

/** A duration that is read at a glance. */
export function seconds(milliseconds: number): string {
  const whole = Math.round(milliseconds / 1000);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
