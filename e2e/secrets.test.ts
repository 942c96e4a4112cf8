import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { foldersOf } from "../sandbox/folders";
import { type Session, startSession } from "../sandbox/run/session";
import { ACCOUNT, type Json, REGION } from "./aws/api";
import { call } from "./aws/calls";
import { type Emulator, startEmulator } from "./aws/emulator";
import { CONNECTION } from "./aws/example";
import { TerraformStack } from "./aws/stack";
import { Fleet } from "./fleet";
import { moto } from "./tools/moto";
import { describeWith } from "./tools/needs";
import { opentofu, tofuPath } from "./tools/opentofu";
import { providerMirror } from "./tools/provider-mirror";
import { terraform } from "./tools/terraform";

const APP = { name: "Alpha", language: "rust", database: "postgres", secrets: ["API_TOKEN"], retiring: true };
const PIN = { tag: "0".repeat(40), digest: `sha256:${"0".repeat(64)}` };
const PLATFORM = {
  github: { owner: "acme", connectionArn: CONNECTION },
  aws: { accountId: ACCOUNT, region: REGION },
  environments: { production: { domain: "example.com", context: "production" } },
};
/** Two values of one secret. */
const [FIRST, SECOND] = ["first-value-of-the-token", "second-value-of-the-token"];

const PROGRAMS = [
  { name: "Terraform", needs: [terraform], find: async () => "terraform" },
  { name: "OpenTofu", needs: [opentofu], find: tofuPath },
];

describe.each(PROGRAMS)("$name", ({ name, needs, find }) => {
  // Kubernetes is the sandbox's; Secrets Manager, S3 and all that keeps values out of files is real, or emulated.
  describeWith([...needs, providerMirror, moto], `secrets with ${name} and the real AWS provider`, () => {
    let emulator: Emulator;
    let fleet: Fleet;
    let cluster: Session;
    let production: TerraformStack;
    let database: TerraformStack;
    const said: string[] = [];

    beforeAll(async () => {
      const program = await find();
      emulator = await startEmulator();
      fleet = new Fleet({ apps: [APP], platform: PLATFORM, releases: { production: { alpha: PIN } } });
      await fleet.synthesize();
      cluster = await startSession(foldersOf(fleet.folder), "a test");
      const attached = Object.entries(JSON.parse(cluster.environment.TF_REATTACH_PROVIDERS ?? "{}"));
      const env = {
        TF_REATTACH_PROVIDERS: JSON.stringify(
          Object.fromEntries(attached.filter(([provider]) => provider.endsWith("/kubernetes"))),
        ),
      };
      production = new TerraformStack(fleet.output, "alpha-production", emulator.url, program, env);
      database = new TerraformStack(fleet.output, "alpha-production-database", emulator.url, program, env);
      await production.prepare();
      await database.prepare();
    }, 45 * 60_000); // building OpenTofu takes a while, once

    afterAll(async () => {
      await cluster?.close();
      emulator?.stop();
      fleet?.remove();
    });

    test("that are missing are all told at once, each with the command that makes it", async () => {
      const { code, output } = await production.tryToApply();
      expect(code).toBe(1);
      expect(output).toContain("npx cdktf deploy alpha-production-database");
      expect(output).toContain(
        `aws secretsmanager create-secret --name production/alpha/API_TOKEN --region ${REGION} --secret-string file:///dev/stdin`,
      );
    });

    test("of a database are made with it, once", async () => {
      said.push(await database.apply());
      const { code, output } = await database.plan();
      expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
      expect(await storedValue("DATABASE_URL")).toMatch(
        /^postgres:\/\/alpha:[A-Za-z0-9]{40}@postgres\.alpha-production-database:5432\/alpha$/,
      );
    });

    test("that have no value are told with the other command", async () => {
      await secrets("CreateSecret", { Name: "production/alpha/API_TOKEN" });
      const { output } = await production.tryToApply();
      expect(output).toContain("put-secret-value --secret-id production/alpha/API_TOKEN");
      expect(output).not.toContain("has no database");
    });

    test("reach the cluster, and change nothing the second time", async () => {
      await secrets("PutSecretValue", { SecretId: "production/alpha/API_TOKEN", SecretString: `${FIRST}\n` });
      said.push(await production.apply());
      const { code, output } = await production.plan();
      expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
    });

    test("that have changed change the Secret's revision and the pods' annotation, and nothing else", async () => {
      await secrets("PutSecretValue", { SecretId: "production/alpha/API_TOKEN", SecretString: SECOND });
      const plan = await production.plannedChanges();
      said.push(plan);
      const changes: Json[] = JSON.parse(plan).resource_changes;
      const changed = changes.filter(({ change }) => change.actions.includes("update")).map(({ type }) => type);
      expect(changed.sort()).toEqual(["kubernetes_deployment_v1", "kubernetes_secret_v1"]);
      const [before, after] = ["before", "after"].map((side) =>
        changes
          .filter(({ type }) => type === "kubernetes_secret_v1")
          .map(({ change }) => change[side].data_wo_revision),
      );
      expect(before).not.toEqual(after);
      said.push(await production.apply());
    });

    test("stand in no file of the project, no state, no plan and no log", async () => {
      const [, password = ""] = /alpha:([^@]+)@/.exec(await storedValue("DATABASE_URL")) ?? [];
      expect(password).toHaveLength(40);
      const texts = [...said, ...files(fleet.folder).map((file) => readFileSync(file, "latin1"))];
      expect(texts.some((text) => text.includes("production/alpha/API_TOKEN"))).toBe(true);
      for (const value of [FIRST, SECOND, password]) {
        expect(texts.filter((text) => text.includes(value)).length).toBe(0);
      }
    });

    test("that are gone keep nobody from destroying what had them", async () => {
      await secrets("DeleteSecret", { SecretId: "production/alpha/API_TOKEN", ForceDeleteWithoutRecovery: true });
      for (const stack of [database, production]) {
        const { code, output } = await stack.destroy();
        expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
      }
    });

    function secrets(operation: string, input: Json): Promise<Json> {
      const token = { ClientRequestToken: crypto.randomUUID() };
      const needsToken = ["CreateSecret", "PutSecretValue"].includes(operation);
      const all = needsToken ? { ...token, ...input } : input;
      return call(emulator.url, "secretsmanager", `secretsmanager.${operation}`, all);
    }

    async function storedValue(variable: string): Promise<string> {
      return (await secrets("GetSecretValue", { SecretId: `production/alpha/${variable}` })).SecretString;
    }
  });
});

/** All files below a folder, those of programs left out. */
function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.includes("/providers/"))
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile());
}
