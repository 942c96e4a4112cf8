import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/folder";
import { ROOT, run } from "../support/program";

const WANTED = {
  "": { name: "fleet" },
  "node_modules/zod": { version: "4.6.7" },
  "node_modules/@esbuild/another-platform": { version: "0.28.2", optional: true },
  "node_modules/@drover/sandbox": { link: true },
  sandbox: { version: "0.1.0" },
};

/** Runs the installation in a clone that has these packages, with an npm that only notes that it was called. */
function install(installed: object | undefined): { called: boolean; status: number | null; stdout: string } {
  const clone = temporaryFolder();
  cpSync(join(ROOT, "bin/install.js"), join(clone, "bin/install.js"));
  writeFileSync(join(clone, "package-lock.json"), JSON.stringify({ packages: WANTED }));
  if (installed) {
    mkdirSync(join(clone, "node_modules"));
    writeFileSync(join(clone, "node_modules/.package-lock.json"), JSON.stringify({ packages: installed }));
  }
  mkdirSync(join(clone, "path"));
  const called = join(clone, "called");
  writeFileSync(join(clone, "path/npm"), `#!/bin/sh\necho "$@" > ${called}\nexit 3\n`, { mode: 0o755 });
  const { status, stdout } = run(process.execPath, ["bin/install.js"], {
    cwd: clone,
    env: { PATH: `${join(clone, "path")}:${process.env.PATH}` },
  });
  return { called: existsSync(called), status, stdout };
}

it("does nothing where everything is there that this platform needs", () => {
  const outcome = install({ "node_modules/zod": { version: "4.6.7" } });
  expect(outcome).toEqual({ called: false, status: 0, stdout: "" });
});

it.each([
  ["nothing is there", undefined],
  ["a package is missing", {}],
  ["a package is older than the lock file's", { "node_modules/zod": { version: "4.6.6" } }],
])("installs where %s, and ends as npm does", (_, installed) => {
  const outcome = install(installed);
  expect(outcome).toEqual({ called: true, status: 3, stdout: "installing dependencies (npm ci) …\n" });
});
