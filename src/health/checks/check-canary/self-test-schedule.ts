/**
 * Decides when a jail's self-test is due: at random times, soon after a failure or a change. While it keeps failing, it
 * is due ever more rarely. Remembers the time of each jail's first test.
 */
import { type Duration, duration } from "../../../domain/duration.ts";
import { type Instant, instant } from "../../../domain/instant.ts";
import type { JailName } from "../../../domain/jail-name.ts";
import type { LiveJail } from "../../../pipeline/live-jail.ts";
import { jailScope } from "../../evidence-scope.ts";
import { type CanaryResult, isFailed } from "./canary-result.ts";

export interface SelfTestHistory {
  /** Last result for the jail's present configuration. */
  readonly last: CanaryResult | undefined;
  /** Last result for any of its configurations. */
  readonly lastOfAny: CanaryResult | undefined;
}

/** The first test runs between these times after the start, or after the interval if that is shorter. */
const FIRST_BETWEEN: readonly [Duration, Duration] = [duration(120_000), duration(600_000)];
const REPEAT_MS = 20_000;
const RETRY_MS = 600_000;
/** Wait before a test of a jail in doubt is repeated. */
const DOUBTFUL_RETRY_MS = 600_000;
/** The interval is shortened by a random part, at most this fraction. */
const JITTER = 0.1;

export class SelfTestSchedule {
  /** Random number in [0, 1), so that not all hosts and jails run tests at the same time. */
  readonly #chance: () => number;
  readonly #firsts = new Map<JailName, { readonly scope: string; readonly at: Instant }>();

  constructor(chance: () => number) {
    this.#chance = chance;
  }

  /** Returns when the next test is due; Infinity: never. `isDoubtful`: another check misses expected evidence. */
  dueAt(
    live: LiveJail,
    history: SelfTestHistory,
    { now, isDoubtful }: { readonly now: Instant; readonly isDoubtful: () => boolean },
  ): number {
    const { canary } = live.jail.config;
    const { last } = history;
    // The clock was set back while the daemon was down.
    if (last !== undefined && last.at > now) return now;
    // One failure proves nothing, so it is repeated even without a schedule, also after a test by hand.
    if (last?.failures === 1) return last.at + REPEAT_MS;
    if (canary === 0) return Number.POSITIVE_INFINITY;
    if (!isFailed(last) && isDoubtful())
      return last === undefined ? now : last.at + DOUBTFUL_RETRY_MS;
    const first = this.#firstOf(live, history, now);
    if (last === undefined) return first;
    return Math.max(isFailed(last) ? 0 : first, last.at + waitAfter(last, canary));
  }

  /** The wall clock was stepped by this many milliseconds. */
  shift(step: number): void {
    for (const [name, { scope, at }] of this.#firsts)
      this.#firsts.set(name, { scope, at: instant(at + step) });
  }

  #firstOf(live: LiveJail, { lastOfAny }: SelfTestHistory, now: Instant): Instant {
    const { name, config } = live.jail;
    const scope = jailScope(live);
    const known = this.#firsts.get(name);
    if (known?.scope === scope) return known.at;
    const [least, most] = FIRST_BETWEEN;
    // If the last test failed, a new configuration may be the correction, and is tested soon.
    const wait = isFailed(lastOfAny) ? REPEAT_MS : least + this.#chance() * (most - least);
    const at = instant(now + Math.min(config.canary, wait));
    this.#firsts.set(name, { scope, at });
    return at;
  }

  /** Returns when the first test is due; undefined: not scheduled yet. */
  firstAt(live: LiveJail): Instant | undefined {
    const first = this.#firsts.get(live.jail.name);
    return first?.scope === jailScope(live) ? first.at : undefined;
  }
}

function waitAfter({ failures, took }: CanaryResult, interval: Duration): number {
  if (failures === 0) return interval * (1 - JITTER * fractionOf(took));
  return Math.min(interval, RETRY_MS * 2 ** (failures - 2));
}

/** Returns a pseudo-random fraction, which differs for each test and needs no storage. */
function fractionOf(took: number): number {
  return (took % 100) / 100;
}
