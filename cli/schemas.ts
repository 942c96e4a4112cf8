import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jsonSchemas } from "../lib/fleet/schema";

/** Writes the JSON Schemas of the fleet's files, which give completion and hover text in an editor. */
export function writeSchemas(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [file, schema] of Object.entries(jsonSchemas())) {
    writeFileSync(join(folder, file), `${JSON.stringify(schema, null, 2)}\n`);
  }
}
