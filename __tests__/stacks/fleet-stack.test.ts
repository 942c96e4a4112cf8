import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { App, TerraformOutput } from "cdktf";
import { loadFleet } from "../../lib/fleet/load";
import type { SourceRepository } from "../../lib/source/source-repository";
import { RustService } from "../../stacks/rust-service";
import { PLATFORM, providerLock, withFleet } from "../support/fleet-files";
import { temporaryFolder } from "../support/folder";
import { type SynthesizedFleet, synthFleet } from "../support/synth-fleet";

const STACKS = ["platform", "podcore-pipeline", "podcore-production", "podcore-repository", "podcore-staging"];

describe("local state", () => {
  it.each([
    ["the default", undefined, "cdktf.out", ".drover/state"],
    ["another folder", "states", "cdktf.out", "states"],
    ["another outdir", undefined, "build/out", ".drover/state"],
    ["an outdir elsewhere", undefined, "../out", ".drover/state"],
  ])("%s: the same folder, by a path that is relative to the stack's", (_, directory, outdir, expected) => {
    const root = temporaryFolder();
    const fleet = synthFleet(
      { platform: { ...PLATFORM, state: directory && { directory } } },
      { directory: folder(root, "fleet", "build"), outdir },
    );
    for (const id of STACKS) {
      const { path } = fleet.stack(id).terraform.backend.local;
      expect(path).toMatch(/^\.\.\//);
      expect(resolve(fleet.outdir, "stacks", id, path)).toBe(join(resolve(fleet.directory, expected), `${id}.tfstate`));
    }
  });
});

describe("state in a bucket", () => {
  const inBucket = (state: object) => synthFleet({ platform: { ...PLATFORM, state } });

  it("has a key of its own for each stack", () => {
    const fleet = inBucket({ bucket: "acme-terraform-state", prefix: "teams/drover" });
    for (const id of STACKS) {
      expect(fleet.stack(id).terraform.backend).toEqual({
        s3: {
          bucket: "acme-terraform-state",
          key: `teams/drover/${id}/terraform.tfstate`,
          region: "eu-central-1",
          encrypt: true,
          use_lockfile: true,
          allowed_account_ids: ["111122223333"],
        },
      });
    }
  });

  it("needs no prefix", () => {
    const { terraform } = inBucket({ bucket: "acme-terraform-state" }).stack("podcore-pipeline");
    expect(terraform.backend.s3.key).toBe("podcore-pipeline/terraform.tfstate");
  });
});

describe("providers", () => {
  const fleet = synthFleet({
    platform: {
      ...PLATFORM,
      environments: {
        production: { domain: "example.com" },
        staging: { domain: "staging.example.com", context: "kind", kubeconfig: "./kind.yaml" },
      },
    },
  });

  it.each(STACKS)("%s has one, which comes from a source that is written in full", (id) => {
    const { provider = {}, terraform } = fleet.stack(id);
    expect(Object.keys(provider)).toHaveLength(1);
    expect(Object.keys(terraform.required_providers)).toEqual(Object.keys(provider));
    for (const { source, version } of Object.values<{ source: string; version: string }>(
      terraform.required_providers,
    )) {
      expect(source).toMatch(/^registry\.terraform\.io\/(hashicorp|integrations)\/(aws|github|kubernetes)$/);
      expect(version).toMatch(/^>= \d+\.\d+\.\d+, < \d+\.0\.0$/);
    }
  });

  it("asks for the versions that the platform names", () => {
    const named = synthFleet({ platform: { ...PLATFORM, providers: { kubernetes: "3.2.1" } } });
    const required = (id: string) => named.stack(id).terraform.required_providers;
    expect(required("podcore-production").kubernetes.version).toBe("3.2.1");
    expect(required("podcore-pipeline")).toEqual(fleet.stack("podcore-pipeline").terraform.required_providers);
  });

  it.each(["platform", "podcore-pipeline"])("%s: AWS answers in one account and region only", (id) => {
    expect(fleet.stack(id).provider?.aws).toMatchObject([
      { region: "eu-central-1", allowed_account_ids: ["111122223333"] },
    ]);
  });

  it("GitHub has one owner, and no token in the file", () => {
    expect(fleet.stack("podcore-repository").provider?.github).toEqual([{ owner: "acme" }]);
  });

  it("Kubernetes has one cluster: the kubeconfig and the context are named", () => {
    expect(fleet.stack("podcore-production").provider?.kubernetes).toEqual([
      {
        config_path: "~/.kube/config",
        config_context: "arn:aws:eks:eu-central-1:111122223333:cluster/production",
      },
    ]);
    expect(fleet.stack("podcore-staging").provider?.kubernetes).toEqual([
      { config_path: "./kind.yaml", config_context: "kind" },
    ]);
  });

  it("tags everything in AWS: by whom, for which app, from which repository", () => {
    const tags = (id: string) => fleet.stack(id).provider?.aws[0].default_tags;
    expect(tags("podcore-pipeline")).toEqual([
      { tags: { app: "podcore", "managed-by": "drover", repository: "acme/podcore" } },
    ]);
    expect(tags("platform")).toEqual([{ tags: { "managed-by": "drover" } }]);
  });
});

describe("the lock file of providers", () => {
  const DATABASE = [{ name: "Podcore", language: "rust", database: "postgres", secrets: ["TOKEN"] }];
  const lockOf = (fleet: SynthesizedFleet, id: string) =>
    readFileSync(join(fleet.outdir, "stacks", id, ".terraform.lock.hcl"), "utf8");
  const notes = ({ manifest }: SynthesizedFleet) =>
    Object.values(manifest).flatMap(({ annotations }) => annotations.map(({ message }) => message));
  const locked = synthFleet({ apps: DATABASE, providerLock: providerLock() });

  it("becomes one for each stack, with the providers of that stack alone, and its constraints", () => {
    expect(Object.keys(locked.texts)).toEqual(expect.arrayContaining([...STACKS, "podcore-production-database"]));
    for (const id of Object.keys(locked.texts)) {
      const asked = Object.values<{ source: string; version: string }>(locked.stack(id).terraform.required_providers);
      const blocks = [...lockOf(locked, id).matchAll(/^provider "(.*)" \{[^}]* constraints = "(.*)"$/gm)];
      expect(blocks.map(([, source, constraints]) => `${source} ${constraints}`)).toEqual(
        asked.map(({ source, version }) => `${source} ${version}`).sort(),
      );
    }
    expect(lockOf(locked, "podcore-production-database")).toContain('"zh:0123456789abcdef"');
  });

  it("changes nothing else", () => {
    expect(synthFleet({ apps: DATABASE }).texts).toEqual(locked.texts);
  });

  it("where it is missing, none is written, and one note says so", () => {
    const fleet = synthFleet();
    expect(existsSync(join(fleet.outdir, "stacks/platform/.terraform.lock.hcl"))).toBe(false);
    expect(notes(fleet)).toEqual([expect.stringMatching(/^there is no \.terraform\.lock\.hcl: .*`npm run lock`/)]);
    expect(notes(locked)).toEqual([]);
  });
});

/** A folder below another one, with a folder in it. */
function folder(root: string, name: string, child: string): string {
  mkdirSync(join(root, name, child), { recursive: true });
  return join(root, name);
}

it("refuses what refers to another stack, since no stack could be planned alone", () => {
  const { platform, apps } = withFleet({}, (directory) => loadFleet({ directory }));
  const app = new App({ outdir: temporaryFolder() });
  const [service] = apps.map((spec) => new RustService(app, spec.slug, { ...spec, platform }));
  const source = service?.repository.node.findChild("source") as SourceRepository;
  new TerraformOutput(service?.pipeline as RustService["pipeline"], "url", { value: source.repository.htmlUrl });
  expect(() => app.synth()).toThrow(
    `stack "podcore-pipeline" refers to github_repository.${source.repository.friendlyUniqueId}, which is not in it; write the value out`,
  );
});
