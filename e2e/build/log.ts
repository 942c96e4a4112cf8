/**
 * What the step of a stage has printed in a build, in whichever of its runs of BuildKit: nothing where it came from the
 * cache. Numbers of steps count within a run.
 *
 * @param stage the stage, whose last RUN it is
 */
export function printedIn(output: string, stage: string): string {
  return output
    .split(/^#1 \[internal\]/m)
    .flatMap((run) => {
      const [, step] = [...run.matchAll(new RegExp(`^#(\\d+) \\[${stage} \\d+/\\d+\\] RUN`, "gm"))].at(-1) ?? [];
      return step === undefined ? [] : [...run.matchAll(new RegExp(`^#${step} [\\d.]+ (.*)$`, "gm"))];
    })
    .map(([, line]) => line)
    .join("\n");
}
