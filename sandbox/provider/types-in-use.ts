import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Kind } from "../schema/schema";
import type { TypesInUse } from "./service";

type Found = Record<Kind, string[]>;

/**
 * Finds the types that Terraform is about to ask for: those in the stacks and modules of some folders, and those of
 * which a state may hold objects. A provider has two thousand types; to send them all would take longer than the apply.
 *
 * @param folders are looked through each time: a stack may be synthesized while the providers are served already
 * @param known types that are served in any case
 */
export function typesInUse(folders: readonly string[], known: () => readonly string[]): TypesInUse {
  const files = new Map<string, { stamp: string; found: Found }>();
  return () => {
    const all = { resource: new Set(known()), data: new Set<string>(), ephemeral: new Set<string>() };
    for (const file of folders.flatMap(modulesIn)) {
      const { mtimeMs, size } = statSync(file);
      const stamp = `${mtimeMs} ${size}`;
      let read = files.get(file);
      if (read?.stamp !== stamp) {
        read = { stamp, found: typesOf(file) };
        files.set(file, read);
      }
      for (const kind of Object.keys(all) as Kind[]) for (const type of read.found[kind]) all[kind].add(type);
    }
    const sorted = (kind: Kind) => [...all[kind]].sort();
    return { resource: sorted("resource"), data: sorted("data"), ephemeral: sorted("ephemeral") };
  };
}

/** The files of Terraform in a folder, and in the stacks that cdktf has put there. */
function modulesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const stacks = join(folder, "stacks");
  const folders = [folder, ...(existsSync(stacks) ? readdirSync(stacks).map((name) => join(stacks, name)) : [])];
  return folders.flatMap((one) => {
    if (!statSync(one).isDirectory()) return [];
    return readdirSync(one)
      .filter((name) => name.endsWith(".tf") || name.endsWith(".tf.json"))
      .map((name) => join(one, name));
  });
}

function typesOf(file: string): Found {
  const text = readFileSync(file, "utf8");
  if (!file.endsWith(".json")) {
    const named = (kind: Kind) =>
      [...text.matchAll(new RegExp(`^\\s*${kind}\\s+"(\\w+)"`, "gm"))].map(([, type]) => type as string);
    return { resource: named("resource"), data: named("data"), ephemeral: named("ephemeral") };
  }
  const module = readJson(text);
  const keys = (kind: Kind) => Object.keys(module[kind] ?? {});
  return { resource: keys("resource"), data: keys("data"), ephemeral: keys("ephemeral") };
}

/** A file that is being written just now is not whole; what it will hold does not concern whoever asks already. */
function readJson(text: string): Partial<Record<Kind, object>> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
