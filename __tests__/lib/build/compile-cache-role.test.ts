import { compileCachePolicy, partialTrust } from "../../../lib/build/build-policy";
import { CompileCacheRole } from "../../../lib/build/compile-cache-role";
import { ACCOUNT } from "../../support/iam";
import { address, addresses, resource, synth } from "../../support/synth";

const json = synth(
  (stack) =>
    new CompileCacheRole(stack, "compile-cache", {
      name: "podcore-sccache",
      account: ACCOUNT,
      bucket: "acme-sccache",
      folder: "podcore",
      trusted: "podcore-codebuild",
    }),
);

it("is a role with one policy", () => {
  expect(addresses(json).map((resource) => resource.split(".")[0])).toEqual(["aws_iam_role", "aws_iam_role_policy"]);
});

it("trusts the builds of one project", () => {
  const { name, assume_role_policy } = resource(json, "aws_iam_role");
  expect(name).toBe("podcore-sccache");
  expect(JSON.parse(assume_role_policy)).toEqual(partialTrust(ACCOUNT, "podcore-codebuild"));
});

it("reaches the app's part of the cache, and nothing else", () => {
  const { role, policy } = resource(json, "aws_iam_role_policy");
  expect(role).toBe(`\${${address(json, "aws_iam_role")}.name}`);
  expect(JSON.parse(policy)).toEqual(compileCachePolicy(ACCOUNT, "acme-sccache", "podcore"));
});
