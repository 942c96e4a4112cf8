import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CDKTF, ROOT } from "../__tests__/support/program";
import { PLATFORM } from "./aws/example";
import { Fleet } from "./fleet";
import { writeCdktfJson } from "./release/cdktf";
import { openssl } from "./tools/certificate";
import { describeWith } from "./tools/needs";
import { MACHINE, NetworkMirror, zip } from "./tools/network-mirror";
import { type RunResult, run } from "./tools/process";
import { AWS_PROVIDER_VERSION, awsProviderPackage, providerMirror } from "./tools/provider-mirror";
import { terraform } from "./tools/terraform";

const AWS = "hashicorp/aws";
const AWS_PACKAGE = `${AWS}/${AWS_PROVIDER_VERSION}_${MACHINE}.zip`;
const AWS_STACKS = ["platform", "alpha-pipeline", "beta-pipeline"];
const LOCK = ".terraform.lock.hcl";

/** Its package is small, for tests of what is chosen alone. */
const SMALL = "5.99.0";

/** What the platform says of its providers. */
const VERSIONS = { aws: AWS_PROVIDER_VERSION, kubernetes: ">= 3.2.1, < 4.0.0" };

describeWith([terraform, providerMirror, openssl, zip], "the lock file of a fleet's providers", () => {
  const mirror = new NetworkMirror();
  const fleet = new Fleet({
    apps: ["Alpha", "Beta"].map((name) => ({ name, language: "rust" })),
    platform: platformWith(VERSIONS),
  });

  beforeAll(async () => {
    await mirror.add(AWS, AWS_PROVIDER_VERSION, awsProviderPackage());
    // Nothing here starts these.
    await mirror.addEmpty(AWS, SMALL);
    for (const version of ["3.2.1", "3.3.0", "4.0.0"]) await mirror.addEmpty("hashicorp/kubernetes", version);
    await mirror.addEmpty("integrations/github", "6.9.0");
    await mirror.start();
    writeCdktfJson(fleet.folder, "main.ts");
  });

  afterAll(() => {
    mirror.stop();
    fleet.remove();
  });

  test("without it, Terraform downloads a provider for each stack in spite of its cache", async () => {
    const { code, output } = await drover("synth");
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining("`npm run lock` writes one\n") });
    await initialize(AWS_STACKS);
    expect(mirror.takeDownloads()).toEqual(AWS_STACKS.map(() => AWS_PACKAGE));
  });

  test("`drover lock` writes it: the newest versions that the platform allows, and their hashes", async () => {
    await lock();
    expect(mirror.takeDownloads()).toEqual([
      AWS_PACKAGE,
      `hashicorp/kubernetes/3.3.0_${MACHINE}.zip`,
      `integrations/github/6.9.0_${MACHINE}.zip`,
    ]);
    const blocks = [...read(LOCK).matchAll(/^provider "(.*)" \{\n +version += "(.*)"[^}]*"h1:/gm)];
    expect(blocks.map(([, source, version]) => `${source} ${version}`)).toEqual([
      `registry.terraform.io/hashicorp/aws ${AWS_PROVIDER_VERSION}`,
      "registry.terraform.io/hashicorp/kubernetes 3.3.0",
      "registry.terraform.io/integrations/github 6.9.0",
    ]);
  });

  test("with it, Terraform downloads a provider once, and leaves each stack's lock as it was synthesized", async () => {
    await fleet.synthesize();
    const before = AWS_STACKS.map(lockOf);
    await initialize(AWS_STACKS);
    expect(mirror.takeDownloads()).toEqual([AWS_PACKAGE]);
    expect(AWS_STACKS.map(lockOf)).toEqual(before);
  });

  test("cdktf takes the locked provider: it neither upgrades it nor locks it again", async () => {
    const { output } = await deploy("platform");
    // Without an account there is nothing to deploy to; Terraform has been initialized before it says so.
    expect(output).toContain("Terraform has been successfully initialized!");
    expect(output).not.toContain("terraform init failed");
    expect(mirror.takeDownloads()).toEqual([]);
    expect(lockOf("platform")).toContain(`version     = "${AWS_PROVIDER_VERSION}"`);
  });

  test("a package with another hash is refused, by Terraform alone and through `cdktf deploy`", async () => {
    writeFileSync(join(fleet.folder, LOCK), read(LOCK).replace(/"h1:[^"]*"/, `"h1:${"0".repeat(43)}="`));
    await fleet.synthesize();
    forget(["platform"]);
    for (const { code, output } of [await init("platform"), await deploy("platform")]) {
      expect(code).toBe(1);
      expect(output.replace(/[│\s]+/g, " ")).toMatch(
        /registry\.terraform\.io\/hashicorp\/aws 5\.100\.0 doesn't match any of the checksums previously recorded in the dependency lock file/,
      );
    }
  });

  test("a version that is locked and still allowed stays, until an upgrade is asked for", async () => {
    fleet.write({ platform: platformWith({ aws: SMALL, kubernetes: "3.2.1" }) });
    await lock();
    fleet.write({ platform: platformWith({ aws: SMALL }) });
    await lock();
    expect(read(LOCK)).toMatch(/kubernetes" \{\n +version += "3\.2\.1"/);
    await lock("--upgrade");
    expect(read(LOCK)).toMatch(/kubernetes" \{\n +version += "3\.3\.0"/);
  });

  test("a version that the platform no longer asks for is refused, with the command that renews the lock", async () => {
    fleet.write({ platform: platformWith({ aws: SMALL, kubernetes: "3.2.1" }) });
    for (const { code, output } of [await drover("synth"), await deploy("platform")]) {
      expect(code).toBe(1);
      expect(output).toContain('"3.3.0": must satisfy "3.2.1", which the stacks ask for');
      expect(output).toContain("run `npm run lock` and commit the file");
    }
    await lock();
    expect((await drover("synth")).code).toBe(0);
  });

  test("a mirror that lacks a provider leaves it as it was", async () => {
    const before = read(LOCK);
    fleet.write({ platform: platformWith({ ...VERSIONS, aws: "6.50.0" }) });
    const { code, output } = await drover("lock", "--mirror", mirror.url, "--platform", MACHINE);
    expect(code).toBe(1);
    expect(output).toContain(`${LOCK} is unchanged`);
    expect(read(LOCK)).toBe(before);
  });

  /** Initializes stacks in a checkout that has none of their providers, with an empty cache. */
  async function initialize(stacks: readonly string[]): Promise<void> {
    rmSync(cache(), { recursive: true, force: true });
    mkdirSync(cache());
    forget(stacks);
    for (const stack of stacks) expect(await init(stack)).toMatchObject({ code: 0 });
  }

  function init(stack: string): Promise<RunResult> {
    return run("terraform", ["init", "-input=false", "-no-color"], { cwd: folderOf(stack), env: environment() });
  }

  /** Removes what Terraform has put into a stack's folder. */
  function forget(stacks: readonly string[]): void {
    for (const stack of stacks) {
      for (const name of readdirSync(folderOf(stack))) {
        const isLockOfItsOwn = name === LOCK && !existsSync(join(fleet.folder, LOCK));
        if (name === ".terraform" || isLockOfItsOwn) rmSync(join(folderOf(stack), name), { recursive: true });
      }
    }
  }

  async function lock(...options: string[]): Promise<void> {
    const ended = await drover("lock", "--mirror", mirror.url, "--platform", MACHINE, ...options);
    expect(ended).toMatchObject({ code: 0, output: expect.stringContaining(`${LOCK} locks aws`) });
  }

  function drover(...args: string[]): Promise<RunResult> {
    const program = [join(ROOT, "bin/run.js"), join(ROOT, "cli/main.ts"), ...args];
    return run(process.execPath, program, { cwd: fleet.folder, env: environment() });
  }

  function deploy(stack: string): Promise<RunResult> {
    const args = [CDKTF, "deploy", stack, "--auto-approve", "--no-color"];
    return run(process.execPath, args, { cwd: fleet.folder, env: environment() });
  }

  function environment(): NodeJS.ProcessEnv {
    const { PATH } = process.env;
    return {
      PATH,
      HOME: fleet.folder,
      CI: "true",
      NO_COLOR: "1",
      CHECKPOINT_DISABLE: "1",
      AWS_EC2_METADATA_DISABLED: "true",
      TF_PLUGIN_CACHE_DIR: cache(),
      ...mirror.environment,
    };
  }

  function cache(): string {
    return join(fleet.folder, "plugin-cache");
  }

  function folderOf(stack: string): string {
    return join(fleet.output, "stacks", stack);
  }

  function lockOf(stack: string): string {
    return readFileSync(join(folderOf(stack), LOCK), "utf8");
  }

  function read(file: string): string {
    return readFileSync(join(fleet.folder, file), "utf8");
  }
});

/** With states on this machine: nothing is kept in AWS. */
function platformWith(providers: object): object {
  const { state: _, ...platform } = PLATFORM;
  return { ...platform, providers };
}
