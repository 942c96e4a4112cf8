import { SourceRepository, type SourceRepositoryProps } from "../../../lib/source/source-repository";
import { address, resource, resources, synth } from "../../support/synth";

const make = (props: Partial<SourceRepositoryProps> = {}) =>
  synth((stack) => new SourceRepository(stack, "source", { name: "podcore", ...props }));
const repository = (props?: Partial<SourceRepositoryProps>) => resource(make(props), "github_repository");

describe("with only what is required", () => {
  it("is private, and empty, so that a history can be pushed into it", () => {
    const { name, visibility, auto_init, template, gitignore_template, license_template } = repository();
    expect({ name, visibility }).toEqual({ name: "podcore", visibility: "private" });
    expect([auto_init, template, gitignore_template, license_template].filter(Boolean)).toEqual([]);
  });

  it("has the default branch main, deletes merged branches, and warns of vulnerabilities", () => {
    expect(repository()).toMatchObject({
      default_branch: "main",
      delete_branch_on_merge: true,
      vulnerability_alerts: true,
    });
  });

  it("has issues, which the provider would switch off", () => {
    expect(repository().has_issues).toBe(true);
  });

  it("is never destroyed, and archived where the guard is lifted", () => {
    expect(repository()).toMatchObject({ archive_on_destroy: true, lifecycle: { prevent_destroy: true } });
  });

  it("leaves alone what people set by hand", () => {
    expect(repository().lifecycle.ignore_changes).toEqual(expect.arrayContaining(["description", "topics"]));
  });

  it("holds on to what the fleet promises of every repository", () => {
    const promised = ["name", "visibility", "default_branch", "delete_branch_on_merge", "vulnerability_alerts"];
    const ignored: string[] = repository().lifecycle.ignore_changes;
    expect(ignored.filter((argument) => promised.includes(argument))).toEqual([]);
  });

  it("commits nothing, protects nothing, and takes nothing over", () => {
    const json = make();
    expect(Object.keys(json.resource ?? {})).toEqual(["github_repository"]);
    expect(json.import).toBeUndefined();
  });
});

describe("adopt", () => {
  it("imports the repository to its own address", () => {
    const json = make({ adopt: true });
    expect(json.import).toEqual([{ to: address(json, "github_repository"), id: "podcore" }]);
  });

  it("leaves who sees it and how merges are done as they are", () => {
    expect(repository({ adopt: true }).lifecycle.ignore_changes).toEqual(
      expect.arrayContaining([
        "visibility",
        "allow_auto_merge",
        "allow_merge_commit",
        "allow_rebase_merge",
        "allow_squash_merge",
        "squash_merge_commit_title",
        ...repository().lifecycle.ignore_changes,
      ]),
    );
  });

  it("still guards it, deletes merged branches, and warns of vulnerabilities", () => {
    const adopted = repository({ adopt: true });
    expect(adopted.lifecycle.prevent_destroy).toBe(true);
    expect(adopted.lifecycle.ignore_changes).not.toContain("delete_branch_on_merge");
    expect(adopted.lifecycle.ignore_changes).not.toContain("vulnerability_alerts");
  });
});

describe("preventDestroy: false", () => {
  it("lifts the guard, and changes nothing else", () => {
    const { lifecycle: guarded, ...rest } = repository();
    const { lifecycle: lifted, ...same } = repository({ preventDestroy: false });
    expect(lifted).toEqual({ ...guarded, prevent_destroy: false });
    expect(same).toEqual(rest);
  });
});

describe("requiredChecks", () => {
  const json = make({ requiredChecks: ["drover/checks", "lint"] });
  const ruleset = resource(json, "github_repository_ruleset");

  it("protects the default branch of this repository, actively", () => {
    expect(ruleset).toMatchObject({
      repository: `\${${address(json, "github_repository")}.name}`,
      target: "branch",
      enforcement: "active",
      conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
    });
  });

  it("requires these checks and no other", () => {
    const { required_check } = ruleset.rules.required_status_checks;
    expect(required_check).toEqual([{ context: "drover/checks" }, { context: "lint" }]);
  });

  it("lets the first commit in, on which no check has run", () => {
    expect(ruleset.rules.required_status_checks.do_not_enforce_on_create).toBe(true);
  });

  it("refuses to delete the branch or to rewrite it", () => {
    expect(ruleset.rules).toMatchObject({ deletion: true, non_fast_forward: true });
  });

  it("lets administrators of the repository by, in a pull request only", () => {
    expect(ruleset.bypass_actors).toEqual([{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "pull_request" }]);
  });

  it("makes no ruleset of an empty list", () => {
    expect(resources(make({ requiredChecks: [] }), "github_repository_ruleset")).toEqual({});
  });
});
