/**
 * The canary link: the jail tested end to end, by schedule or by hand. Keeps the last result of each jail, over restarts
 * too. A trial that fails makes the jail degraded at once and is repeated within a minute, whoever asked for it; the
 * second one in a row says whether the jail is blind or toothless. Further ones come ever more rarely until one passes.
 * A jail of which another check misses what it should see is tried at once.
 *
 * A result belongs to the filter, the source and the ports it was gathered with: after a change the jail is as untested
 * as a new one. One trial runs at a time and in the background; a look only begins them.
 */
import { stackOf } from "../../domain/thrown-error.ts";
import { type Duration, duration, formatDuration } from "../../domain/duration.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import { CodedError } from "../../domain/errors.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { Proof } from "../../domain/proof.ts";
import type { Emit } from "../../telemetry/events.ts";
import {
  type CanaryResult,
  causeOf,
  parseResult,
  summarize,
} from "./check-canary/canary-result.ts";
import { jailScope } from "../evidence-scope.ts";
import type { JailCheck, WatchedJail } from "../jail-check.ts";
import type { LiveJail } from "../../pipeline/live-jail.ts";
import type { StateStore } from "../../record/state-store.ts";
import type { Trial } from "../canary/verify.ts";

export interface CanaryCheckOptions {
  readonly verify: (live: LiveJail, who: string) => Promise<Trial>;
  /** Whether what should be seen of a jail is not: then it is tried now and not by schedule. */
  readonly isDoubtful: (jail: WatchedJail) => boolean;
  readonly stateStore: StateStore;
  readonly emit: Emit;
  /** In [0, 1), so that not all hosts and jails try at the same time. */
  readonly chance: () => number;
}

export interface CanaryCheck extends JailCheck {
  /** What came out of a trial, whoever asked for it. */
  note(live: LiveJail, trial: Trial): void;
}

/** The first trial after a start comes after so long, or after the interval if that is shorter. */
const FIRST: readonly [Duration, Duration] = [duration(120_000), duration(600_000)];
const REPEAT_MS = 20_000;
const RETRY_MS = 600_000;
/** A jail in doubt is tried again after so long. */
const DOUBTED_MS = 600_000;
/** The interval is shortened by up to this part of it. */
const JITTER = 0.1;

export function createCanaryCheck(options: CanaryCheckOptions): CanaryCheck {
  const { stateStore, emit } = options;
  const held = new Map<JailName, CanaryResult | undefined>();
  const firsts = new Map<JailName, { readonly scope: string; readonly at: Instant }>();
  let running: Promise<void> | undefined;

  function anyOf(jail: JailName): CanaryResult | undefined {
    if (!held.has(jail)) held.set(jail, parseResult(stateStore.load(memoName(jail))));
    return held.get(jail);
  }

  function lastOf(live: LiveJail): CanaryResult | undefined {
    const last = anyOf(live.jail.name);
    return last?.scope === jailScope(live) ? last : undefined;
  }

  function note(live: LiveJail, trial: Trial): void {
    const { name } = live.jail;
    const failures = trial.outcome === "failed" ? (lastOf(live)?.failures ?? 0) + 1 : 0;
    const last = { ...summarize(trial), failures, scope: jailScope(live) };
    held.set(name, last);
    stateStore.save(memoName(name), JSON.stringify(last));
  }

  async function look(jails: readonly WatchedJail[], now: Instant): Promise<void> {
    if (running !== undefined) return;
    const due = jails.filter((jail) => dueAt(jail, now) <= now);
    if (due.length === 0) return;
    // Those that failed are repeated before others are due again.
    const failed = due.filter(({ live }) => isFailed(lastOf(live)));
    running = tryAll(failed.length > 0 ? failed : due.slice(0, 1)).finally(() => {
      running = undefined;
    });
  }

  async function tryAll(jails: readonly WatchedJail[]): Promise<void> {
    for (const { live } of jails) {
      try {
        await options.verify(live, "daemon");
      } catch (error) {
        // The daemon ends, or too many are tried by hand: later, then.
        if (error instanceof CodedError) return;
        const reason = stackOf(error);
        emit({ event: "bug", part: "canary", reason });
      }
    }
  }

  function dueAt(jail: WatchedJail, now: Instant): number {
    const { live, source } = jail;
    const { config } = live.jail;
    const last = lastOf(live);
    if (source === undefined) return Number.POSITIVE_INFINITY;
    // What failed by hand is repeated as well, where nothing is tried by schedule: once is no verdict.
    if (last?.failures === 1) return last.at + REPEAT_MS;
    if (config.canary === 0) return Number.POSITIVE_INFINITY;
    if (!isFailed(last) && options.isDoubtful(jail))
      return last === undefined ? now : last.at + DOUBTED_MS;
    const first = firstOf(live, now);
    if (last === undefined) return first;
    return Math.max(isFailed(last) ? 0 : first, last.at + waitAfter(last, config.canary));
  }

  function firstOf(live: LiveJail, now: Instant): Instant {
    const { name, config } = live.jail;
    const scope = jailScope(live);
    const known = firsts.get(name);
    if (known?.scope === scope) return known.at;
    // Whether a change has corrected what failed is to be known soon.
    const at = isFailed(anyOf(name))
      ? instant(now + Math.min(config.canary, REPEAT_MS))
      : firstAt(config.canary, now);
    firsts.set(name, { scope, at });
    return at;
  }

  function firstAt(interval: Duration, now: Instant): Instant {
    const [least, most] = FIRST;
    return instant(now + Math.min(interval, least + options.chance() * (most - least)));
  }

  function waitAfter({ failures, took }: CanaryResult, interval: Duration): number {
    if (failures === 0) return interval * (1 - JITTER * fraction(took));
    return Math.min(interval, RETRY_MS * 2 ** (failures - 2));
  }

  return {
    name: "canary",
    note,
    look,
    proofs: ({ live }, now) => [proofOf(lastOf(live), live, now)],
  };

  function proofOf(last: CanaryResult | undefined, live: LiveJail, now: Instant): Proof {
    const link = "canary";
    const { name, config } = live.jail;
    const byHand = `bailiff verify ${name}`;
    if (last === undefined) {
      const known = firsts.get(name);
      const first = known?.scope === jailScope(live) ? known.at : undefined;
      const since = anyOf(name) === undefined ? "" : " since its filter, source or ports changed";
      const evidence =
        config.canary === 0
          ? `not tried${since}: canary = "0s" turns it off; ${byHand} tries it`
          : `not tried yet${since}; ${first === undefined || first <= now ? "soon" : `in ${formatDuration(duration(first - now))}`}, or now: ${byHand}`;
      return { kind: "unproven", link, evidence };
    }
    const { outcome, evidence, failures } = last;
    const at = instant(last.at);
    if (outcome === "proven") return { kind: "proven", link, evidence, at };
    if (outcome === "partly") return { kind: "unproven", link, evidence };
    const fix = last.fix ?? byHand;
    if (failures > 1) return { kind: "found", link, cause: causeOf(last.step), evidence, at, fix };
    const once = `the last test failed once and is repeated within a minute: ${evidence}`;
    return { kind: "found", link, cause: "canary-failed", evidence: once, at, fix };
  }
}

function memoName(jail: JailName): string {
  return `canary ${jail}`;
}

function isFailed(last: CanaryResult | undefined): boolean {
  return last !== undefined && last.failures > 0;
}

/** Differs from trial to trial, and needs no keeping. */
function fraction(took: number): number {
  return (took % 100) / 100;
}
