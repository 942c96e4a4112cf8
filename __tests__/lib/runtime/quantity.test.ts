import { canonicalQuantity, sameQuantity } from "../../../lib/runtime/quantity";

it.each([
  ["0.5", "500m"],
  ["1000m", "1"],
  ["1024Mi", "1Gi"],
  ["1.5Gi", "1536Mi"],
  ["64Mi", "64Mi"],
  ["0.5Ki", "512"],
  ["1000k", "1M"],
  ["0", "0"],
  ["0Mi", "0"],
  ["1e3", "1e3"],
  ["much", "much"],
])("%s is written as %s", (text, written) => {
  expect(canonicalQuantity(text)).toBe(written);
});

it.each([
  ["0.5", "500m", true],
  ["1Gi", "1024Mi", true],
  ["1Gi", "1073741824", true],
  ["1000m", "1", true],
  ["1e3", "1k", true],
  ["256Mi", "256M", false],
  ["1", "2", false],
  ["a", "b", false],
])("%s and %s are the same amount: %s", (one, other, same) => {
  expect(sameQuantity(one, other)).toBe(same);
});
