// Installs the dependencies when they are missing, or older than package-lock.json asks for.

const { spawnSync } = require("node:child_process");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const root = join(__dirname, "..");

/** The packages of a lock file by their folders; npm keeps a second such file of what it has installed. */
function packages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  } catch {
    return {};
  }
}

function isInstalled() {
  const wanted = Object.entries(packages("package-lock.json"));
  const installed = packages("node_modules/.package-lock.json");
  return wanted.every(
    ([folder, { version, link, optional, peer }]) =>
      !folder.startsWith("node_modules/") || link || optional || peer || installed[folder]?.version === version,
  );
}

if (!isInstalled()) {
  process.stdout.write("installing dependencies (npm ci) …\n");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel", "error"], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  process.exit(status ?? 1);
}
