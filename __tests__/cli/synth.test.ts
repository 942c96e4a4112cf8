import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
      expect(stdout.split("\n")).toEqual([
        expect.stringMatching(/^there is no \.terraform\.lock\.hcl: .* `npm run lock` writes one$/),
        expect.stringMatching(/^every stack is in cdktf\.out\/stacks \(\d+\.\d s\)$/),
        "",
      ]);
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

describe("bin/run.js", () => {
  it("says that dependencies are missing", () => {
    withFleet({}, (directory) => {
      cpSync(join(ROOT, "bin/run.js"), join(directory, "run.js"));
      const { status, stderr } = run(process.execPath, ["run.js", "main.ts"], { cwd: directory });
      expect({ status, stderr }).toEqual({ status: 1, stderr: "dependencies are missing: run npm install\n" });
    });
  });

  it("says where a file does not compile, without a stack trace", () => {
    const { status, stderr } = runFile("__tests__/cli/there-is-no-such-file.ts");
    expect(status).toBe(1);
    expect(stderr).toContain("there-is-no-such-file.ts");
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("keeps what it made, and makes it anew when a source has changed", () => {
    const file = join(ROOT, `.drover-test-${process.pid}.ts`);
    try {
      for (const text of ["one", "another"]) {
        writeFileSync(file, `console.log("${text}")`);
        const runs = [1, 2].map(() => run(process.execPath, [join(ROOT, "bin/run.js"), file]).stdout);
        expect(runs).toEqual([`${text}\n`, `${text}\n`]);
      }
    } finally {
      rmSync(file);
    }
  });
});

describe("drover drift", () => {
  it("refuses a Terraform that is too old", () => {
    withOutput([{ name: "Podcore", language: "rust" }], (directory) => {
      const old = join(directory, "terraform");
      writeFileSync(old, "#!/bin/sh\necho Terraform v1.9.8\n", { mode: 0o755 });
      const { status, stderr } = runFile("cli/main.ts", ["drift"], {
        cwd: directory,
        env: { TERRAFORM_BINARY_NAME: old },
      });
      expect(status).toBe(1);
      expect(stderr).toMatch(/^Terraform 1\.9\.8 is too old: install Terraform 1\.11 or newer .*\n$/);
    });
  });

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
