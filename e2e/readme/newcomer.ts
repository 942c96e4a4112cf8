import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CREDENTIALS, type Json } from "../aws/api";
import { Clone } from "../clone";
import { awsCliCommand } from "../tools/aws-cli";
import { runOrFail } from "../tools/process";

/** The region of the README's examples. */
export const REGION = "eu-central-1";

/** Somebody who follows the README: a clone of the repository, and beside it what its steps make. */
export class Newcomer {
  readonly clone = new Clone();
  /** A fleet of one's own. */
  readonly fleet = join(this.clone.parent, "fleet");
  /** The checkout of an app. */
  readonly app = join(this.clone.parent, "podcore");
  /** In the place of GitHub, and its host in addresses of repositories. */
  readonly github = join(this.clone.parent, "github");
  /** A home without anybody's settings. */
  readonly home = join(this.clone.parent, "home");
  /** Where the AWS CLI writes how to reach a cluster. */
  readonly kubeconfig = join(this.home, "kubeconfig");

  async prepare(): Promise<void> {
    await this.clone.fill();
    for (const folder of [this.app, this.github, this.home]) mkdirSync(folder);
  }

  /** Deletes all of it. */
  remove(): void {
    this.clone.remove();
  }

  /** Runs a command in the clone, as a shell would. */
  inClone(command: string): Promise<string> {
    return this.shell(command, this.clone.folder, this.user);
  }

  /** Runs a command in the fleet. */
  inFleet(command: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
    return this.shell(command, this.fleet, { ...this.user, ...env });
  }

  /** Runs a command in the fleet, with the sandbox's cloud in the place of the real ones. */
  inFleetOnSandbox(command: string): Promise<string> {
    return this.sandbox(`run -- ${command}`);
  }

  /** A command of the sandbox, for the fleet; only the clone has the sandbox, so npm's script can't be used. */
  sandbox(command: string): Promise<string> {
    return this.inFleet(`node ../drover/bin/run.js ../drover/sandbox/main.ts ${command}`);
  }

  /** Runs a command that reaches outside, with nothing of the user's own settings and credentials. */
  outside(command: string, env: NodeJS.ProcessEnv = {}, folder = this.fleet): Promise<string> {
    const tools = join(this.home, "bin");
    return this.shell(command, folder, {
      PATH: `${tools}:${process.env.PATH}`,
      HOME: this.home,
      KUBECONFIG: this.kubeconfig,
      ...GIT_AUTHOR,
      ...env,
    });
  }

  /** Lets `aws` on the newcomer's PATH be the AWS CLI. */
  async installAwsCli(): Promise<void> {
    const { program, args, env } = await awsCliCommand();
    const file = join(this.home, "bin", "aws");
    mkdirSync(join(this.home, "bin"));
    // Version managers find the program below the user's home.
    const settings = ["HOME", "PYTHONPATH"].flatMap((name) => (env[name] ? [`${name}='${env[name]}'`] : []));
    writeFileSync(file, `#!/bin/sh\nexec env ${settings.join(" ")} '${program}' ${args.join(" ")} "$@"\n`);
    chmodSync(file, 0o755);
  }

  /** Calls the emulated AWS, as somebody who has run `aws configure`. */
  aws(command: string, endpoint: string): Promise<string> {
    return this.outside(command, {
      ...CREDENTIALS,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_DEFAULT_OUTPUT: "json",
      AWS_ENDPOINT_URL: endpoint,
      AWS_CONFIG_FILE: join(this.home, "aws-config"),
      AWS_SHARED_CREDENTIALS_FILE: join(this.home, "aws-credentials"),
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_PAGER: "",
    });
  }

  /** Writes a configuration that leads `kubectl` to a server, and returns its path. */
  kubeconfigFor(server: string): string {
    const file = join(this.home, "kubectl-config");
    const cluster = { name: "local", cluster: { server } };
    const context = { name: "local", context: { cluster: "local", user: "" } };
    const contexts = { "current-context": "local", clusters: [cluster], contexts: [context] };
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "Config", ...contexts }));
    return file;
  }

  /** Writes something into one of the fleet's files. */
  edit(file: string, change: (content: Json) => void): void {
    const path = join(this.fleet, file);
    const content = JSON.parse(readFileSync(path, "utf8"));
    change(content);
    writeFileSync(path, `${JSON.stringify(content, undefined, 2)}\n`);
  }

  /** Notes all changes of the fleet's files. */
  commit(message: string): Promise<string> {
    return this.outside(`git add '*.json' && git commit --quiet --message '${message}'`);
  }

  private get user(): NodeJS.ProcessEnv {
    return { ...process.env, ...GIT_AUTHOR, NO_COLOR: "1", CHECKPOINT_DISABLE: "1" };
  }

  private shell(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
    return runOrFail("bash", ["-c", command], { cwd, env });
  }
}

const GIT_AUTHOR = {
  GIT_AUTHOR_NAME: "Newcomer",
  GIT_AUTHOR_EMAIL: "newcomer@example.com",
  GIT_COMMITTER_NAME: "Newcomer",
  GIT_COMMITTER_EMAIL: "newcomer@example.com",
};
