import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { ROOT } from "../__tests__/support/program";
import { s3 } from "./aws/calls";
import { type Moto, startMoto } from "./aws/moto";
import { Builds, compiledCrates, PREPARATION_MINUTES } from "./build/builds";
import { type GitServer, serveGit } from "./build/git-server";
import type { FixtureOptions, PipelineRun } from "./build/pipeline";
import { BUILD_MACHINE } from "./tools/build-machine";
import { moto } from "./tools/moto";
import { describeWith, testWith } from "./tools/needs";
import { run } from "./tools/process";

describeWith(BUILD_MACHINE, "builds and their secrets", () => {
  let builds: Builds;

  beforeAll(async () => {
    builds = await Builds.start();
  }, PREPARATION_MINUTES * 60_000);

  afterAll(() => builds?.stop());

  describe("a stranger's pull request", () => {
    let metadata: Server;
    let address: string;

    /** Where credentials can be asked for on a machine of AWS, on a port of this one. */
    beforeAll(async () => {
      metadata = createServer((socket) => socket.on("error", () => {}).end("credentials"));
      await new Promise<void>((resolve) => metadata.listen(0, "127.0.0.1", resolve));
      const { port } = metadata.address() as { port: number };
      address = `127.0.0.1:${port}`;
    });

    afterAll(() => metadata?.close());

    test("finds no credential and no network, wherever it can make the build run it", async () => {
      const { output } = await look({});
      const looked = new Set([...output.matchAll(/LOOKED (\S+)/g)].map(([, who]) => who));
      expect([...looked].sort()).toEqual(["build.rs", "doctest", "proc-macro", "rustc", "test"]);
      expect(output.match(/FOUND .*/g) ?? []).toEqual([]);
      for (const repository of ["hostile", "hostile-cache"])
        expect(builds.machine.registry.tags(repository)).toEqual([]);
    });

    test("finds a network where the entry asks for one, and so would have found it", async () => {
      const { output } = await look({ options: { network: true } });
      expect(output).toContain(`FOUND connection ${address} (build.rs)`);
    });

    function look(props: FixtureOptions): Promise<PipelineRun> {
      const change = (checkout: string) => writeFileSync(join(checkout, "src/addresses.txt"), `${address}\n`);
      const env = { AWS_SECRET_ACCESS_KEY: "of-the-role", CODEBUILD_SECRET: "of-the-build" };
      return builds.green("hostile", { trigger: "pull-request", ...props }, { change, env });
    }
  });

  describe("a private dependency", () => {
    const password = "correct-horse-battery-staple";
    let server: GitServer;

    beforeAll(async () => {
      const folder = join(builds.machine.folder, "git");
      server = await serveGit(join(ROOT, "e2e/fixtures/greeting"), folder, password);
    });

    afterAll(() => server?.stop());

    test("can't be fetched without credentials, and it is said how to give them", async () => {
      const { output } = await builds.red("private-dependency", {}, { change: pointToServer });
      expect(output).toContain('name the secret with its credentials in the app\'s entry, "build": { "gitCredentials"');
    });

    test("is fetched with credentials, which are in no layer, no cache, no log and no file of the builder", async () => {
      const env = { GIT_CREDENTIALS: server.credentials };
      const props = { gitCredentials: "private-dependency/git" };
      const { output, commit } = await builds.green("private-dependency", props, { change: pointToServer, env });
      expect(await builds.outputOf("private-dependency", commit)).toBe("Good morning, World.\n");
      expect(await placesOf("private-dependency", "Good morning")).not.toEqual([]);
      expect(await placesOf("private-dependency", password)).toEqual([]);
      expect(output).not.toContain(password);
    });

    test("comes to a pull request from the main branch's cache, without credentials", async () => {
      await builds.machine.becomeFresh();
      const props = { gitCredentials: "private-dependency/git", trigger: "pull-request" } as const;
      const { output } = await builds.green("private-dependency", props, { change: pointToServer });
      expect(compiledCrates(output)).not.toContain("greeting");
    });

    function pointToServer(checkout: string): void {
      for (const name of ["Cargo.toml", "Cargo.lock"]) {
        const file = join(checkout, name);
        const text = readFileSync(file, "utf8");
        const pointed = text.replaceAll("https://git.example.com/acme/greeting.git", server.url);
        writeFileSync(file, pointed.replaceAll("0".repeat(40), server.commit));
      }
    }
  });

  testWith([moto], "compiled crates come from S3 with sccache, whose credentials stay nowhere", async () => {
    let cloud: Moto | undefined;
    try {
      cloud = await startMoto();
      await s3(cloud.url, "PUT", "/crates");
      const key = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY";
      const props = {
        sccacheRole: "arn:aws:iam::111122223333:role/podcast-compile-cache",
        options: {
          sccache: { bucket: "crates", region: "eu-central-1", prefix: "podcast", endpoint: cloud.url },
        },
      };
      const env = { CREDENTIALS: `AKIAIOSFODNN7EXAMPLE\t${key}\ttoken` };
      const first = await builds.green("podcast", props, { env });
      expect(hits(first)).toBe(0);
      expect(await s3(cloud.url, "GET", "/crates?list-type=2")).toContain("<Key>podcast/");

      await builds.machine.becomeFresh();
      builds.machine.registry.emptyRepository("podcast-cache");
      const second = await builds.green("podcast", props, { env });
      expect(hits(second)).toBeGreaterThan(5);
      expect(await placesOf("podcast", key)).toEqual([]);
      expect(first.output + second.output).not.toContain(key);
    } finally {
      cloud?.stop();
    }
  });

  test("says how it was built and what is in it, beside the image", async () => {
    const { commit, output } = await builds.green("static", { options: { libc: "musl" }, attestations: true });
    const { registry } = builds.machine;
    const { manifests = [] } = registry.manifest("static", commit);
    const statements = manifests
      .filter(({ platform }) => platform?.os === "unknown")
      .flatMap(({ digest }) => registry.manifest("static", digest).layers ?? [])
      .map(({ digest }) => JSON.parse(readFileSync(registry.blob(digest), "utf8")));
    expect(statements.map(({ predicateType }) => predicateType).sort()).toEqual([
      "https://slsa.dev/provenance/v1",
      "https://spdx.dev/Document",
    ]);
    expect(JSON.stringify(statements)).toContain('"usr/local/bin/static-web"');
    expect(output).toContain(`"digest": "${registry.digest("static", commit)}"`);
    expect(await builds.answerOf("static", commit)).toContain("static-web");
  });

  /** Statistics of sccache: how many crates came from it. */
  function hits({ output }: PipelineRun): number {
    const counts = [...output.matchAll(/Cache hits +(\d+)/g)].map(([, count]) => Number(count));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Where a text is: in what was pushed of a fixture, its cache, and the builder's own files and log. */
  async function placesOf(fixture: string, text: string): Promise<string[]> {
    const { machine } = builds;
    const pushed = [fixture, `${fixture}-cache`].flatMap((repository) => machine.registry.blobsWith(text, repository));
    const { code, stdout } = await run("grep", ["-rlF", "--", text, join(machine.folder, "state")]);
    if (code !== 0 && code !== 1) throw new Error(`grep ended with exit code ${code}`);
    return [...pushed, ...stdout.split("\n").filter(Boolean), ...(machine.log().includes(text) ? ["log"] : [])];
  }
});
