import { DockerfileParser, type ModifiableInstruction } from "dockerfile-ast";

/** An instruction of a Dockerfile. */
export interface Instruction {
  readonly keyword: string;
  /** Its arguments without flags, on one line. */
  readonly text: string;
  /** Values of its flags: `--network=none` is `["none"]` of `network`. */
  readonly flags: Readonly<Record<string, readonly string[]>>;
  /** Name of the stage in which it stands. */
  readonly stage: string;
}

export interface Stage {
  readonly name: string;
  /** The image or the stage on which it stands. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** Reads the stages of a Dockerfile in which every stage has a name. */
export function stages(dockerfile: string): Stage[] {
  const found: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    const keyword = instruction.getKeyword();
    const text = (instruction.getArgumentsContent() ?? "").replace(/\s+&& /g, " && ");
    if (keyword === "FROM") {
      const [, base, name] = /^(\S+) AS (\S+)$/.exec(text) ?? [];
      if (base === undefined || name === undefined) throw new Error(`a stage without a name: ${text}`);
      found.push({ name, base, instructions: [] });
    } else {
      const stage = found.at(-1);
      stage?.instructions.push({ keyword, text, flags: flagsOf(instruction), stage: stage.name });
    }
  }
  return found;
}

function flagsOf(instruction: object): Record<string, string[]> {
  if (!("getFlags" in instruction)) return {};
  const flags: Record<string, string[]> = {};
  for (const flag of (instruction as ModifiableInstruction).getFlags()) {
    const values = flags[flag.getName()] ?? [];
    flags[flag.getName()] = [...values, flag.getValue() ?? ""];
  }
  return flags;
}

/** What the mounts of an instruction say, each as its options. */
export function mounts({ flags }: Instruction): Record<string, string>[] {
  const options = (mount: string) => mount.split(",").map((option) => option.split("=", 2) as [string, string?]);
  return (flags.mount ?? []).map((mount) =>
    Object.fromEntries(options(mount).map(([name, value = ""]) => [name, value])),
  );
}

/** The images and stages of which an instruction uses files. */
export function sourcesOf(instruction: Instruction): string[] {
  const mounted = mounts(instruction).flatMap(({ from }) => (from === undefined ? [] : [from]));
  return [...(instruction.flags.from ?? []), ...mounted];
}
