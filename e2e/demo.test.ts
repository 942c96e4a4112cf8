import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ROOT } from "../__tests__/support/program";
import { BUILD_MACHINE } from "./tools/build-machine";
import { CLUSTER } from "./tools/cluster";
import { describeWith } from "./tools/needs";
import { terraform } from "./tools/terraform";

/** Minutes in which a first run makes what the cache folder lacks. */
const LONGEST_MINUTES = 60;

describeWith([...BUILD_MACHINE, ...CLUSTER, terraform], "npm run demo", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "drover-demo-"));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test(
    "shows what the README begins with, and leaves nothing behind",
    async () => {
      const { code, stdout, stderr } = await demo();
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(unmeasured(stdout)).toEqual(unmeasured(recording()));
      expect(stdout.split("\n").filter((line) => line.length > 100)).toEqual([]);
      await expectNothingLeft();
    },
    LONGEST_MINUTES * 60_000,
  );

  test("that is interrupted says so in a line, and leaves nothing behind", async () => {
    const { code, stderr } = await demo(/a Kubernetes of two nodes/);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "interrupted; nothing of it stays\n" });
    await expectNothingLeft();
  });

  /** Runs it, and interrupts it at a line. */
  async function demo(until?: RegExp): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const env = { ...process.env, NO_COLOR: "1", TMPDIR: folder };
    const child = spawn(process.execPath, ["bin/run.js", "e2e/demo/main.ts"], { cwd: ROOT, env });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data: Buffer) => {
      stdout += data;
      if (until?.test(stdout)) child.kill("SIGINT");
    });
    child.stderr.on("data", (data: Buffer) => {
      stderr += data;
    });
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { code, stdout, stderr };
  }

  /** A cluster's folder goes after all else of it has gone. */
  async function expectNothingLeft(): Promise<void> {
    for (const deadline = Date.now() + 30_000; readdirSync(folder).length > 0 && Date.now() < deadline; ) {
      await delay(200);
    }
    expect(readdirSync(folder)).toEqual([]);
  }
});

/** The first block of text in the README. */
function recording(): string {
  const [, text = ""] = readFileSync(join(ROOT, "README.md"), "utf8").match(/```text\n(.*?)```/s) ?? [];
  return text;
}

/** What is the same in every run: all but measurements, digests, and the names of pods; lines may break elsewhere. */
function unmeasured(text: string): string {
  return text
    .replaceAll(/sha256:[0-9a-f]+/g, "sha256:…")
    .replaceAll(/web-[0-9a-z]+(-[0-9a-z]{5})?\b/g, "web-…")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "…")
    .replaceAll(/\d+(\.\d+)?(?= s\b| requests\b)/g, "…")
    .replaceAll(/\s+/g, " ")
    .trim();
}
