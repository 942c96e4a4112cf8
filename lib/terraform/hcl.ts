/** A text of several lines in cdktf's HCL, with what may follow it in a list. */
const HEREDOC = /<<EOF\n(.*?)\nEOF(?=,?$)/gms;

/**
 * Takes back the line break that `cdktf synth --hcl` adds to every text of more than one line: a heredoc ends with one,
 * whether the text does or not. Without this, Terraform would change what nobody has changed.
 *
 * @param hcl as cdktf has made it
 */
export function withoutAddedLineBreaks(hcl: string): string {
  return hcl.replace(HEREDOC, (_, text: string) => `trimsuffix(<<EOF\n${text}\nEOF\n, "\\n")`);
}
