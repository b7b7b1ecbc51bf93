/**
 * Detects whether an address belongs to a container or virtual machine of this host. It does if it is in the network of
 * a bridge to which no network card is attached, because packets from elsewhere to it pass this host.
 */
import { existsSync, readdirSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { parseSubject, subjectContains } from "../../domain/cidr.ts";
import type { Ip } from "../../domain/ip.ts";

export function isOnLocalBridge(ip: Ip): boolean {
  return Object.entries(networkInterfaces()).some(([name, addresses = []]) => {
    const isNear = addresses.some(({ cidr }) => {
      const network = cidr === null ? undefined : parseSubject(cidr);
      return network !== undefined && subjectContains(network, ip);
    });
    return isNear && isInnerBridge(name);
  });
}

/** Returns whether no network card is attached to the bridge. A card has a device; a veth or tap does not. */
function isInnerBridge(name: string): boolean {
  const directory = `/sys/class/net/${name}`;
  if (!existsSync(`${directory}/bridge`)) return false;
  try {
    return readdirSync(`${directory}/brif`).every(
      (port) => !existsSync(`/sys/class/net/${port}/device`),
    );
  } catch {
    // The interface was just removed.
    return false;
  }
}
