import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ROOT, run } from "../__tests__/support/program";
import { Clone } from "./clone";

const clone = new Clone();

afterAll(() => clone.remove());

/** Runs the unit tests of the clone; those of the sandbox have fleets of their own, and take longer. */
function jest(...args: string[]) {
  return run(process.execPath, [join(ROOT, "node_modules/jest/bin/jest.js"), "--ci", ...args], {
    cwd: clone.folder,
    env: { JEST_WORKER_ID: undefined },
  });
}

it("passes all tests with another fleet in the root's files, after its snapshot was updated", async () => {
  await clone.fill();
  symlinkSync(join(ROOT, "node_modules"), join(clone.folder, "node_modules"));
  for (const file of ["apps.json", "platform.json", "releases.json"]) {
    cpSync(join(ROOT, "examples/fleet", file), join(clone.folder, file));
  }

  const before = jest("__tests__/fleet.test.ts");
  expect(before.stderr).toContain("1 snapshot failed");
  expect(before.stdout).toContain("5 passed, 1 failed, 0 skipped");

  expect(jest("--updateSnapshot", "__tests__/fleet.test.ts")).toMatchObject({ status: 0 });
  const after = jest("--testPathIgnorePatterns", "/sandbox/");
  expect(after.stdout).toMatch(/\n\d{3,} passed, 0 failed, \d+ skipped\n/);
  expect(after.status).toBe(0);
});
