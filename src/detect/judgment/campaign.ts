/** Defines a campaign: many sources that fail at one service, tied together by what they do. */
import type { Subject } from "../../domain/cidr.ts";
import type { Instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";

/**
 * What revealed a campaign. new-sources: many addresses that did not fail before. new-names: many addresses that try
 * accounts which were not tried before. known-accounts: many addresses that try accounts of users. mixed-accounts: many
 * addresses that try several accounts, among them one of a user. one-account: many addresses that try the same user's
 * account.
 */
export const SIGN_KINDS = [
  "new-sources",
  "new-names",
  "known-accounts",
  "mixed-accounts",
  "one-account",
] as const;
export type SignKind = (typeof SIGN_KINDS)[number];

export interface Sign {
  readonly kind: SignKind;
  readonly at: Instant;
  /** Number of sources in `hours`, and how many are usual. */
  readonly count: number;
  readonly expected: number;
  readonly hours: number;
  /** The account, if it is one. */
  readonly account: string | undefined;
}

/**
 * Why a source belongs to a campaign. shared-name: at least three other members tried the same account. same-order: at
 * least three others tried the same accounts in the same order. new-name: it tried an account that was not tried before
 * the campaign, as the others do. known-account: it tried a user's account, as the others do; so may the user. network:
 * two others are in the same /24 or /48. pace: it tries at intervals like most others.
 */
export const TIES = [
  "shared-name",
  "same-order",
  "new-name",
  "known-account",
  "network",
  "pace",
] as const;
export type Tie = (typeof TIES)[number];

export interface Member {
  readonly subject: Subject;
  firstAt: number;
  lastAt: number;
  tries: number;
  /** Number of its tries when it was an offender last; missing: never. */
  judgedTries?: number;
  ties: readonly Tie[];
  /** The account of the try that made it a member. */
  readonly account: string | undefined;
}

export interface Campaign {
  /** Jail, day of its beginning and a letter: "sshd-2026-11-29-a". */
  readonly name: string;
  readonly jail: JailName;
  beganAt: Instant;
  readonly foundAt: Instant;
  readonly signs: Sign[];
  /** Time of the newest try of a member, in whole seconds. */
  lastAt: Instant;
  endedAt: Instant | undefined;
  /** Number of members; `members` has at most MAX_MEMBERS of them. */
  sources: number;
  tries: number;
  readonly members: Map<Subject, Member>;
  /** Most tried accounts with their number of tries. Bounded. */
  readonly targets: Map<string, number>;
  /** Number of tries for accounts that are no longer in `targets`. */
  otherTries: number;
  /** New members by hour from the epoch. Bounded. */
  readonly growth: Map<number, number>;
}

export const MAX_MEMBERS = 10_000;

/** What a failed try of a campaign's member means. */
export interface Membership {
  readonly campaign: Campaign;
  readonly member: Member;
  /** Number of own failures after which the member is an offender; undefined: only as any other source. */
  readonly needed: 1 | 2 | undefined;
}

export function hasSign({ signs }: Campaign, kind: SignKind): boolean {
  return signs.some((sign) => sign.kind === kind);
}
