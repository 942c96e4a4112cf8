import { databaseImage } from "../../lib/build/postgres/database-image";
import { PIN, PLATFORM } from "../support/fleet-files";
import { allows } from "../support/iam";
import { addresses, type Body, resource, resources, type StackJson, workOf } from "../support/synth";
import { synthFleet } from "../support/synth-fleet";

const fleet = (entry: object = {}, platform: object = {}) =>
  synthFleet({
    apps: [{ name: "Podcore", language: "rust", database: "postgres", ...entry }],
    platform: { ...PLATFORM, ...platform },
    releases: { production: { podcore: PIN } },
  });
const make = (entry?: object, platform?: object) => fleet(entry, platform).stack("podcore-production-database");
const REGISTRY = "111122223333.dkr.ecr.eu-central-1.amazonaws.com";

describe("an app with a database", () => {
  const all = fleet();
  const json = all.stack("podcore-production-database");

  it("has one in each environment, in a stack of its own", () => {
    expect(Object.keys(all.texts).filter((id) => id.endsWith("-database"))).toEqual([
      "podcore-production-database",
      "podcore-staging-database",
    ]);
    expect(Object.keys(synthFleet().texts).filter((id) => id.endsWith("-database"))).toEqual([]);
  });

  it("has it in a namespace of the stack's name, under the restricted standard", () => {
    const { metadata } = resource(json, "kubernetes_namespace_v1");
    expect(metadata.name).toBe("podcore-production-database");
    expect(metadata.labels["pod-security.kubernetes.io/enforce"]).toBe("restricted");
    const namespaces = Object.entries(json.resource ?? {})
      .filter(([type]) => type.startsWith("kubernetes_") && type !== "kubernetes_namespace_v1")
      .flatMap(([, named]) => Object.values(named).map(({ metadata }) => metadata.namespace));
    expect(new Set(namespaces)).toEqual(new Set(["podcore-production-database"]));
  });

  it("is not taken for an app by the policies of the apps", () => {
    const { labels } = resource(json, "kubernetes_namespace_v1").metadata;
    const app = all.stack("podcore-production");
    const chosen = (policy: Body) => policy.spec.egress[0].to[0].namespace_selector.match_expressions;
    const [policy] = Object.values(resources(app, "kubernetes_network_policy_v1")).filter(
      ({ metadata }) => metadata.name === "default",
    );
    expect(chosen(policy!)).toEqual([{ key: "app.kubernetes.io/component", operator: "DoesNotExist" }]);
    expect(labels["app.kubernetes.io/component"]).toBe("database");
    const own = resource(app, "kubernetes_namespace_v1").metadata.labels;
    expect(own).not.toHaveProperty(["app.kubernetes.io/component"]);
  });

  it("comes back from a pod that was never ready", () => {
    expect(resource(json, "kubernetes_stateful_set_v1").spec.pod_management_policy).toBe("Parallel");
  });

  it("runs the platform's image of databases, which stack platform says how to make", () => {
    const image = databaseImage(`${REGISTRY}/drover-builder`, { postgres: 17, renewed: "2026-11-01" });
    const { container } = resource(json, "kubernetes_stateful_set_v1").spec.template.spec;
    expect(container[0].image).toBe(image);
    expect(resource(all.stack("platform"), "aws_codebuild_project").source.buildspec).toContain(
      `name=${image},push=true`,
    );
  });

  it("has the space and the memory that its entry says", () => {
    const roomy = make({ database: { engine: "postgres", volume: "20Gi", resources: { memory: "2Gi" } } });
    const { resources: claimed } = resource(roomy, "kubernetes_persistent_volume_claim_v1").spec;
    expect(claimed.requests).toEqual({ storage: "20Gi" });
    const { container } = resource(roomy, "kubernetes_stateful_set_v1").spec.template.spec;
    expect(container[0].resources.limits).toEqual({ memory: "2Gi" });
    expect(resource(json, "kubernetes_persistent_volume_claim_v1").spec.resources.requests.storage).toBe("1Gi");
  });

  it("has the space and the memory that its entry says for the environment", () => {
    const database = { engine: "postgres", volume: { production: "20Gi" }, resources: { staging: { memory: "2Gi" } } };
    const roomy = make({ database });
    const { container } = resource(roomy, "kubernetes_stateful_set_v1").spec.template.spec;
    expect(resource(roomy, "kubernetes_persistent_volume_claim_v1").spec.resources.requests.storage).toBe("20Gi");
    expect(container[0].resources).toEqual({ requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "512Mi" } });
  });

  it("finds its address under the app's name, and waits for the very host", () => {
    expect(resource(json, "aws_secretsmanager_secret").name).toBe("production/podcore/DATABASE_URL");
    const { secret_string_wo } = resource(json, "aws_secretsmanager_secret_version");
    const { name } = resource(json, "kubernetes_service_v1").metadata;
    expect(secret_string_wo).toContain(`@${name}.podcore-production-database:5432/podcore`);
  });

  it("lets in the app's namespace", () => {
    const policies = Object.values(resources(json, "kubernetes_network_policy_v1"));
    const server = policies.find(({ metadata }) => metadata.name === "postgres");
    expect(server?.spec.ingress[0].from[0].namespace_selector.match_labels).toEqual({
      "kubernetes.io/metadata.name": resource(all.stack("podcore-production"), "kubernetes_namespace_v1").metadata.name,
    });
  });

  it("dumps into the bucket that the stack makes, with a role of the cluster's pods", async () => {
    const { bucket } = resource(json, "aws_s3_bucket");
    const policy = JSON.parse(resource(json, "aws_iam_role_policy").policy);
    expect(await allows(policy, "s3:PutObject", `arn:aws:s3:::${bucket}/podcore.dump`)).toBe(true);
    const association = resource(json, "aws_eks_pod_identity_association");
    for (const { spec } of Object.values(resources(json, "kubernetes_cron_job_v1"))) {
      const pod: Body = spec.job_template.spec.template.spec;
      expect(pod.service_account_name).toBe(association.service_account);
      expect(workOf(pod).env).toContainEqual({ name: "DUMP_BUCKET", value: bucket });
    }
    expect(association).toMatchObject({ cluster_name: "production", namespace: "podcore-production-database" });
  });

  it("guards all that is precious", () => {
    expect(guarded(json)).toEqual([
      "aws_s3_bucket",
      "aws_secretsmanager_secret",
      "kubernetes_namespace_v1",
      "kubernetes_persistent_volume_claim_v1",
    ]);
  });

  it("keeps the major version that it was made with, and says how to have another", () => {
    const [{ condition, error_message }] = resource(json, "terraform_data").lifecycle.postcondition;
    expect(condition).toBe('${self.output == "17"}');
    expect(error_message).toMatch(/^PostgreSQL \$\{self\.output\} wrote the data of this database, and PostgreSQL 17,/);
    expect(error_message).toContain("dump the database");
    expect(error_message).toContain("restore the dump");
    expect(error_message).toContain(
      "cdktf.out/stacks/podcore-production-database:\n  terraform apply -replace=terraform_data.version",
    );
    expect(addresses(json)).toContain("terraform_data.version");
  });

  it("says how it is opened, dumped and restored", () => {
    const jobs = Object.values(resources(json, "kubernetes_cron_job_v1")).map(({ metadata }) => metadata.name);
    const value = (id: string) => json.output?.[id]?.value;
    const kubectl =
      "kubectl --context arn:aws:eks:eu-central-1:111122223333:cluster/production --namespace podcore-production-database";
    expect(value("psql")).toBe(`${kubectl} exec --stdin --tty statefulset/postgres -- psql`);
    for (const job of jobs) expect(value(job)).toBe(`${kubectl} create job ${job}-now --from=cronjob/${job}`);
    const { bucket } = resource(json, "aws_s3_bucket");
    expect(value("dump-versions")).toContain(
      `aws s3api list-object-versions --bucket ${bucket} --region eu-central-1 `,
    );
  });

  it("waits for nothing, and nothing waits for it", () => {
    for (const [id, { dependencies }] of Object.entries(all.manifest)) {
      if (id.endsWith("-database")) expect(dependencies).toEqual([]);
      expect(dependencies.filter((other) => other.endsWith("-database"))).toEqual([]);
    }
  });
});

it("retiring lifts the guards, and lets the dumps go with their bucket", () => {
  const json = make({ retiring: true });
  expect(guarded(json)).toEqual([]);
  expect(resource(json, "aws_s3_bucket").force_destroy).toBe(true);
});

it("environments", () => {
  const ids = Object.keys(fleet({ environments: ["production"] }).texts);
  expect(ids.filter((id) => id.endsWith("-database"))).toEqual(["podcore-production-database"]);
});

it("database.postgres: the major version", () => {
  const json = make({}, { database: { postgres: 16 } });
  expect(resource(json, "terraform_data").input).toBe("16");
  expect(JSON.stringify(resource(json, "kubernetes_stateful_set_v1"))).toContain("/drover-builder:postgres-16-");
});

it("builder.renewed", () => {
  const image = (json: StackJson) => resource(json, "kubernetes_stateful_set_v1").spec.template.spec.container[0].image;
  expect(image(make({}, { builder: { renewed: "2026-12-01" } }))).not.toBe(image(make()));
});

describe("the environment's", () => {
  const production = (more: object) => ({
    environments: { ...PLATFORM.environments, production: { ...PLATFORM.environments.production, ...more } },
  });

  it("storageClass", () => {
    const { spec } = resource(make({}, production({ storageClass: "gp3" })), "kubernetes_persistent_volume_claim_v1");
    expect(spec.storage_class_name).toBe("gp3");
  });

  it("egress and privateRanges: dumps may connect to the ones, and not to the others", () => {
    const more = { egress: [{ cidr: "10.0.0.0/16", ports: [443] }], privateRanges: ["2600:1f14:b20::/56"] };
    const policies = Object.values(resources(make({}, production(more)), "kubernetes_network_policy_v1"));
    const dump = JSON.stringify(policies.find(({ metadata }) => metadata.name === "dump"));
    for (const range of ["10.0.0.0/16", "2600:1f14:b20::/56"]) expect(dump).toContain(`"${range}"`);
  });

  it("cluster, where its context has another name", () => {
    const json = make({}, production({ context: "work", cluster: "main" }));
    expect(resource(json, "aws_eks_pod_identity_association").cluster_name).toBe("main");
    expect(resource(json, "aws_iam_role").assume_role_policy).toContain(
      "arn:aws:eks:eu-central-1:111122223333:cluster/main",
    );
  });

  it("context alone, of a cluster that is not of EKS: dumps get no role there", () => {
    const json = make({}, production({ context: "work" }));
    expect(addresses(json).filter((address) => /iam|eks/.test(address))).toEqual([]);
    expect(Object.keys(resources(json, "kubernetes_cron_job_v1"))).toHaveLength(2);
  });
});

it("another partition", () => {
  const platform = {
    aws: { accountId: "111122223333", region: "us-gov-west-1" },
    github: { ...PLATFORM.github, connectionArn: PLATFORM.github.connectionArn.replace("arn:aws:", "arn:aws-us-gov:") },
  };
  expect(JSON.stringify(make({}, platform))).not.toContain("arn:aws:");
});

function guarded(json: StackJson): string[] {
  return Object.entries(json.resource ?? {})
    .filter(([, named]) => Object.values(named).some(({ lifecycle }) => lifecycle?.prevent_destroy))
    .map(([type]) => type)
    .sort();
}
