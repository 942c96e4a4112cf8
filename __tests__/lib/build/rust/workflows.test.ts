import { spawnSync } from "node:child_process";
import { parse } from "yaml";
import { builderImages } from "../../../../lib/build/rust/builder";
import { WORKFLOW_KINDS, type WorkflowKind, workflow } from "../../../../lib/build/rust/workflows";
import { itWith } from "../../../support/needs";

const recipe = { rust: { version: "1.95.0", components: [], targets: [] }, renewed: "2026-11-01" };
const REGISTRY = "111122223333.dkr.ecr.eu-central-1.amazonaws.com";
const ROLE = "arn:aws:iam::111122223333:role/podcore-ci";
const make = (kind: WorkflowKind) =>
  workflow(kind, {
    role: ROLE,
    recipe,
    build: {
      slug: "podcore",
      registry: REGISTRY,
      images: "podcore",
      cache: "podcore-cache",
      region: "eu-central-1",
      source: "https://github.com/acme/podcore",
      builder: builderImages(`${REGISTRY}/drover-builder`, recipe),
      builderProject: "drover-builder",
      gitCredentials: "podcore/git",
    },
  });

/** The shell of every job: what stands under `run` and `script`. */
function scripts(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === "run" || key === "script" ? [child].flat().map(String) : scripts(child),
  );
}

describe.each(WORKFLOW_KINDS)("%s", (kind) => {
  const text = make(kind);

  it("is YAML, and calls every phase of the script", () => {
    const shell = scripts(parse(text)).join("\n");
    for (const phase of ["prepare", "build", "summary"]) expect(shell).toContain(`bash /tmp/drover/build.sh ${phase}`);
  });

  it("takes on a role, and stores no key", () => {
    expect(text).toContain(ROLE);
    expect(text).not.toMatch(/AKIA|\$\{\{ *secrets\.|AWS_SECRET_ACCESS_KEY: /);
  });

  itWith(["shellcheck"], "has shell that shellcheck has nothing to say about", () => {
    const found = scripts(parse(text)).map(
      (script) => spawnSync("shellcheck", ["--shell=bash", "-"], { input: script, encoding: "utf8" }).stdout,
    );
    expect(found.join("")).toBe("");
  });
});

it("github-actions: a pull request gets no token", () => {
  const { jobs, permissions } = parse(make("github-actions"));
  expect(permissions).toEqual({});
  expect(jobs.checks.permissions).toEqual({ contents: "read" });
  expect(jobs.image.permissions).toEqual({ contents: "read", "id-token": "write" });
});

it("gitlab: a merge request gets no token, and a release is by hand", () => {
  const { check, deploy, publish } = parse(make("gitlab"));
  expect(check.id_tokens).toBeUndefined();
  expect(publish.id_tokens).toBeDefined();
  expect(deploy.rules[0].when).toBe("manual");
});
