import { ACCOUNT, REGION } from "./api";

/** The bucket of the states. */
export const BUCKET = "acme-terraform-state";

/** The connection to GitHub. */
export const CONNECTION = `arn:aws:codeconnections:${REGION}:${ACCOUNT}:connection/0a1b2c3d-0000-4000-8000-000000000000`;

/** An entry of two facts. */
export const ALPHA = { name: "Alpha", language: "rust" };

/** The bucket of compiled crates. */
export const COMPILE_CACHE = "acme-sccache";

/** The secret of the entry below. */
export const GIT_CREDENTIALS = "alpha-two/git-credentials";

/** An entry whose slug begins with the other one's: what a pattern in a policy would let through by mistake. */
export const ALPHA_TWO = {
  name: "Alpha Two",
  language: "rust",
  build: { size: "small", sccache: true, gitCredentials: GIT_CREDENTIALS },
};

/** The platform of the two. */
export const PLATFORM = {
  github: { owner: "acme", connectionArn: CONNECTION },
  aws: { accountId: ACCOUNT, region: REGION, iamPropagationSeconds: 3 },
  state: { bucket: BUCKET, prefix: "fleet" },
  build: { sccache: { bucket: COMPILE_CACHE } },
  budget: { monthlyUsd: 200, email: "you@example.com" },
  environments: { production: { domain: "example.com" } },
};
