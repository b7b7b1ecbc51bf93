/** Maps facts about a ban to the tags of fail2ban's actions; see jail.conf(5), "ACTION FILES". */
import { splitSubject, type Subject } from "../domain/cidr.ts";
import { ipToBits } from "../domain/ip.ts";
import type { ActionFamily } from "../fail2ban/config/fill-command.ts";

/** Facts that are expensive to compute are functions, called only when a command uses them. */
export interface BanFacts {
  readonly jail: string;
  /** undefined: the command is for the action as a whole. */
  readonly subject: Subject | undefined;
  /** Start of the ban in seconds since 1970, with fraction. */
  readonly time: number;
  /** Ban time in seconds; -1: permanent. */
  readonly bantime: number;
  readonly failures: number;
  readonly restored: boolean;
  bancount(): number;
  matches(): readonly string[];
  /** Fields that the filter captured, by lower-case name. */
  captured(): ReadonlyMap<string, string>;
  /** Failures and lines of this and earlier bans of the address, in this jail or in all jails. */
  history(scope: "jail" | "all"): { readonly failures: number; readonly lines: readonly string[] };
  tally(): JailTally;
  host(): { readonly full: string; readonly short: string };
}

export interface JailTally {
  readonly banned: number;
  readonly bannedTotal: number;
  readonly found: number;
  readonly foundTotal: number;
}

export function familyOfSubject(subject: Subject): "inet4" | "inet6" {
  return splitSubject(subject).family === "ipv4" ? "inet4" : "inet6";
}

type Tag = (facts: BanFacts, family: ActionFamily) => string;

const address: Tag = ({ subject }) => subject ?? "";

export const BAN_TAGS: { readonly [tag: string]: Tag } = {
  ip: address,
  fid: address,
  family: (_facts, family) => family,
  "ip-rev": ({ subject }) => (subject === undefined ? "" : reversed(subject)),
  // Not the reverse DNS name, which the owner of the address controls.
  "ip-host": address,
  failures: ({ failures }) => String(failures),
  // Formatted like a Python float, which always has a fraction.
  time: ({ time }) => (Number.isInteger(time) ? `${time}.0` : String(time)),
  bantime: ({ bantime }) => String(bantime),
  bancount: (facts) => String(facts.bancount()),
  matches: (facts) => facts.matches().join("\n"),
  restored: ({ restored }) => (restored ? "1" : "0"),
  ipmatches: (facts) => facts.history("all").lines.join("\n"),
  ipjailmatches: (facts) => facts.history("jail").lines.join("\n"),
  ipfailures: (facts) => String(facts.history("all").failures),
  ipjailfailures: (facts) => String(facts.history("jail").failures),
  "raw-ticket": (facts) => rawTicket(facts),
  "jail.name": ({ jail }) => jail,
  "jail.banned": (facts) => String(facts.tally().banned),
  "jail.banned_total": (facts) => String(facts.tally().bannedTotal),
  "jail.found": (facts) => String(facts.tally().found),
  "jail.found_total": (facts) => String(facts.tally().foundTotal),
  "fq-hostname": (facts) => facts.host().full,
  "sh-hostname": (facts) => facts.host().short,
};

/** Returns the value of a tag; undefined: not a tag of bans, or a field that was not captured. */
export function banTag(facts: BanFacts, family: ActionFamily, tag: string): string | undefined {
  const captured = /^F-(?<name>[A-Z0-9_-]+)$/.exec(tag)?.groups?.["name"];
  if (captured !== undefined)
    return facts.captured().get(CAPTURES.get(captured) ?? lower(captured));
  return Object.hasOwn(BAN_TAGS, tag) ? BAN_TAGS[tag]?.(facts, family) : undefined;
}

const CAPTURES: ReadonlyMap<string, string> = new Map([
  ["ID", "fid"],
  ["PORT", "fport"],
]);

function lower(name: string): string {
  return name.toLowerCase();
}

function rawTicket(facts: BanFacts): string {
  const { subject, time, failures } = facts;
  return JSON.stringify({ ip: subject, time, failures, matches: facts.matches() });
}

/** Returns the reverse DNS name of an address without the suffix in-addr.arpa or ip6.arpa. */
function reversed(subject: Subject): string {
  const { ip, family } = splitSubject(subject);
  const parts =
    family === "ipv4" ? ip.split(".") : ipToBits(ip).toString(16).padStart(32, "0").split("");
  return `${parts.reverse().join(".")}.`;
}
