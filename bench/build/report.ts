import Table from "cli-table3";
import type { Measurement } from "./measurement";
import type { Project, Situation } from "./projects";
import { JOBS, type Job, type Variant } from "./variants";

/** Everything that one job of one project has taken, by the name of the situation. */
export interface Result {
  readonly project: Project;
  readonly job: Job;
  readonly rows: readonly Row[];
}

export interface Row {
  readonly situation: Situation;
  /** The bare machine; nothing where it has nothing to do. */
  readonly floor?: Measurement;
  /** By the name of the variant. */
  readonly variants: Readonly<Record<string, Measurement>>;
}

/** How much faster than the product another one may be. */
const FASTER = 1.1;

/** Seconds of a difference that says nothing: what a look into one more cache takes. */
const NOISE = 0.5;

/** A table for people: a row for each situation, a column for each variant. */
export function table({ project, job, rows }: Result, variants: readonly Variant[]): string {
  const table = new Table({
    head: [`${project.title}:\n${JOBS[job]}`, "bare machine", ...variants.map(({ title }) => title)],
    colAligns: ["left", ...variants.map(() => "right" as const), "right"],
    style: { head: [], border: [] },
  });
  for (const { situation, floor, variants: measured } of rows) {
    const cells = variants.map(({ name }) => cell(measured[name], floor));
    table.push([situation.title, cell(floor), ...cells]);
  }
  return table.toString();
}

function cell(measurement: Measurement | undefined, floor?: Measurement): string {
  if (measurement === undefined) return "–";
  const { seconds, pulledBytes, compiled } = measurement;
  const ratio = floor === undefined ? "" : `  ×${(seconds / floor.seconds).toFixed(1)}`;
  const crates = `${compiled.length} crate${compiled.length === 1 ? "" : "s"}`;
  const pulled = pulledBytes === 0 ? "" : `, ${megabytes(pulledBytes)} MB`;
  return `${seconds.toFixed(1)} s${ratio}\n${crates}${pulled}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e6 ? 1 : 0);
}

/** Something that the product wants to be true of its own numbers. */
export interface Aim {
  readonly text: string;
  readonly isMet: boolean;
}

/** The aims that can be judged by the rows that are there. */
export function aims({ project, job, rows }: Result, product: Variant, variants: readonly Variant[]): Aim[] {
  const found: Aim[] = [];
  const own = (name: string) => rows.find(({ situation }) => situation.name === name);
  for (const { situation, variants: measured } of rows) {
    const ours = measured[product.name];
    if (ours === undefined || situation.onlyPulls) continue;
    if (!situation.compilesDependencies) {
      const others = new Set(ours.compiled.filter((name) => !project.crates.includes(name)));
      const said = others.size === 0 ? "none" : [...others].slice(0, 5).join(", ");
      found.push({ text: `${situation.title}: compiles no dependency (${said})`, isMet: others.size === 0 });
    }
    for (const { name, title } of variants) {
      const theirs = measured[name];
      if (name === product.name || theirs === undefined) continue;
      const text = `${situation.title}: ${title} is at most 10 % faster (${times(ours)} against ${times(theirs)})`;
      found.push({ text, isMet: ours.seconds <= Math.max(theirs.seconds * FASTER, theirs.seconds + NOISE) });
    }
  }
  if (job !== "image") return found;

  const unchanged = own("unchanged")?.variants[product.name];
  if (unchanged) found.push({ text: `unchanged: under 3 s (${times(unchanged)})`, isMet: unchanged.seconds < 3 });
  const line = own("line");
  const ours = line?.variants[product.name];
  const pull = own("pull")?.variants[product.name];
  if (ours && pull && line.floor) {
    const most = pull.seconds + 1.5 * line.floor.seconds;
    const text = `${line.situation.title}: within pulling + 1.5 × the bare machine (${times(ours)} against ${most.toFixed(1)} s)`;
    found.push({ text, isMet: ours.seconds <= most });
  }
  return found;
}

function times({ seconds }: Measurement): string {
  return `${seconds.toFixed(1)} s`;
}

/** The aims that were missed, and how many were met. */
export function verdict(aims: readonly Aim[]): string {
  const missed = aims.filter(({ isMet }) => !isMet);
  const lines = missed.map(({ text }) => `missed: ${text}`);
  return [...lines, `${aims.length - missed.length} of ${aims.length} aims are met`].join("\n");
}
