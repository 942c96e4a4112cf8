import { withFleet } from "../support/fleet-files";
import { runFile } from "../support/program";

const ci = (app: string, kind: string) =>
  withFleet({}, (cwd) => runFile("cli/main.ts", ["ci", app, kind], { cwd, env: { DROVER_PLATFORM: "" } }));

it.each(["github-actions", "gitlab"])("prints %s", (kind) => {
  const { status, stdout } = ci("podcore", kind);
  expect(status).toBe(0);
  expect(stdout).toContain("build.sh");
});

it("names the apps that there are", () => {
  const { status, stdout, stderr } = ci("nosuch", "gitlab");
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toContain('no app with the slug "nosuch"; it has podcore');
});

it("names the kinds that there are", () => {
  const { status, stderr } = ci("podcore", "jenkins");
  expect(status).toBe(1);
  expect(stderr).toContain("github-actions or gitlab");
});
