import { isIP } from "node:net";

/** A range of IP addresses. */
interface AddressRange {
  readonly family: 4 | 6;
  /** First address, as a number. */
  readonly first: bigint;
  /** Length of the prefix, in bits. */
  readonly prefix: number;
}

const BITS = { 4: 32, 6: 128 } as const;

/**
 * IPv4 ranges that are not of the internet: private networks, shared addresses of carriers, and link-local addresses,
 * where clouds hand out a machine's credentials.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry/
 */
export const PRIVATE_RANGES: readonly string[] = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
];

/**
 * Where an EC2 instance hands out its metadata, and with them the credentials of its role.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
export const INSTANCE_METADATA: readonly string[] = ["169.254.169.254/32", "fd00:ec2::254/128"];

/**
 * All IPv6 addresses of the internet. Private, link-local and NAT64 addresses are outside.
 *
 * @see https://www.iana.org/assignments/ipv6-address-space/
 */
export const GLOBAL_UNICAST = "2000::/3";

/** Whether a range is one of IPv6 addresses. */
export function isIpv6(range: string): boolean {
  return range.includes(":");
}

/** Whether every address of a range is in another one. Both are valid. */
export function isWithin(range: string, other: string): boolean {
  const [inner, outer] = [parse(range), parse(other)];
  return (
    inner !== undefined &&
    outer !== undefined &&
    inner.family === outer.family &&
    inner.prefix >= outer.prefix &&
    networkOf({ ...inner, prefix: outer.prefix }) === networkOf(outer)
  );
}

/**
 * A range in CIDR notation as everybody writes it: its first address in the shortest form. Engines of network policies
 * compare ranges as texts. Undefined where it is no range.
 *
 * @example canonicalRange("10.0.3.7/16") === "10.0.0.0/16"
 */
export function canonicalRange(text: string): string | undefined {
  const range = parse(text);
  return range && `${format(range.family, networkOf(range))}/${range.prefix}`;
}

function parse(text: string): AddressRange | undefined {
  const [, address = "", length] = text.match(/^([0-9A-Fa-f:.]+)\/(0|[1-9]\d{0,2})$/) ?? [];
  const family = isIP(address);
  const prefix = Number(length);
  if ((family !== 4 && family !== 6) || prefix > BITS[family]) return undefined;
  return { family, prefix, first: family === 4 ? fromIpv4(address) : fromIpv6(address) };
}

/** The first address of a range, whatever is written behind its prefix. */
function networkOf({ family, first, prefix }: AddressRange): bigint {
  const host = BigInt(BITS[family] - prefix);
  return (first >> host) << host;
}

function fromIpv4(address: string): bigint {
  return address.split(".").reduce((number, byte) => number * 256n + BigInt(byte), 0n);
}

function fromIpv6(address: string): bigint {
  // A URL's host has IPv6 addresses in their shortest form, without dots.
  const [left = "", right] = shortest(address).split("::");
  const groups = (part?: string) => (part ? part.split(":") : []);
  const zeros = Array(8 - groups(left).length - groups(right).length).fill("0");
  return BigInt(`0x${[...groups(left), ...zeros, ...groups(right)].map((group) => group.padStart(4, "0")).join("")}`);
}

function format(family: 4 | 6, number: bigint): string {
  const bits = family === 4 ? 8 : 16;
  const parts = Array.from({ length: BITS[family] / bits }, (_, index) =>
    BigInt.asUintN(bits, number >> BigInt(BITS[family] - bits * (index + 1))),
  );
  return family === 4 ? parts.join(".") : shortest(parts.map((part) => part.toString(16)).join(":"));
}

/** @see https://url.spec.whatwg.org/#concept-ipv6-serializer */
function shortest(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
