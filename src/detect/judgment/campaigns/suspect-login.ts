/** Decides whether a login from a network where no user was before is probably that of an intruder. */
import { amount } from "../../../domain/amount.ts";
import type { Subject } from "../../../domain/cidr.ts";
import { NAMELESS } from "../../../domain/login.ts";
import type { CompromiseAlarm } from "../compromise-alarms.ts";
import type { ObservedLogin } from "../observed-attempt.ts";
import type { KnownAccounts } from "./known-accounts.ts";
import type { NameHashes } from "./name-hashes.ts";
import type { TiedCampaign } from "./tied-campaign.ts";
import { isSharedName } from "./find-ties.ts";
import type { Source } from "./source-table.ts";

/** Time after a campaign in which its members and targets are still suspicious. */
const RECENT_MS = 86_400_000;
/** Number of failures with the own account that a user may have before a login. */
const MISTAKES = 2;

export interface KnownBefore {
  readonly accounts: Pick<KnownAccounts, "isAtHome" | "spellings" | "guessedFrom" | "isRegular">;
  readonly hashes: NameHashes;
  /** Those of the jail. */
  readonly campaigns: readonly TiedCampaign[];
  /** As which the address is counted, and its earlier failures. */
  readonly subject: Subject;
  readonly source: Source | undefined;
}

/** Judges a login from a network where no user was before; undefined: it is not suspicious. */
export function judgeLogin(
  { jail, ip, at, account, isOpen }: ObservedLogin,
  { accounts, hashes, campaigns, subject, source }: KnownBefore,
): CompromiseAlarm | undefined {
  if (account === undefined) {
    const doubt = suspectLogin(campaigns, { subject, at, names: undefined, source }, 0);
    return doubt && { jail, ip, at, account: NAMELESS, ...doubt, isNewAccount: isOpen === true };
  }
  if (accounts.isAtHome(account, ip, at)) return undefined;
  const spellings = accounts.spellings(account, at);
  const names = hashes.ofSpellings([account, ...spellings]);
  const guessedFrom = accounts.guessedFrom(spellings, at);
  const doubt = suspectLogin(campaigns, { subject, at, names, source }, guessedFrom);
  const isNewAccount = isOpen === true && !accounts.isRegular(account, at);
  return doubt && { jail, ip, at, account, ...doubt, isNewAccount };
}

interface DoubtfulLogin {
  readonly subject: Subject;
  readonly at: number;
  /** Hashes of the account and of its spellings; undefined: the line has no account. */
  readonly names: readonly number[] | undefined;
  /** Earlier failures from there. */
  readonly source: Source | undefined;
}

/**
 * Returns why; undefined: it is not suspicious. `campaigns` are those of the jail; `guessedFrom` is the number of
 * sources that tried the account within a day, if that is unusual.
 */
export function suspectLogin(
  campaigns: readonly TiedCampaign[],
  login: DoubtfulLogin,
  guessedFrom: number,
): Pick<CompromiseAlarm, "because" | "campaign"> | undefined {
  const { subject, at, names } = login;
  const recent = campaigns.filter(({ endedAt }) => at - (endedAt ?? at) <= RECENT_MS);
  for (const { name: campaign, members } of recent) {
    const member = members.get(subject);
    if (member === undefined || isOwnMistake(login, member.tries)) continue;
    const failed = amount(member.tries, "failed attempt");
    return { because: `it follows ${failed} of a member of ${campaign}`, campaign };
  }
  const unseen = "no user has logged in from this network before";
  if (guessedFrom > 0) {
    const sources = amount(guessedFrom, "source");
    return {
      because: `${sources} tried the account within a day, and ${unseen}`,
      campaign: undefined,
    };
  }
  const second = Math.floor(at / 1000);
  const target = recent.find((campaign) =>
    names?.some((name) => isSharedName(campaign, name, second, 0)),
  );
  if (target === undefined) return undefined;
  const { name: campaign } = target;
  return { because: `members of ${campaign} tried the account, and ${unseen}`, campaign };
}

/** Returns whether a user may have mistyped the password of the own account before. */
function isOwnMistake({ source, names }: DoubtfulLogin, tries: number): boolean {
  if (source === undefined || tries > MISTAKES) return false;
  if (names === undefined) return source.names.length <= 1;
  return source.names.every((name) => names.includes(name));
}
