import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { ScheduledJob, type ScheduledJobProps } from "../../../lib/runtime/scheduled-job";
import { address, addresses, type Body, resource, synth, workOf } from "../../support/synth";

const IMAGE = `111122223333.dkr.ecr.eu-central-1.amazonaws.com/podcore@sha256:${"0123456789abcdef".repeat(4)}`;
const PROPS: ScheduledJobProps = {
  app: "podcore",
  environment: "production",
  repository: "https://github.com/acme/podcore",
  namespace: "podcore-production",
  serviceAccount: "podcore",
  image: IMAGE,
  name: "report",
  cron: "0 3 * * *",
};

const make = (props: Partial<ScheduledJobProps> = {}) =>
  synth((stack) => new ScheduledJob(stack, "schedule-report", { ...PROPS, ...props }));
const cronJob = (props?: Partial<ScheduledJobProps>): Body => resource(make(props), "kubernetes_cron_job_v1");

describe("with only what is required", () => {
  it("is a CronJob of its name", () => {
    expect(addresses(make()).map((resource) => resource.split(".")[0])).toEqual(["kubernetes_cron_job_v1"]);
    expect(cronJob().metadata).toMatchObject({ name: "report", namespace: "podcore-production" });
  });

  it("runs at its times, in the time zone that every cluster knows", () => {
    expect(cronJob().spec).toMatchObject({ schedule: "0 3 * * *", timezone: "Etc/UTC" });
  });

  it("runs one at a time, and does not repeat a failure", () => {
    const { concurrency_policy, starting_deadline_seconds, job_template } = cronJob().spec;
    expect(concurrency_policy).toBe("Forbid");
    // Without a deadline, a CronJob that has missed a hundred times never starts again.
    expect(starting_deadline_seconds).toBe(300);
    expect(job_template.spec.backoff_limit).toBe(0);
  });

  it("has pods that no Service of a process chooses, and says whose they are", () => {
    expect(cronJob().spec.job_template.spec.template.metadata.labels).toEqual({
      "app.kubernetes.io/name": "podcore",
      "app.kubernetes.io/component": "report",
      "app.kubernetes.io/managed-by": "drover",
      "drover/environment": "production",
    });
  });

  it("keeps the restricted Pod Security Standard", () => {
    const { spec } = cronJob().spec.job_template.spec.template;
    expect(spec.security_context).toMatchObject({ run_as_non_root: true, seccomp_profile: { type: "RuntimeDefault" } });
    expect(spec.container[0].security_context).toMatchObject({ read_only_root_filesystem: true });
  });
});

it("runs its command in the app's image, with what it needs", () => {
  const { spec } = cronJob({
    command: ["podcore"],
    args: ["report", "--yesterday"],
    env: { RUST_LOG: "info" },
    resources: { cpu: "1", memory: "1Gi", memoryLimit: "2Gi" },
    waitFor: [{ host: "postgres", port: 5432 }],
  }).spec.job_template.spec.template;
  expect(workOf(spec)).toMatchObject({
    name: "report",
    image: IMAGE,
    command: ["podcore"],
    args: ["report", "--yesterday"],
    env: [{ name: "RUST_LOG", value: "info" }],
    resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "2Gi" } },
  });
  expect(spec.init_container).toHaveLength(2);
});

it("timezone: the zone of its times", () => {
  expect(cronJob({ timezone: "Europe/Berlin" }).spec.timezone).toBe("Europe/Berlin");
});

it("deadlineSeconds: a run that never ends is not in the way of all later ones", () => {
  const deadline = (props?: Partial<ScheduledJobProps>) =>
    cronJob(props).spec.job_template.spec.active_deadline_seconds;
  expect(deadline()).toBe(21_600);
  expect(deadline({ deadlineSeconds: 60 })).toBe(60);
});

it("after: waits for what it is told to", () => {
  const json = synth((stack) => {
    const namespace = new NamespaceV1(stack, "namespace", { metadata: { name: "podcore-production" } });
    new ScheduledJob(stack, "schedule-report", { ...PROPS, after: [namespace] });
  });
  expect(resource(json, "kubernetes_cron_job_v1").depends_on).toEqual([address(json, "kubernetes_namespace_v1")]);
});
