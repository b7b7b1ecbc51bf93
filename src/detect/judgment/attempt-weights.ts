/**
 * Weighs the failures of sources from which nobody has logged in: by their evidence, and more strictly while the jail is
 * under siege. The window then counts the higher of the two weights.
 *
 * Under siege, a name that others tried before is an offense at the first try: 2 others if it does not exist, 10 if it
 * may. Another one that does not exist is an offense at the second try. Other names weigh nothing more, and neither does
 * a name that logs in here, or resembles one: a new user, or one at a new address, may mistype as often as ever.
 */
import type { CountedFailure, WindowedFailure } from "../../domain/ban-book.ts";
import type { Instant } from "../../domain/instant.ts";
import type { AccountLogins } from "../../domain/login.ts";
import { hashOf } from "./decaying-scores.ts";
import type { DetectorMode } from "./detector.ts";
import { type EvidencePolicy, type Weighed, weighEvidence } from "./evidence.ts";
import type { NameLikeness, ObservedAttempt } from "./observed-attempt.ts";
import { type SavedSiege, Siege } from "./siege.ts";
import { type SavedName, TriedNames } from "./tried-names.ts";

export interface WeightPolicy extends EvidencePolicy {
  readonly evidence: DetectorMode | "off";
  readonly siege: DetectorMode | "off";
  /** Whether anybody can register an account. */
  readonly isOpen: boolean;
}

export interface SavedWeights {
  /** Of failures at or before this time, what was added to them counts no longer. */
  readonly since: number;
  readonly siege: SavedSiege;
  readonly names: readonly SavedName[];
}

export type WeighedBy = Weighed & { readonly by: "evidence" | "siege" };

/** What counts now, and what would count if nothing were only reported. undefined: the attempts of the line alone. */
export interface AttemptWeight {
  readonly acted: WeighedBy | undefined;
  readonly reported: WeighedBy | undefined;
}

/** A ban under siege is as long as the third one of an address. */
const SIEGE_SEVERITY = 2;
const OTHERS_IF_UNKNOWN = 2;
const OTHERS_IF_KNOWN = 10;
const TRIES_IF_UNKNOWN = 2;

type ExplainedFailure = Pick<CountedFailure, "at" | "extra" | "extraBy">;

const EXPLAINED = /^(evidence|siege): (.*)$/;

/** Returns the text that `explain` reads in the record. */
export function explanationOf({ by, because }: WeighedBy): string {
  return `${by}: ${because}`;
}

export class AttemptWeights {
  readonly #policy: WeightPolicy;
  #siege = new Siege();
  readonly #names: TriedNames;
  #since = 0;

  constructor(policy: WeightPolicy) {
    this.#policy = policy;
    this.#names = new TriedNames(policy);
  }

  get isOff(): boolean {
    return this.#policy.evidence === "off" && this.#policy.siege === "off";
  }

  /** Returns what to name for weights of this mode that no failure explains. */
  unexplained(mode: DetectorMode): Omit<WeighedBy, "extra"> {
    const isSiege = this.#policy.evidence !== mode && this.#policy.siege === mode;
    return { by: isSiege ? "siege" : "evidence", because: "with extra weight" };
  }

  /**
   * Returns the detector that added most to these failures of the record, with the reason of its newest one. `last`: what
   * counts if none of them does.
   */
  explain(
    failures: readonly ExplainedFailure[],
    last: Omit<WeighedBy, "extra"> = this.unexplained("act"),
  ): Omit<WeighedBy, "extra"> {
    const sums = { evidence: 0, siege: 0 };
    const newest = new Map<WeighedBy["by"], string>();
    let most: WeighedBy["by"] | undefined;
    for (const failure of failures.toSorted((a, b) => a.at - b.at)) {
      const [, by, because = ""] = EXPLAINED.exec(failure.extraBy ?? "") ?? [];
      if (by !== "evidence" && by !== "siege") continue;
      sums[by] += this.extraOf(failure);
      if (sums[by] === 0) continue;
      newest.set(by, because);
      if (most === undefined || sums[by] >= sums[most]) most = by;
    }
    if (most === undefined) return last;
    return { by: most, because: newest.get(most) ?? "" };
  }

  /** Lets what was added to failures until now count no longer, because another policy added it. */
  countFrom(now: Instant): void {
    this.#since = now;
  }

  /** Returns how much a failure of the record counts. */
  pointsOf(failure: Pick<WindowedFailure, "at" | "weight" | "extra">): number {
    return failure.weight + this.extraOf(failure);
  }

  /** Returns how much was added to a failure of the record. */
  extraOf({ at, extra = 0 }: Pick<WindowedFailure, "at" | "extra">): number {
    return at > this.#since ? extra : 0;
  }

  /** Whether some weights are only reported. */
  get reports(): boolean {
    return this.#policy.evidence === "report" || this.#policy.siege === "report";
  }

  get siege(): Siege {
    return this.#siege;
  }

  /** Whether the jail is under siege and the detector is not off. */
  get isBesieged(): boolean {
    return this.#policy.siege !== "off" && this.#siege.isOn;
  }

  /** Whether users who have logged in may fail more often, because of a siege. */
  get isLenient(): boolean {
    return this.#policy.siege === "act" && this.#siege.isOn;
  }

  /** Observes a failure of a source from which nobody has logged in. */
  weigh(attempt: ObservedAttempt): AttemptWeight {
    const source = hashOf(attempt.subject);
    this.#siege.strangerFailed(source, attempt.at);
    const { evidence: evidenceMode, siege: siegeMode } = this.#policy;
    const shown = weighEvidence(attempt, source, this.#names, this.#policy);
    const evidence = shown && ({ ...shown, by: "evidence" } as const);
    const siege = this.#weighSiege(attempt, source);
    const inMode = (mode: DetectorMode): WeighedBy | undefined =>
      heavier(evidenceMode === mode ? evidence : undefined, siegeMode === mode ? siege : undefined);
    const acted = inMode("act");
    return { acted, reported: heavier(acted, inMode("report")) };
  }

  /** `source`: the subject as which the jail counts the address. */
  loggedIn(source: string, account: string | undefined, at: number): void {
    if (account !== undefined) this.#names.loggedIn(account, at);
    const [from, user] = [hashOf(source), hashOf(account ?? source)];
    if (!this.#policy.isOpen) this.#siege.loggedIn(from, user, at);
    else if (account !== undefined && this.#names.isRegular(account))
      this.#siege.openLogin(from, user, at);
  }

  /** Adds accounts that have logged in before, in the order of their newest logins. */
  addAccounts(accounts: readonly AccountLogins[]): void {
    this.#names.addAccounts(accounts);
  }

  /** Compares a name with those that log in here. */
  likeness(name: string): NameLikeness {
    return this.#names.likeness(name);
  }

  shift(step: number): void {
    this.#siege.shift(step);
    this.#since += step;
  }

  save(): SavedWeights {
    return { since: this.#since, siege: this.#siege.save(), names: this.#names.save() };
  }

  restore({ since, siege, names }: SavedWeights): void {
    this.#since = since;
    this.#siege = new Siege(siege);
    this.#names.restore(names);
  }

  #weighSiege({ user, isUnknownUser }: ObservedAttempt, source: number): WeighedBy | undefined {
    if (user === undefined) return undefined;
    const others = this.#names.tried(user, source);
    if (!this.#siege.isOn || this.#names.likeness(user) !== "other") return undefined;
    const isUnknown = isUnknownUser || this.#names.isLastUnknown(user, source);
    const isSought = others >= (isUnknown ? OTHERS_IF_UNKNOWN : OTHERS_IF_KNOWN);
    if (!isSought && !isUnknown) return undefined;
    const extra = Math.ceil(this.#policy.maxretry / (isSought ? 1 : TRIES_IF_UNKNOWN)) - 1;
    const name = isSought ? ", for a name that others tried" : "";
    const because = `while ${this.#siege.strangers} sources without a login fail${name}`;
    return { by: "siege", extra, because };
  }
}

export function severityOf(detector: WeighedBy["by"]): number {
  return detector === "siege" ? SIEGE_SEVERITY : 0;
}

function heavier(a: WeighedBy | undefined, b: WeighedBy | undefined): WeighedBy | undefined {
  return (b?.extra ?? 0) > (a?.extra ?? 0) ? b : a;
}
