/**
 * Tells whether an address belongs to a container or virtual machine of this host: it is in the network of a bridge to
 * which no network card is attached, so its packets from elsewhere pass this host.
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

/** A network card has a device; a veth or tap does not. */
function isInnerBridge(name: string): boolean {
  const directory = `/sys/class/net/${name}`;
  if (!existsSync(`${directory}/bridge`)) return false;
  try {
    return readdirSync(`${directory}/brif`).every(
      (port) => !existsSync(`/sys/class/net/${port}/device`),
    );
  } catch {
    // It was just removed.
    return false;
  }
}
