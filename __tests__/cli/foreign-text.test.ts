import fc from "fast-check";
import { printable, quoted } from "../../cli/foreign-text";

/** What a terminal acts on or hides, and how it is shown. */
const HOSTILE: readonly [what: string, text: string, shown: string][] = [
  ["OSC 52, which sets the clipboard", "\u001b]52;c;cm0gLXJmIH4=\u0007", "\\u{1b}]52;c;cm0gLXJmIH4=\\u{7}"],
  ["OSC 8, which hides where a link leads", "\u001b]8;;http://x\u001b\\here", "\\u{1b}]8;;http://x\\u{1b}\\here"],
  ["a cursor that goes up and erases", "\u001b[2A\u001b[2Kall is well", "\\u{1b}[2A\\u{1b}[2Kall is well"],
  ["a carriage return", "failed\rall is well", "failed\\rall is well"],
  ["backspaces", "bad\b\b\bok", "bad\\u{8}\\u{8}\\u{8}ok"],
  ["C1 controls", "\u009b2J\u009d52;c;x\u009c", "\\u{9b}2J\\u{9d}52;c;x\\u{9c}"],
  ["bidirectional overrides", "\u202egnp.exe\u2066x\u2069", "\\u{202e}gnp.exe\\u{2066}x\\u{2069}"],
  ["text that can't be seen", "a\u200bb\u{e0041}c\ufeff", "a\\u{200b}b\\u{e0041}c\\u{feff}"],
  ["separators of lines", "a\u2028b\u2029c\u0085d", "a\\u{2028}b\\u{2029}c\\u{85}d"],
  ["a null, a form feed, a delete", "\0\f\u007f", "\\u{0}\\u{c}\\u{7f}"],
  ["a style that hides a sequence", "\u001b\u001b[0m[2J", "\\u{1b}[2J"],
  ["a line break", "a\nb", "a\\nb"],
];

it.each(HOSTILE)("shows %s", (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});

it("leaves text as it is, whatever its language", () => {
  const text = 'GET /ü "quoted" \\n 日本語 🦀\tC:\\temp';
  expect(printable(text)).toBe(text);
});

it("leaves out colours", () => {
  expect(printable("\u001b[2m2026-11-30\u001b[0m \u001b[38;5;4mINFO\u001b[0m ready")).toBe("2026-11-30 INFO ready");
});

it("cuts lines that have no end", () => {
  expect(printable("x".repeat(1_000_000))).toHaveLength(1001);
});

it("marks each line of a text", () => {
  expect(quoted("one\r\ntwo\n\n  what to do")).toEqual(["│ one", "│ two", "│ ", "│   what to do"]);
});

it("never prints what a terminal acts on", () => {
  const unit = fc.oneof(
    fc.constantFrom("\u001b", "[", "0m", "\u009b", "\r", "\n", "\u202e", "\ud800", "\udc00"),
    fc.string({ unit: "binary", maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 20 }), (parts) => {
      for (const line of quoted(parts.join(""))) {
        expect(line).not.toMatch(/[^\t\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }
    }),
  );
});
