import { Repository } from "@cdktf/provider-github/lib/repository";
import { RepositoryRuleset } from "@cdktf/provider-github/lib/repository-ruleset";
import { Construct } from "constructs";
import { DEFAULT_BRANCH } from "../fleet/fleet";
import { ImportBlock } from "../terraform/import-block";

/** GitHub's id of the role "admin" among the actors that may bypass a ruleset. */
const REPOSITORY_ADMIN = 5;

/** What people set on a repository by hand, and what is nobody else's business. */
const SET_BY_HAND = [
  "description",
  "homepage_url",
  "topics",
  "has_discussions",
  "has_issues",
  "has_projects",
  "has_wiki",
  "pages",
];

/** What somebody has decided before about a repository that is taken over: who sees it, and how merges are done. */
const DECIDED_BEFORE = [
  "is_template",
  "visibility",
  "allow_auto_merge",
  "allow_merge_commit",
  "allow_rebase_merge",
  "allow_squash_merge",
  "allow_update_branch",
  "merge_commit_message",
  "merge_commit_title",
  "squash_merge_commit_message",
  "squash_merge_commit_title",
  "web_commit_signoff_required",
];

export interface SourceRepositoryProps {
  /** Name of the repository, without its owner: the provider has that one. */
  readonly name: string;
  /**
   * Take over a repository that exists, instead of making one. What it is called, who sees it and how merges are done
   * there stays as it is.
   *
   * @default false
   */
  readonly adopt?: boolean;
  /**
   * Status checks without which nothing reaches the default branch.
   *
   * GitHub answers 403 to rulesets on private repositories of a free plan: leave them out there.
   *
   * @default - no ruleset: the default branch is not protected
   * @see https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/about-rulesets
   */
  readonly requiredChecks?: readonly string[];
  /**
   * Refuse every plan that would destroy the repository.
   *
   * @default true
   */
  readonly preventDestroy?: boolean;
}

/**
 * A GitHub repository whose default branch is protected. It is private and empty, so that an existing history can be
 * pushed into it; nothing is ever committed to it. Destroying it archives it.
 */
export class SourceRepository extends Construct {
  readonly repository: Repository;
  readonly ruleset?: RepositoryRuleset;

  constructor(scope: Construct, id: string, props: SourceRepositoryProps) {
    super(scope, id);
    this.repository = this.createRepository(props);
    if (props.requiredChecks?.length) this.ruleset = this.protectDefaultBranch(props.requiredChecks);
  }

  private createRepository({ name, adopt = false, preventDestroy = true }: SourceRepositoryProps): Repository {
    const repository = new Repository(this, "repository", {
      name,
      visibility: "private",
      // Only "main" is possible before the first push, and it is the branch that the pipeline builds.
      defaultBranch: DEFAULT_BRANCH,
      deleteBranchOnMerge: true,
      vulnerabilityAlerts: true,
      hasIssues: true, // unset means off to the provider, and to change it is left to people
      archiveOnDestroy: true,
      lifecycle: {
        preventDestroy,
        ignoreChanges: adopt ? [...SET_BY_HAND, ...DECIDED_BEFORE] : SET_BY_HAND,
      },
    });
    if (adopt) new ImportBlock(repository, "adopt", name);
    return repository;
  }

  private protectDefaultBranch(checks: readonly string[]): RepositoryRuleset {
    return new RepositoryRuleset(this, "ruleset", {
      name: "default branch",
      repository: this.repository.name,
      target: "branch",
      enforcement: "active",
      conditions: { refName: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
      // The urgent patch: an administrator may merge a pull request before its checks have passed.
      bypassActors: [{ actorId: REPOSITORY_ADMIN, actorType: "RepositoryRole", bypassMode: "pull_request" }],
      rules: {
        deletion: true,
        nonFastForward: true,
        requiredStatusChecks: {
          requiredCheck: checks.map((context) => ({ context })),
          // Otherwise nobody could push the first commit: checks run only on commits that are there.
          doNotEnforceOnCreate: true,
        },
      },
    });
  }
}
