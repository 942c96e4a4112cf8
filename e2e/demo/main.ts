import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pc from "picocolors";
import { Builds } from "../build/builds";
import { type Pin, ReleasedFleet } from "../release/released-fleet";
import { BUILD_MACHINE } from "../tools/build-machine";
import { cacheFolder } from "../tools/cache";
import { CLUSTER, type Cluster, startCluster } from "../tools/cluster";
import { Load } from "../tools/load";
import { missingOf } from "../tools/needs";
import { terraform } from "../tools/terraform";
import { greetingLine, setGreeting } from "./greeting";
import { Interrupted, say, secondsSince, step, wrapped } from "./steps";

/** The app of the demonstration. */
const APP = { name: "Web", language: "rust" };
const HOST = "web.example.com";
const DEPLOY = "npx cdktf deploy web-production";

/** What a commit of one line mends. */
const [WRONG, RIGHT] = ["Hello, wold!", "Hello, world!"];

/** A release that starts and is never ready: there is nothing at that path. */
const BROKEN = { ...APP, processes: { web: { readiness: { path: "/raedy" }, startTimeout: 20 } } };

/** Shows the way from a commit to an answer on real parts, and what a broken release does: nothing. */
async function demo(): Promise<void> {
  say("Getting ready: all of it runs on this machine, and nothing of it stays.");
  const builds = await step("BuildKit and a registry with the builder image", () => Builds.start());
  try {
    const cluster = await step("a Kubernetes of two nodes", () => startCluster({ registry: builds.machine.registry }));
    try {
      await onCluster(builds, cluster);
    } finally {
      await cluster.stop();
    }
  } finally {
    await builds.stop();
  }
}

async function onCluster(builds: Builds, cluster: Cluster): Promise<void> {
  const fleet = new ReleasedFleet(cluster, [APP]);
  try {
    const first = await step("a first build, which compiles all dependencies", () => build(builds, WRONG));
    fleet.pin("web", first);
    await step("a first release", () => fleet.deployed("web"));
    await showCommit(builds, cluster, fleet, first);
    await showBroken(cluster, fleet);
  } finally {
    fleet.remove();
  }
}

async function showCommit(builds: Builds, cluster: Cluster, fleet: ReleasedFleet, first: Pin): Promise<void> {
  say("A commit of one line, in src/main.rs:");
  showDifference(greetingLine(WRONG), greetingLine(RIGHT));
  const began = Date.now();
  const pin = await step("checked (rustfmt, clippy, tests), built, pushed", () => build(builds, RIGHT));
  fleet.pin("web", pin);
  say("Its line in releases.json:");
  showDifference(...([first, pin].map((each) => `"web": { …, "digest": "${each.digest.slice(0, 40)}…" }`) as Pair));
  const requests = await underLoad(cluster, () => step(DEPLOY, () => fleet.deployed("web")));
  await step(`http://${HOST}/ says "${RIGHT}"`, () => greeted(cluster, RIGHT));
  console.log(`\n${secondsSince(began)} s from the commit to the answer. ${requests}`);
}

async function showBroken(cluster: Cluster, fleet: ReleasedFleet): Promise<void> {
  say('A release that is broken: its entry asks for "/raedy" to see whether it is ready.');
  fleet.change([BROKEN]);
  const requests = await underLoad(cluster, async () => {
    const { code } = await step(DEPLOY, () => fleet.deploy("web"));
    console.log(`          … which ends with exit code ${code}`);
  });
  await step(`http://${HOST}/ says "${RIGHT}"`, () => greeted(cluster, RIGHT));
  console.log(`\n${requests}`);
  const { output } = await fleet.why("web");
  console.log(`\n${pc.dim("$")} npm run why -- web production\n${wrapped(output.trimEnd())}`);
}

type Pair = [before: string, after: string];

function showDifference(...[before, after]: Pair): void {
  console.log(`  ${pc.red(`- ${before}`)}\n  ${pc.green(`+ ${after}`)}\n`);
}

async function build(builds: Builds, greeting: string): Promise<Pin> {
  const { commit } = await builds.green("web", {}, { change: (checkout) => setGreeting(checkout, greeting) });
  return { tag: commit, digest: builds.machine.registry.digest("web", commit)! };
}

async function greeted(cluster: Cluster, wanted: string): Promise<void> {
  await cluster.askUntil(({ status, body }) => status === 200 && JSON.parse(body).greeting === wanted, HOST);
}

/** Does something while fifty requests come in every second, and says what has become of them. */
async function underLoad(cluster: Cluster, action: () => Promise<unknown>): Promise<string> {
  const load = new Load({ address: cluster.network.ingress, host: HOST, rate: 50, connections: "fresh" });
  await action().finally(() => load.stop());
  const { requests, failures } = await load.stop();
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  return `Of ${requests} requests meanwhile ${failed === 0 ? "none" : failed} failed.`;
}

/** Tells of the end in one line; what a program has said beside it is kept where logs are. */
function end(error: Error): void {
  if (error instanceof Interrupted) {
    console.error("interrupted; nothing of it stays");
    process.exit(1);
  }
  const log = join(cacheFolder(), "demo.log");
  mkdirSync(cacheFolder(), { recursive: true });
  writeFileSync(log, `${error.stack}\n`);
  console.error(`${error.message.split("\n")[0]} (more of it: ${log})`);
  process.exit(1);
}

const missing = missingOf([...BUILD_MACHINE, ...CLUSTER, terraform]);
if (missing === undefined) {
  demo().catch(end);
} else {
  console.error(`the demonstration can't be given here: ${missing}`);
  process.exitCode = 1;
}
