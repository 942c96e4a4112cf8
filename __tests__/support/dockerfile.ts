/** An instruction of a Dockerfile. */
export interface Instruction {
  readonly keyword: string;
  readonly text: string;
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
  const lines = dockerfile
    .replaceAll(/\\\n/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const found: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, keyword = "", text = ""] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    if (keyword === "") throw new Error(`not an instruction: ${line}`);
    const [, base, name] = (keyword === "FROM" && /^(\S+) AS (\S+)$/.exec(text)) || [];
    if (base && name) found.push({ name, base, instructions: [] });
    else if (keyword === "FROM") throw new Error(`a stage without a name: ${line}`);
    else found.at(-1)?.instructions.push({ keyword, text, stage: found.at(-1)?.name ?? "" });
  }
  return found;
}
