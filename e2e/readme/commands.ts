/** The commands of a document: each line of its blocks of shell, without its comment. */
export function commandsOf(markdown: string): string[] {
  const blocks = [...markdown.matchAll(/^```sh\n(.*?)^```$/gms)];
  return blocks
    .flatMap(([, lines = ""]) => lines.split("\n"))
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter(Boolean);
}
