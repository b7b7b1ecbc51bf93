/** Chooses the subject of a failure from its groups, in fail2ban's order. */
import { parseSubject } from "../../../domain/cidr.ts";
import type { FailureId } from "../fail2ban-failure.ts";
import type { Groups } from "../groups.ts";

export function identify(groups: Groups): FailureId {
  const fid = groups.get("fid");
  const address = groups.get("ip4") ?? groups.get("ip6");
  if (address === undefined) {
    const name = groups.get("dns");
    return name === undefined ? { id: fid, kind: "other" } : { id: name, kind: "name" };
  }
  if (fid !== undefined && fid !== address) {
    groups.set("ip", address);
    return { id: fid, kind: "other" };
  }
  const cidr = groups.get("cidr");
  if (!cidr) return { id: address, kind: "address" };
  const network = `${address}/${cidr}`;
  // A network of full prefix length is one address.
  return { id: parseSubject(network) ?? network, kind: "address" };
}
