import { TerraformOutput } from "cdktf";
import type { Construct } from "constructs";
import { SourceRepository } from "../lib/source/source-repository";
import { CHECKS_CONTEXT, repositoryUrl } from "./conventions";
import { type AppStackProps, FleetStack } from "./fleet-stack";

/** The GitHub repository of an app: precious, and touched rarely. */
export class RepositoryStack extends FleetStack {
  constructor(scope: Construct, id: string, props: AppStackProps) {
    super(scope, id, props.platform);
    const { platform, repository, retiring } = props;
    this.useGithub();

    new SourceRepository(this, "source", {
      name: repository.name,
      adopt: repository.adopt,
      requiredChecks: platform.rulesets ? [CHECKS_CONTEXT] : [],
      preventDestroy: !retiring,
    });

    new TerraformOutput(this, "repository", { value: repositoryUrl(repository), description: "Where to push" });
  }
}
