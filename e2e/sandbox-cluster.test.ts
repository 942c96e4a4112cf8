import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../__tests__/support/program";
import { Fleet } from "./fleet";
import { CLUSTER, type Cluster, type KubernetesObject, startCluster } from "./tools/cluster";
import { addEchoApp, ECHO_APP } from "./tools/echo-app";
import { describeWith } from "./tools/needs";
import { type RunResult, run } from "./tools/process";
import { terraform } from "./tools/terraform";

const TAG = "0123456789abcdef0123456789abcdef01234567";
const PLATFORM = {
  github: { owner: "acme", connectionArn: "arn:aws:codeconnections:eu-central-1:111122223333:connection/x" },
  aws: { accountId: "111122223333", region: "eu-central-1" },
  environments: { production: { domain: "example.com", ingress: { class: "drover" } } },
};

/** The apps of the examples, with a program that does not care what it is called for. */
const PODCORE = { name: "Podcore", language: "rust", migrate: ["/echo", "sleep", "1s"] };
const PODCAST = {
  name: "Podcast",
  language: "rust",
  retiring: true,
  env: { GREETING: "hello ${world}" },
  schedule: { clean: { cron: "0 3 * * *", command: ["/echo", "sleep", "1s"] } },
  processes: {
    api: { command: ["/echo"], port: 8080, hosts: true },
    web: { command: ["/echo"], port: 8080, hosts: ["podcast.example.com", "www.podcast.example.com"] },
    crawl: { command: ["/echo", "sleep", "1h"] },
  },
};

const CONFIG = {
  language: "typescript",
  app: `node ${join(ROOT, "bin/run.js")} ${join(ROOT, "main.ts")}`,
  projectId: "drover",
  sendCrashReports: "false",
};

describeWith([...CLUSTER, ...ECHO_APP, terraform], "the sandbox on a cluster of this machine", () => {
  let cluster: Cluster;
  let fleet: Fleet;

  beforeAll(async () => {
    cluster = await startCluster();
    const digest = await addEchoApp(cluster.registry, "podcore", TAG);
    await addEchoApp(cluster.registry, "podcast", TAG);
    const pin = { tag: TAG, digest };
    const releases = { production: { podcast: pin, podcore: pin } };
    fleet = new Fleet({ apps: { apps: [PODCORE, PODCAST] }, platform: PLATFORM, releases });
    writeFileSync(join(fleet.folder, "cdktf.json"), JSON.stringify(CONFIG));
  }, 45 * 60_000); // building Kubernetes takes a while, once

  afterAll(async () => {
    await cluster?.stop();
    fleet?.remove();
  });

  function sandbox(args: readonly string[], cwd = fleet.folder, kubeconfig = cluster.kubeconfig): Promise<RunResult> {
    const env = { ...process.env, DROVER_SANDBOX_KUBECONFIG: kubeconfig };
    const program = [join(ROOT, "bin/run.js"), join(ROOT, "sandbox/main.ts"), ...args];
    return run(process.execPath, program, { cwd, env });
  }

  /** Synthesizes, and runs Terraform in the folder of a stack. */
  function inStack(stack: string, ...commands: string[]): Promise<RunResult> {
    const all = ["init", ...commands].map((command) => `terraform ${command} -no-color`).join(" && ");
    return sandbox(["run", "--", "sh", "-c", `${CONFIG.app} && cd .sandbox/cdktf.out/stacks/${stack} && ${all}`]);
  }

  const succeed = ({ code, output }: RunResult): string => {
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
    return output;
  };

  const objectsIn = async (namespace: string, kinds: string) =>
    (await cluster.get<{ items: KubernetesObject[] }>(kinds, "--namespace", namespace)).items;

  test.each(["podcore", "podcast"])(
    "brings up the stack of %s, which answers, and has nothing to change then",
    async (app) => {
      const output = succeed(await inStack(`${app}-production`, "apply -auto-approve", "plan -detailed-exitcode"));
      expect(output).toContain("No changes.");
      const { body } = await cluster.askUntil(({ status }) => status === 200, `${app}.example.com`);
      expect(body).toMatch(new RegExp(`^web-\\S+ ${app}\\.example\\.com /`));
    },
  );

  test("makes each object as its manifest says, and as the real provider is known to the cluster", async () => {
    const shown = ["deployment", "api", "--namespace", "podcast-production", "--show-managed-fields"];
    const { metadata, spec } = await cluster.get(...shown);
    const { managedFields } = metadata as unknown as { managedFields: object[] };
    expect(managedFields).toContainEqual(expect.objectContaining({ manager: "HashiCorp", operation: "Update" }));
    expect(spec.template.spec.containers[0].env).toContainEqual({ name: "GREETING", value: "hello ${world}" });
  });

  test("makes what `npm run manifests` prints, and kubectl tells where they differ", async () => {
    const manifests = `node ${join(ROOT, "bin/run.js")} ${join(ROOT, "cli/main.ts")} manifests podcast production`;
    const diff = (change: string) => {
      const command = `${manifests} | ${change} | kubectl diff --server-side --force-conflicts --filename -`;
      return sandbox(["run", "--", "bash", "-o", "pipefail", "-c", command]);
    };
    succeed(await diff("cat"));
    const { code, output } = await diff("sed 's/hello /bye /'");
    expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(/^\+ +value: bye /m) });
  });

  test("sees what kubectl has changed, and mends it", async () => {
    const namespace = ["--namespace", "podcast-production"];
    await cluster.kubectl("set", "env", "deployment/web", "GREETING=bye", ...namespace);
    await cluster.kubectl("label", "service", "web", "drover/environment-", ...namespace);
    await cluster.kubectl("delete", "service", "api", ...namespace);

    const { code, output } = await inStack("podcast-production", "plan -detailed-exitcode");
    expect(code).toBe(2);
    expect(output).toContain('value = "bye" -> "hello ${world}"');
    expect(output).toMatch(/\+ "drover\/environment" += "production"/);
    expect(output).toMatch(/kubernetes_service_v1\.\S+ will be created/);
    expect(output).toContain("Plan: 1 to add, 2 to change, 0 to destroy.");

    const mended = succeed(await inStack("podcast-production", "apply -auto-approve", "plan -detailed-exitcode"));
    expect(mended).toContain("No changes.");
  });

  test("leaves alone what Kubernetes and its controllers add to an object, and shows what others add", async () => {
    const namespace = ["--namespace", "podcast-production"];
    await cluster.kubectl("annotate", "service", "web", "acme.kubernetes.io/note=ours", ...namespace);
    succeed(await inStack("podcast-production", "plan -detailed-exitcode"));
    const service = await cluster.get("service", "web", ...namespace);
    expect(service.metadata).toMatchObject({ annotations: { "acme.kubernetes.io/note": "ours" } });

    await cluster.kubectl("annotate", "service", "web", "acme/note=ours", ...namespace);
    const { code, output } = await inStack("podcast-production", "plan -detailed-exitcode");
    expect({ code, output }).toEqual({ code: 2, output: expect.stringMatching(/- "acme\/note" += "ours" -> null/) });
    await cluster.kubectl("annotate", "service", "web", "acme/note-", ...namespace);
  });

  test("keeps a restart by kubectl, over a release too, and shows other annotations of pods", async () => {
    const namespace = ["--namespace", "podcast-production"];
    const restartedAt = async () => {
      const { spec } = await cluster.get("deployment", "web", ...namespace);
      return spec.template.metadata.annotations?.["kubectl.kubernetes.io/restartedAt"];
    };
    await cluster.kubectl("rollout", "restart", "deployment/web", ...namespace);
    await cluster.rolledOut("podcast-production", "deployment/web");
    const restarted = await restartedAt();
    expect(restarted).toMatch(/^\d{4}-/);
    expect(succeed(await inStack("podcast-production", "plan -detailed-exitcode"))).toContain("No changes.");

    const patch = { spec: { template: { metadata: { annotations: { "acme/note": "ours" } } } } };
    await cluster.kubectl("patch", "deployment", "web", "--patch", JSON.stringify(patch), ...namespace);
    const { code, output } = await inStack("podcast-production", "plan -detailed-exitcode");
    expect({ code, output }).toEqual({ code: 2, output: expect.stringMatching(/- "acme\/note" += "ours" -> null/) });

    const web = { ...PODCAST.processes.web, gracePeriod: 10 };
    fleet.write({ apps: { apps: [PODCORE, { ...PODCAST, processes: { ...PODCAST.processes, web } }] } });
    const released = succeed(await inStack("podcast-production", "apply -auto-approve", "plan -detailed-exitcode"));
    expect(released).toContain("No changes.");
    const { spec } = await cluster.get("deployment", "web", ...namespace);
    expect(spec.template.metadata.annotations).toEqual({ "kubectl.kubernetes.io/restartedAt": restarted });
    expect(spec.template.spec.terminationGracePeriodSeconds).toBe(20);
  });

  test("says of a migration that fails what the provider says, and changes no pod", async () => {
    const podsOf = async () => (await objectsIn("podcore-production", "pods")).map(({ metadata }) => metadata.name);
    const before = (await podsOf()).filter((name) => name.startsWith("web-"));
    fleet.write({
      apps: { apps: [{ ...PODCORE, migrate: ["/echo", "get", "nowhere"], env: { NEW: "yes" } }, PODCAST] },
    });
    const { code, output } = await inStack("podcore-production", "apply -auto-approve");
    expect(code).toBe(1);
    expect(output).toMatch(/Error: job: podcore-production\/migrate-\w+ is in failed state/);
    expect((await podsOf()).filter((name) => name.startsWith("web-"))).toEqual(before);

    fleet.write({ apps: { apps: [PODCORE, PODCAST] } });
    succeed(await inStack("podcore-production", "apply -auto-approve", "plan -detailed-exitcode"));
  });

  test("refuses what exists already, in the API server's words", async () => {
    await cluster.kubectl("create", "namespace", "taken");
    const folder = module(
      "taken",
      'resource "kubernetes_namespace_v1" "taken" {\n  metadata {\n    name = "taken"\n  }\n}\n',
    );
    const { code, output } = await inModule(folder, "init", "apply -auto-approve");
    expect(code).toBe(1);
    expect(output).toContain('Error: namespaces "taken" already exists');
  });

  test("sends secrets, and keeps them nowhere", async () => {
    const folder = module("secrets", readFileSync(join(ROOT, "__tests__/sandbox/secrets.tf"), "utf8"));
    succeed(await inModule(folder, "init", "apply -auto-approve -target=kubernetes_secret_v1.podcore"));
    const secret = (await cluster.get("secret", "podcore", "--namespace", "podcore-secrets")) as unknown as {
      data: Record<string, string>;
    };
    const values = Object.entries(secret.data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]);
    expect(Object.fromEntries(values)).toEqual({
      DATABASE_URL: "sandbox-secret-string",
      TOKEN: "sandbox-secret-string",
    });
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
    const texts = files.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path, "latin1"));
    expect(texts.filter((text) => /sandbox-secret-string|c2FuZGJveC1zZWNyZXQtc3RyaW5n/.test(text))).toEqual([]);
    succeed(await inModule(folder, "destroy -auto-approve"));
  });

  test("forgets the way to the cluster, and does not mix its objects with its own", async () => {
    expect(readdirSync(join(fleet.folder, ".sandbox"))).not.toContain("kubeconfig");
    const { code, output } = await sandbox(["run", "--", "true"], fleet.folder, "");
    expect(code).toBe(1);
    expect(output).toContain("the Kubernetes objects of this sandbox are in the cluster https://");
  });

  test("leaves nothing after a destroy", async () => {
    succeed(await inStack("podcast-production", "destroy -auto-approve"));
    const { items } = await cluster.get<{ items: KubernetesObject[] }>("namespaces");
    const names = items.map(({ metadata }) => metadata.name);
    expect(names).toContain("podcore-production");
    expect(names).not.toContain("podcast-production");
  });

  /** A module of Terraform in a folder of its own, with the providers of a stack. */
  function module(name: string, text: string): string {
    const folder = join(fleet.folder, name);
    mkdirSync(folder);
    const providers =
      '  required_providers {\n    kubernetes = { source = "registry.terraform.io/hashicorp/kubernetes" }\n  }\n';
    const own = text.includes("required_providers") ? "" : `terraform {\n${providers}}\n`;
    writeFileSync(join(folder, "main.tf"), `${own}${text}`.replaceAll("podcore-production", "podcore-secrets"));
    cpSync(join(fleet.folder, "platform.json"), join(folder, "platform.json"));
    return folder;
  }

  function inModule(folder: string, ...commands: string[]): Promise<RunResult> {
    const all = commands.map((command) => `terraform ${command} -no-color`).join(" && ");
    return sandbox(["run", "--", "sh", "-c", all], folder);
  }
});
