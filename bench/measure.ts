import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** A Node program to be measured. */
export interface Subject {
  readonly name: string;
  /** Arguments of `node`. */
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** What one run took. */
export interface Sample {
  /** Milliseconds from start to end of the process. */
  readonly wall: number;
  /** Peak memory in MiB. */
  readonly peak: number;
}

const PEAK = join(__dirname, "peak.js");

function measure({ name, args, env }: Subject, cwd: string): Sample {
  const peakFile = join(cwd, "peak");
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["--require", PEAK, ...args], {
    cwd,
    env: { ...process.env, ...env, BENCH_PEAK_FILE: peakFile },
    encoding: "utf8",
  });
  const wall = performance.now() - started;
  if (status !== 0) throw new Error(`${name} failed:\n${stderr}`);
  const peak = Number(readFileSync(peakFile, "utf8")) / 1024;
  rmSync(peakFile);
  return { wall, peak };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/**
 * Runs the subjects in turn, so that all of them meet the same ups and downs of the machine: once to warm up, then some
 * rounds that count.
 *
 * @returns the median of each, in the subjects' order
 */
export function compare(subjects: readonly Subject[], cwd: string, rounds: number): Sample[] {
  for (const subject of subjects) measure(subject, cwd);
  const samples = Array.from({ length: rounds }, () => subjects.map((subject) => measure(subject, cwd)));
  return subjects.map((_, index) => ({
    wall: median(samples.map((round) => round[index]?.wall ?? Number.NaN)),
    peak: median(samples.map((round) => round[index]?.peak ?? Number.NaN)),
  }));
}
