/**
 * The canary check tests each jail end to end, by schedule, and stores the last result of each jail in the book. A
 * failed trial degrades the jail immediately and is repeated within a minute, also one by hand; two failures in a row
 * tell whether the jail is blind or toothless. Further trials come ever more rarely until one passes. A jail of which
 * another check misses what it should see is tested immediately.
 *
 * A result belongs to the filter, the source and the ports it was gathered with: after a change the jail is untested.
 * One trial runs at a time and in the background; a look only starts them.
 */
import { stackOf } from "../../domain/thrown-error.ts";
import type { Instant } from "../../domain/instant.ts";
import { CodedError } from "../../domain/errors.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { Proof } from "../../domain/proof.ts";
import type { Emit } from "../../telemetry/events.ts";
import { canaryProof } from "./check-canary/canary-proof.ts";
import {
  type CanaryResult,
  isFailed,
  parseResult,
  summarize,
} from "./check-canary/canary-result.ts";
import { type TrialHistory, TrialSchedule } from "./check-canary/trial-schedule.ts";
import { jailScope } from "../evidence-scope.ts";
import type { JailCheck, WatchedJail } from "../jail-check.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import type { StateStore } from "../../record/state-store.ts";
import type { Trial } from "../canary/verify.ts";

export interface CanaryCheckOptions {
  readonly verify: (live: LiveJail, who: string) => Promise<Trial>;
  /** Whether a check misses evidence that it expects for a jail; then a trial runs immediately. */
  readonly isDoubtful: (jail: WatchedJail) => boolean;
  readonly stateStore: StateStore;
  readonly emit: Emit;
  /** In [0, 1); spreads trials over time. */
  readonly chance: () => number;
}

export class CanaryCheck implements JailCheck {
  readonly name = "canary";
  readonly #options: CanaryCheckOptions;
  readonly #results = new Map<JailName, CanaryResult | undefined>();
  readonly #schedule: TrialSchedule;
  #isTrying = false;

  constructor(options: CanaryCheckOptions) {
    this.#options = options;
    this.#schedule = new TrialSchedule(options.chance);
  }

  /** Stores the result of a trial, also of one by hand. */
  note(live: LiveJail, trial: Trial): void {
    const { name } = live.jail;
    const before = this.#historyOf(live).last?.failures ?? 0;
    const failures = trial.outcome === "failed" ? before + 1 : 0;
    const result = { ...summarize(trial), failures, scope: jailScope(live) };
    this.#results.set(name, result);
    this.#options.stateStore.save(stateName(name), JSON.stringify(result));
  }

  #historyOf(live: LiveJail): TrialHistory {
    const { name } = live.jail;
    const lastOfAny = this.#results.getOrInsertComputed(name, () =>
      parseResult(this.#options.stateStore.load(stateName(name))),
    );
    return { last: lastOfAny?.scope === jailScope(live) ? lastOfAny : undefined, lastOfAny };
  }

  async look(jails: readonly WatchedJail[], now: Instant): Promise<void> {
    if (this.#isTrying) return;
    const due = jails.filter((jail) => this.#isDue(jail, now));
    // Failed ones are repeated before others are due again.
    const failed = due.filter(({ live }) => isFailed(this.#historyOf(live).last));
    void this.#tryAll(failed.length > 0 ? failed : due.slice(0, 1));
  }

  #isDue(jail: WatchedJail, now: Instant): boolean {
    const { live, source } = jail;
    if (source === undefined) return false;
    const isDoubtful = (): boolean => this.#options.isDoubtful(jail);
    return this.#schedule.dueAt(live, this.#historyOf(live), { now, isDoubtful }) <= now;
  }

  async #tryAll(jails: readonly WatchedJail[]): Promise<void> {
    this.#isTrying = true;
    for (const { live } of jails) {
      try {
        await this.#options.verify(live, "daemon");
      } catch (error) {
        // The daemon stops, or too many trials run by hand: try later.
        if (error instanceof CodedError) break;
        this.#options.emit({ event: "bug", part: "canary", reason: stackOf(error) });
      }
    }
    this.#isTrying = false;
  }

  proofs({ live }: WatchedJail, now: Instant): readonly Proof[] {
    const firstAt = this.#schedule.firstAt(live);
    return [canaryProof(live.jail, this.#historyOf(live), { now, firstAt })];
  }
}

function stateName(jail: JailName): string {
  return `canary ${jail}`;
}
