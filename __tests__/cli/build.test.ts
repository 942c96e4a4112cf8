import { temporaryFolder } from "../support/folder";
import { runFile } from "../support/program";

const build = (path: string) => runFile("cli/main.ts", ["build", path]);

it("names a path that is no folder", () => {
  const { status, stderr } = build("/nowhere");
  expect([status, stderr]).toEqual([1, "error: /nowhere is not a folder\n"]);
});

it("names a folder that is no Cargo project", () => {
  const { status, stderr } = build(temporaryFolder());
  expect(status).toBe(1);
  expect(stderr).toContain("has no Cargo.toml");
});
