/**
 * Decides which user may send which command. Root and the daemon's own user may send all commands. Members of the
 * socket's group may send those that only read.
 */
import type { PeerCredentials } from "../host/kernel/peer-credentials.ts";
import type { CommandName } from "./messages.ts";

type Access = "read" | "change";

const ACCESS: { readonly [name in CommandName | "follow"]: Access } = {
  status: "read",
  doctor: "read",
  verify: "change",
  support: "change",
  drift: "read",
  add_rule: "change",
  bans: "read",
  find_bans: "read",
  ban: "change",
  take_over: "change",
  campaigns: "read",
  quality: "read",
  reset_quality: "change",
  acknowledge: "change",
  metrics: "read",
  breakers: "read",
  reset_breaker: "change",
  unban: "change",
  why: "read",
  allow: "change",
  disallow: "change",
  allowed: "read",
  history: "read",
  audit: "read",
  stats: "read",
  // `check` quotes files that only the daemon may read.
  check: "change",
  reload: "change",
  stop: "change",
  version: "read",
  follow: "read",
};

export interface Peer {
  /** undefined if the kernel does not report them. */
  readonly credentials: PeerCredentials | undefined;
  /** For the audit, such as "root (uid 0)". */
  readonly who: string;
}

export interface AccessRules {
  readonly ownUid: number;
  /** Whether a group may connect to the socket. */
  readonly shared: boolean;
  readonly groupMay: Access;
}

export function isOwner({ credentials }: Peer, { ownUid, shared }: AccessRules): boolean {
  // Without credentials the mode of the socket decides: with 0600 only the owner and root can connect.
  if (credentials === undefined) return !shared;
  return credentials.uid === 0 || credentials.uid === ownUid;
}

export function mayAsk(command: CommandName | "follow", peer: Peer, rules: AccessRules): boolean {
  if (isOwner(peer, rules)) return true;
  return rules.shared && (ACCESS[command] === "read" || rules.groupMay === "change");
}
