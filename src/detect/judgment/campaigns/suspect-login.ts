/** Decides whether a login from a network where no user was before is probably that of an intruder. */
import { amount } from "../../../domain/amount.ts";
import type { Subject } from "../../../domain/cidr.ts";
import type { TiedCampaign } from "./tied-campaign.ts";
import type { CompromiseAlarm } from "../compromise-alarms.ts";
import { isSharedName } from "./find-ties.ts";
import type { Source } from "./source-table.ts";

/** Time after a campaign in which its members and targets are still suspicious. */
const RECENT_MS = 86_400_000;
/** Number of failures with the own account that a user may have before a login. */
const MISTAKES = 2;

export interface DoubtfulLogin {
  readonly subject: Subject;
  readonly at: number;
  /** Hashes of the account and of its spellings. */
  readonly names: readonly number[];
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
    names.some((name) => isSharedName(campaign, name, second, 0)),
  );
  if (target === undefined) return undefined;
  const { name: campaign } = target;
  return { because: `members of ${campaign} tried the account, and ${unseen}`, campaign };
}

/** Returns whether a user may have mistyped the password of the own account before. */
function isOwnMistake({ source, names }: DoubtfulLogin, tries: number): boolean {
  if (source === undefined || tries > MISTAKES) return false;
  return source.names.every((name) => names.includes(name));
}
