/** Watches one jail: which sources begin to fail there, which accounts they try, and which accounts have logged in. */
import type { JailName } from "../../../domain/jail-name.ts";
import { Arrivals, type ArrivalsState, type Excess } from "./arrivals.ts";
import { KnownAccounts } from "./known-accounts.ts";
import { shiftCampaign, type TiedCampaign } from "./tied-campaign.ts";
import { TieCounts } from "./tie-counts.ts";

/**
 * Signs that are counts: of sources, or of the accounts that they try, at most `each` of one source. `min` in an hour
 * is unusual anywhere. `shift`: where the number of a source is in its `counted`. Few mixed-accounts show something,
 * because users try their own account only.
 */
const COUNTED_SIGNS = {
  "new-sources": { min: 30, each: 1, shift: 0 },
  "new-names": { min: 18, each: 2, shift: 2 },
  "known-accounts": { min: 9, each: 3, shift: 4 },
  "mixed-accounts": { min: 6, each: 1, shift: 6 },
} as const;

export type CountedSign = keyof typeof COUNTED_SIGNS;

export const COUNTED_KINDS: readonly CountedSign[] = [
  "new-sources",
  "new-names",
  "known-accounts",
  "mixed-accounts",
];

/** Maximum number of accounts of an hour that are counted: at one jail, of all jails together, and at least. */
const MAX_NAMES = 512;
const MAX_NAMES_OF_ALL = 64 * MAX_NAMES;
const MIN_NAMES = 32;

const USUAL_MS = 2 * 3_600_000;
/** Time without a member's try after which the guessing of one account is over. */
const QUIET_MS = 6 * 3_600_000;

export interface JailState {
  readonly jail: JailName;
  readonly named: NamedCampaigns;
  /** In the order of COUNTED_KINDS. */
  readonly arrivals: readonly ArrivalsState[];
}

/** Number of campaigns that began on the newest day with one; their names count them. */
interface NamedCampaigns {
  readonly day: string;
  readonly count: number;
}

interface Counted {
  counted: number;
  readonly firstAt: number;
}

export class JailWatch {
  readonly jail: JailName;
  campaign: TiedCampaign | undefined;
  named: NamedCampaigns = { day: "", count: 0 };
  readonly accounts: KnownAccounts;
  readonly #arrivals: Readonly<Record<CountedSign, Arrivals>>;
  /** Sources by account, in this hour and in the one before. */
  #names = new TieCounts(MIN_NAMES);
  #earlierNames = new TieCounts(MIN_NAMES);
  #hour = 0;
  readonly #jailCount: () => number;

  /** `jailCount` returns the number of all jails, which share the memory for accounts. */
  constructor(jail: JailName, jailCount: () => number) {
    this.jail = jail;
    this.#jailCount = jailCount;
    this.accounts = new KnownAccounts(jail);
    this.#arrivals = {
      "new-sources": new Arrivals(COUNTED_SIGNS["new-sources"].min),
      "new-names": new Arrivals(COUNTED_SIGNS["new-names"].min),
      "known-accounts": new Arrivals(COUNTED_SIGNS["known-accounts"].min),
      "mixed-accounts": new Arrivals(COUNTED_SIGNS["mixed-accounts"].min),
    };
  }

  /** Time of the newest try of a member of the open campaign; 0: none is open. */
  get memberTriedAt(): number {
    return this.campaign?.lastAt ?? 0;
  }

  /** Counts the source, or another account of it. All count when it began to fail, so that they can be removed. */
  count(source: Counted, sign: CountedSign): void {
    const { each, shift } = COUNTED_SIGNS[sign];
    if (countOf(source, sign) >= each) return;
    source.counted += 1 << shift;
    this.#arrivals[sign].change(source.firstAt, 1);
  }

  /** Removes a source from all counts, because its user has logged in. */
  discount(source: Counted): void {
    for (const sign of COUNTED_KINDS) {
      const count = countOf(source, sign);
      if (count > 0) this.#arrivals[sign].change(source.firstAt, -count);
    }
    source.counted = 0;
  }

  countName(name: number, at: number): void {
    const hour = Math.floor(at / 3_600_000);
    if (hour > this.#hour) {
      this.#earlierNames = hour === this.#hour + 1 ? this.#names : new TieCounts(MIN_NAMES);
      this.#names = new TieCounts(namesFor(this.#jailCount()));
      this.#hour = hour;
    }
    this.#names.add(name, Math.floor(at / 1000));
  }

  /** Returns the sources by account of this hour and the one before. */
  recentNames(limit: number): TieCounts {
    const all = new TieCounts(limit);
    all.addAll(this.#earlierNames);
    all.addAll(this.#names);
    return all;
  }

  /** Lets time pass. new-names are only counted once it is known which accounts are new. */
  advance(at: number, kinds: readonly CountedSign[]): void {
    for (const sign of kinds) this.#arrivals[sign].advance(at);
  }

  excess(sign: CountedSign): Excess | undefined {
    return this.#arrivals[sign].excess();
  }

  risenSince(sign: CountedSign, hours: number): number {
    return this.#arrivals[sign].risenSince(hours);
  }

  /**
   * Returns whether as many sources as usual arrive again, by each sign of the campaign, for at least two hours: an
   * unusual hour may look usual together with the hour before it.
   */
  isOver({ signs, lastAt }: TiedCampaign, at: number): boolean {
    return signs.every(({ kind, hours, at: since }) =>
      kind === "one-account"
        ? at - lastAt > QUIET_MS
        : at - since >= USUAL_MS && this.#arrivals[kind].isUsual(Math.max(2, hours)),
    );
  }

  /** Ends the count of a campaign. habit: what it did is from now on usual. */
  conclude(as: "past" | "habit"): void {
    for (const sign of COUNTED_KINDS) {
      if (as === "habit") this.#arrivals[sign].adopt();
      this.#arrivals[sign].forgetExcess();
    }
  }

  /** Moves all times with a step of the wall clock, in milliseconds. */
  shift(step: number): void {
    for (const sign of COUNTED_KINDS) this.#arrivals[sign].shift(step);
    this.#hour += Math.round(step / 3_600_000);
    this.accounts.shift(step);
    if (this.campaign !== undefined) shiftCampaign(this.campaign, step);
  }

  state(): JailState {
    const arrivals = COUNTED_KINDS.map((sign) => this.#arrivals[sign].state());
    return { jail: this.jail, named: this.named, arrivals };
  }

  restore({ named, arrivals }: JailState): void {
    this.named = named;
    for (const [index, sign] of COUNTED_KINDS.entries()) {
      const state = arrivals[index];
      if (state !== undefined) this.#arrivals[sign].restore(state);
    }
  }
}

function namesFor(jails: number): number {
  return Math.max(MIN_NAMES, Math.min(MAX_NAMES, Math.floor(MAX_NAMES_OF_ALL / jails)));
}

/** Returns how often a source has been counted for a sign. */
export function countOf({ counted }: Pick<Counted, "counted">, sign: CountedSign): number {
  return (counted >> COUNTED_SIGNS[sign].shift) & 3;
}
