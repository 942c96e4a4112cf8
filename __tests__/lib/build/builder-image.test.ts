import { arn } from "../../../lib/build/aws-account";
import { BuilderImage, type BuilderImageProps, makeBuilderCommand } from "../../../lib/build/builder-image";
import { ACCOUNT, allows } from "../../support/iam";
import { resource, resources, synth } from "../../support/synth";

const make = (props: Partial<BuilderImageProps> = {}) =>
  synth((stack) => new BuilderImage(stack, "builder", { account: ACCOUNT, buildspec: "version: 0.2\n", ...props }));

describe("with only what is required", () => {
  const json = make();
  const project = resource(json, "aws_codebuild_project");

  it("keeps images whose tags never change, for as long as they have one", () => {
    const repository = resource(json, "aws_ecr_repository");
    expect(repository).toMatchObject({ name: "drover-builder", image_tag_mutability: "IMMUTABLE" });
    const { rules } = JSON.parse(resource(json, "aws_ecr_lifecycle_policy").policy);
    expect(rules).toEqual([expect.objectContaining({ selection: expect.objectContaining({ tagStatus: "untagged" }) })]);
  });

  it("guards nothing: all of it can be made again", () => {
    expect(resource(json, "aws_ecr_repository").force_delete).toBe(true);
    expect(JSON.stringify(json)).not.toContain("prevent_destroy");
  });

  it("is made by the given buildspec, without a source, in an hour at most", () => {
    expect(project).toMatchObject({ name: "drover-builder", build_timeout: 60 });
    expect(project.source).toEqual({ type: "NO_SOURCE", buildspec: "version: 0.2\n" });
    expect(project.environment).toMatchObject({ compute_type: "BUILD_GENERAL1_2XLARGE", privileged_mode: true });
    expect(resources(json, "aws_codebuild_webhook")).toEqual({});
  });

  it("pushes to its own repository, and to no app's", async () => {
    const policy = JSON.parse(resource(json, "aws_iam_role_policy").policy);
    const push = (name: string) => allows(policy, "ecr:PutImage", arn(ACCOUNT, "ecr", `repository/${name}`));
    expect(await push("drover-builder")).toBe(true);
    for (const other of ["podcore", "podcore-cache", "drover-builder-2"]) expect(await push(other)).toBe(false);
  });

  it("is started by the command that it names", () => {
    expect(makeBuilderCommand("eu-central-1")).toBe(
      `aws codebuild start-build --region eu-central-1 --project-name ${project.name}`,
    );
  });
});

it("size, image and timeoutMinutes", () => {
  const json = make({ size: "large", image: "aws/codebuild/standard:7.0", timeoutMinutes: 90 });
  expect(resource(json, "aws_codebuild_project")).toMatchObject({
    build_timeout: 90,
    environment: { compute_type: "BUILD_GENERAL1_LARGE", image: "aws/codebuild/standard:7.0" },
  });
});

it("buckets", async () => {
  const policy = JSON.parse(resource(make({ buckets: ["acme-builder"] }), "aws_iam_role_policy").policy);
  expect(await allows(policy, "s3:GetObject", "arn:aws:s3:::acme-builder/a.Dockerfile")).toBe(true);
});

it("iamPropagationSeconds", () => {
  expect(resources(make({ iamPropagationSeconds: 0 }), "terraform_data")).toEqual({});
});
