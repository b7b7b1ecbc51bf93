/**
 * Decides which user may send which command. Root and the daemon's own user may send all commands. Members of the
 * socket's group may send those that only read. One of them, the operator, may also change bans and exemptions.
 */
import { userName } from "../host/process/accounts.ts";
import type { PeerCredentials } from "../host/kernel/peer-credentials.ts";
import type { CommandName } from "./messages.ts";

type Access = "read" | "operate" | "change";

const ACCESS: { readonly [name in CommandName | "follow"]: Access } = {
  status: "read",
  doctor: "read",
  verify: "operate",
  notify_test: "operate",
  support: "change",
  drift: "read",
  add_rule: "operate",
  bans: "read",
  find_bans: "read",
  ban: "operate",
  take_over: "change",
  campaigns: "read",
  quality: "read",
  reset_quality: "operate",
  acknowledge: "operate",
  metrics: "read",
  breakers: "read",
  reset_breaker: "operate",
  unban: "operate",
  undo_unban: "operate",
  why: "read",
  allow: "operate",
  disallow: "operate",
  allowed: "read",
  history: "read",
  audit: "read",
  verify_audit: "read",
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
  /** User in the group who may change bans and exemptions; undefined: none. */
  readonly operator: number | undefined;
}

export function isOwner({ credentials }: Peer, { ownUid, shared }: AccessRules): boolean {
  // Without credentials the mode of the socket decides: with 0600 only the owner and root can connect.
  if (credentials === undefined) return !shared;
  return credentials.uid === 0 || credentials.uid === ownUid;
}

export function mayAsk(command: CommandName | "follow", peer: Peer, rules: AccessRules): boolean {
  if (isOwner(peer, rules)) return true;
  if (!rules.shared) return false;
  switch (ACCESS[command]) {
    case "read":
      return true;
    case "operate":
      return rules.operator !== undefined && peer.credentials?.uid === rules.operator;
    case "change":
      return false;
  }
}

/** Returns how a member of the group that may not send a command gets the right to. */
export function describeRight(command: CommandName | "follow", { credentials }: Peer): string {
  if (ACCESS[command] !== "operate" || credentials === undefined) return "use sudo";
  const user = userName(credentials.uid) ?? String(credentials.uid);
  return `use sudo; or make ${user} the operator: socket_operator = "${user}" in [daemon]; systemctl restart bailiff`;
}
