import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withFleet } from "../support/fleet-files";
import { ROOT, run, runFile } from "../support/program";

const CDKTF_JSON = {
  language: "typescript",
  app: `node ${join(ROOT, "bin/run.js")} ${join(ROOT, "main.ts")}`,
  sendCrashReports: "false",
};

const FAULTY = [
  { name: "Podcore", language: "go" },
  { name: "Shop", language: "rust", prot: 1 },
];

/** Runs a test in a fleet of which a synthesis left something behind. */
function withOutput(apps: unknown, test: (directory: string) => void): void {
  withFleet({ apps }, (directory) => {
    writeFileSync(join(directory, "cdktf.json"), JSON.stringify(CDKTF_JSON));
    mkdirSync(join(directory, "cdktf.out"));
    writeFileSync(join(directory, "cdktf.out/manifest.json"), "before");
    test(directory);
  });
}

function expectUntouched(directory: string): void {
  expect(readdirSync(join(directory, "cdktf.out"))).toEqual(["manifest.json"]);
  expect(readFileSync(join(directory, "cdktf.out/manifest.json"), "utf8")).toBe("before");
  expect(readdirSync(directory)).not.toContain(".drover");
}

describe("a fleet with faults", () => {
  it("ends with all of them, exit code 1, no stack trace and nothing written", () => {
    withOutput(FAULTY, (directory) => {
      const { status, stdout, stderr } = runFile("main.ts", [], { cwd: directory });
      expect(status).toBe(1);
      expect(stdout).toBe("");
      expect(stderr).toContain("2 errors in the fleet's files; nothing was written.");
      expect(stderr).toContain('must be "rust"');
      expect(stderr).toContain("unknown field");
      expect(stderr).not.toMatch(/^\s+at /m);
      expectUntouched(directory);
    });
  });

  it("does so under `cdktf synth`, too", () => {
    withOutput(FAULTY, (directory) => {
      const { status, stdout, stderr } = run(process.execPath, [join(ROOT, "node_modules/.bin/cdktf"), "synth"], {
        cwd: directory,
      });
      expect(status).toBe(1);
      expect(stdout + stderr).toContain('must be "rust"');
      expect(stdout + stderr).not.toMatch(/^\s+at /m);
      expectUntouched(directory);
    });
  });

  it("does so under `drover synth`, too", () => {
    withOutput(FAULTY, (directory) => {
      const { status, stderr } = runFile("cli/main.ts", ["synth"], { cwd: directory });
      expect(status).toBe(1);
      expect(stderr).toContain('must be "rust"');
      expect(stderr).not.toMatch(/^\s+at /m);
      expectUntouched(directory);
    });
  });
});

describe("drover synth", () => {
  it("writes every stack, without Terraform", () => {
    withOutput([{ name: "Podcore", language: "rust" }], (directory) => {
      const { status, stdout } = runFile("cli/main.ts", ["synth"], {
        cwd: directory,
        env: { TERRAFORM_BINARY_NAME: "there-is-no-such-program" },
      });
      expect(stdout).toMatch(/^every stack is in cdktf\.out\/stacks \(\d+\.\d s\)\n$/);
      expect(status).toBe(0);
      expect(readdirSync(join(directory, "cdktf.out/stacks")).sort()).toEqual([
        "platform",
        "podcore-pipeline",
        "podcore-production",
        "podcore-repository",
        "podcore-staging",
      ]);
    });
  });

  it("says where it wants to be run when there is no fleet", () => {
    withFleet({}, (directory) => {
      const { status, stderr } = runFile("cli/main.ts", ["synth"], { cwd: directory });
      expect(status).toBe(1);
      expect(stderr).toMatch(/^cdktf\.json: .*; run this command in the folder of your fleet\n$/);
    });
  });
});

describe("drover drift", () => {
  it("says in one line how to get Terraform when it is missing", () => {
    withOutput([{ name: "Podcore", language: "rust" }], (directory) => {
      const { status, stderr } = runFile("cli/main.ts", ["drift"], {
        cwd: directory,
        env: { TERRAFORM_BINARY_NAME: "there-is-no-such-program" },
      });
      expect(status).toBe(1);
      expect(stderr).toMatch(/^there-is-no-such-program was not found: install Terraform 1\.11 or newer .*\n$/);
    });
  });
});
