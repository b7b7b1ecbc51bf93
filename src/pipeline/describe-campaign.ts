/** Describes campaigns, and the reason of their bans, for display. */
import type { Sign, Tie } from "../detect/judgment/campaign.ts";
import { amount } from "../domain/amount.ts";
import type { Ban } from "../domain/ban.ts";

/** Returns the reason of a member's ban. */
export function reasonOf(campaign: string, failures: number, ties: readonly Tie[]): string {
  const reasons = ties.map(describeTie).join(", ");
  return `${prefixOf(failures, campaign)} (${reasons})`;
}

/** Returns the campaign whose member was banned for it; undefined: the ban has another reason. */
export function campaignOf({
  reason,
  failures,
}: Pick<Ban, "reason" | "failures">): string | undefined {
  const prefix = prefixOf(failures, "");
  if (!reason.startsWith(prefix)) return undefined;
  const [name, rest] = reason.slice(prefix.length).split(" (", 2);
  return rest === undefined ? undefined : name;
}

function prefixOf(failures: number, campaign: string): string {
  return `campaign: ${amount(failures, "failure")} as a member of ${campaign}`;
}

export function describeSign({ kind, count, expected, hours, account }: Sign): string {
  const usual = `in ${amount(hours, "hour")}, usually ${Math.round(expected)}`;
  switch (kind) {
    case "new-sources":
      return `${amount(count, "address", "addresses")} began to fail ${usual}`;
    case "new-names":
      return `${amount(count, "try", "tries")} for accounts that were not tried before ${usual}`;
    case "known-accounts":
      return `${amount(count, "try", "tries")} for accounts of users from unknown networks ${usual}`;
    case "mixed-accounts":
      return `${amount(count, "address", "addresses")} tried several accounts, among them one of a user, ${usual}`;
    case "one-account":
      return `${amount(count, "address", "addresses")} tried the account ${account} ${usual}`;
  }
}

export function describeTie(tie: Tie): string {
  switch (tie) {
    case "shared-name":
      return "others try the same account";
    case "same-order":
      return "others try the same accounts in the same order";
    case "new-name":
      return "an account that was not tried before";
    case "known-account":
      return "a user's account";
    case "network":
      return "others are in the same network";
    case "pace":
      return "at the same pace as others";
  }
}
