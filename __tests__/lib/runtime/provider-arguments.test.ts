import { fieldOf, fieldsOf, kindOf } from "../../../lib/runtime/kubernetes-types";
import { PROVIDER_READ, type ProviderArgument, providerArguments } from "../../../lib/runtime/provider-arguments";
import TABLE from "../../../lib/runtime/provider-arguments.json";
import { Catalog } from "../../../sandbox/schema/catalog";
import type { Block } from "../../../sandbox/schema/schema";
import { FLEETS, filesOf } from "../../support/fleets";
import { CREATIONS, recording, UPDATES } from "../../support/recordings";
import { synthFleet } from "../../support/synth-fleet";

/** Arguments of any resource, which belong to Terraform. */
const OF_TERRAFORM = ["//", "depends_on", "id", "lifecycle", "timeouts"];

/** Volumes that no construct has, most of which Kubernetes has given up. */
const OTHER_VOLUMES =
  /^(aws|azure|ceph|cinder|csi|ephemeral|fc$|flex|flocker|gce|git|gluster|host|iscsi|local|nfs|photon|quobyte|rbd|vsphere)/;

/** Each argument that a resource sets, as "structure argument". */
function usedIn(structure: string, body: object): string[] {
  return Object.entries(body).flatMap(([argument, value]) => {
    if (value === null || OF_TERRAFORM.includes(argument)) return [];
    const inner = fieldOf(structure, argument)?.type.replace(/^\[\]/, "") ?? "";
    const contents = fieldsOf(inner) === undefined ? [] : [value].flat();
    return [`${structure} ${argument}`, ...contents.flatMap((content) => usedIn(inner, content ?? {}))];
  });
}

function usedBy(resources: Record<string, Record<string, object>> = {}): string[] {
  return Object.entries(resources).flatMap(([type, named]) => {
    const kind = kindOf(type);
    if (kind === undefined) return [];
    return Object.values(named).flatMap((body) => usedIn(kind.type, body));
  });
}

function unread(used: readonly string[]): string[] {
  return [...new Set(used)].filter((one) => {
    const [structure = "", argument = ""] = one.split(" ");
    return providerArguments(structure)?.[argument] === undefined;
  });
}

const kubernetesResources = (folder: string) => {
  const { texts, stack } = synthFleet(filesOf(folder));
  return Object.keys(texts).map((id) => stack(id).resource);
};

describe("every argument was read in the provider's source", () => {
  it.each(FLEETS)("that a stack of the fleet in %s sets", (folder) => {
    const used = kubernetesResources(folder).flatMap(usedBy);
    expect(used).not.toEqual([]);
    expect(unread(used)).toEqual([]);
  });

  it.each([...CREATIONS, ...UPDATES])("that the recording %s sets", (step) => {
    expect(unread(usedBy(recording(step).resources))).toEqual([]);
  });

  it("and one that was not is found", () => {
    const body = { spec: { template: { spec: { set_hostname_as_fqdn: true, container: [{ resize_policy: [] }] } } } };
    expect(unread(usedBy({ kubernetes_deployment_v1: { web: body } }))).toEqual([
      "CoreV1PodSpec set_hostname_as_fqdn",
      "CoreV1Container resize_policy",
    ]);
  });
});

describe("the list", () => {
  const entries = Object.entries(TABLE.arguments as Record<string, Record<string, ProviderArgument>>).flatMap(
    ([structure, rules]) => Object.entries(rules).map(([argument, rule]) => ({ structure, argument, rule })),
  );

  it("says where each argument was read", () => {
    const place = /^(schema|structures?|resource)[a-z0-9_]*\.go:\d+$/;
    const wrong = entries.filter(({ rule }) => !rule.read.split(", ").every((one) => place.test(one)));
    expect(wrong).toEqual([]);
    expect(PROVIDER_READ).toMatch(/^hashicorp\/terraform-provider-kubernetes v\d+\.\d+\.\d+$/);
  });

  it("has fields of Kubernetes only, but for what is not sent", () => {
    const wrong = entries.filter(
      ({ structure, argument, rule }) =>
        rule.sent !== false && fieldOf(structure, argument) === undefined && !/data(_wo)?(_revision)?$/.test(argument),
    );
    expect(wrong).toEqual([]);
  });

  it("has every argument that the bindings know, so a new one has to be read", () => {
    const catalog = new Catalog("kubernetes");
    const types = [
      ...["namespace_v1", "service_account_v1", "network_policy_v1", "ingress_v1", "service_v1", "secret_v1"],
      ...["pod_disruption_budget_v1", "job_v1", "deployment_v1", "cron_job_v1", "horizontal_pod_autoscaler_v2"],
      ...["persistent_volume_claim_v1", "stateful_set_v1"],
    ].map((name) => `kubernetes_${name}`);
    const known = types.flatMap((type) => argumentsOf(catalog.schema("resource", type)!, kindOf(type)!.type));
    expect(unread(known)).toEqual([]);
  });

  function argumentsOf(block: Block, structure: string): string[] {
    const blocks = Object.entries(block.blocks).filter(
      ([name]) => !(structure === "CoreV1Volume" && OTHER_VOLUMES.test(name)) && name !== "timeouts",
    );
    return [
      ...[...Object.keys(block.attributes), ...blocks.map(([name]) => name)]
        .filter((name) => name !== "id")
        .map((name) => `${structure} ${name}`),
      ...blocks.flatMap(([name, { block: inner }]) => {
        const type = fieldOf(structure, name)?.type.replace(/^\[\]/, "") ?? "";
        return argumentsOf(inner, type);
      }),
    ];
  }
});
