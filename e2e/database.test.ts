import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DATABASE_VOLUME } from "../lib/build/postgres/database-image";
import { s3 } from "./aws/calls";
import { type Moto, startMoto } from "./aws/moto";
import { DATABASE_REPOSITORY, makeDatabaseImage } from "./database/image";
import { type PodIdentityAgent, startPodIdentityAgent, TOKEN } from "./database/pod-identity";
import { provideDebianImage } from "./tools/base-images";
import { BUILD_MACHINE, type BuildMachine, startMachineWith } from "./tools/build-machine";
import { moto } from "./tools/moto";
import { describeWith } from "./tools/needs";
import type { ImageConfig } from "./tools/registry";
import { RunningImage } from "./tools/run-image";

const BUCKET = "podcore-production-db-dumps";
const PASSWORD_FILE = "/run/secrets/postgres/password";
/** The user of the image, to whom a cluster gives volumes. */
const USER = 65532;

/** Tables of an app, with what dumps have to keep: types, sequences, indexes, an extension, texts beyond ASCII. */
const SCHEMA = `
  CREATE EXTENSION pg_trgm;
  CREATE TYPE mood AS ENUM ('calm', 'loud');
  CREATE TABLE feeds (id bigserial PRIMARY KEY, title text NOT NULL, mood mood, tags text[], at timestamptz DEFAULT now());
  CREATE INDEX feeds_title ON feeds USING gin (title gin_trgm_ops);
  INSERT INTO feeds (title, mood, tags) SELECT 'Füße ' || n, 'calm', ARRAY['a', 'b'] FROM generate_series(1, 20000) n;
`;

describeWith([...BUILD_MACHINE, moto], "the image of databases", () => {
  const folder = mkdtempSync(join(tmpdir(), "drover-database-"));
  const running: RunningImage[] = [];
  let machine: BuildMachine;
  let root: string;
  let config: ImageConfig;
  let aws: Moto;
  let agent: PodIdentityAgent;
  let firstDump: string;

  beforeAll(async () => {
    ({ machine } = await startMachineWith(provideDebianImage));
    const tag = await makeDatabaseImage(machine);
    root = join(folder, "root");
    ({ config } = await machine.registry.unpack(DATABASE_REPOSITORY, tag, root));
    aws = await startMoto();
    agent = await startPodIdentityAgent();
    await s3(aws.url, "PUT", `/${BUCKET}`);
    const enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    await s3(aws.url, "PUT", `/${BUCKET}?versioning`, enabled);
  }, 45 * 60_000); // building BuildKit and the base images takes a while, once

  afterAll(async () => {
    await Promise.all(running.map((each) => each.stop()));
    agent?.stop();
    aws?.stop();
    await machine?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  let server: RunningImage;
  let port: number;

  test("makes a database on an empty volume", async () => {
    ({ server, port } = await serve("first", "secret-1"));
    expect(await query("SELECT current_user, current_database()")).toBe("podcore|podcore");
    expect(await query("SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database LIMIT 1")).toBe(
      "UTF8|C.UTF-8",
    );
    expect(await query("SHOW data_checksums")).toBe("on");
  });

  test("refuses whoever has not the password, and the superuser whatever he has", async () => {
    for (const url of [
      `postgres://podcore:wrong@127.0.0.1:${port}/podcore`,
      `postgres://podcore@127.0.0.1:${port}/podcore`,
      `postgres://postgres:secret-1@127.0.0.1:${port}/postgres`,
    ]) {
      const { code, output } = await psql(url, "SELECT 1");
      expect({ code, output }).toEqual({ code: 2, output: expect.stringMatching(/password/) });
    }
    const stored = await inside("SELECT rolpassword FROM pg_authid WHERE rolname = 'podcore'");
    expect(stored).toMatch(/^SCRAM-SHA-256\$/);
    expect(server.output()).not.toContain("secret-1");
  });

  test("gives the app's role its database, and nothing beyond it", async () => {
    const role = await query(
      "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = 'podcore'",
    );
    expect(role).toBe("f|f|f|f|f");
    await query(SCHEMA);
    expect(await query("SELECT count(*) FROM feeds")).toBe("20000");
  });

  test("keeps its data when it is started anew", async () => {
    await stop(server);
    ({ server, port } = await serve("first", "secret-1"));
    expect(server.output()).not.toContain("initdb");
    expect(await query("SELECT count(*) FROM feeds WHERE title LIKE 'Füße%'")).toBe("20000");
  });

  test("follows a new password", async () => {
    await stop(server);
    ({ server, port } = await serve("first", "secret-2"));
    expect((await psql(url("secret-1"), "SELECT 1")).code).toBe(2);
    expect(await query("SELECT 1", "secret-2")).toBe("1");
  });

  test("is dumped to S3, with the credentials of the pod's role", async () => {
    const { code, output } = await look("dump");
    expect({ code, output }).toEqual({ code: 0, output: `dumped podcore to s3://${BUCKET}/podcore.dump\n` });
    expect(agent.given()).toBeGreaterThan(0);
    expect(await versions()).toHaveLength(1);
    firstDump = await plainDump();
    expect(firstDump).toContain("Füße 20000");
  });

  test("keeps older dumps as older versions", async () => {
    await query("DELETE FROM feeds WHERE id > 3", "secret-2");
    expect((await look("dump")).code).toBe(0);
    expect(await versions()).toHaveLength(2);
  });

  test("never lets half a dump become the newest version", async () => {
    const before = await versions();
    // Its owner may not dump it, which turns out when everything before it has been dumped.
    await query(
      "CREATE TABLE zz (id int); ALTER TABLE zz ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
      "secret-2",
    );
    const { code, output } = await look("dump");
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining("nothing was kept") });
    expect(await versions()).toEqual(before);
    await query("DROP TABLE zz", "secret-2");
  });

  test("says why nothing can be kept", async () => {
    const { code, output } = await look("dump", { DUMP_BUCKET: "no-such-bucket" });
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining("NoSuchBucket") });
  });

  test("is not restored over anything", async () => {
    const { code, output } = await look("restore");
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining("the database is not empty") });
  });

  test("restored into an empty database compares equal, the newest dump and an older one", async () => {
    const newest = await plainDump();
    await stop(server);
    ({ server, port } = await serve("second", "secret-2"));
    expect(await look("restore")).toMatchObject({
      code: 0,
      output: expect.stringContaining("restored podcore from s3://"),
    });
    expect(await plainDump()).toBe(newest);
    expect(await query("SELECT count(*) FROM feeds", "secret-2")).toBe("3");

    await stop(server);
    ({ server, port } = await serve("third", "secret-2"));
    const [, older = ""] = await versions();
    expect((await look("restore", { DUMP_VERSION: older })).code).toBe(0);
    expect(await plainDump()).toBe(firstDump);
  });

  test("is as empty as it was when there is no dump", async () => {
    await stop(server);
    ({ server, port } = await serve("fourth", "secret-2"));
    const { code, output } = await look("restore", { DUMP_VERSION: "no-such-version" });
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining("it is as empty as it was") });
    expect(await inside("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")).toBe("0");
  });

  test("says what it can do, and what it misses", async () => {
    const unknown = await start({ args: ["vacuum"] });
    expect({ code: await unknown.ended, output: unknown.output() }).toEqual({
      code: 1,
      output: 'drover-postgres: what is to be done? serve, dump or restore, not "vacuum"\n',
    });
    const without = await start({ args: ["serve"] });
    expect(await without.ended).toBe(1);
    expect(without.output()).toContain(`${PASSWORD_FILE} holds no password`);
  });

  interface Start {
    readonly args: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly volumes?: Readonly<Record<string, string>>;
  }

  async function start({ args, env, volumes }: Start): Promise<RunningImage> {
    const own = { PGDATABASE: "podcore", PASSWORD_FILE, ...env };
    const image = new RunningImage(root, config, { args, env: own, volumes });
    running.push(image);
    return image;
  }

  async function stop(image: RunningImage): Promise<void> {
    running.splice(running.indexOf(image), 1);
    expect(await image.stop()).toBe(0);
  }

  /** Starts a server on a volume, on loopback only, and waits until it answers. */
  async function serve(volume: string, password: string): Promise<{ server: RunningImage; port: number }> {
    const free = await freePort();
    const image = await start({
      args: ["serve", "-c", "listen_addresses=127.0.0.1", "-c", `port=${free}`],
      env: { PGPORT: String(free) },
      volumes: { [DATABASE_VOLUME]: owned(volume), [PASSWORD_FILE]: secret(password) },
    });
    const deadline = Date.now() + 180_000;
    const ready = () => image.exec("pg_isready", "--quiet", "--host", "127.0.0.1");
    while ((await ready()).code !== 0) {
      if (Date.now() > deadline) throw new Error(`the server does not answer:\n${image.output()}`);
      await delay(300);
    }
    return { server: image, port: free };
  }

  /** Runs a command of the image as its own pod, to its end. */
  async function look(
    command: string,
    env: Record<string, string> = {},
  ): Promise<{ code: number | null; output: string }> {
    const token = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token";
    const image = await start({
      args: [command],
      env: {
        ...{ PGHOST: "127.0.0.1", PGPORT: String(port), DUMP_BUCKET: BUCKET },
        ...{ AWS_REGION: "us-east-1", AWS_ENDPOINT_URL: aws.url, ...agent.env },
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: token,
        // The emulator answers one kind of checksum under the name of another.
        AWS_RESPONSE_CHECKSUM_VALIDATION: "when_required",
        ...env,
      },
      volumes: { [PASSWORD_FILE]: secret("secret-2"), [token]: secret(TOKEN) },
    });
    const code = await image.ended;
    const output = image.output();
    running.splice(running.indexOf(image), 1);
    await image.stop();
    return { code, output };
  }

  function url(password: string): string {
    return `postgres://podcore:${password}@127.0.0.1:${port}/podcore`;
  }

  function psql(database: string, command: string) {
    return server.exec(
      "psql",
      "--no-psqlrc",
      "--quiet",
      "--tuples-only",
      "--no-align",
      "--no-password",
      "--command",
      command,
      database,
    );
  }

  /** What the app would be answered. */
  async function query(command: string, password = "secret-1"): Promise<string> {
    const { code, stdout, output } = await psql(url(password), command);
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
    return stdout.trim();
  }

  /** What the operator is answered who works inside. */
  async function inside(command: string): Promise<string> {
    const { code, stdout, output } = await psql("podcore", command);
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
    return stdout.trim();
  }

  /** All of the database as text, but for a random word of each dump. */
  async function plainDump(): Promise<string> {
    const { stdout } = await server.exec("pg_dump", "podcore");
    return stdout.replaceAll(/^\\(un)?restrict .*$/gm, "");
  }

  /** The versions of the dump, the newest first. */
  async function versions(): Promise<string[]> {
    const answer = await s3(aws.url, "GET", `/${BUCKET}?versions`);
    return [...answer.matchAll(/<VersionId>([^<]+)<\/VersionId>/g)].map(([, id = ""]) => id);
  }

  function owned(name: string): string {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    chownSync(path, USER, USER);
    return path;
  }

  function secret(text: string): string {
    const path = join(folder, `secret-${text}`);
    writeFileSync(path, text);
    chownSync(path, USER, USER);
    return path;
  }
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
