import { Command } from "commander";
import { SandboxError } from "./error";
import { foldersOf } from "./folders";
import { deploy } from "./run/deploy";
import { listObjects, pushImage, removeObject } from "./run/objects";
import { reset } from "./run/reset";
import { runAttached } from "./run/run";

const folders = foldersOf(process.cwd());

/** Ends with a code that a command has come to. */
function exit(code: number): void {
  process.exitCode = code;
}

const program = new Command("npm run sandbox --")
  .description(
    "The embedded cloud: it answers Terraform as AWS, GitHub and Kubernetes would, and keeps its objects in .sandbox/",
  )
  .enablePositionalOptions()
  .showHelpAfterError();

program
  .command("deploy", { isDefault: true })
  .description("deploy the whole fleet onto the sandbox")
  .action(async () => exit(await deploy(folders)));

program
  .command("objects")
  .description("print what exists in the sandbox, as JSON")
  .argument("[type]", "only objects of this type, for example aws_ecr_repository")
  .action((type?: string) => listObjects(folders, type));

program
  .command("remove")
  .description("remove an object behind Terraform's back; the next plan sees that it is gone")
  .argument("<type>", "for example github_repository")
  .argument("<id>", "what Terraform knows it by")
  .action((type: string, id: string) => removeObject(folders, type, id));

program
  .command("push")
  .description("put an image into a repository, as a build would")
  .argument("<repository>", "name of an ECR repository")
  .argument("[tag]", "tag of the image; a commit is made up without one")
  .action((repository: string, tag?: string) => pushImage(folders, repository, tag));

program
  .command("run")
  .description("run a command against the sandbox, for example: run -- npx cdktf diff podcore-production")
  .argument("<command...>")
  .passThroughOptions()
  .action(async (command: [string, ...string[]]) => exit(await runAttached(folders, command)));

program
  .command("reset")
  .description("empty the sandbox")
  .action(() => reset(folders));

program.parseAsync().catch((error: Error) => {
  // A mistake that the user can mend is told by its message alone.
  const known = error instanceof SandboxError || error.name === "FleetError";
  process.stderr.write(`${known ? error.message : error.stack}\n`);
  process.exitCode = 1;
});
