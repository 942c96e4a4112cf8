/** Colours and styles of a terminal: they carry no text, and most Rust programs log with them. */
const STYLES = new RegExp(`${String.fromCodePoint(0x1b)}\\[[\\d:;]*m`, "g");

/** What a terminal acts on or hides: controls (C0, C1), formats such as bidirectional overrides, line separators. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Characters of a line that are printed. */
const LONGEST_LINE = 1000;

/**
 * Makes text from a cluster safe to print, on one line: colours are dropped, and other control characters are escaped as
 * Rust does, such as `\u{1b}`.
 */
export function printable(text: string): string {
  const plain = text.replace(STYLES, "");
  const shown = plain.length > LONGEST_LINE ? `${plain.slice(0, LONGEST_LINE)}…` : plain;
  return shown.replace(UNSEEN, escaped);
}

/** Puts text from a cluster behind a gutter, so that none of it can pass for a line of ours. */
export function quoted(text: string): string[] {
  return text.split(/\r?\n/).map((line) => `│ ${printable(line)}`);
}

function escaped(character: string): string {
  switch (character) {
    case "\t":
      return character;
    case "\n":
      return "\\n";
    case "\r":
      return "\\r";
    default:
      return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  }
}
