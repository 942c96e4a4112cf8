/** What the letters behind a number stand for. @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Whether two quantities are the same amount: the API server writes `0.5` as `500m`. */
export function sameQuantity(one: string, other: string): boolean {
  return one === other || amountOf(one) === amountOf(other);
}

function amountOf(quantity: string): number {
  const [, number = "", suffix = ""] = quantity.match(/^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/) ?? [];
  return Number.parseFloat((Number(number) * (SUFFIXES[suffix] ?? Number.NaN)).toPrecision(12));
}
