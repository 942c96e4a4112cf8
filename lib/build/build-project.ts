import { CodebuildWebhook } from "@cdktf/provider-aws/lib/codebuild-webhook";
import type { Construct } from "constructs";
import { DEFAULT_BRANCH } from "../fleet/fleet";
import { BuildJob, type BuildJobProps } from "./build-job";

/** When a project builds. */
export type BuildTrigger = "main" | "pull-request";

export interface BuildProjectProps extends Omit<BuildJobProps, "description"> {
  /** Address of the GitHub repository, such as "https://github.com/acme/podcore.git". */
  readonly source: string;
  /** ARN of the CodeConnections connection through which the source is read; it keeps every token out of the state. */
  readonly connectionArn: string;
  /** Pushes to the main branch, or pull requests against it. */
  readonly trigger: BuildTrigger;
  /** Name of the status that is reported on the commit, such as "drover/checks". */
  readonly statusContext: string;
}

/** Anchored at both ends: an unanchored pattern lets others in, such as a branch "not-main". */
const BRANCH_PATTERN = `^refs/heads/${DEFAULT_BRANCH}$`;

/** @see https://docs.aws.amazon.com/codebuild/latest/userguide/github-webhook.html */
const FILTERS: Record<BuildTrigger, { type: string; pattern: string }[]> = {
  main: [
    { type: "EVENT", pattern: "PUSH" },
    { type: "HEAD_REF", pattern: BRANCH_PATTERN },
  ],
  "pull-request": [
    { type: "EVENT", pattern: "PULL_REQUEST_CREATED,PULL_REQUEST_UPDATED,PULL_REQUEST_REOPENED" },
    { type: "BASE_REF", pattern: BRANCH_PATTERN },
  ],
};

const DESCRIPTIONS: Record<BuildTrigger, string> = {
  main: "Builds and pushes images",
  "pull-request": "Checks pull requests; can push nothing",
};

/**
 * A CodeBuild project that GitHub starts: it reads a repository, and reports a status on each commit that it builds.
 *
 * A project that builds pull requests runs what strangers wrote, so it must be another one than the project that pushes
 * images, and be given nothing to push to.
 *
 * @see https://docs.aws.amazon.com/codebuild/latest/userguide/webhooks.html
 */
export class BuildProject extends BuildJob {
  readonly webhook: CodebuildWebhook;

  constructor(scope: Construct, id: string, props: BuildProjectProps) {
    const { connectionArn, source, statusContext, trigger } = props;
    super(
      scope,
      id,
      { ...props, description: DESCRIPTIONS[trigger] },
      {
        connectionArn,
        sourceVersion: trigger === "main" ? DEFAULT_BRANCH : undefined,
        source: {
          type: "GITHUB",
          location: source,
          gitCloneDepth: 1,
          reportBuildStatus: true,
          buildStatusConfig: { context: statusContext },
          auth: { type: "CODECONNECTIONS", resource: connectionArn },
        },
      },
    );
    this.webhook = new CodebuildWebhook(this, "webhook", {
      projectName: this.project.name,
      buildType: "BUILD",
      filterGroup: [{ filter: FILTERS[trigger] }],
      // A stranger's pull request waits until someone who may write to the repository has looked at it.
      pullRequestBuildPolicy: {
        requiresCommentApproval: "FORK_PULL_REQUESTS",
        approverRoles: ["GITHUB_WRITE", "GITHUB_MAINTAIN", "GITHUB_ADMIN"],
      },
    });
  }
}
