// The floor of a synthesis: a Node process that does nothing but write the same bytes.

const { mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const { dirname } = require("node:path");

for (const [file, content] of Object.entries(JSON.parse(readFileSync("output.json", "utf8")))) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
