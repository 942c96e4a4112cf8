import { PLATFORM } from "../__tests__/support/fleet-files";
import { TerraformStack } from "./aws/stack";
import { Fleet } from "./fleet";
import { GithubServer } from "./github/server";
import { describeWith } from "./tools/needs";
import { githubProvider } from "./tools/provider-mirror";
import { terraform } from "./tools/terraform";

const NEW = { name: "Podcore", language: "rust" };
const OLD = { name: "Old", language: "rust", repository: { adopt: true } };

/** What somebody has decided about a repository before it is adopted. */
const DECIDED = {
  visibility: "public",
  description: "What was there before",
  has_wiki: true,
  allow_merge_commit: false,
  allow_squash_merge: true,
  squash_merge_commit_title: "PR_TITLE",
  delete_branch_on_merge: false,
};

describeWith([terraform, githubProvider], "the stack of a repository, with the real GitHub provider", () => {
  const github = new GithubServer("acme");
  const fleet = new Fleet({ apps: [NEW, OLD], platform: PLATFORM });

  beforeAll(async () => {
    await github.start();
    github.make({ name: "old", ...DECIDED });
  });

  afterAll(() => {
    github.stop();
    fleet.remove();
  });

  test("makes a private repository with a protected default branch", async () => {
    await apply("podcore");
    expect(github.repository("podcore")).toMatchObject({
      visibility: "private",
      private: true,
      delete_branch_on_merge: true,
      has_issues: true,
      archived: false,
    });
    expect(github.alerts("podcore")).toBe(true);
    expect(github.rulesets("podcore")).toEqual([
      expect.objectContaining({
        name: "default branch",
        enforcement: "active",
        conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
      }),
    ]);
    await expectNothingToChange("podcore");
  });

  test("adopts a repository, and leaves what was decided about it alone", async () => {
    await apply("old");
    const { delete_branch_on_merge: _, ...others } = DECIDED;
    expect(github.repository("old")).toMatchObject({ ...others, delete_branch_on_merge: true });
    expect(github.alerts("old")).toBe(true);
    expect(github.rulesets("old")).toHaveLength(1);
    await expectNothingToChange("old");
  });

  test("fails where a repository of the name exists, and changes nothing of it", async () => {
    fleet.write({ apps: [NEW, { ...NEW, name: "Taken" }] });
    github.make({ name: "taken", visibility: "public", description: "of somebody else" });
    const before = github.repository("taken");
    const stack = await prepared("taken");
    const { code, output } = await stack.tryToApply();
    expect(code).toBe(1);
    expect(output).toContain("name already exists on this account");
    expect(github.repository("taken")).toEqual(before);
  });

  test("renames the repository in place, and keeps it protected", async () => {
    const { id } = github.repository("podcore")!;
    fleet.write({ apps: [{ ...NEW, repository: { name: "podcast-core" } }] });
    await apply("podcore");
    expect(github.repository("podcore")).toBeUndefined();
    expect(github.repository("podcast-core")?.id).toBe(id);
    expect(github.rulesets("podcast-core")).toHaveLength(1);
    await expectNothingToChange("podcore");
  });

  test("closes a repository that was opened by hand, and leaves what is set by hand", async () => {
    github.change("podcast-core", { visibility: "public", allow_merge_commit: false, description: "A podcast's core" });
    const stack = await prepared("podcore");
    const changes = JSON.parse(await stack.plannedChanges()).resource_changes.filter(isChange);
    expect(changes).toEqual([expect.objectContaining({ type: "github_repository" })]);
    await stack.apply();
    expect(github.repository("podcast-core")).toMatchObject({
      visibility: "private",
      allow_merge_commit: true,
      description: "A podcast's core",
    });
    await expectNothingToChange("podcore");
  });

  test("archives a repository that goes, and deletes none", async () => {
    const refused = await (await prepared("podcore")).destroy();
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining("prevent_destroy") });
    fleet.write({ apps: [{ ...NEW, repository: { name: "podcast-core" }, retiring: true }] });
    const stack = await prepared("podcore");
    await stack.apply();
    expect(await stack.destroy()).toMatchObject({ code: 0 });
    expect(github.repository("podcast-core")?.archived).toBe(true);
    expect(github.calls).not.toContainEqual(
      expect.objectContaining({ method: "DELETE", path: "/repos/acme/podcast-core" }),
    );
  });

  /** Applies an app's stack as it is synthesized now. */
  async function apply(slug: string): Promise<void> {
    await (await prepared(slug)).apply();
  }

  async function prepared(slug: string): Promise<TerraformStack> {
    await fleet.synthesize();
    const env = { GITHUB_BASE_URL: `${github.url}/`, GITHUB_TOKEN: "of-nobody" };
    const stack = new TerraformStack(fleet.output, `${slug}-repository`, github.url, "terraform", env);
    await stack.prepare();
    return stack;
  }

  async function expectNothingToChange(slug: string): Promise<void> {
    const { code, output } = await (await prepared(slug)).plan();
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
  }
});

function isChange({ change }: { change: { actions: readonly string[] } }): boolean {
  return !change.actions.every((action) => action === "no-op" || action === "read");
}
