/** A text of several lines in cdktf's HCL, with what may follow it in a list. */
const HEREDOC = /<<EOF\n(.*?)\nEOF(?=,?$)/gms;

/** Conditions of a lifecycle, as cdktf writes them: a list where HCL has blocks. */
const CONDITIONS = /^( *)(precondition|postcondition) = \[\n(.*?)^\]$/gms;
const CONDITION = /^\{\ncondition = (.*?)\nerror_message = "(.*?)"\n\},?$/gms;

/**
 * Takes back the line break that `cdktf synth --hcl` adds to every text of more than one line: a heredoc ends with one,
 * whether the text does or not. Without this, Terraform would change what nobody has changed.
 *
 * @param hcl as cdktf has made it
 */
export function withoutAddedLineBreaks(hcl: string): string {
  return hcl.replace(HEREDOC, (_, text: string) => `trimsuffix(<<EOF\n${text}\nEOF\n, "\\n")`);
}

/**
 * Writes conditions as blocks, and their messages on one line: what cdktf makes of them is no HCL.
 *
 * @param hcl as cdktf has made it
 */
export function withConditionBlocks(hcl: string): string {
  return hcl.replace(CONDITIONS, (_, indent: string, kind: string, conditions: string) =>
    [...conditions.matchAll(CONDITION)]
      .map(([, condition = "", message = ""]) => {
        const oneLine = message.replaceAll("\n", "\\n");
        return `${indent}${kind} {\ncondition = ${condition}\nerror_message = "${oneLine}"\n}`;
      })
      .join("\n"),
  );
}
