/** Units of a quantity, each a thousand times the one before; and those that are 1024 times. */
const DECIMAL = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** How many nanos, the finest that a quantity can tell apart, are one. */
const ONE = 1_000_000_000n;

/**
 * A quantity as Kubernetes writes it: with the largest unit that leaves no fraction. So `0.5` is `500m`, and `1024Mi` is
 * `1Gi`.
 *
 * @returns the text itself where it is no quantity, or one with an exponent
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function canonicalQuantity(text: string): string {
  const nanos = /[eE]\d/.test(text) ? undefined : nanosOf(text);
  if (nanos === undefined) return text;
  const isBinary = text.endsWith("i") && nanos >= 1024n * ONE && nanos % ONE === 0n;
  return isBinary ? withUnit(nanos / ONE, 1024n, BINARY) : withUnit(nanos, 1000n, DECIMAL);
}

/** Whether two quantities are the same amount. */
export function sameQuantity(one: string, other: string): boolean {
  const nanos = nanosOf(one);
  return one === other || (nanos !== undefined && nanos === nanosOf(other));
}

function withUnit(amount: bigint, step: bigint, units: readonly string[]): string {
  let [rest, unit] = [amount, 0];
  while (rest > 0n && rest % step === 0n && unit < units.length - 1) [rest, unit] = [rest / step, unit + 1];
  return rest === 0n ? "0" : `${rest}${units[unit]}`;
}

/** The amount in nanos, rounded up; undefined for what is no quantity. */
function nanosOf(text: string): bigint | undefined {
  const [, whole = "", fraction = "", exponent = "0", unit = ""] =
    text.match(/^(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?([a-zA-Z]*)$/) ?? [];
  const [binary, decimal] = [BINARY.indexOf(unit), DECIMAL.indexOf(unit)];
  if (whole + fraction === "" || (binary < 0 && decimal < 0)) return undefined;
  const power = Number(exponent) - fraction.length;
  const factor = binary > 0 ? 1024n ** BigInt(binary) * ONE : 1000n ** BigInt(decimal);
  const [times, divisor] = power < 0 ? [1n, 10n ** BigInt(-power)] : [10n ** BigInt(power), 1n];
  return (BigInt(whole + fraction) * factor * times + divisor - 1n) / divisor;
}
