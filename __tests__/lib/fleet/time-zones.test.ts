import { DEFAULT_TIME_ZONE, TIME_ZONES } from "../../../lib/fleet/time-zones";

it("are named once, and hold the default", () => {
  expect(new Set(TIME_ZONES).size).toBe(TIME_ZONES.length);
  expect(TIME_ZONES).toEqual(
    expect.arrayContaining([DEFAULT_TIME_ZONE, "UTC", "Europe/Kyiv", "America/Argentina/Ushuaia"]),
  );
});

it("are names as IANA's database has them", () => {
  for (const name of TIME_ZONES) expect(name).toMatch(/^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*){0,2}$/);
});

it("hold every zone that Node.js knows; if not, IANA has new ones", () => {
  expect(TIME_ZONES).toEqual(expect.arrayContaining(Intl.supportedValuesOf("timeZone")));
});
