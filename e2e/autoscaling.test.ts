import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../__tests__/support/program";
import { Fleet } from "./fleet";
import { CLUSTER, type Cluster, startCluster } from "./tools/cluster";
import { addEchoApp, ECHO_APP } from "./tools/echo-app";
import { describeWith, type Need } from "./tools/needs";
import { type RunResult, run } from "./tools/process";
import { holdsProvider, writeCliConfiguration } from "./tools/provider-mirror";
import { terraform } from "./tools/terraform";

const TAG = "0123456789abcdef0123456789abcdef01234567";
const NAMESPACE = "podcore-production";
const MINUTES = 60_000;

/** Starts at once and is ready at once, so that a rollout takes as long as its pods must stay ready. */
const API = { command: ["/echo"], port: 8080, drainDelay: 0, gracePeriod: 1, resources: { cpu: "10m" } };
const BOUNDS = { min: 2, max: 8 };

const kubernetesProvider: Need = {
  name: "the Kubernetes provider",
  howToGet: () =>
    holdsProvider("hashicorp/kubernetes")
      ? undefined
      : "fill a folder with `terraform providers mirror`, and name it in DROVER_PROVIDER_MIRROR",
};

/** Runs Terraform in the folder of the app's stack, which it synthesizes before. */
type InStack = (fleet: Fleet, cluster: Cluster, command: string) => Promise<RunResult>;

const STACK = join("cdktf.out", "stacks", NAMESPACE);

const withSandbox: InStack = (fleet, cluster, command) => {
  const synthesize = `node ${join(ROOT, "bin/run.js")} ${join(ROOT, "main.ts")}`;
  const program = [join(ROOT, "bin/run.js"), join(ROOT, "sandbox/main.ts"), "run", "--", "sh", "-c"];
  const env = { ...process.env, DROVER_SANDBOX_KUBECONFIG: cluster.kubeconfig };
  const script = `${synthesize} && cd ${join(".sandbox", STACK)} && terraform init -no-color && ${command}`;
  return run(process.execPath, [...program, script], { cwd: fleet.folder, env });
};

const withProvider: InStack = async (fleet, _, command) => {
  await fleet.synthesize();
  mkdirSync(join(fleet.folder, ".drover", "state"), { recursive: true });
  const env = { ...process.env, TF_CLI_CONFIG_FILE: writeCliConfiguration(fleet.folder), CHECKPOINT_DISABLE: "1" };
  const script = `terraform init -no-color && ${command}`;
  return run("sh", ["-c", script], { cwd: join(fleet.folder, STACK), env });
};

describe.each<[string, InStack, readonly Need[]]>([
  ["the sandbox's provider", withSandbox, []],
  ["the Kubernetes provider", withProvider, [kubernetesProvider]],
])("a process with an autoscaler, released by %s", (_, inStack, needs) => {
  describeWith([...CLUSTER, ...ECHO_APP, terraform, ...needs], "on a cluster of this machine", () => {
    let cluster: Cluster;
    let fleet: Fleet;

    /** Writes the process as an entry has it, with a variable that only a release of it has. */
    const write = (replicas: unknown, release: string) =>
      fleet.write({
        apps: {
          apps: [
            { name: "Podcore", language: "rust", processes: { api: { ...API, replicas } }, env: { RELEASE: release } },
          ],
        },
      });

    const terraformIn = async (command: string): Promise<string> => {
      const { code, output } = await inStack(fleet, cluster, `terraform ${command} -no-color`);
      expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
      return output;
    };
    const planFile = () => join(fleet.folder, "plan");
    /** A plan as a release has one, to be applied later. */
    const plan = () => terraformIn(`plan -out=${planFile()}`);
    const apply = () => terraformIn(`apply ${planFile()}`);
    const release = async () => {
      await plan();
      await apply();
    };
    /** Exits with 2 where anything is to change. */
    const expectNothingToChange = async () =>
      expect(await terraformIn("plan -detailed-exitcode")).toContain("No changes.");

    const deployment = () => cluster.get("deployment", "api", "--namespace", NAMESPACE);
    const replicas = async () => (await deployment()).spec.replicas;
    const scale = async (pods: number) => {
      await cluster.kubectl("scale", "deployment/api", `--replicas=${pods}`, "--namespace", NAMESPACE);
      await cluster.rolledOut(NAMESPACE, "deployment/api", 300);
    };

    /** The fewest pods that were ready while something went on. */
    const fewestReady = async (action: () => Promise<unknown>): Promise<number> => {
      let isOver = false;
      const done = action().finally(() => {
        isOver = true;
      });
      let fewest = Number.POSITIVE_INFINITY;
      while (!isOver) {
        fewest = Math.min(fewest, (await deployment()).status.readyReplicas ?? 0);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      await done;
      return fewest;
    };

    const releasesOfPods = async () => {
      const { items } = await cluster.get<{ items: { metadata: object; spec: { containers: { env: object[] }[] } }[] }>(
        "pods",
        "--namespace",
        NAMESPACE,
      );
      const running = items.filter(({ metadata }) => !("deletionTimestamp" in metadata));
      return running.map(({ spec }) => spec.containers[0]?.env.find((one) => JSON.stringify(one).includes("RELEASE")));
    };

    beforeAll(async () => {
      cluster = await startCluster();
      const digest = await addEchoApp(cluster.registry, "podcore", TAG);
      const { context, kubeconfig } = cluster;
      fleet = new Fleet({
        apps: {},
        platform: {
          github: { owner: "acme", connectionArn: "arn:aws:codeconnections:eu-central-1:111122223333:connection/x" },
          aws: { accountId: "111122223333", region: "eu-central-1" },
          environments: { production: { domain: "example.com", context, kubeconfig, ingress: { class: "drover" } } },
        },
        releases: { production: { podcore: { tag: TAG, digest } } },
      });
      const app = `node ${join(ROOT, "bin/run.js")} ${join(ROOT, "main.ts")}`;
      const config = { language: "typescript", app, projectId: "drover", sendCrashReports: "false" };
      writeFileSync(join(fleet.folder, "cdktf.json"), JSON.stringify(config));
    }, 45 * MINUTES);

    afterAll(async () => {
      await cluster?.stop();
      fleet?.remove();
    });

    test(
      "begins with its fewest pods, and has nothing to change then",
      async () => {
        write(BOUNDS, "1");
        await release();
        expect(await replicas()).toBe(2);
        await expectNothingToChange();
      },
      10 * MINUTES,
    );

    test(
      "keeps the pods that it has when a plan is applied, not those that it had when it was made",
      async () => {
        write(BOUNDS, "2");
        expect(await plan()).toMatch(/replicas += "2" -> \(known after apply\)/);
        await scale(8);
        expect(await fewestReady(apply)).toBeGreaterThanOrEqual(8);
        expect(await replicas()).toBe(8);
        expect(await releasesOfPods()).toEqual(Array(8).fill({ name: "RELEASE", value: "2" }));
        await expectNothingToChange();
      },
      10 * MINUTES,
    );

    test(
      "is scaled without anything to change for Terraform",
      async () => {
        await scale(5);
        await expectNothingToChange();
      },
      5 * MINUTES,
    );

    test(
      "keeps its pods where bounds become a number, and the other way round",
      async () => {
        write(5, "2");
        await release();
        await expectNothingToChange();
        write(BOUNDS, "2");
        await release();
        expect(await replicas()).toBe(5);
        await expectNothingToChange();
      },
      10 * MINUTES,
    );

    test(
      "has no more pods than new bounds allow",
      async () => {
        write({ min: 2, max: 3 }, "2");
        await release();
        expect(await replicas()).toBe(3);
        await expectNothingToChange();
      },
      10 * MINUTES,
    );

    test(
      "stays stopped where somebody has stopped it",
      async () => {
        await scale(0);
        await expectNothingToChange();
        write({ min: 2, max: 3 }, "3");
        await release();
        expect(await replicas()).toBe(0);
        await expectNothingToChange();
      },
      10 * MINUTES,
    );
  });
});
