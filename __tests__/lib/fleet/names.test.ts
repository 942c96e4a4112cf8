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

const PLACE = { accountId: "111122223333", region: "eu-central-1" };

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
  const podcore = namesOf("podcore");
  const { environmentStack, namespace, databaseStack, databaseNamespace, host, processHost, ...others } = podcore;
  const { databaseHost, dumpRole, dumpBucket, variableSecret, ...names } = others;
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
    secret: "podcore",
  });
  expect(environmentStack("staging")).toBe("podcore-staging");
  expect(namespace("staging")).toBe("podcore-staging");
  expect(databaseStack("staging")).toBe("podcore-staging-database");
  expect(databaseNamespace("staging")).toBe("podcore-staging-database");
  expect(databaseHost("staging")).toBe("postgres.podcore-staging-database");
  expect(dumpRole("staging")).toBe("podcore-staging-database");
  expect(dumpBucket("staging", PLACE)).toBe("podcore-staging-db-2dc98");
  expect(variableSecret("staging", "API_TOKEN")).toBe("staging/podcore/API_TOKEN");
  expect(host("example.com")).toBe("podcore.example.com");
  expect(processHost("api", "example.com")).toBe("podcore-api.example.com");
  expect(buildRoleName("podcore")).toBe("podcore-codebuild");
  expect(buildLogGroupName("podcore")).toBe("/aws/codebuild/podcore");
  expect(buildReportGroupName("podcore", "checks")).toBe("podcore-checks");
});

it("names what the platform has for all: a contract, too", () => {
  expect(BUILDER_PROJECT).toBe("drover-builder");
  expect(BUILDER_REPOSITORY).toBe("drover-builder");
  expect(builderBucketName(PLACE)).toBe("drover-builder-111122223333-eu-central-1");
});

it("keeps the longest names within the limits of those who hand them out", () => {
  const longest = namesOf("s".repeat(40));
  expect(longest.namespace("e".repeat(20)).length).toBeLessThanOrEqual(63);
  expect(buildRoleName(longest.pullRequestProject).length).toBeLessThanOrEqual(64);
  expect(longest.compileCacheRole.length).toBeLessThanOrEqual(64);
});

it("keeps the longest names of a database within the limits, where its namespace is", () => {
  const [longest, environment] = [namesOf("s".repeat(40)), "e".repeat(13)];
  expect(longest.databaseNamespace(environment)).toHaveLength(63);
  expect(longest.dumpBucket(environment, PLACE).length).toBeLessThanOrEqual(63);
  expect(longest.dumpRole(environment).length).toBeLessThanOrEqual(64);
});

it("gives each account and region buckets of its own", () => {
  const buckets = [PLACE, { ...PLACE, accountId: "444455556666" }, { ...PLACE, region: "us-east-1" }].map((place) =>
    namesOf("podcore").dumpBucket("production", place),
  );
  expect(new Set(buckets).size).toBe(3);
});

it.each(["a", "ab", "a1", "a-b", "a-1"])("takes %j for a name", (name) => expect(name).toMatch(NAME_PATTERN));
it.each(["", "A", "1a", "-a", "a-", "a--b", "a_b", "a.b", "a\n"])("does not take %j for a name", (name) =>
  expect(NAME_PATTERN.test(name)).toBe(false),
);
