/** The state of the campaign detector as plain data, to be saved over a restart. */
import type { Subject } from "../../../domain/cidr.ts";
import type { JailName } from "../../../domain/jail-name.ts";
import type { Member } from "../campaign.ts";
import type { ForgottenState } from "../forgotten-count.ts";
import type { TiedCampaign } from "./tied-campaign.ts";
import type { JailState } from "./jail-watch.ts";
import {
  type AccountLoginsState,
  type AccountsState,
  type KnownAccounts,
  splitAtBlank,
} from "./known-accounts.ts";
import type { LoginMemoryState } from "./login-memory.ts";
import { createTies, MAX_NAMES } from "./membership.ts";
import type { NameHabitState } from "./name-habit.ts";
import type { SavedSource } from "./source-table.ts";
import { TieCounts } from "./tie-counts.ts";

/** Changes when a state of an earlier version cannot be read; it is then dropped. */
export const STATE_VERSION = 1;

export interface CampaignsState {
  readonly version: typeof STATE_VERSION;
  readonly second: number;
  readonly jails: readonly JailState[];
  readonly accounts: AccountsState;
  readonly logins: LoginMemoryState;
  readonly names: NameHabitState;
  readonly campaigns: readonly CampaignState[];
  /** Missing, as what follows the campaigns, in a state of an earlier version. */
  readonly accountLogins?: AccountLoginsState;
  /** Number of campaigns that are not kept. */
  readonly forgotten?: ForgottenState;
  /** Sources of the last day. */
  readonly sources?: readonly SavedSource[];
}

/** Restores the accounts of each jail. Their names are saved behind that of the jail. */
export function restoreAccounts(
  { accounts, accountLogins = [] }: Pick<CampaignsState, "accounts" | "accountLogins">,
  accountsOf: (jail: JailName) => KnownAccounts,
): void {
  for (const { account, ...saved } of accounts) {
    const [jail, name] = splitAtBlank(account);
    accountsOf(jail as JailName).restore(name, saved);
  }
  for (const [key, ...login] of accountLogins) {
    const [network, rest] = splitAtBlank(key);
    const [jail, name] = splitAtBlank(rest);
    accountsOf(jail as JailName).restoreNetwork(network, name, login);
  }
}

type Counts<K> = readonly (readonly [key: K, count: number])[];

const TIE_COUNTS = ["names", "orders", "networks", "paces"] as const;

interface CampaignState
  extends Omit<
    TiedCampaign,
    "members" | "targets" | "otherTries" | "growth" | (typeof TIE_COUNTS)[number]
  > {
  readonly members: readonly Member[];
  readonly targets: Counts<string>;
  /** Missing in a state of an earlier version. */
  readonly otherTries?: number;
  readonly growth: Counts<number>;
  /** In the order of TIE_COUNTS. */
  readonly ties: readonly Counts<number>[];
}

export function saveCampaign(campaign: TiedCampaign): CampaignState {
  const { members, targets, growth, names, orders, networks, paces, ...facts } = campaign;
  return {
    ...facts,
    members: [...members.values()],
    targets: [...targets],
    growth: [...growth],
    ties: [names, orders, networks, paces].map((counts) => counts.state()),
  };
}

export function loadCampaign(saved: CampaignState): TiedCampaign {
  const { members, targets, growth, ties, otherTries = 0, ...facts } = saved;
  const counts = { names: new TieCounts(MAX_NAMES), ...createTies() };
  for (const [index, kind] of TIE_COUNTS.entries()) counts[kind].restore(ties[index] ?? []);
  return {
    ...{ ...facts, ...counts, otherTries, targets: new Map(targets), growth: new Map(growth) },
    members: new Map<Subject, Member>(members.map((member) => [member.subject, { ...member }])),
  };
}
