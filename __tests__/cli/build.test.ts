import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { temporaryFolder } from "../support/folder";
import { itWith } from "../support/needs";
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

describe("with an engine", () => {
  /** Builds with a docker that does nothing, and returns its calls. */
  function calls(...args: string[]): { status: number | null; stdout: string; docker: string[]; folder: string } {
    const folder = temporaryFolder();
    const at = (path: string) => join(folder, path);
    for (const path of ["bin", "podcore"]) mkdirSync(at(path));
    writeFileSync(at("podcore/Cargo.toml"), "");
    writeFileSync(at("bin/docker"), `#!/bin/sh\necho "$*" >> ${at("calls")}\n`);
    chmodSync(at("bin/docker"), 0o755);
    const env = { PATH: [at("bin"), process.env.PATH].join(delimiter), BUILDKIT_HOST: "" };
    const { status, stdout } = runFile("cli/main.ts", ["build", "podcore", ...args], { cwd: folder, env });
    return { status, stdout, docker: readFileSync(at("calls"), "utf8").trim().split("\n"), folder };
  }

  itWith(["bash"], "the image is in it", () => {
    const { status, stdout, docker } = calls();
    expect(status).toBe(0);
    expect(docker).toContainEqual(
      expect.stringMatching(/^buildx build .* --tag podcore:local .* --output type=docker /),
    );
    expect(docker.join("\n")).not.toMatch(/^save|amazonaws|^login/m);
    expect(stdout).toContain("docker run --rm podcore:local");
  });

  itWith(["bash"], "output: the engine writes the file, as not every engine's builder can", () => {
    const { status, stdout, docker, folder } = calls("--output", "image.tar");
    expect(status).toBe(0);
    expect(docker.at(-1)).toBe(`save --output ${join(folder, "image.tar")} podcore:local`);
    expect(stdout).toContain(`docker load --input ${join(folder, "image.tar")}`);
  });

  itWith(["bash"], "checks: there is no image", () => {
    const { status, docker } = calls("--checks", "--output", "image.tar");
    expect(status).toBe(0);
    expect(docker.filter((call) => call.startsWith("buildx build")).join("\n")).not.toMatch(/--target image|--tag/);
    expect(docker.join("\n")).not.toMatch(/^save/m);
  });
});
