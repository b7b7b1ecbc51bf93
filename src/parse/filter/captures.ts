import { parseIp } from "../../domain/ip.ts";

/** A rule's captures by group number, from 1; empty if the rule captures nothing. */
export type Captures = ArrayLike<string | undefined>;

/** Returns the first of several groups that participated in the match. */
export function firstCapture(captures: Captures, groups: readonly number[]): string | undefined {
  for (const group of groups) {
    const value = captures[group];
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Returns the peer as written in the line. An address takes precedence over a name, wherever they are. */
export function peerIn(captures: Captures, rule: PeerGroups): string | undefined {
  const ip = firstCapture(captures, rule.ipGroups);
  if (rule.hostGroups.length === 0) return ip;
  return ip || firstCapture(captures, rule.hostGroups);
}

/** Returns whether the address, if any, is valid, and not a look-alike such as "999.1.1.1". */
export function isRealAddress(captures: Captures, groups: readonly number[]): boolean {
  const ip = firstCapture(captures, groups);
  return ip === undefined || parseIp(ip) !== undefined;
}

/** Returns whether a rule about honeypots may match with these captures; true for other rules. */
export function isHoneypotOf({ honeypot }: HoneypotRule, captures: Captures): boolean {
  if (honeypot === undefined) return true;
  const target = firstCapture(captures, honeypot.groups);
  return target !== undefined && honeypot.check(target);
}

export interface HoneypotRule {
  /** Matches only lines whose capture of one of these groups is a honeypot; undefined: whatever the captures are. */
  readonly honeypot?: {
    readonly groups: readonly number[];
    readonly check: (target: string) => boolean;
  };
}

export interface PeerGroups {
  readonly ipGroups: readonly number[];
  readonly hostGroups: readonly number[];
}
