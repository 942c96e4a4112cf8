import {
  BUILDER_PROJECT,
  BUILDER_REPOSITORY,
  builderBucketName,
  buildLogGroupName,
  buildReportGroupName,
  buildRoleName,
  NAME_PATTERN,
  namesOf,
  slugOf,
} from "../../../lib/fleet/names";

describe("slugOf", () => {
  it.each([
    ["Podcore", "podcore"],
    ["Variables Service", "variables-service"],
    ["  feed/parser_2 ", "feed-parser-2"],
    ["Ça va", "a-va"],
    ["---", ""],
  ])("makes of %j %j", (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });
});

it("derives every name from the slug: a contract with state, clusters and accounts", () => {
  const { environmentStack, namespace, databaseStack, databaseNamespace, host, processHost, ...names } =
    namesOf("podcore");
  expect(names).toEqual({
    repositoryStack: "podcore-repository",
    repository: "podcore",
    pipelineStack: "podcore-pipeline",
    imageRepository: "podcore",
    cacheRepository: "podcore-cache",
    mainProject: "podcore",
    pullRequestProject: "podcore-pull-request",
    compileCacheRole: "podcore-sccache",
    serviceAccount: "podcore",
  });
  expect(environmentStack("staging")).toBe("podcore-staging");
  expect(namespace("staging")).toBe("podcore-staging");
  expect(databaseStack("staging")).toBe("podcore-staging-database");
  expect(databaseNamespace("staging")).toBe("podcore-staging-database");
  expect(host("example.com")).toBe("podcore.example.com");
  expect(processHost("api", "example.com")).toBe("podcore-api.example.com");
  expect(buildRoleName("podcore")).toBe("podcore-codebuild");
  expect(buildLogGroupName("podcore")).toBe("/aws/codebuild/podcore");
  expect(buildReportGroupName("podcore", "checks")).toBe("podcore-checks");
});

it("names what the platform has for all: a contract, too", () => {
  expect(BUILDER_PROJECT).toBe("drover-builder");
  expect(BUILDER_REPOSITORY).toBe("drover-builder");
  expect(builderBucketName({ accountId: "111122223333", region: "eu-central-1" })).toBe(
    "drover-builder-111122223333-eu-central-1",
  );
});

it("keeps the longest names within the limits of those who hand them out", () => {
  const longest = namesOf("s".repeat(40));
  expect(longest.namespace("e".repeat(20)).length).toBeLessThanOrEqual(63);
  expect(buildRoleName(longest.pullRequestProject).length).toBeLessThanOrEqual(64);
  expect(longest.compileCacheRole.length).toBeLessThanOrEqual(64);
});

it.each(["a", "ab", "a1", "a-b", "a-1"])("takes %j for a name", (name) => expect(name).toMatch(NAME_PATTERN));
it.each(["", "A", "1a", "-a", "a-", "a--b", "a_b", "a.b", "a\n"])("does not take %j for a name", (name) =>
  expect(NAME_PATTERN.test(name)).toBe(false),
);
