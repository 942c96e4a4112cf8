const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** A field of a time of cron: its bounds, and the words that stand for numbers from the lower one on. */
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

const SHORTHANDS = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/**
 * Whether a text is a time as the CronJobs of Kubernetes take it. Other programs call other things so: a seventh day of
 * the week, seconds, "L" for a last day.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
export function isCron(text: string): boolean {
  if (SHORTHANDS.includes(text)) return true;
  const parts = text.split(" ");
  return parts.length === FIELDS.length && FIELDS.every((field, index) => isField(parts[index] ?? "", field));
}

function isField(text: string, field: Field): boolean {
  return text.split(",").every((range) => isRange(range, field));
}

/** `*`, `a`, `a-b`, each of them with `/step`. */
function isRange(text: string, field: Field): boolean {
  const [range = "", step, ...more] = text.split("/");
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d{0,3}$/.test(step))) return false;
  if (range === "*") return true;
  const ends = range.split("-").map((end) => numberOf(end, field));
  const [first, last = first] = ends;
  if (ends.length > 2 || ends.includes(undefined) || first === undefined || last === undefined) return false;
  return field.least <= first && first <= last && last <= field.most;
}

function numberOf(text: string, { least, words = [] }: Field): number | undefined {
  const position = words.indexOf(text.toLowerCase());
  if (position >= 0) return least + position;
  return /^\d{1,2}$/.test(text) ? Number(text) : undefined;
}
