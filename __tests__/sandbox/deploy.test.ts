import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PIN } from "../support/fleet-files";
import { itWith } from "../support/needs";
import { CDKTF, type Outcome, ROOT } from "../support/program";
import { attached, fleet, inStack, MAILER, objects, PODCORE, sandbox, stacks, write } from "../support/sandboxed-fleet";

/** A deploy takes some seconds; on a busy machine, more. */
jest.setTimeout(120_000);

describe("a fleet on the sandbox", () => {
  let folder = "";
  const succeed = (outcome: Outcome) => {
    expect(outcome).toMatchObject({ status: 0, stderr: "" });
    return outcome.stdout;
  };

  itWith(["terraform"], "is deployed whole", () => {
    folder = fleet({ releases: { production: { podcore: PIN } } });
    const shown = succeed(sandbox(folder));
    expect(shown).toMatch(
      /^Podcore +production +3 +2\d \+2\d +0123456@0123456789ab +https:\/\/podcore\.example\.com$/m,
    );
    expect(shown).toMatch(/^Mailer +production +3 +2\d \+2\d +no release yet +https:\/\/mailer\.example\.com$/m);
    expect(shown).toContain('{ "name": "Weather", "language": "rust" },');
    const made = objects(folder).map(({ type, id }) => `${type} ${id}`);
    expect(made).toEqual(
      expect.arrayContaining([
        "github_repository podcore",
        "aws_ecr_repository podcore",
        "kubernetes_deployment_v1 podcore-production/web",
      ]),
    );
    expect(made).not.toContain("kubernetes_deployment_v1 mailer-production/web");
  });

  itWith(["terraform"], "is deployed again, and nothing changes", () => {
    const before = objects(folder);
    expect(succeed(sandbox(folder))).toMatch(/Nothing changes: \d+ resources are as they should be/);
    expect(objects(folder)).toEqual(before);
  });

  itWith(["terraform"], "gets one more app, and the others' stacks stay as they are", () => {
    const before = stacks(folder);
    write(folder, {
      apps: [{ name: "Weather", language: "rust" }, PODCORE, MAILER],
      releases: { production: { podcore: PIN } },
    });
    const shown = succeed(sandbox(folder));
    const after = stacks(folder);
    expect(after).toMatchObject(before);
    const added = Object.keys(after).filter((stack) => !(stack in before));
    expect(added).toEqual(["weather-pipeline", "weather-production", "weather-repository"]);
    const changed = shown.match(/^ +\d+\/\d+ {2}(\S+): \d+ made$/gm)?.map((line) => line.match(/(\S+):/)?.[1]);
    expect(changed?.sort()).toEqual(added);
  });

  itWith(["terraform"], "is the same in another order", () => {
    const before = stacks(folder);
    write(folder, {
      apps: [MAILER, PODCORE, { name: "Weather", language: "rust" }],
      releases: { production: { podcore: PIN } },
    });
    expect(succeed(sandbox(folder))).toContain("Nothing changes");
    expect(stacks(folder)).toEqual(before);
  });

  itWith(["terraform"], "shows what is missing, and mends it", () => {
    succeed(sandbox(folder, ["remove", "kubernetes_service_v1", "podcore-production/web"]));
    const drift = (...stacks: string[]) =>
      attached(folder, "node", join(ROOT, "bin/run.js"), join(ROOT, "cli/main.ts"), "drift", ...stacks);
    const count = Object.keys(stacks(folder)).length;
    const found = drift();
    expect(found.stdout).toMatch(/^podcore-production\n {2}\+ kubernetes_service_v1\.\S+\n {6}is missing\n/m);
    expect(found.stdout).toContain(
      `of ${count} stacks ${count - 1} are as they should be, 1 differ, 0 could not be planned`,
    );
    expect(found.status).toBe(2);
    expect(drift("no-such-stack").stderr).toMatch(/^no such stack: no-such-stack; there are mailer-pipeline, /);

    succeed(sandbox(folder));
    expect(drift("podcore-production")).toMatchObject({
      status: 0,
      stdout: "of 1 stacks 1 are as they should be, 0 differ, 0 could not be planned\n",
    });
    const plans = readdirSync(join(folder, ".sandbox"), { recursive: true, encoding: "utf8" });
    expect(plans.filter((file) => file.endsWith(".tfplan"))).toEqual([]);
  });

  itWith(["terraform"], "does not let go of a pipeline", () => {
    const before = objects(folder);
    expect(attached(folder, "node", CDKTF, "destroy", "podcore-pipeline", "--auto-approve").status).toBe(1);
    // cdktf loses the end of what Terraform says, which is where the reason stands.
    const { stderr } = inStack(folder, "podcore-pipeline", "plan", "-destroy", "-no-color");
    expect(stderr).toContain("Instance cannot be destroyed");
    expect(objects(folder)).toEqual(before);
  });

  itWith(["terraform"], "lets go of a retiring app's pipeline, but keeps its images and its repository", () => {
    succeed(sandbox(folder, ["push", "podcore"]));
    const retiring = { ...PODCORE, retiring: true };
    write(folder, { apps: [MAILER, retiring], releases: { production: { podcore: PIN } } });
    const destroy = () => attached(folder, "node", CDKTF, "destroy", "podcore-pipeline", "--auto-approve");
    expect(destroy().status).toBe(1);
    const refused = inStack(folder, "podcore-pipeline", "destroy", "-auto-approve", "-no-color");
    expect(refused.stderr).toContain("RepositoryNotEmptyException");

    const [image] = objects(folder, "image");
    succeed(sandbox(folder, ["remove", "image", image?.id as string]));
    expect(destroy().status).toBe(0);
    const left = objects(folder).map(({ type, id }) => `${type} ${id}`);
    expect(left).toContain("github_repository podcore");
    expect(left.filter((one) => /^aws_.*podcore/.test(one))).toEqual([]);
  });

  itWith(["terraform"], "is answered with all that the cloud refuses, by stack and address", () => {
    write(folder, { apps: [MAILER], releases: {} });
    const state = join(folder, ".sandbox/state/mailer-repository.tfstate");
    writeFileSync(
      state,
      JSON.stringify({ version: 4, terraform_version: "1.11.0", serial: 99, lineage: "", resources: [] }),
    );
    const { status, stderr } = sandbox(folder);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^refused mailer-repository {2}github_repository\.\S+ \(source\/repository\)$/m);
    expect(stderr).toContain("name already exists on this account");
    expect(stderr).toContain("npm run sandbox -- remove github_repository mailer");
    expect(stderr).not.toMatch(/^ +at /m);
  });

  itWith(["terraform"], "is gone after a reset", () => {
    succeed(sandbox(folder, ["reset"]));
    expect(existsSync(join(folder, ".sandbox"))).toBe(false);
    expect(objects(folder)).toEqual([]);
  });
});

describe("the sandbox", () => {
  it("tells mistakes in the fleet's files before anything else", () => {
    const folder = fleet({ apps: [{ name: "Podcore", language: "go" }] });
    const { status, stderr } = sandbox(folder);
    expect(status).toBe(1);
    expect(stderr).toContain("apps.json");
    expect(existsSync(join(folder, ".sandbox"))).toBe(false);
  });

  it("tells in one line how to get Terraform where it is missing", () => {
    const { status, stdout, stderr } = sandbox(fleet(), [], { TERRAFORM_BINARY_NAME: "no-such-terraform" });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^no-such-terraform was not found: install Terraform 1\.11 or newer \(https:.*$\n$/m);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("tells that a Terraform is too old", () => {
    const folder = fleet();
    const old = join(folder, "old-terraform");
    writeFileSync(old, '#!/bin/sh\necho "Terraform v1.9.8"\n', { mode: 0o755 });
    const { status, stderr } = sandbox(folder, [], { TERRAFORM_BINARY_NAME: old });
    expect(status).toBe(1);
    expect(stderr).toContain("Terraform 1.9.8 is too old: install Terraform 1.11 or newer");
  });

  it("knows what it does not have", () => {
    const folder = fleet();
    expect(sandbox(folder, ["remove", "github_repository", "podcore"])).toMatchObject({ status: 1 });
    expect(sandbox(folder, ["push", "podcore"]).stderr).toContain("the sandbox has no repository podcore");
    expect(attached(folder, "no-such-program")).toMatchObject({
      status: 1,
      stderr: "no-such-program is not installed\n",
    });
    expect(attached(folder, "sh", "-c", "exit 7").status).toBe(7);
  });
});
