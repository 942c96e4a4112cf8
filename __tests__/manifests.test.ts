import { fieldsOf, kindOf } from "../lib/runtime/kubernetes-types";
import type { KubernetesObject } from "../lib/runtime/manifest";
import { FLEETS, filesOf, objectsByCluster } from "./support/fleets";
import { Cluster } from "./support/manifest-rules/cluster";
import { brokenRules } from "./support/manifest-rules/rules";

/** What Kubernetes' own schemas say against an object: wrong types, and what is missing. */
function schemaErrors(object: KubernetesObject): string[] {
  const { apiVersion, kind } = object;
  const models = require(`kubernetes-models/${apiVersion}/${kind}`);
  try {
    new models[kind](object).validate();
    return [];
  } catch (error) {
    return [`${kind} ${object.metadata.name}: ${(error as Error).message}`];
  }
}

/** Fields that Kubernetes does not know, which the schemas let pass. */
function unknownFields(value: unknown, type: string, path: string): string[] {
  // The provider sends a null where a rule of a pod failure policy names no exit codes.
  if (value === null) return [];
  if (type.startsWith("[]")) {
    return (value as unknown[]).flatMap((element, index) => unknownFields(element, type.slice(2), `${path}[${index}]`));
  }
  const fields = fieldsOf(type);
  if (fields === undefined) return [];
  return Object.entries(value as object).flatMap(([name, inner]) => {
    const field = fields[name];
    return field === undefined ? [`${path}.${name}`] : unknownFields(inner, field, `${path}.${name}`);
  });
}

function structureOf({ apiVersion, kind }: KubernetesObject): string {
  const words = kind.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
  return kindOf(`kubernetes_${words}_${apiVersion.split("/").at(-1)}`)?.type ?? "any";
}

it("are looked at for every fleet of the repository", () => {
  expect(FLEETS).toEqual(expect.arrayContaining([".", "examples/fleet"]));
});

describe.each(FLEETS.map((folder) => [folder] as const))("the manifests of the fleet in %s", (folder) => {
  const clusters = objectsByCluster(filesOf(folder));
  const objects = [...clusters.values()].flat();

  it("are there", () => {
    expect(objects.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["Namespace", "Deployment", "Service"]));
  });

  it("keep to the schemas of Kubernetes", () => {
    expect(objects.flatMap(schemaErrors)).toEqual([]);
  });

  it("have no field that Kubernetes does not know", () => {
    const withoutStatus = objects.map(({ status, ...object }) => object as KubernetesObject);
    expect(withoutStatus.flatMap((object) => unknownFields(object, structureOf(object), object.kind))).toEqual([]);
  });

  it("break no rule", () => {
    expect([...clusters.values()].flatMap(brokenRules)).toEqual([]);
  });

  it("break a rule if any container of them does not state that it never runs as root", () => {
    const containers = new Cluster(objects)
      .pods()
      .flatMap(({ owner, containers }) => containers.map((container) => ({ owner, container })));
    expect(containers).not.toEqual([]);
    const unnoticed = containers.filter(({ owner, container }) => {
      const { runAsNonRoot, ...rest } = container.securityContext;
      container.securityContext = rest;
      const problems = brokenRules([owner]);
      container.securityContext = { runAsNonRoot, ...rest };
      return !problems.some((problem) => problem.endsWith(`${container.name}: it may run as root`));
    });
    expect(unnoticed.map(({ owner, container }) => `${owner.kind} ${owner.metadata.name} ${container.name}`)).toEqual(
      [],
    );
  });
});
