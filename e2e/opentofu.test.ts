import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { s3 } from "./aws/calls";
import { type Emulator, startEmulator } from "./aws/emulator";
import { ALPHA, BUCKET, PLATFORM } from "./aws/example";
import { TerraformStack } from "./aws/stack";
import { Clone } from "./clone";
import { Fleet } from "./fleet";
import { moto } from "./tools/moto";
import { describeWith } from "./tools/needs";
import { opentofu, tofuPath, tofuVersion } from "./tools/opentofu";
import { type RunResult, run } from "./tools/process";
import { providerMirror } from "./tools/provider-mirror";

const APPS = [
  { name: "Alpha", language: "rust" },
  { name: "Alpha Two", language: "rust" },
];

describeWith([opentofu], "a fresh clone, started with OpenTofu in Terraform's place", () => {
  const clone = new Clone();
  let tofu: string;

  beforeAll(async () => {
    tofu = await tofuPath();
    await clone.fill();
    writeFileSync(join(clone.folder, "apps.json"), JSON.stringify({ apps: APPS }));
    writeFileSync(join(clone.folder, "releases.json"), "{}");
  }, 45 * 60_000); // building OpenTofu takes a while, once

  afterAll(() => clone.remove());

  test("deploys every stack", async () => {
    expectSuccess(await start());
    expect(states().map(({ stack }) => stack)).toEqual(
      expect.arrayContaining(["alpha-pipeline", "alpha-two-pipeline"]),
    );
  });

  test("has nothing to change the second time", async () => {
    const before = states();
    const result = await start();
    expectSuccess(result);
    expect(result.output).toMatch(/nothing (has )?change/i);
    expect(states()).toEqual(before);
  });

  test("opens ephemeral secrets and sends them by write-only arguments", async () => {
    const folder = join(clone.folder, "secrets");
    mkdirSync(folder);
    cpSync(join(clone.folder, "__tests__/sandbox/secrets.tf"), join(folder, "main.tf"));
    const commands = ["init", "apply -auto-approve", "apply -auto-approve", "plan -detailed-exitcode"];
    const all = commands.map((command) => `${tofu} ${command}`).join(" && ");
    const sandbox = ["../bin/run.js", "../sandbox/main.ts", "run", "--", "sh", "-c", all];
    expectSuccess(await run(process.execPath, sandbox, { cwd: folder }));
    expect(readFileSync(join(folder, "terraform.tfstate"), "utf8")).not.toMatch(
      /sandbox-(secret-string|random-password)/,
    );
  });

  test("was run by OpenTofu, and not by a Terraform that is there too", () => {
    const versions = states().map(({ content }) => JSON.parse(content).terraform_version);
    expect(new Set(versions)).toEqual(new Set([tofuVersion(tofu)]));
  });

  function start(): Promise<RunResult> {
    const env = { ...process.env, TERRAFORM_BINARY_NAME: tofu };
    return run("npm", ["start"], { cwd: clone.folder, env });
  }

  /** The states of all stacks, from wherever the sandbox keeps them; the backends' own notes are none. */
  function states(): { stack: string; content: string }[] {
    const files = readdirSync(join(clone.folder, ".sandbox"), { recursive: true, encoding: "utf8" });
    return files
      .filter((file) => file.endsWith(".tfstate") && !file.includes(".terraform/"))
      .sort()
      .map((file) => ({
        stack: file.replace(/^.*\//, "").replace(/\.tfstate$/, ""),
        content: readFileSync(join(clone.folder, ".sandbox", file), "utf8"),
      }));
  }
});

describeWith([opentofu, providerMirror, moto], "a pipeline, applied by OpenTofu and the real AWS provider", () => {
  let emulator: Emulator;
  let fleet: Fleet;
  let pipeline: TerraformStack;

  beforeAll(async () => {
    const tofu = await tofuPath();
    fleet = new Fleet({ apps: [{ ...ALPHA, retiring: true }], platform: PLATFORM });
    emulator = await startEmulator();
    await s3(emulator.url, "PUT", `/${BUCKET}`);
    await fleet.synthesize();
    pipeline = new TerraformStack(fleet.output, "alpha-pipeline", emulator.url, tofu);
  }, 45 * 60_000);

  afterAll(() => {
    emulator?.stop();
    fleet?.remove();
  });

  test("comes, stays as it is and goes", async () => {
    await pipeline.prepare();
    await pipeline.apply();
    expectSuccess(await pipeline.plan());
    expectSuccess(await pipeline.destroy());
    expect(await pipeline.addresses()).toEqual([]);
  });
});

function expectSuccess({ code, output }: RunResult): void {
  expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
}
