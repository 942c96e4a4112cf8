import { withoutReferences } from "../../../lib/runtime/pod";

/**
 * What Kubernetes makes of a value.
 *
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
function expanded(value: string, known: Readonly<Record<string, string>>): string {
  return value.replaceAll(/\$\$|\$\(([^)]*)\)/g, (found, name) => (found === "$$" ? "$" : (known[name] ?? found)));
}

describe("withoutReferences", () => {
  it.each([
    "",
    "plain",
    "$",
    "$$",
    "$$$",
    "$(A)",
    "$$(A)",
    "$$$(A)",
    "$A",
    "${A}",
    "a$(A)b$$c$",
    "$(",
    "$()",
    "$($(A))",
  ])("makes a text come out as it is: %j", (text) => {
    expect(expanded(withoutReferences(text), { A: "expanded" })).toBe(text);
  });

  it("changes nothing that Kubernetes would not", () => {
    for (const text of ["", "plain", "$", "$A", "${A}", "(A)", "1$"]) expect(withoutReferences(text)).toBe(text);
  });
});
