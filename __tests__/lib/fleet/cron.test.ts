import { isCron } from "../../../lib/fleet/cron";

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
])("does not take %j", (text) => expect(isCron(text)).toBe(false));
