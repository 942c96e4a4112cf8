import { synthFleet } from "../support/synth-fleet";

const rust = (name: string, more: object = {}) => ({ name, language: "rust", ...more });

it("makes the stacks that the names say, and no others", () => {
  const { texts } = synthFleet({ apps: [rust("Podcore"), rust("Variables", { environments: ["staging"] })] });
  expect(Object.keys(texts).sort()).toEqual([
    "platform",
    "podcore-pipeline",
    "podcore-production",
    "podcore-repository",
    "podcore-staging",
    "variables-pipeline",
    "variables-repository",
    "variables-staging",
  ]);
});

it("names them by the slug", () => {
  const { texts } = synthFleet({ apps: [rust("Podcore 2", { slug: "pod" })] });
  expect(Object.keys(texts)).toEqual(expect.arrayContaining(["pod-pipeline", "pod-production", "pod-repository"]));
});

it("has every stack directly below the App, where cdktf's command line can order it", () => {
  for (const [id, { constructPath }] of Object.entries(synthFleet().manifest)) expect(constructPath).toBe(id);
});

it("makes the pipeline after the repository, and lets nothing else wait", () => {
  const { manifest } = synthFleet({ apps: [rust("Podcore"), rust("Variables")] });
  const waiting = Object.entries(manifest).filter(([, { dependencies }]) => dependencies.length > 0);
  expect(Object.fromEntries(waiting.map(([id, { dependencies }]) => [id, dependencies]))).toEqual({
    "podcore-pipeline": ["podcore-repository"],
    "variables-pipeline": ["variables-repository"],
  });
});

it("lets an app be called like another one's stack, or like the platform", () => {
  const { texts } = synthFleet({ apps: [rust("Shop"), rust("Shop Production"), rust("Platform")] });
  const expected = ["shop-production", "shop-production-production", "platform", "platform-production"];
  expect(Object.keys(texts)).toEqual(expect.arrayContaining(expected));
});
