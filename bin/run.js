#!/usr/bin/env node
// Runs a TypeScript file at the speed of JavaScript: node run.js FILE [ARG ...]
//
// esbuild joins the file and all that it imports into one script, without checking types; V8's compiled code is kept
// beside it. Both are made again when a source file or an installed package has changed since. Loading hundreds of
// files of cdktf and its providers one by one takes longer than the synthesis itself: see bench/.

const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { dirname, join, resolve } = require("node:path");
const { Script } = require("node:vm");

/** The stamp of a file: what changes when the file does. */
function stamp(file) {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats ? `${stats.mtimeMs} ${stats.size}` : "missing";
}

/** Writes a file whole or not at all, so that two runs at once never read half of it. */
function write(file, content) {
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  } catch {
    // Where nothing can be kept, the next run is slower.
  }
}

/** Reads what a run before has left, or nothing when it is missing or any of its sources has changed. */
function read(cached) {
  try {
    const { stamps } = JSON.parse(readFileSync(cached.stamps, "utf8"));
    if (Object.entries(stamps).some(([file, value]) => stamp(file) !== value)) return undefined;
    return readFileSync(cached.script, "utf8");
  } catch {
    return undefined;
  }
}

function build(entry, installed, cached) {
  const { buildSync } = require("esbuild");
  const { metafile, outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    mainFields: ["module", "main"], // jsonc-parser's "main" hides its own files from a bundler
    target: `node${process.versions.node}`,
    logLevel: "silent",
  });
  const sources = Object.keys(metafile.inputs)
    .map((file) => resolve(file))
    .filter((file) => !file.includes("/node_modules/"));
  const stamps = Object.fromEntries([...sources, installed, __filename].map((file) => [file, stamp(file)]));
  const script = outputFiles[0].text;
  write(cached.script, script);
  write(cached.stamps, JSON.stringify({ stamps }));
  return script;
}

function main() {
  const entry = resolve(process.argv[2] ?? "main.ts");
  const fromEntry = createRequire(entry);
  // npm rewrites this file at every installation.
  const modules = join(dirname(fromEntry.resolve("constructs/package.json")), "..");
  const installed = join(modules, ".package-lock.json");
  const key = createHash("sha256").update(`${entry} ${process.version}`).digest("hex").slice(0, 16);
  const folder = join(modules, ".cache", "drover");
  const cached = {
    script: join(folder, `${key}.js`),
    stamps: join(folder, `${key}.json`),
    code: join(folder, `${key}.code`),
  };

  const kept = read(cached);
  const source = kept ?? build(entry, installed, cached);
  const cachedData = kept === undefined ? undefined : readOptional(cached.code);
  const script = new Script(`(function (require, module, exports, __filename, __dirname) {${source}\n})`, {
    filename: cached.script,
    cachedData,
  });
  process.argv.splice(1, 2, entry);
  const module = { exports: {} };
  script.runInThisContext()(fromEntry, module, module.exports, entry, dirname(entry));
  if (cachedData === undefined || script.cachedDataRejected) {
    // At the end, when V8 knows which functions were needed.
    process.once("exit", () => write(cached.code, script.createCachedData()));
  }
}

function readOptional(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** A user's mistake is answered by its message alone; a stack trace is for mistakes of ours. */
function answer(error) {
  const isMistake = error?.name === "FleetError" || Array.isArray(error?.errors); // the latter is esbuild's
  if (isMistake) return error.message;
  if (error?.code === "MODULE_NOT_FOUND" && /'(constructs\/package\.json|esbuild)'/.test(error.message)) {
    return "dependencies are missing: run npm install";
  }
  return error?.stack ?? error;
}

process.on("uncaughtException", (error) => {
  process.stderr.write(`${answer(error)}\n`);
  process.exit(1);
});

main();
