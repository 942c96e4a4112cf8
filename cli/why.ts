import pc from "picocolors";
import type { AppEnvironmentSpec, Pin, PlatformSpec } from "../lib/fleet/fleet";
import { type AppNames, namesOf, RESTORE_CRON_JOB } from "../lib/fleet/names";
import { diagnose, type Finding, OBSERVED_KINDS } from "../lib/runtime/diagnosis";
import { kubectlCommand } from "../lib/runtime/kubectl";
import type { ObservedEvent, ObservedObject } from "../lib/runtime/observed";
import { type ReleaseGap, releaseGaps } from "../lib/runtime/release-gap";
import { goBack, type Place, remedyOf } from "../lib/runtime/remedy";
import { findApp, fleetOf } from "./fleet";
import { printable, quoted } from "./foreign-text";
import { kubectl } from "./kubectl";

/** Lines of a log that are shown. */
const LOG_LINES = 10;

/** What the user has to mend before there is anything to say, in a line. */
class UserError extends Error {}

/** An app in one environment. */
interface Target {
  readonly app: string;
  readonly names: AppNames;
  readonly platform: PlatformSpec;
  readonly environment: AppEnvironmentSpec;
}

/**
 * Prints why an app does not work: what is wrong with each object, conditions, events, the end of the log, and what to do.
 *
 * @param name only this environment; all of the app's otherwise
 * @returns the exit code: 1 when something is wrong
 */
export async function why(slug: string, name: string | undefined): Promise<number> {
  try {
    let isWell = true;
    for (const target of targetsOf(slug, name)) isWell = (await inspect(target)) && isWell;
    return isWell ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`error: ${error.message}`);
    return 1;
  }
}

function targetsOf(slug: string, name: string | undefined): Target[] {
  const fleet = fleetOf();
  if (typeof fleet === "string") throw new UserError(fleet);
  const found = findApp(fleet, slug);
  if (typeof found === "string") throw new UserError(found);
  const { app, platform } = found;
  const environments = app.environments.filter((each) => name === undefined || each.name === name);
  if (environments.length === 0) {
    throw new UserError(
      `${slug} has no environment "${name}"; it has ${app.environments.map((each) => each.name).join(", ")}`,
    );
  }
  return environments.map((environment) => ({ app: slug, names: namesOf(slug), platform, environment }));
}

/** Prints what is wrong in one environment, and returns whether nothing is. */
async function inspect(target: Target): Promise<boolean> {
  const { app, environment } = target;
  console.log(pc.bold(`${app} in ${environment.name}`));
  // The database comes first, since the app waits for it.
  const isDatabaseWell = environment.database === undefined || (await inspectDatabase(target));
  const isAppWell = await inspectApp(target);
  if (isDatabaseWell && isAppWell) console.log(`  ${pc.green("all is well")}`);
  return isDatabaseWell && isAppWell;
}

async function inspectDatabase({ names, platform, environment, app }: Target): Promise<boolean> {
  const namespace = names.databaseNamespace(environment.name);
  const found = await look(environment, namespace, [RESTORE_CRON_JOB]);
  if (found === undefined) return isMissing(namespace, names.databaseStack(environment.name));
  const place = placeOf({ names, platform, environment, app }, namespace);
  for (const each of found.findings) print(each, place);
  return found.findings.every(({ finding }) => finding.isNotice);
}

async function inspectApp(target: Target): Promise<boolean> {
  const { names, environment } = target;
  const { pin } = environment;
  const namespace = names.namespace(environment.name);
  const found = await look(environment, namespace);
  if (pin === undefined) console.log(`  nothing is released: releases.json has no pin for ${environment.name}`);
  if (found === undefined) return isMissing(namespace, names.environmentStack(environment.name));
  const place = placeOf(target, namespace);
  for (const each of found.findings) print(each, place);
  const isWell = found.findings.every(({ finding }) => finding.isNotice);
  if (pin === undefined) return false;
  const gaps = releaseGaps(found.objects, environment);
  if (gaps.length > 0) printGaps(gaps, pin, place);
  if (found.findings.some(({ finding }) => isOfRelease(finding)) || gaps.some(({ kind }) => kind === "previous"))
    printBlock(`to go back to the release before ${pin.digest}`, goBack(place, pin.digest).split("\n"));
  return isWell && gaps.length === 0;
}

function isMissing(namespace: string, stack: string): boolean {
  console.log(`  ${namespace} does not exist yet; create it:\n    npx cdktf deploy ${stack}`);
  return false;
}

/** Whether the release may be at fault, so that going back helps. */
function isOfRelease({ object, isNotice }: Finding): boolean {
  return !isNotice && (object.startsWith("deployment/") || object.startsWith("job/migrate-"));
}

function placeOf({ app, names, environment, platform }: Target, namespace: string): Place {
  const kubectlFor = (other: string) => kubectlCommand(environment, other);
  const { region } = platform;
  return { app, names, environment: environment.name, namespace, region, kubectlFor, kubectl: kubectlFor(namespace) };
}

/** A finding, and the end of the log of the container at fault. */
interface Shown {
  readonly finding: Finding;
  readonly log: string;
}

/**
 * Reads a namespace and finds what is wrong in it; undefined where it does not exist.
 *
 * @param onDemand CronJobs that are suspended for good
 */
async function look(
  environment: AppEnvironmentSpec,
  namespace: string,
  onDemand: readonly string[] = [],
): Promise<{ objects: ObservedObject[]; findings: Shown[] } | undefined> {
  const there = await kubectl(environment, ["get", "namespace", namespace, "--ignore-not-found", "--output", "name"]);
  if (there.status !== 0) {
    throw new UserError(`the cluster of ${environment.name} does not answer: ${printable(there.stderr)}`);
  }
  if (there.stdout.trim() === "") return undefined;
  const kinds = ["get", OBSERVED_KINDS, "--namespace", namespace, "--output", "json"];
  const { status, stdout, stderr } = await kubectl(environment, kinds);
  if (status !== 0) throw new UserError(`can't read ${namespace}: ${printable(stderr)}`);
  const { items } = JSON.parse(stdout, escapeText) as { items: (ObservedObject | ObservedEvent)[] };
  const objects = items.filter((item): item is ObservedObject => item.kind !== "Event");
  const events = items.filter((item): item is ObservedEvent => item.kind === "Event");
  const findings = diagnose(objects, events, { onDemand }).map(async (finding) => {
    return { finding, log: await logOf(environment, namespace, finding) };
  });
  return { objects, findings: await Promise.all(findings) };
}

/** Escapes text of a cluster as it comes in, so that no message can forget to. */
function escapeText(_: string, value: unknown): unknown {
  return typeof value === "string" ? printable(value) : value;
}

async function logOf(environment: AppEnvironmentSpec, namespace: string, { pod }: Finding): Promise<string> {
  if (pod?.log === undefined) return "";
  const { container, previous } = pod.log;
  const options = ["--namespace", namespace, "--container", container, "--tail", String(LOG_LINES)];
  const args = ["logs", pod.pod, ...options, ...(previous ? ["--previous"] : [])];
  const { status, stdout } = await kubectl(environment, args);
  return status === 0 ? stdout.trimEnd() : "";
}

function print({ finding, log }: Shown, place: Place): void {
  const { object, summary, conditions, events, pod, isNotice } = finding;
  console.log(`\n${isNotice ? pc.yellow("!") : pc.red("✗")} ${pc.bold(object)}: ${summary}`);
  if (pod !== undefined) console.log(`  pod ${pod.pod} ${pod.summary}`);
  if (pod?.message !== undefined) console.log(indented(quoted(pod.message)));
  printBlock("conditions", conditions.flatMap(quoted));
  printBlock("events", events.flatMap(quoted));
  printBlock("end of its log", log === "" ? [] : quoted(log));
  printBlock("what to do", remedyOf(finding, log, place).split("\n"));
}

function printGaps(gaps: readonly ReleaseGap[], { tag, digest }: Pin, place: Place): void {
  const stack = place.names.environmentStack(place.environment);
  console.log(`\n${pc.red("✗")} ${pc.bold("release")}: releases.json pins ${tag}, ${digest}, but`);
  console.log(indented(gaps.flatMap((gap) => describeGap(gap, place).split("\n"))));
  printBlock("what to do", ["deploy it, which also shows what stops it:", `  npx cdktf deploy ${stack}`]);
}

function describeGap(gap: ReleaseGap, { names, environment, region, kubectl }: Place): string {
  const { object } = gap;
  switch (gap.kind) {
    case "missing":
      return `${object} does not exist`;
    case "previous":
      return `${object} still runs ${gap.tag === undefined ? gap.image : `${gap.tag}, ${digestOf(gap.image)}`}`;
    case "stopped":
      return `${object} is scaled to zero and won't scale back up on its own:
  ${kubectl} scale deployment ${gap.process} --replicas=${gap.replicas}`;
    case "secret":
      return `${object} lacks ${gap.variable}; if it has no value yet, set it, from standard input:
  aws secretsmanager create-secret --name ${names.variableSecret(environment, gap.variable)} --region ${region} --secret-string file:///dev/stdin`;
  }
}

function digestOf(image: string): string {
  return image.split("@").at(-1)!;
}

function printBlock(title: string, lines: readonly string[]): void {
  if (lines.length > 0) console.log(`  ${pc.dim(title)}\n${indented(lines)}`);
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `    ${line}`).join("\n");
}
