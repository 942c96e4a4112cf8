import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { FleetError, type FleetIssue } from "../../../lib/fleet/error";
import { loadFleet } from "../../../lib/fleet/load";
import { printProviderLock } from "../../../lib/fleet/provider-lock";
import { type FleetFiles, PLATFORM, providerLock, withFleet } from "../../support/fleet-files";

const load = (files: FleetFiles, options: { providerLock?: boolean } = {}) =>
  withFleet(files, (directory) => loadFleet({ directory, platform: "platform.json", ...options }));

function issuesOf(files: FleetFiles): readonly FleetIssue[] {
  try {
    load(files);
    return [];
  } catch (error) {
    if (error instanceof FleetError) return error.issues;
    throw error;
  }
}

it("is not needed", () => {
  expect(Object.values(load({}).platform.providers).map(({ locked }) => locked)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it("says which version of each provider is used, and what its packages hash to", () => {
  const { aws, github, kubernetes } = load({ providerLock: providerLock() }).platform.providers;
  expect(aws.locked).toEqual({ version: "6.50.0", hashes: ["h1:hashicorpaws=", "zh:0123456789abcdef"] });
  expect([github.locked?.version, kubernetes.locked?.version]).toEqual(["6.9.0", "3.2.1"]);
});

it("may have another system's line ends", () => {
  const text = providerLock().replaceAll("\n", "\r\n");
  expect(load({ providerLock: text }).platform.providers.aws.locked?.version).toBe("6.50.0");
});

it("is refused where a version is not among those that are asked for, with the command that renews it", () => {
  const platform = { ...PLATFORM, providers: { kubernetes: "3.2.9", aws: ">= 6.9.0, < 6.50.0" } };
  expect(issuesOf({ platform, providerLock: providerLock() })).toEqual([
    {
      file: ".terraform.lock.hcl",
      line: 4,
      field: "registry.terraform.io/hashicorp/aws",
      value: "6.50.0",
      rule: 'must satisfy ">= 6.9.0, < 6.50.0", which the stacks ask for',
      fix: "run `npm run lock` and commit the file",
    },
    expect.objectContaining({ line: 13, value: "3.2.1", rule: 'must satisfy "3.2.9", which the stacks ask for' }),
  ]);
});

it.each([
  ["6.39.9", false],
  ["6.40.0", true],
  ["6.100.0", true],
  ["7.0.0", false],
  ["7.0.0-beta1", false],
])("holds a version of the AWS provider against the bounds: %s", (aws, isWithin) => {
  expect(issuesOf({ providerLock: providerLock({ aws }) })).toHaveLength(isWithin ? 0 : 1);
});

it.each([
  ["a provider is missing", (text: string) => text.replaceAll("hashicorp/kubernetes", "hashicorp/helm"), /is missing/],
  ["a provider has no hashes", (text: string) => text.replaceAll(/ {4}"(h1:hashicorpk|zh:).*\n/g, ""), /has no hashes/],
])("is refused where %s", (_, change, rule) => {
  const [issue] = issuesOf({ providerLock: change(providerLock()) });
  expect(issue).toMatchObject({
    field: "registry.terraform.io/hashicorp/kubernetes",
    rule: expect.stringMatching(rule),
    fix: "run `npm run lock` and commit the file",
  });
});

it("is refused together with all else that is wrong", () => {
  const files = { providerLock: providerLock({ aws: "5.100.0" }), apps: [{ name: "Podcore", language: "go" }] };
  expect(issuesOf(files).map(({ file }) => file)).toEqual(["apps.json", ".terraform.lock.hcl"]);
});

it("is refused where it can't be read", () => {
  withFleet({}, (directory) => {
    mkdirSync(join(directory, ".terraform.lock.hcl"));
    expect(() => loadFleet({ directory })).toThrow("the file can't be read (EISDIR)");
  });
});

it("is left alone by what deploys nothing", () => {
  const { providers } = load({ providerLock: providerLock({ aws: "5.100.0" }) }, { providerLock: false }).platform;
  expect(providers.aws.locked).toBeUndefined();
});

describe("its text", () => {
  it("is what Terraform writes, with the constraints of the stack", () => {
    const { aws } = load({ providerLock: providerLock() }).platform.providers;
    expect(printProviderLock([aws])).toBe(`# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/hashicorp/aws" {
  version     = "6.50.0"
  constraints = ">= 6.40.0, < 7.0.0"
  hashes = [
    "h1:hashicorpaws=",
    "zh:0123456789abcdef",
  ]
}
`);
  });

  it("is nothing where nothing is locked", () => {
    expect(printProviderLock(Object.values(load({}).platform.providers))).toBeUndefined();
  });
});
