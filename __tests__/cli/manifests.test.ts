import { existsSync } from "node:fs";
import { join } from "node:path";
import { PIN, PLATFORM, withFleet } from "../support/fleet-files";
import { runFile } from "../support/program";

const RELEASES = { production: { podcore: PIN } };

function manifests(...args: string[]) {
  return withFleet({ releases: RELEASES }, (cwd) => {
    const outcome = runFile("cli/main.ts", ["manifests", ...args], { cwd, env: { DROVER_PLATFORM: "" } });
    expect(existsSync(join(cwd, "cdktf.out"))).toBe(false);
    return outcome;
  });
}

it("prints the objects of one environment", () => {
  const { status, stdout, stderr } = manifests("podcore", "production");
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^---\napiVersion: v1\nkind: Namespace\n/);
  expect(stdout).toContain("kind: Deployment");
  expect(stdout).toContain("name: podcore-production");
  expect(stdout).not.toContain("podcore-staging");
});

it("prints those of all environments of the app", () => {
  const { stdout } = manifests("podcore");
  expect(stdout).toContain("name: podcore-production");
  expect(stdout).toContain("name: podcore-staging");
});

it("prints nothing of an environment whose name only begins the same", () => {
  const environments = { production: { domain: "a.com" }, "production-eu": { domain: "b.com" } };
  const apps = [{ name: "Podcore", language: "rust", database: "postgres" }];
  withFleet({ apps, platform: { ...PLATFORM, environments } }, (cwd) => {
    const print = (...args: string[]) =>
      runFile("cli/main.ts", ["manifests", "podcore", ...args], { cwd, env: { DROVER_PLATFORM: "" } }).stdout;
    const namespaces = (text: string) =>
      [...text.matchAll(/kind: Namespace\nmetadata:\n(?: .*\n)*? {2}name: (\S+)/g)].map(([, name]) => name);
    expect(namespaces(print("production"))).toEqual(["podcore-production", "podcore-production-database"]);
    expect(namespaces(print())).toHaveLength(4);
  });
});

it("names the apps that there are", () => {
  const { status, stdout, stderr } = manifests("nosuch");
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toContain('no app with the slug "nosuch"; it has podcore');
});

it("names the environments that there are", () => {
  const { status, stderr } = manifests("podcore", "nosuch");
  expect([status, stderr]).toEqual([1, 'error: "podcore" has no environment "nosuch"; it has production, staging\n']);
});
