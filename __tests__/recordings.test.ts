import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "../lib/runtime/manifest";
import { manifestsOf, printManifests } from "../lib/runtime/manifests";
import { CREATIONS, recording } from "./support/recordings";

const isOf = (wanted: KubernetesObject) => (object: KubernetesObject) =>
  object.kind === wanted.kind && object.metadata.name === wanted.metadata.name;

/** An object without what only a deploy knows, and without the values of Secrets. */
function withoutValues(object: KubernetesObject, leftOut: readonly string[] = []): KubernetesObject {
  const { stringData: _, ...copy } = structuredClone(object) as KubernetesObject & { stringData?: object };
  for (const path of leftOut) {
    const [, parents = "", key = ""] = path.match(/^(.*annotations)\.(.*)$/) ?? [];
    // biome-ignore lint/suspicious/noExplicitAny: an object is looked into
    const found = parents.split(".").reduce<any>((at, step) => at?.[step], copy);
    if (found !== undefined) delete found[key];
  }
  return copy as unknown as KubernetesObject;
}

/** What means the same without it, and is not printed. */
function withoutNothing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNothing);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(entries.map(([name, one]) => [name, withoutNothing(one)]));
}

describe.each(CREATIONS)("the manifests of %s", (step) => {
  const { resources, requests } = recording(step);
  const manifests = manifestsOf(resources);
  const bodies: KubernetesObject[] = requests.map(({ body }) => body);

  it("are the objects that the provider sent, and no other", () => {
    expect(requests.map(({ method }) => method)).toEqual(manifests.map(() => "POST"));
    for (const body of bodies) {
      const manifest = manifests.find(({ object }) => isOf(body)(object));
      expect(manifest && withoutValues(manifest.object)).toEqual(withoutValues(body, manifest?.leftOut));
    }
  });

  it("are printed without their status, and without what is null", () => {
    const printed = parseAllDocuments(printManifests(manifests)).map((document) => document.toJS() as KubernetesObject);
    expect(printed).toHaveLength(bodies.length);
    for (const { object, leftOut } of manifests) {
      const { status: _, ...body } = withoutValues(bodies.find(isOf(object))!, leftOut);
      expect(printed.find(isOf(object))).toEqual(withoutNothing(body));
    }
  });
});
