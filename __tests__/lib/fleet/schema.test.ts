import { readFileSync } from "node:fs";
import { join } from "node:path";
import { jsonSchemas } from "../../../lib/fleet/schema";

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
}

const folder = join(__dirname, "../../../schemas");

it.each(Object.entries(jsonSchemas()))("schemas/%s is up to date; if not: npm run schemas", (file, schema) => {
  expect(JSON.parse(readFileSync(join(folder, file), "utf8"))).toEqual(schema);
});

it("every field has a description, for the hover text of an editor", () => {
  const undescribed: string[] = [];
  const visit = (schema: Schema, path: string) => {
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      if (!field.description) undescribed.push(`${path}.${name}`);
      visit(field, `${path}.${name}`);
    }
    if (schema.items) visit(schema.items, `${path}[]`);
    for (const option of schema.anyOf ?? []) visit(option, path);
  };
  for (const [file, schema] of Object.entries(jsonSchemas())) visit(schema as Schema, file);
  expect(undescribed.filter((path) => !path.endsWith(".apps"))).toEqual([]);
});
