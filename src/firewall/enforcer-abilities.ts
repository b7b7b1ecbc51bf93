/**
 * States what each kind of enforcer can do. Enforcers take their abilities from here, `bailiff restore` and the tests
 * of packets read it, and the table in docs/firewalls.md is generated from it, so none of them can differ.
 */
import type { EnforcerKind } from "../config/enforcers/enforcer-kinds.ts";
import { type Duration, duration } from "../domain/duration.ts";
import type { EnforcerAbilities } from "../domain/enforcer.ts";

export interface StatedAbilities extends EnforcerAbilities {
  /** What happens to packets of connections that are open at a ban; undefined: the other program decides. */
  readonly openConnections: "cut" | "continue" | undefined;
  /** Which networks a block may cover; undefined: the other program decides. */
  readonly networks: "any" | "not 0.0.0.0/0 and ::/0" | undefined;
  /** Whether blocks survive a reboot of this host; undefined: the other program decides. */
  readonly survivesReboot: boolean | undefined;
  /** Whether `bailiff restore` puts them back at boot, before the network. */
  readonly isRestored: boolean;
  /** What its configuration, a service or an administrator's set decides, each time it is opened. */
  readonly depends?: readonly ("scopes" | "counts" | "expires" | "capacity")[];
}

/** Maximum number of elements in an ipset. The kernel's hash table starts small and grows. */
export const MAX_SET_ELEMENTS = 1_048_576;
/** Maximum number of blocks of both families, if each is a rule. */
export const MAX_RULES = 500;
/** Maximum timeout of an element of an ipset in seconds (ipset(8), "timeout"). */
export const MAX_TIMEOUT_SECONDS = 2_147_483;
/**
 * Maximum number of blocks in firewalld, which compares each new entry with all others of its set: with 20,000 entries,
 * one ban took 0.4 s on a busy machine, and all of them together 7 s.
 */
export const MAX_FIREWALLD_ENTRIES = 20_000;

const PACKET_FILTER = { scopes: "ports", openConnections: "cut", survivesReboot: false } as const;
const IPTABLES: Omit<StatedAbilities, "expires" | "capacity"> = {
  ...PACKET_FILTER,
  ...{ counts: true, networks: "not 0.0.0.0/0 and ::/0", isRestored: true },
};
const FIREWALLD: StatedAbilities = {
  ...PACKET_FILTER,
  ...{ counts: false, expires: false, capacity: MAX_FIREWALLD_ENTRIES },
  ...{ networks: "not 0.0.0.0/0 and ::/0", isRestored: false },
};
const ELSEWHERE = {
  ...{ counts: false, expires: false, capacity: undefined },
  ...{ openConnections: undefined, networks: undefined },
} as const;
const MAX_SET_HOLD: Duration = duration(MAX_TIMEOUT_SECONDS * 1000);

type StatedName =
  | Exclude<EnforcerKind, "firewalld">
  | "iptables, ipset = false"
  | `firewalld, ${"direct" | "policy"} rules`;

export const ABILITIES: { readonly [name in StatedName]: StatedAbilities } = {
  nftables: {
    ...PACKET_FILTER,
    ...{ counts: true, expires: true, capacity: undefined, networks: "any", isRestored: true },
  },
  "nftables-set": {
    ...{ ...ELSEWHERE, scopes: "host", survivesReboot: false, isRestored: true },
    ...{ depends: ["counts", "expires", "capacity"], mayPassLoopback: true },
    reservation: "rules of an administrator decide which packets its sets stop",
  },
  iptables: { ...IPTABLES, expires: true, capacity: MAX_SET_ELEMENTS, maxHold: MAX_SET_HOLD },
  "iptables, ipset = false": { ...IPTABLES, expires: false, capacity: MAX_RULES },
  "firewalld, direct rules": FIREWALLD,
  "firewalld, policy rules": {
    ...{ ...FIREWALLD, openConnections: "continue" },
    reservation: "policies of firewalld let packets of open connections pass",
  },
  route: {
    ...{ scopes: "host", counts: false, expires: false, capacity: undefined },
    ...{ openConnections: "cut", survivesReboot: false, isRestored: true },
    networks: "not 0.0.0.0/0 and ::/0",
    reservation: "routes drop answers, not packets that arrive",
  },
  file: {
    ...ELSEWHERE,
    ...{ scopes: "host", refusesClients: true, survivesReboot: true, isRestored: false },
  },
  command: {
    ...{ ...ELSEWHERE, scopes: "host", survivesReboot: undefined, isRestored: true },
    depends: ["scopes", "capacity"],
    reservation: "which packets its commands stop is not known",
  },
  edge: {
    ...ELSEWHERE,
    depends: ["capacity"],
    ...{ scopes: "host", refusesClients: true, survivesReboot: true, isRestored: false },
  },
};
