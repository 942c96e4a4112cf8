import { ACCOUNT, CREDENTIALS, type Json, REGION } from "./aws/api";
import { call } from "./aws/calls";
import { type Emulator, startEmulator } from "./aws/emulator";
import { Builds, PREPARATION_MINUTES } from "./build/builds";
import { DATABASE_REPOSITORY, makeDatabaseImage } from "./database/image";
import { type PodWebhook, startPodWebhook } from "./database/pod-webhook";
import { connects, probePod } from "./database/probe";
import { RunningDatabase } from "./database/running-database";
import { AppliedFleet } from "./release/applied-fleet";
import { runAws } from "./release/aws-commands";
import { FIRST, GuestBook, SECOND, toSecond } from "./release/guest-book";
import type { Pin } from "./release/released-fleet";
import { timed } from "./release/stopwatch";
import { awsCli } from "./tools/aws-cli";
import { BUILD_MACHINE } from "./tools/build-machine";
import { CLUSTER, type Cluster, type KubernetesObject, startCluster } from "./tools/cluster";
import { debianPackage, installDebianPackages } from "./tools/debian-packages";
import { type Forward, forward } from "./tools/forward";
import { describeLoad, Load } from "./tools/load";
import { moto } from "./tools/moto";
import { describeWith, testWith } from "./tools/needs";
import type { RunResult } from "./tools/process";
import { kubernetesProvider, providerMirror } from "./tools/provider-mirror";
import { terraform } from "./tools/terraform";

const HOST = "podcore.example.com";
const APP = "podcore-production";
const DATABASE = "podcore-production-database";
const PORT = 5432;
const ENTRY = { name: "Podcore", language: "rust", database: "postgres", migrate: ["guestbook", "migrate"] };
const WITH_SECRET = { ...ENTRY, secrets: ["API_TOKEN"] };
const WITH_MORE_MEMORY = { ...WITH_SECRET, database: { engine: "postgres", resources: { memory: "640Mi" } } };
/** The command of the README that makes a database an empty one. */
const EMPTY =
  "k exec statefulset/postgres -- psql postgres --command 'DROP DATABASE podcore WITH (FORCE)' --command 'CREATE DATABASE podcore OWNER podcore'";
/** Two values of one secret. */
const VALUES = ["first-value-of-the-token", "second-value-of-the-token"] as const;
const NEEDS = [...BUILD_MACHINE, ...CLUSTER, debianPackage("openssl"), terraform, providerMirror, moto, awsCli];

describeWith(NEEDS, "a release with a database", () => {
  let builds: Builds;
  let cluster: Cluster;
  let aws: Emulator;
  let awsOfPods: Forward;
  let webhook: PodWebhook;
  let fleet: AppliedFleet;
  let book: GuestBook;
  let database: RunningDatabase;
  let first: Pin;
  let second: Pin;
  /** The image of databases, as the stack names it. */
  let image: string;
  /** All that was printed in deploys. */
  const said: string[] = [];

  beforeAll(async () => {
    await installDebianPackages(["openssl"]);
    builds = await Builds.start();
    const { registry } = builds.machine;
    const tag = await makeDatabaseImage(builds.machine);
    registry.copyImage({ repository: DATABASE_REPOSITORY, tag }, { repository: "drover-builder", tag });
    image = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/drover-builder:${tag}`;
    aws = await startEmulator();
    cluster = await startCluster({ registry });
    awsOfPods = await forward(cluster.network.machine, Number(new URL(aws.url).port));
    webhook = await startPodWebhook(cluster, "dump", {
      ...CREDENTIALS,
      AWS_ENDPOINT_URL: `http://${cluster.network.machine}:${awsOfPods.port}`,
      // The emulator answers one kind of checksum under the name of another.
      AWS_RESPONSE_CHECKSUM_VALIDATION: "when_required",
    });
    fleet = await AppliedFleet.start(cluster, aws.url, [ENTRY]);
    book = new GuestBook(cluster, HOST);
    database = new RunningDatabase(cluster, DATABASE);
  }, PREPARATION_MINUTES * 60_000);

  afterAll(async () => {
    await fleet?.stop();
    webhook?.stop();
    awsOfPods?.stop();
    await cluster?.stop();
    aws?.stop();
    await builds?.stop();
  });

  describe("without the database", () => {
    test("is refused with the command that makes it, and makes nothing", async () => {
      fleet.pin({ podcore: { tag: "0".repeat(40), digest: `sha256:${"0".repeat(64)}` } });
      const { code, output } = await fleet.tryDeploy(APP);
      expect(code).toBe(1);
      expect(output.slice(-2000)).toContain(`npx cdktf deploy ${DATABASE}`);
      const { items } = await cluster.get<{ items: KubernetesObject[] }>("namespaces");
      expect(items.map(({ metadata }) => metadata.name)).not.toContain(APP);
    });
  });

  describe("the database", () => {
    test("is made by that command, from the platform's image, on a volume", async () => {
      said.push(await timed("the database is deployed", () => fleet.deploy(DATABASE)));
      const { spec, status } = await cluster.get("pod", "postgres-0", "--namespace", DATABASE);
      expect(spec.containers.map((container: Json) => container.image)).toEqual([image]);
      expect(status.conditions).toContainEqual(expect.objectContaining({ type: "Ready", status: "True" }));
      expect((await cluster.get("pvc", "data", "--namespace", DATABASE)).status.phase).toBe("Bound");
      const { metadata } = await cluster.get("namespace", DATABASE);
      expect(metadata.labels?.["pod-security.kubernetes.io/enforce"]).toBe("restricted");
      expect(await databaseUrl()).toMatch(
        /^postgres:\/\/podcore:[A-Za-z0-9]{40}@postgres\.podcore-production-database:5432\/podcore$/,
      );
      await expectNoChanges(DATABASE);
    });

    testWith([kubernetesProvider], "is deployed by the real Kubernetes provider", async () => {
      expect(fleet.hasUsedRealProvider(DATABASE)).toBe(true);
    });
  });

  describe("that migrates", () => {
    test("goes from a commit to an answer", async () => {
      first = await timed("the first commit is checked, built and pushed", () => build());
      await release("the first pin is deployed", first);
      const [pod] = await podsOf("migrate");
      expect(pod?.status.initContainerStatuses[0].state.terminated.exitCode).toBe(0);
      expect(pod?.spec.initContainers[0].command).toEqual(expect.arrayContaining(["wait", `postgres.${DATABASE}`]));
      await timed("it answers", () => book.becomes(FIRST));
      await book.write("Ann", "Füße.");
      expect(await book.authors()).toEqual(["Ann"]);
    });

    test("takes its entries along to a second commit, with one migration more", async () => {
      second = await timed("the second commit is checked, built and pushed", () => build(toSecond));
      await release("the second pin is deployed", second);
      await book.becomes(SECOND);
      await book.write("Bob", "Hello.");
      expect(await book.authors()).toEqual(["Bob", "Ann"]);
      expect(await database.query("select count(*) from entries where written_at is not null")).toBe("2");
    });

    test("can't go back over the migration unless its pin says so, and changes no pod", async () => {
      const before = await podNames();
      fleet.pin({ podcore: first });
      const { code } = await timed("the old pin is refused", () => tryDeploy(APP));
      expect(code).not.toBe(0);
      expect(await podNames()).toEqual(before);
      expect(await book.version()).toBe(SECOND);
      const why = await fleet.command("why", "podcore", "production");
      expect(why).toEqual({ ...why, code: 1, output: expect.stringContaining('"migrate": false') });
    });

    test("goes back with that word, to the same entries, and on again", async () => {
      await release("the old pin is deployed without its migration", { ...first, migrate: false });
      await book.becomes(FIRST);
      expect(await book.authors()).toEqual(["Bob", "Ann"]);
      await release("the new pin is deployed again", second);
      await book.becomes(SECOND);
      const why = await fleet.command("why", "podcore", "production");
      expect(why).toEqual({ ...why, code: 0, output: expect.stringContaining("all is well") });
    });
  });

  describe("with a secret", () => {
    test("that is missing is refused with the command that sets it, and the old one answers on", async () => {
      const before = await podNames();
      fleet.change([WITH_SECRET]);
      const { code, output } = await tryDeploy(APP);
      expect(code).not.toBe(0);
      const [command = ""] = output.match(/aws secretsmanager create-secret .*/) ?? [];
      expect(await book.version()).toBe(SECOND);
      expect(await podNames()).toEqual(before);
      const why = await fleet.command("why", "podcore", "production");
      expect(why).toEqual({ ...why, code: 1, output: expect.stringContaining(command) });
      said.push(await runAws(command, aws.url, VALUES[0]));
    });

    test("that was set reaches its pods", async () => {
      await release("the secret is deployed", second);
      expect(await secret("API_TOKEN")).toBe(VALUES[0]);
      const [{ env = [] }] = (await podsOf("web"))[0]?.spec.containers ?? [{}];
      expect(env).toContainEqual(
        expect.objectContaining({
          name: "API_TOKEN",
          valueFrom: { secretKeyRef: { name: "podcore", key: "API_TOKEN", optional: false } },
        }),
      );
    });

    test("that has changed replaces its pods, and loses no request", async () => {
      const before = await podNames();
      const put =
        "aws secretsmanager put-secret-value --secret-id production/podcore/API_TOKEN --secret-string file:///dev/stdin";
      said.push(await runAws(put, aws.url, VALUES[1]));
      const load = new Load({ address: cluster.network.ingress, host: HOST, path: "/entries", rate: 40 });
      await release("the changed secret is deployed under load", second).catch(async (error) => {
        await load.stop();
        throw error;
      });
      const result = await load.stop();
      process.stderr.write(`           ${describeLoad(result)}\n`);
      expect(result.failures).toEqual({});
      expect(await secret("API_TOKEN")).toBe(VALUES[1]);
      expect((await podNames()).filter((name) => before.includes(name))).toEqual([]);
      await expectNoChanges(APP);
    });

    test("leaves its value, and the database's password, nowhere", async () => {
      const [, password = ""] = /podcore:([^@]+)@/.exec(await databaseUrl()) ?? [];
      const manifests = await fleet.command("manifests", "podcore", "production");
      const why = await fleet.command("why", "podcore", "production");
      const texts = [...said, manifests.output, why.output, ...fleet.files()];
      for (const secret of [...VALUES, password]) {
        expect(secret.length).toBeGreaterThan(20);
        const encoded = Buffer.from(secret).toString("base64");
        expect(texts.filter((text) => text.includes(secret) || text.includes(encoded))).toEqual([]);
      }
      for (const name of ["production/podcore/API_TOKEN", "Its keys are API_TOKEN, DATABASE_URL;"]) {
        expect(texts.some((text) => text.includes(name))).toBe(true);
      }
    });
  });

  describe("policies", () => {
    beforeAll(async () => {
      // Another app in the same environment, without a release, and a namespace of somebody else's.
      fleet.change([WITH_SECRET, { name: "Other", language: "rust" }]);
      await fleet.deploy("other-production");
      await cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "stranger" } });
      const namespaces = [APP, "other-production", "stranger"];
      await cluster.apply(...namespaces.map((namespace) => probePod(namespace, image)));
      for (const namespace of namespaces) {
        await cluster.kubectl(
          ...["wait", "--for=condition=Ready", "pod/probe", "--namespace", namespace, "--timeout=120s"],
        );
      }
    });

    test.each([
      [APP, true],
      ["other-production", false],
      ["stranger", false],
    ])("a pod in %s reaches the database: %s", async (namespace, does) => {
      expect(await connects(cluster, { namespace, pod: "probe" }, `postgres.${DATABASE}`, PORT)).toBe(does);
    });

    test("apps of an environment reach each other, and nobody else does", async () => {
      expect(await connects(cluster, { namespace: "other-production", pod: "probe" }, `web.${APP}`, 80)).toBe(true);
      expect(await connects(cluster, { namespace: "stranger", pod: "probe" }, `web.${APP}`, 80)).toBe(false);
    });

    test("the server reaches nobody", async () => {
      const [address] = (await podsOf("web")).map(({ status }) => status.podIP);
      expect(await connects(cluster, { namespace: DATABASE, pod: "postgres-0" }, address, 8080)).toBe(false);
    });

    test.each([APP, DATABASE])(
      "a pod that asks for more than the restricted standard is refused in %s",
      async (namespace) => {
        const greedy = probePod(namespace, image, { securityContext: { privileged: true } });
        const { code, output } = await cluster.tryApply({ ...greedy, metadata: { name: "greedy", namespace } });
        expect(code).not.toBe(0);
        expect(output).toContain('violates PodSecurity "restricted');
      },
    );
  });

  describe("dumps", () => {
    /** The database as text, as it was dumped first and last. */
    const dumped: string[] = [];

    beforeAll(async () => {
      // S3 is on the internet, and the emulated one is not.
      await cluster.apply(egressToAws());
    });

    test("are made by hand, as the README says", async () => {
      dumped.push(await database.plainDump());
      expect(dumped[0]).toContain("Füße.");
      await database.readme("k create job dump-now --from=cronjob/dump");
      const said = await timed("the database is dumped", () =>
        database.readme("until k logs job/dump-now --follow; do sleep 1; done"),
      );
      expect(said).toMatch(/^dumped podcore to s3:\/\/podcore-production-db-\w+\/podcore\.dump$/m);
      await cluster.kubectl("delete", "job", "dump-now", "--namespace", DATABASE);

      await book.write("Cem", "Late.");
      dumped.push(await database.plainDump());
      await database.readme("k create job dump-now --from=cronjob/dump");
      await database.readme("until k logs job/dump-now --follow; do sleep 1; done");
    });

    test("fill an empty database alone", async () => {
      await database.readme("k create job restore-now --from=cronjob/restore");
      const said = await database.readme("until k logs job/restore-now --follow; do sleep 1; done");
      expect(said).toContain("the database is not empty");
      await cluster.kubectl("delete", "job", "restore-now", "--namespace", DATABASE);
    });

    test("fill a database that was emptied as the README says, and it compares equal then", async () => {
      await database.readme(EMPTY);
      await database.readme("k create job restore-now --from=cronjob/restore");
      await timed("the dump is restored", () =>
        database.readme("until k logs job/restore-now --follow; do sleep 1; done"),
      );
      expect(await database.plainDump()).toBe(dumped[1]);
      expect(await book.authors()).toEqual(["Cem", "Bob", "Ann"]);
    });

    test("fill it from an older version, too", async () => {
      const list = await fleet.output(DATABASE, "dump-versions");
      const [, [, , older = ""] = []] = (await runAws(list, aws.url)).split("\n").map((line) => line.split("\t"));
      await database.readme(EMPTY);
      await database.readme(
        "k create job restore-older --from=cronjob/restore --dry-run=client --output=yaml > job.yaml",
      );
      await database.readme(
        "k set env --local --filename job.yaml DUMP_VERSION=<version> --output yaml | k create --filename -",
        {
          "<version>": older,
        },
      );
      await cluster.kubectl(
        "wait",
        "job/restore-older",
        "--namespace",
        DATABASE,
        "--for=condition=complete",
        "--timeout=60s",
      );
      expect(await database.plainDump()).toBe(dumped[0]);
      expect(await book.authors()).toEqual(["Bob", "Ann"]);
    });
  });

  describe("the data survives", () => {
    test("the server's pod", async () => {
      const uid = async () => (await cluster.get("pod", "postgres-0", "--namespace", DATABASE)).metadata;
      const before = await uid();
      await timed("the server's pod is replaced", async () => {
        await cluster.kubectl("delete", "pod", "postgres-0", "--namespace", DATABASE);
        await cluster.rolledOut(DATABASE, "statefulset/postgres");
      });
      expect(await uid()).not.toEqual(before);
      expect(await book.authors()).toEqual(["Bob", "Ann"]);
    });

    test("a new server, with more memory", async () => {
      fleet.change([WITH_MORE_MEMORY]);
      said.push(await timed("the database is deployed with more memory", () => fleet.deploy(DATABASE)));
      const { spec } = await cluster.get("pod", "postgres-0", "--namespace", DATABASE);
      expect(spec.containers[0].resources.limits).toEqual({ memory: "640Mi" });
      expect(await book.authors()).toEqual(["Bob", "Ann"]);
    });

    test("removal of the entry", async () => {
      fleet.change([{ name: "Other", language: "rust" }]);
      fleet.pin({});
      const stacks = await fleet.stacks();
      for (const stack of [APP, DATABASE]) expect(stacks).not.toContain(stack);
      expect(await database.query("select count(*) from entries")).toBe("2");
    });

    test("removal of the database from the entry, and its return", async () => {
      fleet.change([{ name: "Podcore", language: "rust" }]);
      fleet.pin({});
      expect(await fleet.stacks()).not.toContain(DATABASE);
      await timed("the app is deployed without a database", () => fleet.deploy(APP));
      await cluster.rolledOut(DATABASE, "statefulset/postgres");
      expect(await database.query("select count(*) from entries")).toBe("2");

      fleet.change([WITH_MORE_MEMORY]);
      await expectNoChanges(DATABASE);
      await release("the app is deployed with it again", second);
      expect(await book.authors()).toEqual(["Bob", "Ann"]);
    });
  });

  async function build(change?: (checkout: string) => void): Promise<Pin> {
    const props = { slug: "podcore", images: "podcore", cache: "podcore-cache", options: { database: true } };
    const { commit, reports } = await builds.green("postgres", props, { change });
    // Some of them against the database of the build.
    expect(reports["tests.xml"]).toMatch(/tests="[1-9]\d*" skipped="0" failures="0"/);
    return { tag: commit, digest: builds.machine.registry.digest("podcore", commit)! };
  }

  /** Deploys a pin; that has to succeed. */
  async function release(what: string, pin: Pin): Promise<void> {
    fleet.pin({ podcore: pin });
    const { code, output } = await timed(what, () => tryDeploy(APP));
    if (code === 0) return;
    throw new Error(`the deploy has failed:\n${output.slice(-4000)}\n${(await cluster.report(APP)).slice(-6000)}`);
  }

  async function tryDeploy(stack: string): Promise<RunResult> {
    const result = await fleet.tryDeploy(stack);
    said.push(result.output);
    return result;
  }

  async function expectNoChanges(stack: string): Promise<void> {
    const { code, output } = await fleet.plan(stack);
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
  }

  async function databaseUrl(): Promise<string> {
    const input = { SecretId: "production/podcore/DATABASE_URL" };
    return (await call(aws.url, "secretsmanager", "secretsmanager.GetSecretValue", input)).SecretString;
  }

  /** A value of the app's Secret in the cluster. */
  async function secret(key: string): Promise<string> {
    const { data } = (await cluster.get("secret", "podcore", "--namespace", APP)) as KubernetesObject & Json;
    return Buffer.from(data[key], "base64").toString();
  }

  async function podsOf(component: string): Promise<KubernetesObject[]> {
    const { items } = await cluster.get<{ items: KubernetesObject[] }>(
      ...["pods", "--namespace", APP, "--selector", `app.kubernetes.io/component=${component}`],
    );
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  async function podNames(): Promise<string[]> {
    return (await podsOf("web")).map(({ metadata }) => metadata.name).sort();
  }

  function egressToAws(): object {
    return {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "emulated-aws", namespace: DATABASE },
      spec: {
        podSelector: { matchLabels: { "app.kubernetes.io/component": "dump" } },
        policyTypes: ["Egress"],
        egress: [{ to: [{ ipBlock: { cidr: `${cluster.network.machine}/32` } }], ports: [{ port: awsOfPods.port }] }],
      },
    };
  }
});
