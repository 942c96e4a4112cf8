import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { type FleetFiles, PIN, PLATFORM, writeFleet } from "../support/fleet-files";
import { temporaryFolder } from "../support/folder";
import { itWith } from "../support/needs";
import { type Outcome, ROOT, runFile } from "../support/program";

/** A deploy takes some seconds; on a busy machine, more. */
jest.setTimeout(120_000);

const CDKTF = join(dirname(require.resolve("cdktf-cli/package.json")), "bundle", "bin", "cdktf");
const ONE_ENVIRONMENT = { ...PLATFORM, environments: { production: { domain: "example.com" } } };
const PODCORE = { name: "Podcore", language: "rust" };
const MAILER = { name: "Mailer", language: "rust" };

/** A fleet in a folder of its own. */
function fleet(files: FleetFiles = {}): string {
  const folder = temporaryFolder();
  write(folder, files);
  const app = `node ${join(ROOT, "bin/run.js")} ${join(ROOT, "main.ts")}`;
  const config = { language: "typescript", app, projectId: "drover", sendCrashReports: "false" };
  writeFileSync(join(folder, "cdktf.json"), JSON.stringify(config));
  return folder;
}

function write(folder: string, files: FleetFiles): void {
  writeFleet(folder, { apps: [PODCORE, MAILER], platform: ONE_ENVIRONMENT, ...files });
}

function sandbox(folder: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Outcome {
  return runFile("sandbox/main.ts", args, { cwd: folder, env });
}

function attached(folder: string, ...command: string[]): Outcome {
  return sandbox(folder, ["run", "--", ...command]);
}

/** Runs Terraform in the folder of a stack. */
function inStack(folder: string, stack: string, ...args: string[]): Outcome {
  const path = join(folder, ".sandbox/cdktf.out/stacks", stack);
  return attached(folder, "sh", "-c", `cd ${path} && terraform ${args.join(" ")}`);
}

function objects(folder: string, type = ""): { type: string; id: string }[] {
  return JSON.parse(sandbox(folder, ["objects", ...(type ? [type] : [])]).stdout);
}

/** All files below a folder, with what is in them. */
function contents(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
  return Object.fromEntries(entries.map((path) => [path, readFileSync(join(folder, path), "latin1")]));
}

/** The synthesized stacks, by name. */
function stacks(folder: string): Record<string, string> {
  const path = join(folder, ".sandbox/cdktf.out/stacks");
  return Object.fromEntries(
    readdirSync(path).map((stack) => [stack, readFileSync(join(path, stack, "cdk.tf.json"), "utf8")]),
  );
}

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
  itWith(["terraform"], "adopts a repository that it has never heard of", () => {
    const folder = fleet({ apps: [{ ...PODCORE, repository: { name: "podcore.rs", adopt: true } }] });
    expect(sandbox(folder)).toMatchObject({ status: 0, stderr: "" });
    expect(objects(folder, "github_repository").map(({ id }) => id)).toEqual(["podcore.rs"]);
    expect(sandbox(folder).stdout).toContain("Nothing changes");
  });

  itWith(["terraform"], "never meets the real world", async () => {
    const asked: string[] = [];
    const world = await listen((url) => asked.push(url));
    const address = `http://127.0.0.1:${(world.address() as AddressInfo).port}`;
    const folder = fleet({ platform: { ...ONE_ENVIRONMENT, state: { bucket: "acme-state", prefix: "drover" } } });
    const foreign = join(folder, ".drover/state/podcore-repository.tfstate");
    mkdirSync(dirname(foreign), { recursive: true });
    writeFileSync(foreign, '{ "version": 4, "not": "ours" }');
    const before = contents(folder);
    const credentials = {
      AWS_ENDPOINT_URL: address,
      AWS_ACCESS_KEY_ID: "planted",
      AWS_SECRET_ACCESS_KEY: "planted",
      GITHUB_TOKEN: "planted",
      GITHUB_BASE_URL: address,
      KUBE_HOST: address,
      HTTP_PROXY: address,
      HTTPS_PROXY: address,
    };

    expect(await sandboxAside(folder, [], credentials)).toBe(0);
    const inSandbox = contents(join(folder, ".sandbox"));
    expect(Object.values(inSandbox).some((content) => content.includes("planted"))).toBe(false);
    expect(Object.keys(inSandbox)).toContain("state/podcore-repository.tfstate");
    expect(await sandboxAside(folder, ["reset"], credentials)).toBe(0);
    expect(contents(folder)).toEqual(before);
    expect(asked).toEqual([]);
    world.close();
  });

  itWith(
    ["terraform"],
    "is told from Ctrl-C: what was begun is finished, nothing is left running, and it goes on",
    async () => {
      const folder = fleet();
      const child = spawn(process.execPath, [join(ROOT, "bin/run.js"), join(ROOT, "sandbox/main.ts")], { cwd: folder });
      const ended = new Promise((resolve) => child.once("close", resolve));
      child.stdout.on("data", (chunk) => {
        if (/ 1\/7 /.test(String(chunk))) child.kill("SIGINT");
      });
      expect(await ended).toBe(130);
      expect(readdirSync(join(folder, ".sandbox"))).not.toContain("lock");
      expect(sandbox(folder)).toMatchObject({ status: 0, stderr: "" });
      expect(sandbox(folder).stdout).toContain("Nothing changes");
    },
  );

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

/** A server that only notes who asks it for what. */
function listen(note: (url: string) => void): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((request, response) => {
      note(`${request.method} ${request.url}`);
      response.writeHead(500).end();
    });
    server.on("connect", (request, socket) => {
      note(`CONNECT ${request.url}`);
      socket.end();
    });
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

/** Runs the sandbox while this process goes on. */
function sandboxAside(folder: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number | null> {
  const program = [join(ROOT, "bin/run.js"), join(ROOT, "sandbox/main.ts"), ...args];
  const child = spawn(process.execPath, program, { cwd: folder, env: { ...process.env, ...env }, stdio: "ignore" });
  return new Promise((resolve) => child.once("close", resolve));
}
