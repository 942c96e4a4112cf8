import pc from "picocolors";
import { Builds } from "../build/builds";
import { type Pin, ReleasedFleet } from "../release/released-fleet";
import { setVersion } from "../release/version";
import { BUILD_MACHINE } from "../tools/build-machine";
import { CLUSTER, type Cluster, startCluster } from "../tools/cluster";
import { missingOf } from "../tools/needs";
import { terraform } from "../tools/terraform";

/** The app of the demonstration. */
const APP = { name: "Web", language: "rust" };
const HOST = "web.example.com";

/** A release that ends at once: a program that its image does not have. */
const BROKEN = { ...APP, processes: { web: { command: ["/usr/local/bin/wbe"] } } };

/** Shows the way from a commit to an answer on real parts, and what a broken release does: nothing. */
async function demo(): Promise<void> {
  say("Getting ready: BuildKit, a registry and a Kubernetes of two nodes, all on this machine, and a first release.");
  const builds = await step("BuildKit and a registry, with the builder image", () => Builds.start());
  try {
    const cluster = await step("a Kubernetes of two nodes", () => startCluster(builds.machine.registry));
    try {
      await show(builds, cluster);
    } finally {
      await cluster.stop();
    }
  } finally {
    await builds.stop();
  }
}

async function show(builds: Builds, cluster: Cluster): Promise<void> {
  const fleet = new ReleasedFleet(cluster, [APP]);
  try {
    await step("a first release", async () => {
      fleet.pin("web", await build(builds, "0.3.1"));
      await fleet.deployed("web");
      await answering(cluster, "0.3.1");
    });

    say("A commit of one line:");
    console.log(`  ${pc.red('- version = "0.3.1"')}\n  ${pc.green('+ version = "0.3.2"')}\n`);
    const began = Date.now();
    const pin = await step("checked, built and pushed as an image", () => build(builds, "0.3.2"));
    await step(`pinned in releases.json: ${pin.digest.slice(0, 19)}…`, async () => void fleet.pin("web", pin));
    await step("npx cdktf deploy web-production", () => fleet.deployed("web"));
    await step(`http://${HOST}/ answers with version 0.3.2`, () => answering(cluster, "0.3.2"));
    say(`From the commit to the answer: ${seconds(began)} s.`);

    say("A release that is broken: its entry names a program that is not in the image.");
    fleet.change([BROKEN]);
    const { code } = await step("npx cdktf deploy web-production", () => fleet.deploy("web"));
    say(`The deploy ends with exit code ${code}. Who asks meanwhile is answered by version ${await version(cluster)}.`);
    console.log(`${pc.dim("$")} npm run why -- web production\n${(await fleet.why("web")).output}`);
  } finally {
    fleet.remove();
  }
}

async function build(builds: Builds, wanted: string): Promise<Pin> {
  const { commit } = await builds.green("web", {}, { change: (checkout) => setVersion(checkout, wanted) });
  return { tag: commit, digest: builds.machine.registry.digest("web", commit)! };
}

async function answering(cluster: Cluster, wanted: string): Promise<void> {
  await cluster.askUntil(({ status, body }) => status === 200 && JSON.parse(body).version === wanted, HOST);
}

async function version(cluster: Cluster): Promise<string> {
  return JSON.parse((await cluster.ask(HOST)).body).version;
}

/** Does something, and prints how many seconds it took. */
async function step<T>(what: string, action: () => Promise<T>): Promise<T> {
  const began = Date.now();
  const result = await action();
  console.log(`${pc.cyan(seconds(began).padStart(8))} s  ${what}`);
  return result;
}

function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(1);
}

function say(text: string): void {
  console.log(`\n${text}\n`);
}

const missing = missingOf([...BUILD_MACHINE, ...CLUSTER, terraform]);
if (missing !== undefined) {
  console.error(`the demonstration can't be given here: ${missing}`);
  process.exit(1);
}
demo().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
