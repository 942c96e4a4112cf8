import { FLEETS, filesOf } from "./support/fleets";
import { type Change, withoutDnsAnywhere, withoutIpv6 } from "./support/network/changes";
import { cilium, kubernetesApi } from "./support/network/engines";
import { cellsOf, FULL_FLEET, judgeFleet, SETTINGS, type Setting } from "./support/network/reachability";

const ENGINES = [
  { name: "Kubernetes", judge: kubernetesApi },
  { name: "Cilium", judge: cilium },
];

describe.each(ENGINES)("network policies, as $name takes them", (engine) => {
  describe.each(SETTINGS)("in a cluster of $name", (setting) => {
    it("let a fleet with all options reach what the documentation says, in every cell of its table", async () => {
      const { tried, wrong } = await judgeFleet(engine, FULL_FLEET, setting);
      expect(wrong).toEqual([]);
      expect(cellsOf(setting).filter((cell) => !tried.has(cell))).toEqual([]);
    });

    it.each(FLEETS)("let the fleet in %s reach what the documentation says", async (folder) => {
      const { tried, wrong } = await judgeFleet(engine, filesOf(folder), setting);
      expect(wrong).toEqual([]);
      expect(tried.size).toBeGreaterThan(20);
    });
  });
});

describe("the table", () => {
  const [ipv4, , ipv6] = SETTINGS as [Setting, Setting, Setting];
  const wrongWith = async (name: string, setting: Setting, change: Change) => {
    const engine = ENGINES.find((one) => one.name === name) as (typeof ENGINES)[number];
    return (await judgeFleet(engine, FULL_FLEET, setting, change)).wrong.join("\n");
  };

  it("is missed by policies that name ranges for DNS alone, as Cilium takes them", async () => {
    expect(await wrongWith("Cilium", ipv4, withoutDnsAnywhere)).toContain("(app) → DNS Service, UDP: closed");
    expect(await wrongWith("Kubernetes", ipv4, withoutDnsAnywhere)).toBe("");
  });

  it("is missed by policies without IPv6", async () => {
    for (const { name } of ENGINES) {
      expect(await wrongWith(name, ipv6, withoutIpv6)).toContain("(app) → internet, port 443: closed");
    }
  });

  it("is missed where there are no policies", async () => {
    const nothing: Change = (object) => (object.kind === "NetworkPolicy" ? { ...object, kind: "ConfigMap" } : object);
    for (const { name } of ENGINES) {
      const wrong = await wrongWith(name, ipv4, nothing);
      for (const closed of [
        "(app) → RDS in the VPC, 10.0.200.10:5432",
        "(app) → metadata of the machine",
        "(dump) → internet, port 25",
        "(database) → internet, port 443",
        "(other pod of a database's namespace) → own database",
        "(pod of another namespace) → another app's database",
        "(load balancer) → a private process of another app",
      ]) {
        expect(wrong).toContain(`${closed}: open`);
      }
    }
  });
});
