import { randomInt } from "node:crypto";
import { networkInterfaces } from "node:os";

/** The addresses of a cluster, in a range of its own that leads to its namespaces. */
export interface ClusterNetwork {
  /** The network device that leads there, on the machine; also the name of the cluster's control group. */
  readonly device: string;
  /** Everything. */
  readonly range: string;
  /** The machine's own address. */
  readonly machine: string;
  /** The API server, the registry and DNS. */
  readonly controlPlane: string;
  /** The load balancer. */
  readonly ingress: string;
  readonly nodes: readonly NodeNetwork[];
  readonly services: string;
  /** Of the Service that all pods ask for names. */
  readonly dns: string;
  readonly pods: string;
}

/** The addresses of one node. */
export interface NodeNetwork {
  readonly name: string;
  readonly address: string;
  /** Of its pods. */
  readonly pods: string;
}

/** Chooses a range that nobody on this machine uses, another cluster neither. */
export function chooseNetwork(nodes: number): ClusterNetwork {
  const inUse = Object.values(networkInterfaces()).flatMap((each) => each?.map(({ address }) => address) ?? []);
  let prefix: string;
  let number: number;
  do {
    number = randomInt(128, 256);
    prefix = `10.${number}`;
  } while (inUse.some((address) => address.startsWith(`${prefix}.`)));
  return {
    device: `drover-${number}`,
    range: `${prefix}.0.0/16`,
    machine: `${prefix}.0.1`,
    controlPlane: `${prefix}.0.2`,
    ingress: `${prefix}.0.3`,
    nodes: Array.from({ length: nodes }, (_, index) => ({
      name: `node-${index + 1}`,
      address: `${prefix}.1.${index + 1}`,
      pods: `${prefix}.${16 + index}.0/24`,
    })),
    services: `${prefix}.128.0/17`,
    dns: `${prefix}.128.10`,
    pods: `${prefix}.16.0/20`,
  };
}
