/**
 * Runs a self-test of each jail by schedule, and stores the last result of each in the book. A failed test degrades the
 * jail immediately and is repeated within a minute, also if it was run by hand. After two failures in a row the jail is
 * blind or toothless, and further tests come ever more rarely until one passes. A jail for which another check misses
 * expected evidence is tested immediately.
 *
 * A result belongs to the configuration it was gathered with (`jailScope`): after a change the jail counts as untested. One test runs at a time, in the background; `look` only starts it.
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
import { type SelfTestHistory, SelfTestSchedule } from "./check-canary/self-test-schedule.ts";
import { jailScope } from "../evidence-scope.ts";
import type { JailCheck, WatchedJail } from "../jail-check.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import type { StateStore } from "../../record/state-store.ts";
import type { SelfTest } from "../canary/verify.ts";

export interface CanaryCheckOptions {
  readonly verify: (live: LiveJail, who: string) => Promise<SelfTest>;
  /** Whether a check misses expected evidence about a jail; if so, a test runs immediately. */
  readonly isDoubtful: (jail: WatchedJail) => boolean;
  readonly stateStore: StateStore;
  readonly emit: Emit;
  /** Random number in [0, 1), which spreads tests over time. */
  readonly chance: () => number;
}

export class CanaryCheck implements JailCheck {
  readonly name = "canary";
  readonly #options: CanaryCheckOptions;
  readonly #results = new Map<JailName, CanaryResult | undefined>();
  readonly #schedule: SelfTestSchedule;
  #isTesting = false;

  constructor(options: CanaryCheckOptions) {
    this.#options = options;
    this.#schedule = new SelfTestSchedule(options.chance);
  }

  /** Stores the result of a test, scheduled or by hand. */
  note(live: LiveJail, selfTest: SelfTest): void {
    const { name } = live.jail;
    const before = this.#historyOf(live).last?.failures ?? 0;
    const failures = selfTest.outcome === "failed" ? before + 1 : 0;
    const result = { ...summarize(selfTest), failures, scope: jailScope(live) };
    this.#keep(name, result);
  }

  #keep(name: JailName, result: CanaryResult): void {
    this.#results.set(name, result);
    this.#options.stateStore.save(stateName(name), JSON.stringify(result));
  }

  #historyOf(live: LiveJail): SelfTestHistory {
    const { name } = live.jail;
    const lastOfAny = this.#results.getOrInsertComputed(name, () =>
      parseResult(this.#options.stateStore.load(stateName(name))),
    );
    return { last: lastOfAny?.scope === jailScope(live) ? lastOfAny : undefined, lastOfAny };
  }

  async look(jails: readonly WatchedJail[], now: Instant): Promise<void> {
    if (this.#isTesting) return;
    const due = jails.filter((jail) => this.#isDue(jail, now));
    // Failed tests are repeated before other tests run.
    const failed = due.filter(({ live }) => isFailed(this.#historyOf(live).last));
    void this.#testAll(failed.length > 0 ? failed : due.slice(0, 1));
  }

  #isDue(jail: WatchedJail, now: Instant): boolean {
    const { live, source } = jail;
    if (source === undefined) return false;
    const isDoubtful = (): boolean => this.#options.isDoubtful(jail);
    return this.#schedule.dueAt(live, this.#historyOf(live), { now, isDoubtful }) <= now;
  }

  /** The wall clock was stepped by this many milliseconds: results keep their age. */
  shift(step: number): void {
    this.#schedule.shift(step);
    for (const [name, result] of this.#results)
      if (result !== undefined) this.#keep(name, { ...result, at: result.at + step });
  }

  async #testAll(jails: readonly WatchedJail[]): Promise<void> {
    this.#isTesting = true;
    for (const { live } of jails) {
      try {
        await this.#options.verify(live, "daemon");
      } catch (error) {
        // The daemon is stopping, or too many tests by hand are waiting; the next look tries again.
        if (error instanceof CodedError) break;
        this.#options.emit({ event: "bug", part: "canary", reason: stackOf(error) });
      }
    }
    this.#isTesting = false;
  }

  proofs({ live }: WatchedJail, now: Instant): readonly Proof[] {
    const firstAt = this.#schedule.firstAt(live);
    const scope = jailScope(live);
    return [canaryProof(live.jail, this.#historyOf(live), { now, firstAt, scope })];
  }
}

function stateName(jail: JailName): string {
  return `canary ${jail}`;
}
