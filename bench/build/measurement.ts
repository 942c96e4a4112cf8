/** What a build has taken. */
export interface Measurement {
  readonly seconds: number;
  /** Bytes of images and caches that came from the registry. */
  readonly pulledBytes: number;
  /** Names of the crates that were compiled or checked, one for each time. */
  readonly compiled: readonly string[];
  /** What the build has printed. */
  readonly log: string;
}

/** The crates of which Cargo says that it compiles or checks them, in its own output or in BuildKit's plain log. */
export function compiledCrates(log: string): string[] {
  return [...log.matchAll(/^(?:#\d+ [\d.]+)? +(?:Compiling|Checking) (\S+) v/gm)].map(([, name = ""]) => name);
}

/** Of some runs of the same build the one whose time is in the middle. */
export function median(runs: readonly Measurement[]): Measurement {
  const middle = runs.toSorted((a, b) => a.seconds - b.seconds)[Math.floor((runs.length - 1) / 2)];
  if (middle === undefined) throw new Error("nothing was measured");
  return middle;
}
