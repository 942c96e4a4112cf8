import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { Refusal } from "../cloud/checks";
import { packageFolder } from "../folders";
import type { Block, Kind } from "../schema/schema";
import {
  IDENTITY_VERSION,
  identityAfterFailure,
  identityAttributes,
  identityBlock,
  identityChange,
  identityOfValue,
  idOfIdentity,
  typesWithIdentity,
} from "./identity";
import { type Step, wirePath } from "./paths";
import { type Configuration, configurationOf } from "./place";
import { Refused, type Served } from "./provider";
import { conform, decode, encode, type ValueObject, type WireValue } from "./values";

/** The types that the stacks use, so that Terraform is not sent thousands that it does not need. */
export type TypesInUse = () => Readonly<Record<Kind, readonly string[]>>;

/** A request of the protocol; each has some of these. */
interface Request {
  readonly type_name: string;
  readonly id: string;
  readonly config: WireValue;
  readonly current_state: WireValue;
  readonly prior_state: WireValue;
  readonly proposed_new_state: WireValue;
  readonly planned_state: WireValue;
  readonly raw_state: { readonly json: Uint8Array };
  readonly raw_identity: { readonly json: Uint8Array };
  readonly current_identity: WireIdentity;
  readonly prior_identity: WireIdentity;
  readonly identity: WireIdentity;
}

/** An identity as the protocol carries it; absent where there is none. */
type WireIdentity = { readonly identity_data: WireValue | null } | null;

/** Answers one request; the caller is one Terraform process with one configuration of the provider. */
type Handler = (request: Request, caller: Caller) => object | Promise<object>;

interface Caller {
  configuration: Configuration;
  /** Tells what takes long that the user has interrupted Terraform. */
  readonly stop: AbortController;
}

const definition = loadSync(join(packageFolder(), "provider", "tfplugin5.proto"), {
  keepCase: true,
  longs: Number,
  defaults: true,
  oneofs: true,
});

/** The protocol's service, for a provider: what each call means, in the terms of {@link Provider}. */
export function serviceOf(
  provider: Served,
  typesInUse: TypesInUse,
): [grpc.ServiceDefinition, grpc.UntypedServiceImplementation] {
  const package_ = grpc.loadPackageDefinition(definition) as unknown as {
    tfplugin5: { Provider: grpc.ServiceClientConstructor };
  };
  const { service } = package_.tfplugin5.Provider;
  const callers = new Map<string, Caller>();
  const unconfigured = () => ({ configuration: configurationOf(provider.name, {}), stop: new AbortController() });
  const callerOf = (peer: string) => {
    const caller = callers.get(peer) ?? unconfigured();
    callers.set(peer, caller);
    return caller;
  };
  const implementation = Object.entries(handlersOf(provider, typesInUse)).map(([name, handler]) => [
    name,
    async (call: grpc.ServerUnaryCall<Request, object>, callback: grpc.sendUnaryData<object>) => {
      try {
        callback(null, await handler(call.request, callerOf(call.getPeer())));
      } catch (error) {
        if (error instanceof Refused) callback(null, { diagnostics: error.refusals.map(diagnostic) });
        else callback({ code: grpc.status.INTERNAL, details: `the sandbox failed: ${(error as Error).stack}` });
      }
    },
  ]);
  return [service, Object.fromEntries(implementation)];
}

function handlersOf(provider: Served, typesInUse: TypesInUse): Record<string, Handler> {
  const { types } = provider;
  const resource = (type: string) => types.block("resource", type);
  const configuration = types.catalog(provider.name).configuration();

  return {
    GetSchema: () => schemasOf(provider, typesInUse()),
    PrepareProviderConfig: ({ config }) => ({ prepared_config: config }),
    Configure: ({ config }, caller) => {
      caller.configuration = configurationOf(provider.name, decode(configuration, config) ?? {});
      return {};
    },
    Stop: (_, { stop }) => {
      stop.abort();
      return {};
    },

    ValidateResourceTypeConfig: ({ type_name, config }) => {
      const block = resource(type_name);
      return { diagnostics: diagnostics(block, provider.validate(type_name, decode(block, config) ?? {})) };
    },
    UpgradeResourceState: ({ type_name, raw_state }) => {
      const block = resource(type_name);
      const state = JSON.parse(Buffer.from(raw_state.json).toString("utf8"));
      return { upgraded_state: encode(block, conform(block, state)) };
    },
    ReadResource: async ({ type_name, current_state, current_identity }, { configuration }) => {
      const block = resource(type_name);
      const current = decode(block, current_state);
      const value = current && (await provider.read(type_name, configuration, current));
      const identity = value === null ? undefined : identityOfValue(type_name, value);
      const change = identity && identityChange(decodeIdentity(type_name, current_identity), identity);
      if (change !== undefined) throw new Refused([{ summary: change, detail: "", steps: [] }]);
      return { new_state: encode(block, value), new_identity: encodeIdentity(type_name, identity) };
    },
    PlanResourceChange: ({ type_name, prior_state, proposed_new_state, prior_identity }, { configuration }) => {
      const block = resource(type_name);
      const proposed = decode(block, proposed_new_state);
      if (proposed === null) return { planned_state: proposed_new_state };
      const { value, replace, isLegacy } = provider.plan(
        type_name,
        configuration,
        decode(block, prior_state),
        proposed,
      );
      return {
        planned_state: encode(block, value),
        requires_replace: replace.map((steps) => wirePath(block, steps)),
        planned_identity: prior_identity,
        legacy_type_system: isLegacy,
      };
    },
    ApplyResourceChange: async (request, { configuration, stop }) => {
      const { type_name, prior_state, planned_state, config } = request;
      const block = resource(type_name);
      const [prior, planned, given] = [prior_state, planned_state, config].map((wire) => decode(block, wire)) as [
        ValueObject | null,
        ValueObject | null,
        ValueObject | null,
      ];
      const outcome = await provider.apply(type_name, configuration, prior, planned, given, stop.signal);
      const { value, refusals, isLegacy } = outcome;
      const isUnread = prior === null && refusals.length > 0;
      const identity = isUnread ? identityAfterFailure(type_name) : value && identityOfValue(type_name, value);
      return {
        new_state: encode(block, value),
        new_identity: value && encodeIdentity(type_name, identity),
        legacy_type_system: isLegacy,
        diagnostics: diagnostics(block, refusals),
      };
    },
    ImportResourceState: async ({ type_name, id, identity: wire }, { configuration }) => {
      const block = resource(type_name);
      const identity = decodeIdentity(type_name, wire);
      const value = await provider.import(type_name, configuration, identity ? idOfIdentity(type_name, identity) : id);
      const state = encode(block, value);
      return {
        imported_resources: [
          { type_name, state, identity: encodeIdentity(type_name, identityOfValue(type_name, value)) },
        ],
      };
    },

    GetResourceIdentitySchemas: () => ({
      identity_schemas: Object.fromEntries(
        typesWithIdentity(provider.name).map((type) => [type, identitySchemaOf(type)]),
      ),
    }),
    UpgradeResourceIdentity: ({ type_name, raw_identity }) => {
      const identity = JSON.parse(Buffer.from(raw_identity.json).toString("utf8"));
      return { upgraded_identity: encodeIdentity(type_name, identity) };
    },

    ValidateDataSourceConfig: () => ({}),
    ReadDataSource: async ({ type_name, config }, { configuration }) => {
      const block = types.block("data", type_name);
      const value = await provider.readData(type_name, configuration, decode(block, config) ?? {});
      return { state: encode(block, value) };
    },

    ValidateEphemeralResourceConfig: () => ({}),
    OpenEphemeralResource: ({ type_name, config }, { configuration }) => {
      const block = types.block("ephemeral", type_name);
      return { result: encode(block, provider.openEphemeral(type_name, configuration, decode(block, config) ?? {})) };
    },
    CloseEphemeralResource: () => ({}),
  };
}

function decodeIdentity(type: string, wire: WireIdentity): ValueObject | null {
  const block = identityBlock(type);
  return block === undefined ? null : decode(block, wire?.identity_data);
}

function encodeIdentity(type: string, identity: ValueObject | null | undefined): object | undefined {
  const block = identityBlock(type);
  return block && identity ? { identity_data: encode(block, identity) } : undefined;
}

function identitySchemaOf(type: string): object {
  const attributes = (identityAttributes(type) ?? []).map(({ name, optional }) => ({
    name,
    type: Buffer.from('"string"'),
    required_for_import: !optional,
    optional_for_import: optional,
  }));
  return { version: IDENTITY_VERSION, identity_attributes: attributes };
}

function schemasOf({ name, types }: Served, used: ReturnType<TypesInUse>): object {
  const schemas = (kind: Kind) => {
    const known = used[kind].flatMap((type) => {
      const block: Block | undefined = type.startsWith(`${name}_`) ? types.schema(kind, type) : undefined;
      return block === undefined ? [] : [[type, { version: 0, block: wireBlock(block) }] as const];
    });
    return Object.fromEntries(known);
  };
  return {
    provider: { version: 0, block: wireBlock(types.catalog(name).configuration()) },
    resource_schemas: schemas("resource"),
    data_source_schemas: schemas("data"),
    ephemeral_resource_schemas: schemas("ephemeral"),
  };
}

function wireBlock(block: Block): object {
  return {
    attributes: Object.entries(block.attributes).map(([name, { type, writeOnly, ...flags }]) => ({
      name,
      type: Buffer.from(JSON.stringify(type)),
      ...flags,
      write_only: writeOnly,
    })),
    block_types: Object.entries(block.blocks).map(([type_name, nested]) => ({
      type_name,
      nesting: nested.nesting.toUpperCase(),
      min_items: nested.minItems,
      max_items: nested.maxItems,
      block: wireBlock(nested.block),
    })),
  };
}

function diagnostics(block: Block, refusals: readonly Refusal[]): object[] {
  return refusals.map((refusal) => ({
    ...diagnostic(refusal),
    attribute: wirePath(block, refusal.steps as readonly Step[]),
  }));
}

function diagnostic({ summary, detail }: Refusal): object {
  return { severity: "ERROR", summary, detail };
}
