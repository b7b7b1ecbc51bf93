/** Keeps the campaigns of the last 30 days, newest first. When there is no room for a further one, the oldest are dropped. */
import type { JailName } from "../../../domain/jail-name.ts";
import { ForgottenCount, type ForgottenState } from "../forgotten-count.ts";
import type { TiedCampaign } from "./tied-campaign.ts";

export const MAX_CAMPAIGNS = 32;
const KEPT_MS = 30 * 86_400_000;

export class CampaignList {
  #campaigns: readonly TiedCampaign[];
  readonly #forgotten: ForgottenCount;

  constructor(campaigns: readonly TiedCampaign[] = [], forgotten: ForgottenState = []) {
    this.#campaigns = campaigns;
    this.#forgotten = new ForgottenCount(forgotten);
  }

  get all(): readonly TiedCampaign[] {
    return this.#campaigns;
  }

  of(jail: JailName): readonly TiedCampaign[] {
    return this.#campaigns.filter((one) => one.jail === jail);
  }

  /** Returns how many campaigns of the last 30 days are not kept. */
  forgotten(now: number): number {
    return this.#forgotten.since(now);
  }

  /** Adds the newest one. Before, there must be fewer than MAX_CAMPAIGNS open ones. */
  add(campaign: TiedCampaign, at: number): void {
    const kept = this.#campaigns.filter(({ endedAt }) => (endedAt ?? at) >= at - KEPT_MS);
    const excess = Math.max(0, kept.length - MAX_CAMPAIGNS + 1);
    const ended = kept.filter(({ endedAt }) => endedAt !== undefined);
    const dropped = new Set(ended.slice(Math.max(0, ended.length - excess)));
    for (const { endedAt = at } of dropped) this.#forgotten.add(endedAt, 1);
    this.#campaigns = [campaign, ...kept.filter((one) => !dropped.has(one))];
  }

  forgottenState(): ForgottenState {
    return this.#forgotten.state();
  }
}
