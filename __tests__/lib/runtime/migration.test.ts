import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { Migration, type MigrationProps } from "../../../lib/runtime/migration";
import { address, addresses, type Body, resource, synth, workOf } from "../../support/synth";

const IMAGE = `111122223333.dkr.ecr.eu-central-1.amazonaws.com/podcore@sha256:${"0123456789abcdef".repeat(4)}`;
const PROPS: MigrationProps = {
  app: "podcore",
  environment: "production",
  repository: "https://github.com/acme/podcore",
  namespace: "podcore-production",
  serviceAccount: "podcore",
  image: IMAGE,
};

const make = (props: Partial<MigrationProps> = {}) =>
  synth((stack) => new Migration(stack, "migration", { ...PROPS, ...props }));
const job = (props?: Partial<MigrationProps>): Body => resource(make(props), "kubernetes_job_v1");

describe("with only what is required", () => {
  it("is a Job", () => {
    expect(addresses(make()).map((resource) => resource.split(".")[0])).toEqual(["kubernetes_job_v1"]);
  });

  it("is waited for, and fails at once, and before Terraform gives up", () => {
    const { wait_for_completion, spec, timeouts } = job();
    expect(wait_for_completion).toBe(true);
    expect(spec.backoff_limit).toBe(0);
    expect(spec.template.spec.restart_policy).toBe("Never");
    for (const kind of ["create", "update"]) {
      expect(Number(timeouts[kind].replace("m", "")) * 60).toBeGreaterThan(spec.active_deadline_seconds);
    }
  });

  it("is kept when it has ended: a Job that has vanished counts as one that succeeded", () => {
    expect(job().spec).not.toHaveProperty("ttl_seconds_after_finished");
  });

  it("has pods that no Service of a process chooses", () => {
    expect(job().spec.template.metadata.labels).toEqual({
      "app.kubernetes.io/name": "podcore",
      "app.kubernetes.io/component": "migrate",
      "app.kubernetes.io/managed-by": "drover",
      "drover/environment": "production",
    });
  });

  it("says whose it is", () => {
    expect(job().metadata).toMatchObject({
      namespace: "podcore-production",
      labels: { "app.kubernetes.io/name": "podcore", "app.kubernetes.io/component": "migrate" },
      annotations: { "drover/repository": "https://github.com/acme/podcore" },
    });
  });

  it("keeps the restricted Pod Security Standard", () => {
    const { spec } = job().spec.template;
    expect(spec.security_context).toMatchObject({ run_as_non_root: true, seccomp_profile: { type: "RuntimeDefault" } });
    expect(spec.container[0].security_context).toMatchObject({ read_only_root_filesystem: true });
    expect(spec.automount_service_account_token).toBe(false);
  });
});

describe("its name", () => {
  const name = (props?: Partial<MigrationProps>): string => job(props).metadata.name;

  it("is the same for the same, wherever it is made", () => {
    expect(name()).toMatch(/^migrate-[0-9a-f]{10}$/);
    expect(name({ command: ["podcore", "migrate"] })).toBe(name({ command: ["podcore", "migrate"] }));
    expect(name({ env: { A: "1", B: "2" } })).toBe(name({ env: { B: "2", A: "1" } }));
  });

  it.each<[string, Partial<MigrationProps>]>([
    ["image", { image: IMAGE.replace("0123", "3210") }],
    ["command", { command: ["podcore", "migrate"] }],
    ["args", { args: ["migrate"] }],
    ["env", { env: { RUST_LOG: "debug" } }],
    ["secret", { secret: { name: "podcore", variables: ["DATABASE_URL"] } }],
  ])("is another for another %s: that is another migration", (_, props) => expect(name(props)).not.toBe(name()));

  it.each<[string, Partial<MigrationProps>]>([
    ["resources", { resources: { cpu: "1", memory: "1Gi", memoryLimit: "2Gi" } }],
    ["waitFor", { waitFor: [{ host: "postgres", port: 5432 }] }],
    ["deadlineSeconds", { deadlineSeconds: 60 }],
    ["serviceAccount", { serviceAccount: "other" }],
  ])("stays with another %s, of which a Job that is done takes no notice", (_, props) => {
    expect(name(props)).toBe(name());
    expect(job(props).lifecycle).toEqual({ ignore_changes: ["spec", "timeouts"] });
  });

  it("stays when the values of its Secret change: what has migrated does so once", () => {
    const secret = { name: "podcore", variables: ["DATABASE_URL"] };
    expect(name({ secret: { ...secret, revision: "2" } })).toBe(name({ secret }));
    expect(name({ secret: { ...secret, name: "other" } })).toBe(name({ secret }));
  });

  it("can't be made of what is not known yet", () => {
    expect(() =>
      synth((stack) => {
        const namespace = new NamespaceV1(stack, "namespace", { metadata: { name: "podcore-production" } });
        new Migration(stack, "migration", { ...PROPS, env: { NAMESPACE: namespace.metadata.name } });
      }),
    ).toThrow("write out what they refer to");
  });
});

it("runs the command of the release's image, with its variables, after what it waits for", () => {
  const { spec } = job({
    command: ["podcore"],
    args: ["migrate"],
    env: { RUST_LOG: "info" },
    secret: { name: "podcore", variables: ["DATABASE_URL"] },
    waitFor: [{ host: "postgres.podcore-production-database", port: 5432 }],
  }).spec.template;
  expect(workOf(spec)).toMatchObject({
    name: "migrate",
    image: IMAGE,
    command: ["podcore"],
    args: ["migrate"],
    env: [
      {
        name: "DATABASE_URL",
        value_from: { secret_key_ref: { name: "podcore", key: "DATABASE_URL", optional: false } },
      },
      { name: "RUST_LOG", value: "info" },
    ],
  });
  expect(spec.init_container[0].command.slice(1, 4)).toEqual(["wait", "postgres.podcore-production-database", "5432"]);
});

it("deadlineSeconds: has failed after as long", () => {
  const { spec, timeouts } = job({ deadlineSeconds: 7200 });
  expect(spec.active_deadline_seconds).toBe(7200);
  expect(timeouts.create).toBe("125m");
});

it("after: waits for what it is told to", () => {
  const json = synth((stack) => {
    const namespace = new NamespaceV1(stack, "namespace", { metadata: { name: "podcore-production" } });
    new Migration(stack, "migration", { ...PROPS, after: [namespace] });
  });
  expect(resource(json, "kubernetes_job_v1").depends_on).toEqual([address(json, "kubernetes_namespace_v1")]);
});
