const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** A field of a cron expression: its bounds, and the words that stand for numbers from the lower one on. */
interface Field {
  readonly least: number;
  readonly most: number;
  readonly words?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12, words: MONTHS },
  { least: 0, most: 6, words: DAYS },
];

/** @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax */
const SHORTHANDS = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
]);

/** The values of a field. */
interface Values {
  readonly numbers: ReadonlySet<number>;
  /** Whether it is a star, which lets the other one of the day fields decide alone. */
  readonly isStar: boolean;
}

/** The minutes at which a CronJob is due. */
export interface Cron {
  readonly minute: Values;
  readonly hour: Values;
  readonly day: Values;
  readonly month: Values;
  readonly weekday: Values;
}

/**
 * Whether a text is a schedule as the CronJobs of Kubernetes take it. Other programs have other dialects: a seventh day of
 * the week, seconds, "L" for a last day.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
export function isCron(text: string): boolean {
  return parseCron(text) !== undefined;
}

/** Reads a schedule; undefined where it is none. */
export function parseCron(text: string): Cron | undefined {
  const parts = (SHORTHANDS.get(text) ?? text).split(" ");
  if (parts.length !== FIELDS.length) return undefined;
  const [minute, hour, day, month, weekday] = FIELDS.map((field, index) => valuesOf(parts[index] ?? "", field));
  return minute && hour && day && month && weekday && { minute, hour, day, month, weekday };
}

/** Days in eight years and a leap day: no schedule that ever comes is due more rarely. */
const LONGEST_WAIT = 8 * 366;

const DAY = 24 * 60 * 60 * 1000;

/**
 * The latest times up to a moment at which a schedule was due, the newest first. There are fewer, or none, where it was
 * due less often within eight years, or where the time zone is unknown.
 *
 * @param zone name in the IANA database, such as "Europe/Berlin"
 */
export function lastDueTimes(cron: Cron, zone: string, until: Date, count: number): Date[] {
  const clock = clockOf(zone);
  if (clock === undefined) return [];
  const times: Date[] = [];
  const today = Math.floor(clock(until.getTime()) / DAY) * DAY;
  for (let date = today; date > today - LONGEST_WAIT * DAY && times.length < count; date -= DAY) {
    if (isDueOn(cron, new Date(date))) times.push(...dueWithin(cron, date, clock, until, count - times.length));
  }
  return times;
}

/** The due times of a day, the newest first. */
function dueWithin(cron: Cron, date: number, clock: Clock, until: Date, count: number): Date[] {
  const times: Date[] = [];
  // Where summer time ends, the clocks may have shown a later time before.
  const latest = clock(until.getTime()) + 3 * 60 * 60_000;
  for (const hour of descending(cron.hour.numbers)) {
    for (const minute of descending(cron.minute.numbers)) {
      const shown = date + (hour * 60 + minute) * 60_000;
      if (shown > latest) continue;
      const moments = momentsOf(shown, clock);
      times.push(...moments.filter((time) => time <= until.getTime()).map((time) => new Date(time)));
      if (times.length >= count) return times.slice(0, count);
    }
  }
  return times;
}

function descending(numbers: ReadonlySet<number>): number[] {
  return [...numbers].sort((a, b) => b - a);
}

/** Both day fields have to match where one of them is a star; otherwise one is enough. */
function isDueOn({ day, month, weekday }: Cron, date: Date): boolean {
  if (!month.numbers.has(date.getUTCMonth() + 1)) return false;
  const matches = [day.numbers.has(date.getUTCDate()), weekday.numbers.has(date.getUTCDay())];
  return day.isStar || weekday.isStar ? matches.every(Boolean) : matches.some(Boolean);
}

/** What the clocks of a time zone show at a moment, in milliseconds as if it were UTC. */
type Clock = (time: number) => number;

function clockOf(timeZone: string): Clock | undefined {
  const numeric = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
  try {
    const format = new Intl.DateTimeFormat("en-US", { ...numeric, timeZone, hourCycle: "h23" });
    return (time) => {
      const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
      const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
      return Date.UTC(year, month - 1, day, hour, minute);
    };
  } catch {
    return undefined;
  }
}

/** When the clocks show a time, the latest first: never where summer time begins, and twice where it ends. */
function momentsOf(shown: number, clock: Clock): number[] {
  const offsets = [shown + DAY, shown - DAY].map((time) => clock(time) - time);
  return [...new Set(offsets)].map((offset) => shown - offset).filter((time) => clock(time) === shown);
}

function valuesOf(text: string, field: Field): Values | undefined {
  const ranges = text.split(",").map((range) => rangeOf(range, field));
  const numbers = ranges.flatMap((range) => range?.numbers ?? []);
  if (ranges.includes(undefined)) return undefined;
  return { numbers: new Set(numbers), isStar: ranges.some((range) => range?.isStar) };
}

/** `*`, `a`, `a-b`, each of them with `/step`; `a/step` goes on to the end. */
function rangeOf(text: string, field: Field): { numbers: number[]; isStar: boolean } | undefined {
  const [range = "", step, ...more] = text.split("/");
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d{0,3}$/.test(step))) return undefined;
  const every = Number(step ?? 1);
  if (range === "*") return { numbers: numbersOf(field.least, field.most, every), isStar: every === 1 };
  const ends = range.split("-").map((end) => numberOf(end, field));
  const [first, last = step === undefined ? first : field.most] = ends;
  if (ends.length > 2 || ends.includes(undefined) || first === undefined || last === undefined) return undefined;
  if (first < field.least || last < first || field.most < last) return undefined;
  return { numbers: numbersOf(first, last, every), isStar: false };
}

function numbersOf(first: number, last: number, step: number): number[] {
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);
}

function numberOf(text: string, { least, words = [] }: Field): number | undefined {
  const position = words.indexOf(text.toLowerCase());
  if (position >= 0) return least + position;
  return /^\d{1,2}$/.test(text) ? Number(text) : undefined;
}
