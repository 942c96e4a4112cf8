import TABLE from "./provider-arguments.json";

/**
 * What Terraform's Kubernetes provider sends for one argument of a structure. The provider knows no "unset" inside a
 * block: an argument that is not set has its default, or the zero value of its type, and that may be sent.
 */
export interface ProviderArgument {
  /**
   * Where it was read: file and line of the function that turns it into a field, then of its schema, in the folder
   * `kubernetes` of the provider's source.
   */
  readonly read: string;
  /**
   * Whether it becomes a field at all.
   *
   * @default true
   */
  readonly sent?: false;
  /**
   * Its value where it is not set.
   *
   * @default - the zero value of its type
   */
  readonly default?: unknown;
  /**
   * Other defaults, by the structure that holds this one. What a pod template holds counts as held by the template's
   * owner.
   *
   * @default {} the same everywhere
   */
  readonly defaultIn?: Readonly<Record<string, unknown>>;
  /**
   * The field's value where it is not set and has no default.
   *
   * @default - no field
   */
  readonly unset?: unknown;
  /**
   * Values for which no field is sent.
   *
   * @default [] none but an empty text
   */
  readonly omit?: readonly unknown[];
  /**
   * Whether a block that the configuration does not have keeps what the cluster has there.
   *
   * @default false
   */
  readonly computed?: true;
  /**
   * Another argument that has to have this value, or any value where it is `true`.
   *
   * @default - it depends on no other
   */
  readonly when?: Readonly<Record<string, unknown>>;
}

const ARGUMENTS = TABLE.arguments as Readonly<Record<string, Readonly<Record<string, ProviderArgument>>>>;

const ALWAYS = TABLE.always as Readonly<Record<string, { readonly fields: Readonly<Record<string, unknown>> }>>;

/** The release of the provider whose source was read, such as "hashicorp/terraform-provider-kubernetes v2.38.0". */
export const PROVIDER_READ: string = TABLE.provider;

/**
 * The arguments of a structure, as the provider's source has them.
 *
 * @param structure as `kubernetes-types` names it
 * @returns nothing for a structure that was not read
 */
export function providerArguments(structure: string): Readonly<Record<string, ProviderArgument>> | undefined {
  return ARGUMENTS[structure];
}

/** Fields that the provider sends for a structure whatever its arguments say. */
export function fieldsAlwaysSent(structure: string): Readonly<Record<string, unknown>> {
  return ALWAYS[structure]?.fields ?? {};
}

/** The value of an argument that is not set; undefined where it has no default. */
export function defaultOf(argument: ProviderArgument, owner: string | undefined): unknown {
  return (owner === undefined ? undefined : argument.defaultIn?.[owner]) ?? argument.default;
}
