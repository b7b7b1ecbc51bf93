/** Finds bans that would disconnect the caller. A request names the address of the caller's SSH session as `peer`. */
import { subjectsOverlap, type Subject } from "../../domain/cidr.ts";
import { CodedError } from "../../domain/errors.ts";
import { parseIp } from "../../domain/ip.ts";

/** Throws if `peer` is not an address: an invalid one would match no ban and so protect nobody. */
export function requirePeer(peer: string | undefined): void {
  if (peer === undefined || parseIp(peer) !== undefined) return;
  throw new CodedError("no-address", `"${peer}" in peer is not a valid address`, {
    hint: "write the address of your SSH session, such as 192.0.2.7, or leave peer out",
  });
}

/** Returns why a ban would disconnect the caller; undefined: the subject does not contain the peer. */
export function ownConnection(subject: Subject, peer: string | undefined): string | undefined {
  const own = peer === undefined ? undefined : parseIp(peer);
  if (own === undefined || !subjectsOverlap(own, subject)) return undefined;
  return `you are connected from ${own} yourself, by SSH`;
}
