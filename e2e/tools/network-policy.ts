import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { endpointsOf } from "../../__tests__/support/network/aws-controller";
import type { Engine } from "../../__tests__/support/network/engines";
import { type Direction, isPod, type Pod, type World } from "../../__tests__/support/network/world";
import { findProgram } from "../../__tests__/support/program";
import { TOOLS_FOLDER } from "./folder";
import { goPrograms } from "./go-module";
import type { Need } from "./needs";
import { versionOf } from "./process";

/** A question to a table of the agent. */
interface Question {
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
}

/** The Go module that pins AWS's network policy agent. */
const MODULE = join(TOOLS_FOLDER, "network-policy");

/** What {@link awsAgent} can't do without: the module asks for a newer Go than the others do. */
export const AWS_AGENT: readonly Need[] = [
  {
    name: "Go that builds AWS's network policy agent",
    howToGet: () =>
      findProgram("go") !== undefined && versionOf("go", "-C", MODULE, "env", "GOVERSION") !== undefined
        ? undefined
        : "install 1.26.5 or later: https://go.dev/dl",
  },
];

/** AWS's network policy agent, by its own code, behind what AWS's controller would tell it. */
export async function awsAgent(): Promise<Engine> {
  const folder = await goPrograms({ name: "network-policy", folder: MODULE, packages: ".", variables: {} });
  const program = join(folder, "network-policy");
  return (world, connections) => {
    const tables = new Tables(world);
    // Both ends judge: the one that connects by the address that it knows, the other by its own port.
    const verdicts = connections.map(({ from, to }) => [
      ...(isPod(from) ? [tables.ask(from, "Egress", to)] : []),
      ...(to.pod === undefined
        ? []
        : [tables.ask(to.pod, "Ingress", { ...to, address: from.address, port: to.podPort ?? to.port })]),
    ]);
    const answers = tables.answers(program);
    return verdicts.map((verdict) => verdict.every((isOpen) => isOpen(answers)));
  };
}

/** Reads one answer out of those to all tables. */
type Reading = (answers: readonly (readonly boolean[])[]) => boolean;

/** The tables of pods, and what is asked of them: the program judges all at once. */
class Tables {
  private readonly tables: { rules: unknown; questions: Question[] }[] = [];
  private readonly indices = new Map<string, number | undefined>();

  constructor(private readonly world: World) {}

  ask(pod: Pod, direction: Direction, { address, port, protocol }: Question): Reading {
    const table = this.tableOf(pod, direction);
    if (table === undefined) return () => true;
    const question = (this.tables[table]?.questions.push({ address, port, protocol }) ?? 0) - 1;
    return (answers) => {
      const verdict = answers[table]?.[question];
      if (verdict === undefined) throw new Error("the agent's code has not answered every question");
      return verdict;
    };
  }

  answers(program: string): boolean[][] {
    const { ipv6, node } = this.world;
    const input = JSON.stringify({ ipv6, node, tables: this.tables });
    const { status, stdout, stderr } = spawnSync(program, { input, encoding: "utf8", maxBuffer: 1 << 28 });
    if (status !== 0 || stderr !== "") throw new Error(`AWS's agent: ${stderr.split("\n", 1)[0]}`);
    return JSON.parse(stdout);
  }

  /** The number of a pod's table; undefined where no policy restricts it. */
  private tableOf(pod: Pod, direction: Direction): number | undefined {
    const key = [pod.namespace, pod.name, direction].join("/");
    if (!this.indices.has(key)) {
      const rules = endpointsOf(this.world, pod, direction);
      this.indices.set(key, rules && this.tables.push({ rules, questions: [] }) - 1);
    }
    return this.indices.get(key);
  }
}
