import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type GithubCall, GithubServer } from "../../e2e/github/server";

/** A call of the real GitHub provider, as it was recorded. */
interface Recorded extends GithubCall {
  readonly body?: Readonly<Record<string, unknown>>;
}

function recorded(step: string): Recorded[] {
  const file = join(__dirname, "../recordings/github-6.9.0", `${step}.requests.jsonl`);
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** Asks the server what the provider has asked, and returns what it answers. Rulesets are numbered by each server. */
function replay(server: GithubServer, calls: readonly Recorded[]): { path: string; status: number }[] {
  let ruleset = "";
  return calls.map(({ method, path, body }) => {
    const answer = server.answer(method, path.replace(/(?<=\/rulesets\/)\d+$/, ruleset), body);
    if (path.endsWith("/rulesets")) ruleset = String((answer.body as { id?: number }).id);
    return { path, status: answer.status };
  });
}

const statuses = (calls: readonly Recorded[]) => calls.map(({ path, status }) => ({ path, status }));

it("answers as it was recorded when a repository is made", () => {
  const server = new GithubServer("acme");
  const calls = recorded("1-create");
  expect(replay(server, calls)).toEqual(statuses(calls));
  expect(server.repository("podcore")).toMatchObject({
    visibility: "private",
    private: true,
    has_wiki: false,
    delete_branch_on_merge: true,
  });
  expect(server.alerts("podcore")).toBe(true);
  expect(server.rulesets("podcore")).toMatchObject([{ name: "default branch", source: "acme/podcore" }]);
});

it("answers as it was recorded when a repository is adopted", () => {
  const server = new GithubServer("acme");
  server.make({ name: "old", visibility: "public", has_issues: false, allow_merge_commit: false });
  const calls = recorded("3-adopt");
  expect(replay(server, calls)).toEqual(statuses(calls));
  expect(server.repository("old")).toMatchObject({
    visibility: "public",
    has_wiki: true,
    allow_merge_commit: false,
    delete_branch_on_merge: true,
  });
});

describe("what was not recorded", () => {
  let server: GithubServer;
  beforeEach(() => {
    server = new GithubServer("acme");
    server.make({ name: "podcore", private: true });
  });

  it.each<[string, string, string, object, number, string | undefined]>([
    ["an unknown repository", "GET", "/repos/acme/shop", {}, 404, "Not Found"],
    ["another owner's repository", "GET", "/repos/other/podcore", {}, 404, "Not Found"],
    ["a name that is taken", "POST", "/orgs/acme/repos", { name: "Podcore" }, 422, "Repository creation failed."],
    ["no name", "POST", "/orgs/acme/repos", {}, 422, "Repository creation failed."],
    ["a ruleset that is not there", "GET", "/repos/acme/podcore/rulesets/9", {}, 404, "Not Found"],
  ])("%s", (_, method, path, body, status, message) => {
    expect(server.answer(method, path, { ...body })).toMatchObject({ status, body: { message } });
  });

  it("leads from a former name to the repository", () => {
    server.answer("PATCH", "/repos/acme/podcore", { name: "core" });
    const { id } = server.repository("core")!;
    expect(server.answer("GET", "/repos/acme/podcore")).toMatchObject({ status: 301, location: `/repositories/${id}` });
    expect(server.answer("GET", `/repositories/${id}`)).toMatchObject({ status: 200, body: { name: "core" } });
    server.make({ name: "podcore" });
    expect(server.answer("GET", "/repos/acme/podcore")).toMatchObject({ status: 200 });
  });

  it("says visibility in two ways", () => {
    server.change("podcore", { visibility: "public" });
    expect(server.repository("podcore")).toMatchObject({ private: false, visibility: "public" });
    server.change("podcore", { private: true });
    expect(server.repository("podcore")).toMatchObject({ private: true, visibility: "private" });
  });

  it("lets nobody change an archived repository", () => {
    server.answer("PATCH", "/repos/acme/podcore", { archived: true });
    expect(server.answer("PATCH", "/repos/acme/podcore", { has_wiki: false })).toMatchObject({ status: 403 });
    expect(server.answer("GET", "/repos/acme/podcore")).toMatchObject({ status: 200, body: { archived: true } });
  });

  it("has no rulesets for private repositories on a free plan", () => {
    const free = new GithubServer("acme", false);
    free.make({ name: "podcore", private: true });
    const message = "Upgrade to GitHub Pro or make this repository public to enable this feature.";
    expect(free.answer("POST", "/repos/acme/podcore/rulesets", {})).toMatchObject({ status: 403, body: { message } });
    free.change("podcore", { private: false });
    expect(free.answer("POST", "/repos/acme/podcore/rulesets", {})).toMatchObject({ status: 201 });
  });

  it("says that nothing has changed to whoever knows it", async () => {
    await server.start();
    const url = `${server.url}/api/v3/repos/acme/podcore`;
    const etag = (await fetch(url)).headers.get("etag") ?? "";
    expect((await fetch(url, { headers: { "if-none-match": etag } })).status).toBe(304);
    server.change("podcore", { has_wiki: false });
    expect((await fetch(url, { headers: { "if-none-match": etag } })).status).toBe(200);
    server.stop();
  });
});
