import { differences } from "../../cli/plan";

function change(before: unknown, after: unknown, rest: object = {}) {
  return differences({ address: "a.b", change: { actions: ["update"], before, after, ...rest } });
}

describe("differences", () => {
  it("are none between equal values", () => {
    expect(change({ a: [1, { b: "x" }], c: null }, { a: [1, { b: "x" }], c: null })).toEqual([]);
  });

  it("name the path of each value, what is there and what should be", () => {
    expect(change({ a: [{ b: "x" }, { b: "y" }], c: true }, { a: [{ b: "x" }, { b: "z" }], c: false })).toEqual([
      { path: "a[1].b", is: '"y"', should: '"z"' },
      { path: "c", is: "true", should: "false" },
    ]);
  });

  it("name what is on one side only", () => {
    expect(change({ a: 1 }, { b: [2] })).toEqual([
      { path: "a", is: "1", should: "nothing" },
      { path: "b", is: "nothing", should: "[2]" },
    ]);
  });

  it("name what is not known yet", () => {
    expect(change({ arn: "x" }, {}, { after_unknown: { arn: true } })).toEqual([
      { path: "arn", is: '"x"', should: "known after the next deploy" },
    ]);
  });

  it("never show a secret", () => {
    const found = change({ a: { b: "old" } }, { a: { b: "new" } }, { before_sensitive: { a: { b: true } } });
    expect(found).toEqual([{ path: "a.b", is: "(secret)", should: "(another secret)" }]);
    expect(change({ b: "same" }, { b: "same" }, { after_sensitive: { b: true } })).toEqual([]);
  });

  it("cut what is too long to read", () => {
    expect(change({ a: "" }, { a: "x".repeat(200) })[0]?.should).toHaveLength(80);
  });
});
