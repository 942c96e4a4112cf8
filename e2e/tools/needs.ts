/** A program or folder that some of the slow tests can't do without. */
export interface Need {
  readonly name: string;
  /** Says how to get it, when it is not there and can't be made here. */
  readonly howToGet: () => string | undefined;
}

/** Like `describe`, but where something is missing the tests are skipped, and it is said why. */
export function describeWith(needs: readonly Need[], name: string, tests: () => void): void {
  const missing = missingOf(needs);
  if (missing === undefined) {
    describe(name, tests);
  } else {
    // Jest's own report leaves out a file whose tests are all skipped.
    process.stderr.write(`SKIP ${name}: ${missing}\n`);
    describe.skip(name, tests);
  }
}

/** Like `test`, but where something is missing it is skipped, and its name says why. */
export function testWith(needs: readonly Need[], name: string, run: () => Promise<void>): void {
  const missing = missingOf(needs);
  if (missing === undefined) test(name, run);
  else test.skip(`${name} (skipped: ${missing})`, run);
}

/** What of it is missing and how to get it, in one line; nothing when all is there. */
export function missingOf(needs: readonly Need[]): string | undefined {
  const missing = needs.flatMap(({ name, howToGet }) => {
    const how = howToGet();
    return how === undefined ? [] : [`${name} is missing (${how})`];
  });
  return missing.length === 0 ? undefined : [...new Set(missing)].join("; ");
}
