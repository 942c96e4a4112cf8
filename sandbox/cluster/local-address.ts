import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { networkInterfaces } from "node:os";

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8);
LOOPBACK.addAddress("0.0.0.0");
LOOPBACK.addAddress("::1", "ipv6");
LOOPBACK.addAddress("::", "ipv6");

/**
 * Whether a host is this machine: loopback, or an address of one of its network namespaces, in which containers and
 * local clusters live. A name other than `localhost` is none, because it may lead anywhere.
 *
 * @param host as it stands in a URL; an IPv6 address may be in brackets
 */
export function isThisMachine(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (bare === "localhost") return true;
  const family = isIP(bare);
  if (family === 0) return false;
  return LOOPBACK.check(bare, family === 6 ? "ipv6" : "ipv4") || addressesOfThisMachine().has(bare);
}

/** The addresses of all network namespaces of this machine that this user may look into. */
export function addressesOfThisMachine(): Set<string> {
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
  return new Set([...own, ...namespaces().flatMap(addressesIn)]);
}

/** A process in each network namespace; none where the system has no such thing. */
function namespaces(): string[] {
  const processes = entries("/proc").filter((name) => /^\d+$/.test(name));
  const byNamespace = new Map(processes.map((id) => [attempt(() => readlinkSync(`/proc/${id}/ns/net`)), id]));
  byNamespace.delete(undefined);
  return [...byNamespace.values()];
}

/** @see man 5 proc: fib_trie has an entry "host LOCAL" for each address that is the machine's own */
function addressesIn(id: string): string[] {
  const routes = attempt(() => readFileSync(`/proc/${id}/net/fib_trie`, "utf8")) ?? "";
  const six = attempt(() => readFileSync(`/proc/${id}/net/if_inet6`, "utf8")) ?? "";
  return [
    ...[...routes.matchAll(/\|-- (\S+)\n\s+\/32 host LOCAL/g)].map(([, address]) => address as string),
    ...[...six.matchAll(/^([0-9a-f]{32}) /gm)].map(([, hex]) => shortened(hex as string)),
  ];
}

/** An IPv6 address as a URL has it. */
function shortened(hex: string): string {
  return new URL(`http://[${hex.match(/.{4}/g)?.join(":")}]`).hostname.slice(1, -1);
}

function entries(folder: string): string[] {
  return attempt(() => readdirSync(folder)) ?? [];
}

/** Processes end while they are looked at, and some may not be looked at. */
function attempt<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
