/** Makes the request that lifts bans of a campaign: those of its members alone, not others that share an address. */
import type { CampaignReply } from "./campaign-messages.ts";
import type { Commands } from "./messages.ts";

/** `subjects`: some of those that it banned. */
export function undoOf(
  { name, jail }: Pick<CampaignReply, "name" | "jail">,
  subjects: readonly string[],
): Commands["unban"]["in"] {
  return { subjects, jail, all: false, exact: true, reason: `campaign ${name}` };
}
