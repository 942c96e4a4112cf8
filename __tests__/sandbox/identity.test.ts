import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { Cloud } from "../../sandbox/cloud/cloud";
import { Types } from "../../sandbox/cloud/types";
import { packageFolder } from "../../sandbox/folders";
import { identityBlock, identityOfValue } from "../../sandbox/provider/identity";
import { Provider } from "../../sandbox/provider/provider";
import { Server } from "../../sandbox/provider/server";
import { conform, decode, encode, type ValueObject, type WireValue } from "../../sandbox/provider/values";
import { temporaryFolder } from "../support/folder";

// biome-ignore lint/suspicious/noExplicitAny: messages of the protocol
type Message = any;

const DEPLOYMENT = "kubernetes_deployment_v1";
const IDENTITY = { api_version: "apps/v1", kind: "Deployment", name: "web", namespace: "podcore-production" };
const NULLS = { api_version: null, kind: null, name: null, namespace: null };

const types = new Types();
const cloud = new Cloud(join(temporaryFolder(), "objects.jsonl"));
const block = types.block("resource", DEPLOYMENT);
const planned = conform(block, {
  id: "podcore-production/web",
  metadata: [{ name: "web", namespace: "podcore-production" }],
});

/** A provider whose rollouts fail when they are told to. */
class Rollouts extends Provider {
  fail = false;

  override apply(...question: Parameters<Provider["apply"]>) {
    const outcome = super.apply(...question);
    return this.fail ? { ...outcome, refusals: [{ summary: "the rollout failed", detail: "", steps: [] }] } : outcome;
  }
}

let server: Server;
let kubernetes: Rollouts;
const clients: grpc.Client[] = [];

beforeAll(async () => {
  const used = () => ({ resource: [DEPLOYMENT], data: [], ephemeral: [] });
  server = await Server.start((name) => {
    const provider = new Rollouts(name, types, cloud);
    if (name === "kubernetes") kubernetes = provider;
    return provider;
  }, used);
  await makeNamespace();
});

/** Makes the namespace of what is made below. */
async function makeNamespace(): Promise<void> {
  const type = "kubernetes_namespace_v1";
  const shape = types.block("resource", type);
  const state = encode(shape, conform(shape, { id: "podcore-production", metadata: [{ name: "podcore-production" }] }));
  const request = { type_name: type, prior_state: encode(shape, null), planned_state: state, config: state };
  expect((await ask("ApplyResourceChange", request)).diagnostics).toEqual([]);
}

beforeEach(() => {
  for (const object of cloud.objects(DEPLOYMENT)) cloud.remove(object);
  kubernetes.fail = false;
  delete process.env.DROVER_SANDBOX_KUBERNETES_PROVIDER;
});

afterAll(() => {
  for (const client of clients) client.close();
  server.stop();
  cloud.close();
});

/** Asks a provider as Terraform does. */
function ask(method: string, request: object, provider = "hashicorp/kubernetes"): Promise<Message> {
  const definition = loadSync(join(packageFolder(), "provider/tfplugin5.proto"), {
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: true,
  });
  const { tfplugin5 } = grpc.loadPackageDefinition(definition) as Message;
  const { Addr } = JSON.parse(server.attachment)[`registry.terraform.io/${provider}`];
  const client = new tfplugin5.Provider(Addr.String, grpc.credentials.createInsecure());
  clients.push(client);
  return new Promise((resolve, reject) => {
    client[method](request, (error: Error | null, answer: Message) => (error ? reject(error) : resolve(answer)));
  });
}

function applied(prior: ValueObject | null = null): Promise<Message> {
  return ask("ApplyResourceChange", {
    type_name: DEPLOYMENT,
    prior_state: encode(block, prior),
    planned_state: encode(block, planned),
    config: encode(block, planned),
  });
}

function read(identity: ValueObject | null): Promise<Message> {
  return ask("ReadResource", {
    type_name: DEPLOYMENT,
    current_state: encode(block, planned),
    ...(identity && { current_identity: { identity_data: encoded(identity) } }),
  });
}

function encoded(identity: ValueObject): WireValue {
  return encode(identityBlock(DEPLOYMENT)!, identity);
}

function identityIn(wire: { identity_data: WireValue } | null): ValueObject | null {
  return decode(identityBlock(DEPLOYMENT)!, wire?.identity_data);
}

it("has the schemas of provider 3.2.1", async () => {
  const { identity_schemas: schemas } = await ask("GetResourceIdentitySchemas", {});
  expect(Object.keys(schemas).sort()).toEqual(
    [
      ...["cluster_role", "cluster_role_binding", "config_map", "cron_job", "daemon_set", "deployment"],
      ...["ingress_class", "ingress", "job", "mutating_webhook_configuration", "namespace", "network_policy", "pod"],
      ...["role", "role_binding", "secret", "service", "service_account", "stateful_set"],
      "validating_webhook_configuration",
    ]
      .map((name) => `kubernetes_${name}_v1`)
      .concat("kubernetes_horizontal_pod_autoscaler_v2", "kubernetes_manifest")
      .sort(),
  );
  const attributes = (type: string) =>
    schemas[type].identity_attributes.map((one: Message) => `${one.name}${one.optional_for_import ? "?" : ""}`);
  expect(attributes("kubernetes_namespace_v1")).toEqual(["api_version", "kind", "name"]);
  expect(attributes(DEPLOYMENT)).toEqual(["api_version", "kind", "name", "namespace?"]);
  expect(schemas[DEPLOYMENT].version).toBe(1);
  expect((await ask("GetResourceIdentitySchemas", {}, "hashicorp/aws")).identity_schemas).toEqual({});
});

it("is returned when an object is made, changed and read", async () => {
  expect(await applied()).toMatchObject({ diagnostics: [] });
  expect(identityIn((await applied(planned)).new_identity)).toEqual(IDENTITY);
  expect(identityIn((await read(IDENTITY)).new_identity)).toEqual(IDENTITY);
});

it("leads to the object in an import", async () => {
  await applied();
  const request = { type_name: DEPLOYMENT, identity: { identity_data: encoded(IDENTITY) } };
  const { imported_resources } = await ask("ImportResourceState", request);
  expect(decode(block, imported_resources[0].state)?.id).toBe("podcore-production/web");
  expect(identityIn(imported_resources[0].identity)).toEqual(IDENTITY);
});

it("is carried through a plan and an upgrade", async () => {
  const prior_identity = { identity_data: encoded(IDENTITY) };
  const state = encode(block, planned);
  const request = { type_name: DEPLOYMENT, prior_state: state, proposed_new_state: state, prior_identity };
  expect(identityIn((await ask("PlanResourceChange", request)).planned_identity)).toEqual(IDENTITY);
  const raw_identity = { json: Buffer.from(JSON.stringify(IDENTITY)) };
  const upgraded = await ask("UpgradeResourceIdentity", { type_name: DEPLOYMENT, version: 1, raw_identity });
  expect(identityIn(upgraded.upgraded_identity)).toEqual(IDENTITY);
});

it("may not change", async () => {
  await applied();
  const { diagnostics, new_state } = await read({ ...IDENTITY, name: "api" });
  expect(diagnostics).toMatchObject([{ severity: "ERROR" }]);
  expect(diagnostics[0].summary).toMatch(/^Unexpected Identity Change: During the read operation/);
  expect(diagnostics[0].summary).toContain('New Identity: cty.ObjectVal(map[string]cty.Value{"api_version":cty.Str');
  expect(new_state).toBeNull();
});

describe("after a creation that fails once the object is there", () => {
  beforeEach(() => {
    kubernetes.fail = true;
  });

  it("is none, and the next read returns it", async () => {
    const { new_state, new_identity, diagnostics } = await applied();
    expect(diagnostics).toMatchObject([{ summary: "the rollout failed" }]);
    expect(decode(block, new_state)?.id).toBe("podcore-production/web");
    expect(new_identity).toBeNull();
    expect(identityIn((await read(null)).new_identity)).toEqual(IDENTITY);
  });

  it("with provider 2.38.0 it is nothing but nulls, and no read gets beyond that", async () => {
    process.env.DROVER_SANDBOX_KUBERNETES_PROVIDER = "2.38.0";
    expect(identityIn((await applied()).new_identity)).toEqual(NULLS);
    const { diagnostics } = await read(NULLS);
    expect(diagnostics[0].summary).toMatch(/^Unexpected Identity Change: /);
    expect(diagnostics[0].summary).toContain('"name":cty.NullVal(cty.String)');
  });

  it("such nulls in a state are passed over since", async () => {
    await applied();
    expect(identityIn((await read(NULLS)).new_identity)).toEqual(IDENTITY);
  });

  it("stays what it was where a change fails", async () => {
    expect(identityIn((await applied(planned)).new_identity)).toEqual(IDENTITY);
  });
});

it.each([
  [
    "kubernetes_namespace_v1",
    { id: "podcore", metadata: [{ name: "podcore" }] },
    { api_version: "v1", kind: "Namespace", name: "podcore" },
  ],
  [
    "kubernetes_horizontal_pod_autoscaler_v2",
    { metadata: [{ name: "web", namespace: "podcore" }] },
    { api_version: "autoscaling/v2", kind: "HorizontalPodAutoscaler", name: "web", namespace: "podcore" },
  ],
  [
    "kubernetes_secret_v1",
    { id: "a/b", metadata: [] },
    { api_version: "v1", kind: "Secret", name: "b", namespace: "a" },
  ],
  [
    "kubernetes_manifest",
    { manifest: { type: "dynamic", value: { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } } } },
    { api_version: "v1", kind: "Namespace", name: "a", namespace: "" },
  ],
  ["kubernetes_pod_disruption_budget_v1", { metadata: [{ name: "web", namespace: "podcore" }] }, undefined],
])("of a %s", (type, value, identity) => {
  expect(identityOfValue(type, value as ValueObject)).toEqual(identity);
});
