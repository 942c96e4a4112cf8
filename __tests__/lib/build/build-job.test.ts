import { BuildJob, type BuildJobProps } from "../../../lib/build/build-job";
import { buildPolicy, buildTrust } from "../../../lib/build/build-policy";
import { ACCOUNT } from "../../support/iam";
import { addresses, resource, synth } from "../../support/synth";

// What it has in common with a BuildProject is tested there.
const make = (props: Partial<BuildJobProps> = {}) =>
  synth(
    (stack) => new BuildJob(stack, "job", { name: "tools", account: ACCOUNT, buildspec: "version: 0.2\n", ...props }),
  );

describe("with only what is required", () => {
  const json = make();

  it("makes a project, a role with one policy, a log group, and the wait between, but no webhook", () => {
    expect(addresses(json).map((resource) => resource.split(".")[0])).toEqual([
      "aws_cloudwatch_log_group",
      "aws_codebuild_project",
      "aws_iam_role",
      "aws_iam_role_policy",
      "terraform_data",
    ]);
  });

  it("reads no source, only its buildspec", () => {
    expect(resource(json, "aws_codebuild_project").source).toEqual({ type: "NO_SOURCE", buildspec: "version: 0.2\n" });
  });

  it("may do what a build's policy says, with neither a connection nor a repository", () => {
    expect(JSON.parse(resource(json, "aws_iam_role_policy").policy)).toEqual(
      buildPolicy({ account: ACCOUNT, logGroup: "/aws/codebuild/tools" }),
    );
    expect(JSON.parse(resource(json, "aws_iam_role").assume_role_policy)).toEqual(buildTrust(ACCOUNT, "tools"));
  });
});

it("description", () => {
  expect(resource(make({ description: "Makes tools" }), "aws_codebuild_project").description).toBe("Makes tools");
});
