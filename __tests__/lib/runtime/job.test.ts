import { jobSpec } from "../../../lib/runtime/job";
import { podSpec } from "../../../lib/runtime/pod";

const IMAGE = `registry.example.com/podcore@sha256:${"0123456789abcdef".repeat(4)}`;
const POD = podSpec("migrate", {
  image: IMAGE,
  command: ["podcore", "migrate"],
  env: { RUST_LOG: "info" },
  serviceAccount: "podcore",
  waitFor: [{ host: "postgres", port: 5432 }],
});
const PROPS = {
  app: "podcore",
  environment: "production",
  repository: "https://github.com/acme/podcore",
  component: "migrate",
  pod: POD,
  noOperation: ["true"],
  deadlineSeconds: 60,
};
const JOB = jobSpec(PROPS);

it("fails with its first pod that fails, and not with one that is disrupted", () => {
  expect(JOB.backoffLimit).toBe(0);
  expect(JOB.podFailurePolicy).toEqual({
    rule: [{ action: "Ignore", onPodCondition: [{ type: "DisruptionTarget", status: "True" }] }],
  });
  // No other restart policy may have a pod failure policy.
  expect(JOB.template.spec.restartPolicy).toBe("Never");
});

it("retries: allows as many failures", () => {
  expect(jobSpec({ ...PROPS, retries: 2 }).backoffLimit).toBe(2);
});

it("does its work before its last container, which a pod that is deleted never starts", () => {
  const { initContainer, container } = JOB.template.spec;
  expect(initContainer.map(({ name }) => name)).toEqual(["wait--1", "migrate"]);
  expect(initContainer.at(-1)).toEqual(POD.container[0]);
  expect(container).toHaveLength(1);
  expect(container[0]).toMatchObject({ image: IMAGE, command: ["true"] });
  expect(container[0]).not.toHaveProperty("env");
  expect(container[0]?.name).toContain("--");
});

it("shows the log of its work", () => {
  expect(JOB.template.metadata.annotations).toMatchObject({ "kubectl.kubernetes.io/default-container": "migrate" });
});

it("asks Karpenter to leave its node alone", () => {
  expect(JOB.template.metadata.annotations).toMatchObject({ "karpenter.sh/do-not-disrupt": "true" });
});
