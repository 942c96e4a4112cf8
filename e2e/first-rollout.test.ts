import { PIN } from "../__tests__/support/fleet-files";
import { ReleasedFleet, type ReleaseOptions } from "./release/released-fleet";
import { CLUSTER, type Cluster, startCluster } from "./tools/cluster";
import { kubernetesPrograms } from "./tools/kubernetes";
import { describeWith, missingOf, type Need, testWith } from "./tools/needs";
import { opentofu, tofuPath } from "./tools/opentofu";
import type { RunResult } from "./tools/process";
import {
  kubernetesProvider,
  kubernetesProviderVersion,
  OLD_KUBERNETES_PROVIDER,
  oldKubernetesProvider,
} from "./tools/provider-mirror";
import { terraformWithIdentities, terraformWithIdentitiesPath } from "./tools/terraform";

/** By what an app is deployed whose first rollout fails. */
interface Way {
  readonly slug: string;
  readonly needs: readonly Need[];
  readonly options: () => Promise<ReleaseOptions>;
}

const STAND_IN = { kubernetesProvider: "stand-in" };

const RECOVERING: Readonly<Record<string, Way>> = {
  "Terraform, and the stand-in for the Kubernetes provider": {
    slug: "terraform",
    needs: [terraformWithIdentities],
    options: async () => ({ ...STAND_IN, terraform: await terraformWithIdentitiesPath() }),
  },
  "OpenTofu, and the stand-in for the Kubernetes provider": {
    slug: "opentofu",
    needs: [opentofu],
    options: async () => ({ ...STAND_IN, terraform: await tofuPath() }),
  },
  "Terraform and the real Kubernetes provider": {
    slug: "provider",
    needs: [terraformWithIdentities, kubernetesProvider],
    options: async () => ({
      terraform: await terraformWithIdentitiesPath(),
      kubernetesProvider: kubernetesProviderVersion(),
    }),
  },
};

/** Provider 2.38.0 is not asked for: its stacks stay locked. */
const LOCKED: Readonly<Record<string, Way>> = {
  "the stand-in for the Kubernetes provider, which behaves as 2.38.0": {
    slug: "old-stand-in",
    needs: [terraformWithIdentities],
    options: async () => ({
      ...STAND_IN,
      standIn: OLD_KUBERNETES_PROVIDER,
      terraform: await terraformWithIdentitiesPath(),
    }),
  },
  "the real Kubernetes provider 2.38.0": {
    slug: "old-provider",
    needs: [terraformWithIdentities, oldKubernetesProvider],
    options: async () => ({
      kubernetesProvider: OLD_KUBERNETES_PROVIDER,
      terraform: await terraformWithIdentitiesPath(),
    }),
  },
};

/** Its process listens on no port, so it never gets ready; or it does. */
function entry(slug: string, isBroken: boolean): object {
  const command = isBroken ? ["/echo", "sleep", "1h"] : ["/echo"];
  return {
    name: slug,
    language: "rust",
    processes: { web: { command, port: 8080, replicas: 1, startTimeout: 20, drainDelay: 0 } },
  };
}

describeWith(CLUSTER, "an app whose first rollout fails", () => {
  const ways = Object.values({ ...RECOVERING, ...LOCKED }).filter(({ needs }) => missingOf(needs) === undefined);
  const fleets = new Map<string, ReleasedFleet>();
  const first = new Map<string, RunResult>();
  const second = new Map<string, RunResult>();
  let cluster: Cluster;

  beforeAll(async () => {
    const { echo } = await kubernetesPrograms();
    const options = await Promise.all(ways.map((way) => way.options()));
    cluster = await startCluster();
    // All at once: each waits for its deadline most of the time.
    await Promise.all(
      ways.map(async ({ slug }, index) => {
        const digest = await cluster.registry.addProgram(slug, PIN.tag, echo);
        const fleet = new ReleasedFleet(cluster, [entry(slug, true)], options[index]);
        fleets.set(slug, fleet);
        fleet.pin(slug, { tag: PIN.tag, digest });
        first.set(slug, await fleet.deploy(slug));
        fleet.change([entry(slug, false)]);
        second.set(slug, await fleet.deploy(slug));
      }),
    );
  }, 60 * 60_000); // building Kubernetes, Terraform and OpenTofu takes a while, once

  afterAll(async () => {
    for (const fleet of fleets.values()) fleet.remove();
    await cluster?.stop();
  });

  describe("recovers by the next deploy", () => {
    for (const [name, { slug, needs }] of Object.entries(RECOVERING)) {
      testWith(needs, `with ${name}`, async () => {
        expectFailedRollout(first.get(slug)!);
        const { code, output } = second.get(slug)!;
        expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
        await cluster.rolledOut(`${slug}-production`, "deployment/web");
        expect((await fleets.get(slug)!.diff(slug)).output).toContain("No changes.");
        expect(fleets.get(slug)!.hasUsedRealProvider(slug)).toBe(slug === "provider");
      });
    }
  });

  describe("stays locked", () => {
    for (const [name, { slug, needs }] of Object.entries(LOCKED)) {
      testWith(needs, `with Terraform and ${name}`, async () => {
        expectFailedRollout(first.get(slug)!);
        const { code, output } = second.get(slug)!;
        expect(code).not.toBe(0);
        expect(output.replace(/[│\s]+/g, " ")).toContain(
          "Unexpected Identity Change: During the read operation, the Terraform Provider unexpectedly returned a different identity then the previously stored one.",
        );
        expect(fleets.get(slug)!.hasUsedRealProvider(slug)).toBe(slug === "old-provider");
      });
    }
  });
});

function expectFailedRollout({ code, output }: RunResult): void {
  expect(code).not.toBe(0);
  expect(output).toMatch(/progress deadline/);
}
