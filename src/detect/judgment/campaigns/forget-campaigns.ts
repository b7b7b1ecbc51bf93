/** Forgets campaigns of more than 30 days ago, and the oldest ones when there is no room for a further one. */
import type { TiedCampaign } from "./tied-campaign.ts";

export const MAX_CAMPAIGNS = 32;
const KEPT_MS = 30 * 86_400_000;

/** Returns fewer than MAX_CAMPAIGNS of the campaigns, if not all are open. Newest first. */
export function forgetCampaigns(all: readonly TiedCampaign[], at: number): readonly TiedCampaign[] {
  const kept = all.filter(({ endedAt }) => (endedAt ?? at) >= at - KEPT_MS);
  const excess = Math.max(0, kept.length - MAX_CAMPAIGNS + 1);
  const ended = kept.filter(({ endedAt }) => endedAt !== undefined);
  const forgotten = new Set(ended.slice(Math.max(0, ended.length - excess)));
  return kept.filter((one) => !forgotten.has(one));
}
