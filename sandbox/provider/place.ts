import type { Place } from "../cloud/compute";
import type { ProviderName } from "../schema/bindings";
import { type ValueObject, valuesAt } from "./values";

/** What a provider's configuration comes to. */
export interface Configuration extends Place {
  /** Objects of different scopes may have one name: a region, an owner, a cluster. */
  readonly scope: string;
  /** The configuration as it was given, for rules that refer to it. */
  readonly given: ValueObject;
}

/** The account of a cloud that has no accounts. */
export const ACCOUNT = "000000000000";

/** Which argument of a provider says where its objects belong, and what it is taken for when it is left out. */
const SCOPES: Readonly<Record<ProviderName, readonly [argument: string, fallback: string]>> = {
  aws: ["region", "us-east-1"],
  github: ["owner", "sandbox"],
  kubernetes: ["config_context", "default"],
};

/** Reads a provider's configuration. */
export function configurationOf(provider: ProviderName, given: ValueObject): Configuration {
  const text = (argument: string, fallback: string) => String(valuesAt(given, [argument])[0] ?? fallback);
  const scope = text(...SCOPES[provider]);
  return {
    scope,
    given,
    account: text("allowed_account_ids", ACCOUNT),
    region: provider === "aws" ? scope : SCOPES.aws[1],
    owner: provider === "github" ? scope : SCOPES.github[1],
  };
}
