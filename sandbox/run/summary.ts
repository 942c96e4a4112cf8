import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Table from "cli-table3";
import pc from "picocolors";
import type { AppSpec, Fleet } from "../../lib/fleet/fleet";
import { namesOf, slugOf } from "../../lib/fleet/names";
import type { Folders } from "../folders";
import type { StackLog } from "./apply-logs";
import { outcomeOf, seconds } from "./progress";

/** Names for one more app, of which one is proposed. */
const NAMES = ["Podcore", "Weather", "Recipes", "Newsletter", "Bookmarks", "Guestbook", "Status Page", "Polls"];

/** What a run came to: a table of the apps, and how to go on. */
export function summarize(folders: Folders, fleet: Fleet, logs: readonly StackLog[], elapsed: number): string {
  return [table(folders, fleet, logs), "", ...conclusion(folders, logs, elapsed), "", ...nextApp(fleet)].join("\n");
}

function table(folders: Folders, { apps }: Fleet, logs: readonly StackLog[]): string {
  const stacks = stackNames(folders);
  const table = new Table({
    head: ["app", "environment", "stacks", "resources", "image", "address"].map((title) => pc.bold(title)),
    chars: PLAIN,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
    colAligns: ["left", "left", "right", "right", "left", "left"],
  });
  for (const app of apps) {
    const own = stacksOf(app.slug, apps, stacks);
    app.environments.forEach((environment, index) => {
      const { pin } = environment;
      table.push([
        index === 0 ? app.name : "",
        environment.name,
        index === 0 ? own.length : "",
        index === 0 ? resources(folders, own, logs) : "",
        pin ? `${pin.tag.slice(0, 7)}@${pin.digest.replace("sha256:", "").slice(0, 12)}` : pc.dim("no release yet"),
        addressOf(app, environment) ?? pc.dim("none"),
      ]);
    });
  }
  const shared = stacks.filter((name) => !apps.some((app) => stacksOf(app.slug, apps, [name]).length > 0));
  table.push([pc.dim(shared.join(", ")), "", shared.length, resources(folders, shared, logs), "", ""]);
  return table.toString().replace(/ +$/gm, "");
}

/** A table without lines. */
const PLAIN = Object.fromEntries(
  ["top", "bottom", "mid", "left", "right", "middle"].flatMap((side) =>
    ["", "-mid", "-left", "-right"].map((end) => [side + end, ""]),
  ),
);

/** How many there are, and how many of them were made in this run. */
function resources(folders: Folders, stacks: readonly string[], logs: readonly StackLog[]): string {
  const count = stacks.reduce((sum, stack) => sum + resourceCount(folders, stack), 0);
  const made = sum(logs.filter(({ stack }) => stacks.includes(stack)).map((log) => log.made));
  return made > 0 ? `${count} ${pc.green(`+${made}`)}` : `${count}`;
}

function conclusion(folders: Folders, logs: readonly StackLog[], elapsed: number): string[] {
  const total = sum(stackNames(folders).map((stack) => resourceCount(folders, stack)));
  const done = {
    made: sum(logs.map(({ made }) => made)),
    changed: sum(logs.map(({ changed }) => changed)),
    removed: sum(logs.map(({ removed }) => removed)),
    errors: [],
  };
  const nothing = done.made + done.changed + done.removed === 0;
  const what = nothing
    ? `Nothing changes: ${total} resources are as they should be`
    : `${total} resources: ${outcomeOf(done)}`;
  return [
    `${pc.green("✔")} ${what}, in ${seconds(elapsed)}.`,
    "  None of it is real: `npm run sandbox -- objects` shows what there is, `npm run sandbox -- reset` empties it.",
  ];
}

function nextApp({ apps }: Fleet): string[] {
  const name = freeName(apps);
  return [
    "See one more app appear: add this line at the top of the list in apps.json, and run `npm start` again.",
    "",
    `    ${pc.cyan(`{ "name": ${JSON.stringify(name)}, "language": "rust" },`)}`,
  ];
}

/** A name whose slug neither is taken nor makes another app's names its own. */
export function freeName(apps: readonly Pick<AppSpec, "slug">[]): string {
  const taken = (name: string) => apps.some(({ slug }) => slug === slugOf(name));
  const numbered = Array.from({ length: apps.length + 1 }, (_, index) => `App ${index + 1}`);
  return [...NAMES, ...numbered].find((name) => !taken(name)) as string;
}

/** Where an app's people find it: its front door, or else the first host of a public process. */
function addressOf({ slug }: AppSpec, { domain, processes }: AppSpec["environments"][number]): string | undefined {
  const hosts = processes.flatMap((process) => process.hosts);
  const host = hosts.find((one) => one === namesOf(slug).host(domain)) ?? hosts[0];
  return host && `https://${host}`;
}

/** The stacks of an app; those of another, whose name begins with its own, are not among them. */
function stacksOf(slug: string, apps: readonly AppSpec[], stacks: readonly string[]): string[] {
  const owner = (stack: string) =>
    apps
      .map((app) => app.slug)
      .filter((one) => stack.startsWith(`${one}-`))
      .sort((one, other) => other.length - one.length)[0];
  return stacks.filter((stack) => owner(stack) === slug);
}

function stackNames(folders: Folders): string[] {
  const stacks = join(folders.output, "stacks");
  return existsSync(stacks) ? readdirSync(stacks).sort() : [];
}

function resourceCount(folders: Folders, stack: string): number {
  const file = join(folders.state, `${stack}.tfstate`);
  if (!existsSync(file)) return 0;
  const { resources } = JSON.parse(readFileSync(file, "utf8")) as {
    resources: { mode: string; instances: unknown[] }[];
  };
  return sum(resources.filter(({ mode }) => mode === "managed").map(({ instances }) => instances.length));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
