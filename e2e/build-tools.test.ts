import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../__tests__/support/program";
import { describeWith } from "./tools/needs";
import { runOrFail } from "./tools/process";
import { rust } from "./tools/rust-toolchain";

describeWith([rust], "the Rust programs that every build uses", () => {
  const target = mkdtempSync(join(tmpdir(), "drover-tools-"));

  afterAll(() => rmSync(target, { recursive: true }));

  test("are formatted", async () => {
    await cargo("fmt", "--check");
  });

  test("have no warnings", async () => {
    await cargo("clippy", "--locked", "--all-targets", "--", "--deny", "warnings");
  });

  test("pass their tests", async () => {
    expect(await cargo("test", "--locked")).toMatch(/test result: ok\. [1-9]\d* passed/);
  });

  function cargo(...args: string[]): Promise<string> {
    const cwd = join(ROOT, "lib/build/rust/tools");
    return runOrFail("cargo", args, { cwd, env: { ...process.env, CARGO_TARGET_DIR: target } });
  }
});
