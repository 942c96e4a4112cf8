/** A program or folder that some of the slow tests can't do without. */
export interface Need {
  readonly name: string;
  /** Says how to get it, when it is not there and can't be made here. */
  readonly howToGet: () => string | undefined;
}

/**
 * Like `describe`, but skips the tests where something is missing. What is missing and how to get it stands in the
 * name, so that the run's report shows it: nothing is ever skipped in silence.
 */
export function describeWith(needs: readonly Need[], name: string, tests: () => void): void {
  const missing = needs.flatMap(({ name, howToGet }) => {
    const how = howToGet();
    return how === undefined ? [] : [`${name} is missing (${how})`];
  });
  if (missing.length === 0) describe(name, tests);
  else describe.skip(`${name} [skipped: ${missing.join("; ")}]`, tests);
}
