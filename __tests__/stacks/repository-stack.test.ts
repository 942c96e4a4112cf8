import { PLATFORM } from "../support/fleet-files";
import { address, resource, resources } from "../support/synth";
import { synthFleet } from "../support/synth-fleet";

const make = (entry: object = {}, platform: object = PLATFORM) =>
  synthFleet({ apps: [{ name: "Podcore", language: "rust", ...entry }], platform }).stack("podcore-repository");

describe("the least entry", () => {
  it("makes a private repository called by the slug", () => {
    expect(resource(make(), "github_repository")).toMatchObject({ name: "podcore", visibility: "private" });
  });

  it("requires the checks of pull requests, and never the image's, which comes after the merge", () => {
    const { required_check } = resource(make(), "github_repository_ruleset").rules.required_status_checks;
    expect(required_check).toEqual([{ context: "drover/checks" }]);
  });

  it("says where to push", () => {
    expect(make().output?.repository?.value).toBe("https://github.com/acme/podcore");
  });
});

it("requires a status that the pull-request project alone reports", () => {
  const fleet = synthFleet();
  const { required_check } = resource(fleet.stack("podcore-repository"), "github_repository_ruleset").rules
    .required_status_checks;
  const projects = Object.values(resources(fleet.stack("podcore-pipeline"), "aws_codebuild_project"));
  const reporting = projects.filter(
    ({ source }) => source.build_status_config.context === required_check[0].context && source.report_build_status,
  );
  expect(reporting.map(({ name }) => name)).toEqual(["podcore-pull-request"]);
});

it("rulesets: false, for plans that have none", () => {
  const json = make({}, { ...PLATFORM, github: { ...PLATFORM.github, rulesets: false } });
  expect(Object.keys(json.resource ?? {})).toEqual(["github_repository"]);
});

it("repository.name", () => {
  const json = make({ repository: { name: "Podcore.rs" } });
  expect(resource(json, "github_repository").name).toBe("Podcore.rs");
  expect(json.output?.repository?.value).toBe("https://github.com/acme/Podcore.rs");
});

it("repository.adopt", () => {
  const json = make({ repository: { name: "Podcore.rs", adopt: true } });
  expect(json.import).toEqual([{ to: address(json, "github_repository"), id: "Podcore.rs" }]);
});
