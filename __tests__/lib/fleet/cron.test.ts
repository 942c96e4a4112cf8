import { isCron, lastDueTimes, parseCron } from "../../../lib/fleet/cron";

it.each([
  "* * * * *",
  "*/15 0-6,12,18-23/2 1,15 jan-JUN mon-fri",
  "59 23 31 12 6",
  "5/10 0 1 DEC sun",
  "@hourly",
  "@yearly",
])("takes what Kubernetes takes: %s", (text) => expect(isCron(text)).toBe(true));

it.each([
  "",
  "* * * *",
  "* * * * * *",
  "60 * * * *",
  "* 24 * * *",
  "* * 0 * *",
  "* * 32 * *",
  "* * * 13 *",
  "* * * 0 *",
  "* * * * 7",
  "* * L * *",
  "* * * * mon#1",
  "*/0 * * * *",
  "*/5/2 * * * *",
  "5-1 * * * *",
  "1-2-3 * * * *",
  "1- * * * *",
  "1-x * * * *",
  "-1 * * * *",
  "1,,2 * * * *",
  "1.5 * * * *",
  "TZ=UTC * * * * *",
  "@every 1h",
  "@reboot",
  "jan * * * *",
  "constructor",
])("does not take %j", (text) => expect(isCron(text)).toBe(false));

/** The last three due times up to a moment, as printed by robfig/cron v3.0.1, the parser of Kubernetes. */
const DUE: readonly [schedule: string, zone: string, until: string, times: readonly string[]][] = [
  [
    "*/5 * * * *",
    "UTC",
    "2026-11-30T04:07:30Z",
    ["2026-11-30T04:05:00Z", "2026-11-30T04:00:00Z", "2026-11-30T03:55:00Z"],
  ],
  [
    "0 3 * * *",
    "Etc/UTC",
    "2026-11-30T02:59:59Z",
    ["2026-11-29T03:00:00Z", "2026-11-28T03:00:00Z", "2026-11-27T03:00:00Z"],
  ],
  [
    "0 3 * * *",
    "Etc/UTC",
    "2026-11-30T03:00:00Z",
    ["2026-11-30T03:00:00Z", "2026-11-29T03:00:00Z", "2026-11-28T03:00:00Z"],
  ],
  [
    "30 6-16/4 * * 1-5",
    "UTC",
    "2026-11-30T04:00:00Z",
    ["2026-11-27T14:30:00Z", "2026-11-27T10:30:00Z", "2026-11-27T06:30:00Z"],
  ],
  [
    "0 0 13 * 5",
    "UTC",
    "2026-11-30T04:00:00Z",
    ["2026-11-27T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-13T00:00:00Z"],
  ],
  [
    "0 0 */2 * 1",
    "UTC",
    "2026-11-30T04:00:00Z",
    ["2026-11-30T00:00:00Z", "2026-11-29T00:00:00Z", "2026-11-27T00:00:00Z"],
  ],
  [
    "0 0 */1 * 1",
    "UTC",
    "2026-11-30T04:00:00Z",
    ["2026-11-30T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-16T00:00:00Z"],
  ],
  ["0 0 29 2 *", "UTC", "2026-11-30T04:00:00Z", ["2024-02-29T00:00:00Z", "2020-02-29T00:00:00Z"]],
  [
    "15 10/6 * * *",
    "UTC",
    "2026-11-30T12:00:00Z",
    ["2026-11-30T10:15:00Z", "2026-11-29T22:15:00Z", "2026-11-29T16:15:00Z"],
  ],
  ["@weekly", "UTC", "2026-11-30T12:00:00Z", ["2026-11-29T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-15T00:00:00Z"]],
  ["@yearly", "UTC", "2026-11-30T12:00:00Z", ["2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "2024-01-01T00:00:00Z"]],
  [
    "0 9 * JAN,jul mon",
    "UTC",
    "2026-11-30T12:00:00Z",
    ["2026-07-27T09:00:00Z", "2026-07-20T09:00:00Z", "2026-07-13T09:00:00Z"],
  ],
  [
    "30 2 * * *",
    "Europe/Berlin",
    "2026-03-30T12:00:00Z",
    ["2026-03-30T00:30:00Z", "2026-03-28T01:30:00Z", "2026-03-27T01:30:00Z"],
  ],
  [
    "30 2 * * *",
    "Europe/Berlin",
    "2026-10-26T12:00:00Z",
    ["2026-10-26T01:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T00:30:00Z"],
  ],
  [
    "0 20 * * *",
    "America/New_York",
    "2026-11-30T00:59:00Z",
    ["2026-11-29T01:00:00Z", "2026-11-28T01:00:00Z", "2026-11-27T01:00:00Z"],
  ],
  [
    "0 0 * * *",
    "Asia/Kolkata",
    "2026-11-30T04:00:00Z",
    ["2026-11-29T18:30:00Z", "2026-11-28T18:30:00Z", "2026-11-27T18:30:00Z"],
  ],
];

it.each(DUE)("knows when %s in %s was due until %s", (schedule, zone, until, times) => {
  const cron = parseCron(schedule);
  const due = cron && lastDueTimes(cron, zone, new Date(until), 3);
  expect(due?.map((time) => time.toISOString().replace(".000", ""))).toEqual(times);
});

it("knows no due times of a zone or a day that don't exist", () => {
  const until = new Date("2026-11-30T04:00:00Z");
  expect(lastDueTimes(parseCron("0 0 * * *")!, "Europe/Nowhere", until, 3)).toEqual([]);
  expect(lastDueTimes(parseCron("0 0 31 2 *")!, "UTC", until, 3)).toEqual([]);
});
