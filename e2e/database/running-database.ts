import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../__tests__/support/program";
import { commandsOf } from "../readme/commands";
import type { Cluster } from "../tools/cluster";
import { run } from "../tools/process";

/** Minutes for which a command of the README may take. */
const PATIENCE = 3;

/** A database on a cluster, as its operator works with it: inside of its pod, and by the README's commands. */
export class RunningDatabase {
  private readonly commands = commandsOf(readFileSync(join(ROOT, "README.md"), "utf8"));

  constructor(
    private readonly cluster: Cluster,
    private readonly namespace: string,
  ) {}

  /** What the operator is answered who works inside. */
  async query(command: string): Promise<string> {
    return (await this.inside("psql", "--tuples-only", "--no-align", "--quiet", "--command", command)).trim();
  }

  /** All of the database as text, but for a random word of each dump. */
  async plainDump(): Promise<string> {
    return (await this.inside("pg_dump")).replaceAll(/^\\(un)?restrict .*$/gm, "");
  }

  /**
   * Runs a command of the README on databases, as it stands there, and returns what it prints.
   *
   * @param values what takes the place of `<…>` in it
   */
  async readme(command: string, values: Readonly<Record<string, string>> = {}): Promise<string> {
    const alias = this.commands.find((each) => each.startsWith("alias k="));
    if (!this.commands.includes(command)) throw new Error(`the README has no command ${command}`);
    const filled = Object.entries(values).reduce((text, [place, value]) => text.replace(place, value), command);
    const { code, output } = await run(
      "bash",
      ["-o", "pipefail", "-c", `shopt -s expand_aliases\n${alias}\n${filled}`],
      {
        cwd: this.cluster.folder,
        env: { ...process.env, KUBECONFIG: this.cluster.kubeconfig },
        minutes: PATIENCE,
      },
    );
    if (code === 0) return output;
    throw new Error(`${command} has failed:\n${output}\n${await this.cluster.report(this.namespace)}`);
  }

  private inside(...command: string[]): Promise<string> {
    return this.cluster.kubectl("exec", "statefulset/postgres", "--namespace", this.namespace, "--", ...command);
  }
}
