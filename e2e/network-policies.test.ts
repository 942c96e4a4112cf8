import { FLEETS, filesOf } from "../__tests__/support/fleets";
import { type Change, withoutIpv6, withoutRangesOfDns, withRule } from "../__tests__/support/network/changes";
import type { Engine } from "../__tests__/support/network/engines";
import { cellsOf, FULL_FLEET, judgeFleet, SETTINGS, type Setting } from "../__tests__/support/network/reachability";
import { describeWith } from "./tools/needs";
import { AWS_AGENT, awsAgent } from "./tools/network-policy";

describeWith(AWS_AGENT, "network policies, as AWS's agent takes them", () => {
  let engine: { name: string; judge: Engine };

  beforeAll(async () => {
    engine = { name: "AWS", judge: await awsAgent() };
  }, 20 * 60_000); // building takes a while, once

  describe.each(SETTINGS)("in a cluster of $name", (setting) => {
    test("let a fleet with all options reach what the documentation says, in every cell of its table", async () => {
      const { tried, wrong } = await judgeFleet(engine, FULL_FLEET, setting);
      expect(wrong).toEqual([]);
      expect(cellsOf(setting).filter((cell) => !tried.has(cell))).toEqual([]);
    });

    test.each(FLEETS)("let the fleet in %s reach what the documentation says", async (folder) => {
      const { tried, wrong } = await judgeFleet(engine, filesOf(folder), setting);
      expect(wrong).toEqual([]);
      expect(tried.size).toBeGreaterThan(20);
    });
  });

  const [ipv4, , ipv6] = SETTINGS as [Setting, Setting, Setting];
  const wrongWith = async (setting: Setting, change: Change) =>
    (await judgeFleet(engine, FULL_FLEET, setting, change)).wrong.join("\n");

  test.each(SETTINGS)(
    "stop names from being resolved without a rule for private DNS servers: $name",
    async (setting) => {
      const wrong = await wrongWith(setting, withoutRangesOfDns);
      for (const source of ["app", "dump"]) {
        if (!setting.ipv6) {
          expect(wrong).toContain(`(${source}) → DNS Service, UDP: closed`);
          expect(wrong).toContain(`(${source}) → node-local DNS, 169.254.20.10: closed`);
          expect(wrong).toContain(`(${source}) → DNS resolver of the VPC: closed`);
        }
      }
      expect(wrong === "").toBe(setting.ipv6);
    },
  );

  test("stop IPv6 without a rule for it", async () => {
    expect(await wrongWith(ipv6, withoutIpv6)).toContain("(app) → internet, port 443: closed");
  });

  test("open a private range whole where a wider one is opened at a port: entries can't say that", async () => {
    const wrong = await wrongWith(ipv4, withRule([{ cidr: "8.0.0.0/5" }], [5432]));
    expect(wrong).toContain("(app) → RDS in the VPC, another port: open");
  });

  test("are not loaded whole with more ports than entries can name", async () => {
    const ports = (count: number) =>
      withRule(
        [{ cidr: "10.0.0.0/16" }],
        [...Array(count).keys()].map((port) => port + 1000),
      );
    // With the four of the table it is as many as entries can name.
    await expect(wrongWith(ipv4, ports(16))).resolves.toBe("");
    await expect(wrongWith(ipv4, ports(25))).rejects.toThrow("exceeded the supported maximum of 24");
  });

  test("are not loaded in a cluster of IPv4 where they except ranges of IPv6", async () => {
    const named = { ...ipv4, privateRanges: ["2001:db8:0:100::/56"] };
    await expect(judgeFleet(engine, FULL_FLEET, named)).rejects.toThrow("the kernel refuses a prefix of 56 bits");
  });
});
