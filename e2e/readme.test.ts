import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../__tests__/support/program";
import { ACCOUNT, type Json } from "./aws/api";
import { type Emulator, startEmulator } from "./aws/emulator";
import { commandsOf } from "./readme/commands";
import { type KubernetesServer, startKubernetes } from "./readme/kubernetes";
import { Newcomer, REGION } from "./readme/newcomer";
import { awsCli } from "./tools/aws-cli";
import { kubectl } from "./tools/kubectl";
import { moto } from "./tools/moto";
import { type Need, testWith } from "./tools/needs";
import { terraform } from "./tools/terraform";

/** What a step of the README needs that calls AWS. */
const AWS = [moto, awsCli];

/** An interactive command would ask; somebody who reads the README answers. */
const YES = "--auto-approve";

const newcomer = new Newcomer();
let emulator: Emulator;
let kubernetes: KubernetesServer;

/** The commands that are accounted for below, in the order in which they are run. */
const walked: string[] = [];

/** Runs a command of the README, as it stands there; what it prints is the check's to judge. */
function command(text: string, needs: readonly Need[], run: (command: string) => Promise<unknown>): void {
  walked.push(text);
  testWith(needs, text, async () => void (await run(text)));
}

/** Accounts for a command that can't be run here. */
function notRun(text: string, reason: string): void {
  walked.push(text);
  test.skip(`${text} (not run: ${reason})`, () => {});
}

beforeAll(async () => {
  await newcomer.prepare();
  // Where it is missing, `npm start` makes it; that takes long, and other tests of fresh clones do it.
  symlinkSync(join(ROOT, "node_modules"), join(newcomer.clone.folder, "node_modules"));
});

afterAll(() => {
  emulator?.stop();
  kubernetes?.stop();
  newcomer.remove();
});

describe("Try it", () => {
  command("npm start", [terraform], async (start) => {
    expect(await newcomer.inClone(start)).toMatch(/✔ \d+ resources: \d+ made, in/);
  });
  notRun("npm test", "it is the command that continuous integration begins with");
  command("npm run sandbox -- objects", [terraform], async (objects) => {
    expect(await newcomer.inClone(objects)).toContain('"type": "aws_codebuild_project"');
  });
  command("npm run sandbox -- run -- npm run drift", [terraform], async (drift) => {
    expect(await newcomer.inClone(drift)).toMatch(
      /of \d+ stacks \d+ are as they should be, 0 differ, 0 could not be planned/,
    );
  });
  command("npm run sandbox -- reset", [], async (reset) => {
    expect(await newcomer.inClone(reset)).toContain("the sandbox is empty");
  });
  command("npm run synth", [], async (synth) => {
    await newcomer.inClone(synth);
    expect(readdirSync(join(newcomer.clone.folder, "cdktf.out/stacks"))).toContain("podcast-pipeline");
  });
});

describe("From the sandbox to real accounts", () => {
  describe("1. A fleet of your own", () => {
    command("npm pack", [], (pack) => newcomer.inClone(pack));
    command("cp -r examples/fleet ../fleet && cd ../fleet && git init", [], (copy) => newcomer.inClone(copy));
    command("npm install ../drover/drover-0.1.0.tgz", [], (install) => newcomer.inFleet(install));
    test("is given one app, one environment and no release", async () => {
      newcomer.edit("platform.json", (platform) => {
        platform.github.connectionArn = platform.github.connectionArn.replace(platform.aws.accountId, ACCOUNT);
        platform.aws = { accountId: ACCOUNT, region: REGION };
        platform.environments = { production: platform.environments.production };
      });
      newcomer.edit("apps.json", (fleet) => {
        fleet.apps = [{ name: "Podcore", language: "rust" }];
      });
      newcomer.edit("releases.json", (releases) => {
        for (const environment of ["production", "staging"]) delete releases[environment];
      });
      await newcomer.commit("A fleet of my own");
      await newcomer.inFleet("npm run synth");
    });
  });

  describe("2. Credentials", () => {
    beforeAll(async () => {
      if (AWS.some(({ howToGet }) => howToGet() !== undefined)) return;
      emulator = await startEmulator();
      await newcomer.installAwsCli();
    });

    command("aws sts get-caller-identity", AWS, async (getIdentity) => {
      expect(await aws(getIdentity)).toMatchObject({ Account: ACCOUNT });
    });
    command("export GITHUB_TOKEN=…", [], (set) => newcomer.outside(set));
    command(
      'export TF_PLUGIN_CACHE_DIR="$HOME/.terraform.d/plugin-cache" && mkdir -p "$TF_PLUGIN_CACHE_DIR"',
      [],
      async (set) => {
        await newcomer.outside(set);
        expect(existsSync(join(newcomer.home, ".terraform.d/plugin-cache"))).toBe(true);
      },
    );
    notRun("npm run lock", "it asks the registry: provider-lock.test.ts does so, with a mirror");
  });

  describe("3. The connection to GitHub", () => {
    command(
      "aws codeconnections create-connection --provider-type GitHub --connection-name drover",
      AWS,
      async (create) => {
        const { ConnectionArn } = await aws(create);
        newcomer.edit("platform.json", (platform) => {
          platform.github.connectionArn = ConnectionArn;
        });
        await newcomer.inFleet("npm run synth");
      },
    );
  });

  describe("4. The machine", () => {
    command(
      "aws service-quotas get-service-quota --service-code codebuild --quota-code L-0397D009",
      AWS,
      async (get) => {
        expect(await aws(get)).toMatchObject({ Quota: { QuotaCode: "L-0397D009", Value: 0 } });
      },
    );
    command(
      "aws service-quotas request-service-quota-increase --service-code codebuild --quota-code L-0397D009 --desired-value 2",
      AWS,
      async (request) => {
        expect(await aws(request)).toMatchObject({ RequestedQuota: { DesiredValue: 2, Status: "PENDING" } });
      },
    );
  });

  describe("5. The bucket of states", () => {
    command(
      "aws s3api create-bucket --bucket acme-terraform-state --create-bucket-configuration LocationConstraint=eu-central-1",
      AWS,
      async (create) => {
        await aws(create);
        const location = await aws("aws s3api get-bucket-location --bucket acme-terraform-state");
        expect(location).toEqual({ LocationConstraint: REGION });
      },
    );
    command("npx cdktf deploy platform", [terraform], async (deploy) => {
      await newcomer.inFleetOnSandbox(`${deploy} ${YES}`);
      // The sandbox has states of its own; that the bucket is taken over is shown with the real provider: aws.test.ts.
      expect((await objects("aws_s3_bucket")).map(({ id }) => id)).toEqual([expect.stringMatching(/^drover-builder-/)]);
      expect(await objects("aws_budgets_budget")).toHaveLength(1);
    });
  });

  describe("6. A cluster", () => {
    beforeAll(async () => {
      kubernetes = await startKubernetes();
    });

    notRun(
      "eksctl create cluster --name production --region eu-central-1 --enable-auto-mode",
      "nothing stands in for all that eksctl asks AWS for; the cluster is made by the AWS CLI instead",
    );
    command("aws eks update-kubeconfig --region eu-central-1 --name production", AWS, async (update) => {
      await aws(
        `aws eks create-cluster --name production --role-arn arn:aws:iam::${ACCOUNT}:role/eks --resources-vpc-config {}`,
      );
      await newcomer.aws(update, emulator.url);
      const context = /^current-context: (.*)$/m.exec(readFileSync(newcomer.kubeconfig, "utf8"))?.[1];
      // The environment is called as the cluster is, and platform.json says no more of it.
      expect(stack("podcore-production").provider.kubernetes[0].config_context).toBe(context);
    });
    command("kubectl apply --filename ../drover/examples/cluster/network-policies.yaml", [kubectl], async (apply) => {
      await kube(apply);
      expect(kubernetes.objects.at(-1)).toMatchObject({
        kind: "ConfigMap",
        metadata: { name: "amazon-vpc-cni", namespace: "kube-system" },
        data: { "enable-network-policy-controller": "true" },
      });
    });
    command("kubectl apply --filename ../drover/examples/cluster/storage-class.yaml", [kubectl], async (apply) => {
      await kube(apply);
      expect(kubernetes.objects.at(-1)).toMatchObject({
        kind: "StorageClass",
        provisioner: "ebs.csi.eks.amazonaws.com",
      });
    });
  });

  describe("7. The way in", () => {
    command("kubectl apply --filename ../drover/examples/cluster/ingress-class.yaml", [kubectl], async (apply) => {
      await kube(apply);
      expect(kubernetes.objects.slice(-2)).toMatchObject([
        { kind: "IngressClassParams", metadata: { name: "alb" }, spec: { scheme: "internet-facing" } },
        {
          kind: "IngressClass",
          metadata: { name: "alb" },
          spec: {
            controller: "eks.amazonaws.com/alb",
            parameters: { apiGroup: "eks.amazonaws.com", kind: "IngressClassParams", name: "alb" },
          },
        },
      ]);
    });
    command(
      "aws acm request-certificate --domain-name '*.example.com' --validation-method DNS",
      AWS,
      async (request) => {
        const { CertificateArn } = await aws(request);
        const { Certificate } = await aws(`aws acm describe-certificate --certificate-arn ${CertificateArn}`);
        expect(Certificate.DomainValidationOptions[0].ResourceRecord.Type).toBe("CNAME");
      },
    );
    command("kubectl get ingress --all-namespaces", [kubectl], (get) => kube(get));
  });

  describe("8. The first app", () => {
    command("npx cdktf deploy 'podcore-*'", [terraform], async (deploy) => {
      await newcomer.inFleetOnSandbox(`${deploy} ${YES}`);
      expect((await objects("github_repository")).map(({ id }) => id)).toEqual(["podcore"]);
      const [ingress] = await objects("kubernetes_ingress_v1");
      expect(ingress?.value.spec[0].ingress_class_name).toBe("alb");
      expect(await objects("kubernetes_deployment_v1")).toEqual([]);
    });
    command("git push git@github.com:acme/podcore.git main", [], async (push) => {
      await newcomer.outside("git init --quiet --bare podcore.git", {}, newcomer.github);
      const begin = "git init --quiet --initial-branch main && git commit --quiet --allow-empty --message 'The app'";
      await newcomer.outside(begin, {}, newcomer.app);
      const local = {
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: `url.${newcomer.github}/.insteadOf`,
        GIT_CONFIG_VALUE_0: "git@github.com:acme/",
      };
      await newcomer.outside(push, local, newcomer.app);
      const pushed = "git --git-dir podcore.git log --format=%s main";
      expect(await newcomer.outside(pushed, {}, newcomer.github)).toBe("The app\n");
    });
  });

  describe("9. The first release", () => {
    command("npx cdktf deploy podcore-production", [terraform], async (deploy) => {
      const digest = await release();
      await newcomer.inFleetOnSandbox(`${deploy} ${YES}`);
      expect(await runningImage()).toBe(digest);
    });
  });
});

describe("Every day", () => {
  let before: string | undefined;
  let after: string;

  command("npx cdktf diff podcore-production", [terraform], async (diff) => {
    before = await runningImage();
    after = await release();
    const plan = await newcomer.inFleetOnSandbox(diff);
    expect(plan).toContain("0 to add, 2 to change, 0 to destroy");
    expect(plan).toContain(after);
    expect(await runningImage()).toBe(before);
  });
  command("npx cdktf deploy podcore-production", [terraform], async (deploy) => {
    await newcomer.inFleetOnSandbox(`${deploy} ${YES}`);
    expect(await runningImage()).toBe(after);
  });
  notRun("npm run why -- podcore production", "it asks a cluster: why.test.ts does");
  command("npm run drift", [terraform], async (drift) => {
    expect(await newcomer.inFleetOnSandbox(drift)).toContain("of 4 stacks 4 are as they should be, 0 differ");
  });

  command("npx cdktf deploy '*' --parallelism 4", [terraform], async (deploy) => {
    expect(await newcomer.inFleetOnSandbox(`${deploy} ${YES}`)).toContain("No changes");
  });

  testWith([terraform], "rollback: git revert, and the same deploy", async () => {
    await newcomer.outside("git revert --no-edit HEAD");
    await newcomer.inFleetOnSandbox(`npx cdktf deploy podcore-production ${YES}`);
    expect(await runningImage()).toBe(before);
  });

  command("npx cdktf deploy 'podcore-*'", [terraform], async (deploy) => {
    newcomer.edit("apps.json", ({ apps }) => {
      apps[0].retiring = true;
    });
    await newcomer.inFleetOnSandbox(`${deploy} ${YES}`);
    expect((await objects("aws_codebuild_project")).map(({ value }) => value.name)).toContain("podcore");
  });
  command("npx cdktf destroy podcore-pipeline", [terraform], async (destroy) => {
    await newcomer.inFleetOnSandbox(`${destroy} ${YES}`);
    expect((await objects("aws_codebuild_project")).map(({ value }) => value.name)).toEqual(["drover-builder"]);
    expect(await objects("image")).toEqual([]);
    expect((await objects("github_repository")).map(({ id }) => id)).toEqual(["podcore"]);
  });
});

describe("Secrets", () => {
  const value = (text: string) => newcomer.aws(text, emulator.url);

  command(
    "aws secretsmanager create-secret --name production/podcore/API_TOKEN --secret-string file:///dev/stdin",
    AWS,
    async (create) => {
      await value(`printf first | ${create}`);
    },
  );
  command(
    "aws secretsmanager put-secret-value --secret-id production/podcore/API_TOKEN --secret-string file:///dev/stdin",
    AWS,
    async (put) => {
      await value(`printf second | ${put}`);
      const get = "aws secretsmanager get-secret-value --secret-id production/podcore/API_TOKEN";
      expect(JSON.parse(await value(get)).SecretString).toBe("second");
    },
  );
  notRun("npx cdktf deploy podcore-production", "secrets.test.ts does it, with a real provider");
});

describe("Databases", () => {
  for (const text of [
    "alias k='kubectl --namespace podcore-production-database'",
    "k exec --stdin --tty statefulset/postgres -- psql",
    "k create job dump-now --from=cronjob/dump",
    "until k logs job/dump-now --follow; do sleep 1; done",
    "k exec statefulset/postgres -- psql postgres --command 'DROP DATABASE podcore WITH (FORCE)' --command 'CREATE DATABASE podcore OWNER podcore'",
    "k create job restore-now --from=cronjob/restore",
    "until k logs job/restore-now --follow; do sleep 1; done",
    "k create job restore-older --from=cronjob/restore --dry-run=client --output=yaml > job.yaml",
    "k set env --local --filename job.yaml DUMP_VERSION=<version> --output yaml | k create --filename -",
  ]) {
    notRun(text, "it needs a cluster: release-database.test.ts does so, on one of its own");
  }
});

describe("Manifests", () => {
  command("npm run --silent manifests -- podcore production", [], async (manifests) => {
    expect(await newcomer.inFleet(manifests)).toMatch(/^---\napiVersion: v1\nkind: Namespace\n/);
  });
  notRun(
    "npm run --silent manifests -- podcore production | kubectl diff --server-side --force-conflicts --filename -",
    "the test of the sandbox on a cluster does so",
  );
});

describe("On a cluster of this machine", () => {
  for (const text of [
    "export DROVER_SANDBOX_KUBECONFIG=~/.kube/config",
    "npm run sandbox -- run -- npx cdktf deploy podcore-production",
    "npm run sandbox -- run -- kubectl --namespace podcore-production get pods",
  ]) {
    notRun(text, "the test of the sandbox on a cluster does so, on one of its own");
  }
});

describe("How to leave", () => {
  command("npx cdktf synth --hcl --output terraform", [terraform], async (synth) => {
    await newcomer.inFleet(synth);
    expect(readdirSync(hcl(newcomer.fleet, "podcore-pipeline"))).not.toContain("cdk.tf.json");
  });
  command("terraform -chdir=terraform/stacks/podcore-pipeline fmt", [terraform], async (format) => {
    await newcomer.inFleet(format);
    expect(readFileSync(join(hcl(newcomer.fleet, "podcore-pipeline"), "cdk.tf"), "utf8")).toContain(
      'resource "aws_codebuild_project" "main_project_',
    );
  });

  testWith([terraform], "what it writes plans the same", async () => {
    const { folder } = newcomer.clone;
    for (const file of ["apps.json", "platform.json", "releases.json"]) {
      cpSync(join(ROOT, "examples/fleet", file), join(folder, file));
    }
    const apps = JSON.parse(readFileSync(join(folder, "apps.json"), "utf8"));
    Object.assign(apps.apps[0], { database: "postgres", secrets: ["API_TOKEN"], migrate: ["podcore", "migrate"] });
    writeFileSync(join(folder, "apps.json"), JSON.stringify(apps));
    await newcomer.inClone("npm start");
    const onSandbox = (text: string) => newcomer.inClone(`npm run sandbox -- run -- ${text}`);
    await onSandbox("npx cdktf synth --hcl --output terraform");
    const plan = "terraform init -input=false && terraform plan -input=false -detailed-exitcode";
    const stacks = readdirSync(join(folder, "terraform/stacks"));
    expect(stacks).toHaveLength(14);
    await onSandbox(`bash -c '${stacks.map((id) => `(cd terraform/stacks/${id} && ${plan})`).join(" && ")}'`);
  });
});

test("the README has no other commands, and they stand in this order", () => {
  const commands = commandsOf(readFileSync(join(ROOT, "README.md"), "utf8"));
  for (const one of commands) {
    if (!walked.includes(one)) throw new Error(`README has a command that no test runs: ${one}`);
  }
  expect(walked).toEqual(commands);
});

/** What a command of the AWS CLI answers. */
async function aws(text: string): Promise<Json> {
  return JSON.parse((await newcomer.aws(text, emulator.url)) || "{}");
}

function kube(text: string): Promise<string> {
  return newcomer.outside(text, { KUBECONFIG: newcomer.kubeconfigFor(kubernetes.url) });
}

/** What there is in the sandbox of the fleet. */
async function objects(type: string): Promise<{ id: string; value: Json }[]> {
  return JSON.parse(await newcomer.sandbox(`objects ${type}`));
}

/** Makes an image, as a build would, writes it into releases.json and commits that. */
async function release(): Promise<string> {
  const pin = JSON.parse(await newcomer.sandbox("push podcore"));
  newcomer.edit("releases.json", (releases) => {
    releases.production = { podcore: pin };
  });
  await newcomer.commit("A release");
  return pin.digest;
}

/** The digest of the image that the only app runs in production. */
async function runningImage(): Promise<string | undefined> {
  const [deployment] = await objects("kubernetes_deployment_v1");
  return deployment?.value.spec[0].template[0].spec[0].container[0].image.split("@")[1];
}

/** A stack of the fleet, as it was synthesized last. */
function stack(id: string): Json {
  return JSON.parse(readFileSync(join(newcomer.fleet, "cdktf.out/stacks", id, "cdk.tf.json"), "utf8"));
}

/** The folder of a stack's HCL. */
function hcl(folder: string, id: string): string {
  return join(folder, "terraform/stacks", id);
}
