/**
 * What the step of a stage has printed in a build's first run of BuildKit: nothing where it came from the cache, or from a
 * run before. Later runs only ask once more for what the first one has found.
 *
 * @param stage the stage, whose last RUN it is
 */
export function printedIn(output: string, stage: string): string {
  const [, first = ""] = output.split(/^#1 \[internal\]/m);
  const [, step] = [...first.matchAll(new RegExp(`^#(\\d+) \\[${stage} \\d+/\\d+\\] RUN`, "gm"))].at(-1) ?? [];
  if (step === undefined) throw new Error(`no step of the stage "${stage}" in:\n${first.slice(-2000)}`);
  return [...first.matchAll(new RegExp(`^#${step} [\\d.]+ (.*)$`, "gm"))].map(([, line]) => line).join("\n");
}
