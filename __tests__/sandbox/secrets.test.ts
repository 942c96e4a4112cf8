import { copyFileSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../support/folder";
import { itWith } from "../support/needs";
import { type Outcome, ROOT, runFile } from "../support/program";

jest.setTimeout(120_000);

/** A module that uses all that keeps secrets out of states; a stack of the fleet does it the same way. */
const MODULE = join(ROOT, "__tests__/sandbox/secrets.tf");

/** What the sandbox answers in a secret's place. */
const DUMMY = /sandbox-(secret-string|random-password)/;

describe("secrets of a module", () => {
  const folder = temporaryFolder();
  copyFileSync(MODULE, join(folder, "main.tf"));
  const terraform = (command: string): Outcome =>
    runFile("sandbox/main.ts", ["run", "--", "sh", "-c", `terraform ${command} -no-color`], { cwd: folder });
  const files = () =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile());

  itWith(["terraform"], "are opened, sent and forgotten", () => {
    expect(terraform("init")).toMatchObject({ status: 0, stderr: "" });
    const { status, stderr, stdout } = terraform("apply -auto-approve");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("Apply complete! Resources: 5 added, 0 changed, 0 destroyed.");
    expect(stdout).toMatch(/"TOKEN" = "00000000-0000-4000-8000-000000000000"/);
    expect(files().filter((path) => DUMMY.test(readFileSync(path, "latin1")))).toEqual([]);
    expect(stdout).not.toMatch(DUMMY);
  });

  itWith(["terraform"], "roll the pods when they change, and only then", () => {
    // Before the first apply the secret of the database was not there, so that its version has changed since.
    expect(terraform("apply -auto-approve").stdout).toContain("Resources: 0 added, 2 changed, 0 destroyed.");
    expect(terraform("plan -detailed-exitcode")).toMatchObject({ status: 0, stderr: "" });
  });

  itWith(["terraform"], "are gone with what holds them", () => {
    expect(terraform("destroy -auto-approve").stdout).toContain("Destroy complete! Resources: 5 destroyed.");
  });
});
