import pc from "picocolors";
import { type AppEnvironmentSpec, leastOf, type PlatformSpec } from "../lib/fleet/fleet";
import { type AppNames, namesOf } from "../lib/fleet/names";
import { diagnose, type Trouble } from "../lib/runtime/diagnosis";
import { kubectlCommand } from "../lib/runtime/kubectl";
import type { ObservedEvent, ObservedObject } from "../lib/runtime/observed";
import { remedyOf } from "../lib/runtime/remedy";
import { findApp, fleetOf } from "./fleet";
import { printable, quoted } from "./foreign-text";
import { kubectl } from "./kubectl";

/** Lines of a log that are shown. */
const LAST_LINES = 10;

/** What is asked for: everything that tells why, and nothing that holds a secret. */
const KINDS = "deployments,replicasets,statefulsets,jobs,pods,events";

/** A mistake of whoever called, in one line. */
class Mistake extends Error {}

interface Search {
  readonly app: string;
  readonly names: AppNames;
  readonly platform: PlatformSpec;
  readonly environment: AppEnvironmentSpec;
}

/**
 * Prints what keeps an app from doing its work: conditions, events, the last lines of logs, and what to do.
 *
 * @param name only this environment; all of the app's otherwise
 * @returns the exit code: 1 when something is wrong
 */
export async function why(slug: string, name: string | undefined): Promise<number> {
  try {
    let isWell = true;
    for (const search of searchesOf(slug, name)) isWell = (await inspect(search)) && isWell;
    return isWell ? 0 : 1;
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    console.error(`error: ${error.message}`);
    return 1;
  }
}

function searchesOf(slug: string, name: string | undefined): Search[] {
  const fleet = fleetOf();
  if (typeof fleet === "string") throw new Mistake(fleet);
  const found = findApp(fleet, slug);
  if (typeof found === "string") throw new Mistake(found);
  const { app, platform } = found;
  const environments = app.environments.filter((each) => name === undefined || each.name === name);
  if (environments.length === 0) {
    throw new Mistake(
      `${slug} has no environment "${name}"; it has ${app.environments.map((each) => each.name).join(", ")}`,
    );
  }
  return environments.map((environment) => ({ app: slug, names: namesOf(slug), platform, environment }));
}

/** A trouble, and the end of the log of what is at fault. */
interface Told {
  readonly trouble: Trouble;
  readonly lastWords: string;
}

/** Prints what is wrong in one environment, and says whether nothing is. */
async function inspect(search: Search): Promise<boolean> {
  const { app, names, environment } = search;
  const stacks = [{ stack: names.environmentStack(environment.name), namespace: names.namespace(environment.name) }];
  if (environment.database !== undefined) {
    const namespace = names.databaseNamespace(environment.name);
    // First, since the app waits for it.
    stacks.unshift({ stack: names.databaseStack(environment.name), namespace });
  }
  console.log(pc.bold(`${app} in ${environment.name}`));
  let isWell = true;
  for (const { stack, namespace } of stacks) {
    const seen = await look(environment, namespace);
    if (seen === undefined) console.log(`  ${namespace} is not there yet: npx cdktf deploy ${stack}`);
    for (const each of seen?.told ?? []) print(each, namespace, search);
    isWell &&= seen?.told.length === 0;
    if (seen === undefined || namespace !== names.namespace(environment.name)) continue;
    const missing = unreleased(seen.objects, search);
    if (missing.length === 0) continue;
    isWell = false;
    console.log(`  what the files say was not released: npx cdktf deploy ${stack} says why, or does it`);
    for (const line of missing) console.log(`    ${line}`);
  }
  if (environment.pin === undefined)
    console.log(`  nothing is released: releases.json has no pin for ${environment.name}`);
  else if (isWell) console.log(`  ${pc.green("all is well")}`);
  return isWell && environment.pin !== undefined;
}

/** What the Deployments lack of a release: a deploy that was refused, or never begun, has changed nothing. */
function unreleased(objects: readonly ObservedObject[], { names, environment, platform }: Search): string[] {
  const { name, pin, processes, secrets } = environment;
  if (pin === undefined) return [];
  const deployments = objects.filter(({ kind }) => kind === "Deployment");
  const wanted = new Map(processes.map(({ name, replicas }) => [name, leastOf(replicas)]));
  const stopped = deployments.filter(
    ({ metadata, spec }) => spec?.replicas === 0 && (wanted.get(metadata.name) ?? 0) > 0,
  );
  const containers = deployments.flatMap(({ spec }) => spec?.template?.spec.containers ?? []);
  const isPinned = containers.length > 0 && containers.every(({ image }) => image.endsWith(pin.digest));
  const lacks = (secret: string) => containers.some(({ env = [] }) => env.every((each) => each.name !== secret));
  return [
    ...(isPinned ? [] : [`the pinned image does not run: ${pin.digest}`]),
    ...stopped.map(
      ({ metadata }) =>
        `deployment/${metadata.name} has no pods, as somebody has said so, and nothing starts them by itself: ${kubectlCommand(environment, names.namespace(name))} scale deployment ${metadata.name} --replicas=${wanted.get(metadata.name)}`,
    ),
    ...secrets
      .filter(lacks)
      .map(
        (secret) =>
          `no pod has ${secret}; this sets it, from standard input, where it has no value: aws secretsmanager create-secret --name ${names.variableSecret(name, secret)} --region ${platform.region} --secret-string file:///dev/stdin`,
      ),
  ];
}

/** What is in a namespace, and all that is wrong in it; nothing where it is missing. */
async function look(
  environment: AppEnvironmentSpec,
  namespace: string,
): Promise<{ objects: ObservedObject[]; told: Told[] } | undefined> {
  const there = await kubectl(environment, ["get", "namespace", namespace, "--ignore-not-found", "--output", "name"]);
  if (there.status !== 0)
    throw new Mistake(`the cluster of ${environment.name} does not answer: ${printable(there.stderr)}`);
  if (there.stdout.trim() === "") return undefined;
  const inNamespace = ["--namespace", namespace];
  const { status, stdout, stderr } = await kubectl(environment, ["get", KINDS, ...inNamespace, "--output", "json"]);
  if (status !== 0) throw new Mistake(printable(stderr));
  const { items } = JSON.parse(stdout, escapeText) as { items: (ObservedObject | ObservedEvent)[] };
  const objects = items.filter((item): item is ObservedObject => item.kind !== "Event");
  const events = items.filter((item): item is ObservedEvent => item.kind === "Event");
  const told = diagnose(objects, events).map(async (trouble) => {
    return { trouble, lastWords: await lastWordsOf(environment, namespace, trouble) };
  });
  return { objects, told: await Promise.all(told) };
}

/** Makes text of a cluster printable as it comes in, so that no message of ours can be forgotten. */
function escapeText(_: string, value: unknown): unknown {
  return typeof value === "string" ? printable(value) : value;
}

async function lastWordsOf(environment: AppEnvironmentSpec, namespace: string, { fault }: Trouble): Promise<string> {
  if (fault?.log === undefined) return "";
  const { container, previous } = fault.log;
  const options = ["--namespace", namespace, "--container", container, "--tail", String(LAST_LINES)];
  const { status, stdout } = await kubectl(environment, [
    "logs",
    fault.pod,
    ...options,
    ...(previous ? ["--previous"] : []),
  ]);
  return status === 0 ? stdout.trimEnd() : "";
}

function print({ trouble, lastWords }: Told, namespace: string, { app, names, environment, platform }: Search): void {
  const { workload, summary, conditions, events, fault } = trouble;
  console.log(`\n${pc.red("✗")} ${pc.bold(workload)}: ${summary}`);
  if (fault !== undefined) console.log(`  pod ${fault.pod}: ${fault.summary}`);
  printLines("conditions", conditions.flatMap(quoted));
  printLines("events", events.flatMap(quoted));
  printLines("last words", lastWords === "" ? [] : quoted(lastWords));
  const kubectl = kubectlCommand(environment, namespace);
  const place = { app, names, environment: environment.name, namespace, region: platform.region, kubectl };
  printLines("what to do", remedyOf(trouble, lastWords, place).split("\n"));
}

function printLines(title: string, lines: readonly string[]): void {
  if (lines.length > 0) console.log(`  ${pc.dim(title)}\n${lines.map((line) => `    ${line}`).join("\n")}`);
}
