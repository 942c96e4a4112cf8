import { ImageRegistry, type ImageRegistryProps } from "../../../lib/build/image-registry";
import { address, type Body, resource, type StackJson, synth } from "../../support/synth";

const make = (props: Partial<ImageRegistryProps> = {}) =>
  synth((stack) => new ImageRegistry(stack, "registry", { name: "podcore", cacheName: "podcore-cache", ...props }));
const images = (json: StackJson) => resource(json, "aws_ecr_repository", { name: "podcore" });
const cache = (json: StackJson) => resource(json, "aws_ecr_repository", { name: "podcore-cache" });

/** The rules by which a repository deletes images. */
function rules(json: StackJson, name: string): Body[] {
  const repository = `\${${address(json, "aws_ecr_repository", { name })}.name}`;
  return JSON.parse(resource(json, "aws_ecr_lifecycle_policy", { repository }).policy).rules;
}

/** Days after which images of a kind are deleted. */
function expiry(json: StackJson, name: string, tagStatus: string): number | undefined {
  const rule = rules(json, name).find(({ selection }) => selection.tagStatus === tagStatus);
  if (rule) expect(rule).toMatchObject({ selection: { countType: "sinceImagePushed", countUnit: "days" } });
  return rule?.selection.countNumber;
}

describe("with only what is required", () => {
  const json = make();

  it("keeps images whose tags never change, and scans them", () => {
    expect(images(json)).toMatchObject({
      image_tag_mutability: "IMMUTABLE",
      image_scanning_configuration: { scan_on_push: true },
    });
  });

  it("never destroys images", () => {
    expect(images(json)).toMatchObject({ force_delete: false, lifecycle: { prevent_destroy: true } });
  });

  it("deletes images without a tag after 14 days", () => {
    expect(expiry(json, "podcore", "untagged")).toBe(14);
  });

  it("has no rule that could ever choose an image with a tag", () => {
    expect(rules(json, "podcore").map(({ selection }) => selection.tagStatus)).toEqual(["untagged"]);
  });

  it("keeps the cache apart, where tags move", () => {
    expect(cache(json)).toMatchObject({ image_tag_mutability: "MUTABLE" });
  });

  it("lets the cache go: what was replaced after a day, what nobody writes after 30", () => {
    expect(expiry(json, "podcore-cache", "untagged")).toBe(1);
    expect(expiry(json, "podcore-cache", "any")).toBe(30);
    expect(cache(json)).toMatchObject({ force_delete: true });
    expect(cache(json).lifecycle?.prevent_destroy).toBeFalsy();
  });

  it.each(["podcore", "podcore-cache"])("has rules for %s that ECR accepts", (name) => {
    const own = rules(json, name);
    expect(own.every(({ action }) => action.type === "expire")).toBe(true);
    const priorities = own.map(({ rulePriority }) => rulePriority);
    expect(new Set(priorities).size).toBe(own.length);
    // ECR wants the rule for everything to be the last one.
    const last = own.toSorted((a, b) => a.rulePriority - b.rulePriority).at(-1);
    if (own.some(({ selection }) => selection.tagStatus === "any")) expect(last?.selection.tagStatus).toBe("any");
  });
});

it("untaggedDays", () => {
  const json = make({ untaggedDays: 3 });
  expect(expiry(json, "podcore", "untagged")).toBe(3);
  expect(expiry(json, "podcore-cache", "untagged")).toBe(1);
});

it("cacheDays", () => {
  const json = make({ cacheDays: 7 });
  expect(expiry(json, "podcore-cache", "any")).toBe(7);
  expect(rules(json, "podcore")).toEqual(rules(make(), "podcore"));
});

it("preventDestroy: false lifts the guard, and lets images go with their repository", () => {
  const json = make({ preventDestroy: false });
  expect(images(json)).toEqual({ ...images(make()), force_delete: true, lifecycle: { prevent_destroy: false } });
  expect(cache(json)).toEqual(cache(make()));
});
