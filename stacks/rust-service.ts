import { App } from "cdktf";
import { Construct } from "constructs";
import { namesOf } from "../lib/fleet/names";
import { DatabaseStack } from "./database-stack";
import { EnvironmentStack } from "./environment-stack";
import type { AppStackProps } from "./fleet-stack";
import { PipelineStack } from "./pipeline-stack";
import { RepositoryStack } from "./repository-stack";

/** What a Rust service is made from. */
export type RustServiceProps = AppStackProps;

/**
 * A Rust codebase and all that delivers it: the stack of its repository, the stack of its pipeline, one stack for each
 * environment in which it runs, and one for the database that it has there.
 */
export class RustService extends Construct {
  readonly repository: RepositoryStack;
  readonly pipeline: PipelineStack;
  readonly environments: readonly EnvironmentStack[];
  readonly databases: readonly DatabaseStack[];

  constructor(scope: Construct, id: string, props: RustServiceProps) {
    // An app may be called like a stack: "shop-production" beside the stack of "shop" in production, or "platform".
    super(scope, `service ${id}`);
    // Stacks below another construct could not be ordered by cdktf's command line.
    const app = App.of(this);
    const names = namesOf(props.slug);

    this.repository = new RepositoryStack(app, names.repositoryStack, props);
    this.pipeline = new PipelineStack(app, names.pipelineStack, props);
    // A webhook needs the repository that it is called by.
    this.pipeline.addDependency(this.repository);
    this.environments = props.environments.map(
      (environment) => new EnvironmentStack(app, names.environmentStack(environment.name), props, environment),
    );
    this.databases = props.environments
      .filter(({ database }) => database !== undefined)
      .map((environment) => new DatabaseStack(app, names.databaseStack(environment.name), props, environment));
  }
}
