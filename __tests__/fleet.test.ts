import { readFileSync } from "node:fs";
import { join } from "node:path";
import { byText } from "../lib/fleet/fleet";
import { loadFleet } from "../lib/fleet/load";
import { namesOf } from "../lib/fleet/names";
import { ROOT } from "./support/program";
import { resources } from "./support/synth";
import { synthFleet } from "./support/synth-fleet";

/** The fleet of this repository, whatever it says: what must hold for any, and a snapshot of what it becomes. */
const file = (name: string) => readFileSync(join(ROOT, `${name}.json`), "utf8");
const FILES = { apps: file("apps"), platform: file("platform"), releases: file("releases") };
const { apps, platform } = loadFleet({ directory: ROOT, platform: "platform.json" });
const fleet = synthFleet(FILES);

it("has the stacks of its apps and the platform's, and no other", () => {
  const stacks = apps.flatMap(({ slug, environments }) => {
    const { repositoryStack, pipelineStack, environmentStack } = namesOf(slug);
    return [repositoryStack, pipelineStack, ...environments.map(({ name }) => environmentStack(name))];
  });
  expect(Object.keys(fleet.texts).sort(byText)).toEqual(["platform", ...stacks].sort(byText));
});

it("can reach its own account and clusters only", () => {
  for (const id of Object.keys(fleet.texts)) {
    const { aws, kubernetes } = fleet.stack(id).provider ?? {};
    for (const { allowed_account_ids } of aws ?? []) expect(allowed_account_ids).toEqual([platform.accountId]);
    const contexts = platform.environments.map(({ context }) => context);
    for (const { config_context } of kubernetes ?? []) expect(contexts).toContain(config_context);
  }
});

it("runs exactly what is pinned", () => {
  for (const { slug, environments } of apps) {
    for (const { name, pin, processes } of environments) {
      const deployments = Object.values(
        resources(fleet.stack(namesOf(slug).environmentStack(name)), "kubernetes_deployment_v1"),
      );
      expect(deployments).toHaveLength(pin ? processes.length : 0);
      for (const { spec } of deployments)
        expect(spec.template.spec.container[0].image).toMatch(`/${slug}@${pin?.digest}`);
    }
  }
});

it("is not changed by one more app, or by another order", () => {
  const list: unknown[] = [JSON.parse(FILES.apps)].flat().flatMap((value) => value.apps ?? value);
  const more = [{ name: "One More", language: "rust" }, ...list.toReversed()];
  const { texts } = synthFleet({ ...FILES, apps: more });
  expect(texts).toMatchObject(fleet.texts);
});

it("has a release on each line of releases.json, sorted, so that two releases seldom meet", () => {
  const lines = FILES.releases.split("\n").filter((line) => line.includes('"digest"'));
  const releases = JSON.parse(FILES.releases) as Record<string, Record<string, object> | string>;
  const pins = Object.values(releases).flatMap((value) => (typeof value === "object" ? [Object.keys(value)] : []));
  expect(lines).toHaveLength(pins.flat().length);
  for (const slugs of pins) expect(slugs).toEqual(slugs.toSorted(byText));
});

it("becomes what it became before; if that is meant to change: npx jest --updateSnapshot", () => {
  const summary = Object.keys(fleet.texts).map((id) => {
    const counts = Object.entries(fleet.stack(id).resource ?? {}).map(
      ([type, named]) => `${type} ${Object.keys(named).length}`,
    );
    return `${id}: ${counts.join(", ")}`;
  });
  expect(summary.join("\n")).toMatchSnapshot();
});
