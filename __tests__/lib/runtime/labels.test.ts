import { objectAnnotations, objectLabels, podSelector } from "../../../lib/runtime/labels";

const OWNER = { app: "podcore", environment: "production", repository: "https://github.com/acme/podcore" };

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

it("says whose an object is, where it runs, and who manages it", () => {
  expect(objectLabels(OWNER)).toEqual({
    "app.kubernetes.io/name": "podcore",
    "app.kubernetes.io/managed-by": "drover",
    "drover/environment": "production",
  });
});

it("has labels that Kubernetes takes, for the longest names that there are", () => {
  const labels = objectLabels({ ...OWNER, app: "a".repeat(40), environment: "e".repeat(20) });
  for (const value of Object.values(labels)) expect(value).toMatch(LABEL_VALUE);
});

it("names the repository in an annotation, since a label holds no slash", () => {
  expect(objectAnnotations(OWNER)).toEqual({ "drover/repository": "https://github.com/acme/podcore" });
  expect(OWNER.repository).not.toMatch(LABEL_VALUE);
});

it("chooses pods by app and process alone, since a Deployment's selector never changes", () => {
  expect(podSelector("podcore", "web")).toEqual({
    "app.kubernetes.io/name": "podcore",
    "app.kubernetes.io/component": "web",
  });
});
