/**
 * Tries many policies of one jail on old logs. Reads the logs once, keeps the recognized lines, and replays each policy
 * over them with the engine of `bailiff replay` (invariant 9).
 */
import { setImmediate } from "node:timers/promises";
import type { AllowEntry } from "../detect/allow-list.ts";
import type { JailConfig } from "../config/config.ts";
import { type Duration, duration } from "../domain/duration.ts";
import type { Instant } from "../domain/instant.ts";
import type { PortNames } from "../host/services/port-names.ts";
import type { CompiledJail } from "../jails/compile-jails.ts";
import { createJail } from "../jails/jail.ts";
import {
  type LogToMerge,
  mergeLogs,
  PolicyReplay,
  type ReplayTally,
  type RoutedMatch,
} from "./replay.ts";
import { KeptLines, spanOf } from "./tune/kept-lines.ts";
import { bestThresholds, type Proposal, proposePolicy } from "./tune/propose-policy.ts";
import { banTimesToTry, thresholdsToTry } from "./tune/sweep.ts";
import {
  isSameThresholds,
  type Thresholds,
  thresholdsOf,
  type TriedPolicy,
} from "./tune/tried-policy.ts";

export { formatLength, isRisky, isSameThresholds } from "./tune/tried-policy.ts";
export type { Thresholds, TriedPolicy } from "./tune/tried-policy.ts";
export type { Proposal } from "./tune/propose-policy.ts";

export interface TuneOptions {
  readonly compiled: CompiledJail;
  readonly history: JailHistory;
  readonly ports: PortNames;
  /** The daemon's allow-list; `ignoreip` of the jail is exempt in any case. */
  readonly exempt: readonly AllowEntry[];
  readonly signal: AbortSignal;
  /** Called with how many policies have been tried, and at most how many will be. */
  readonly onTried: (tried: number, all: number) => void;
}

/** What the logs show of one jail. */
export interface JailHistory {
  /** Recognized lines, oldest first. */
  readonly kept: readonly RoutedMatch[];
  /** Number of lines read, and of older recognized ones that are not kept. */
  readonly lines: number;
  readonly leftOut: number;
  /** Number of kept lines that report a failure, and a login. */
  readonly failures: number;
  readonly logins: number;
  readonly span: { readonly first: Instant; readonly last: Instant } | undefined;
}

export interface Tuning {
  readonly current: Thresholds;
  /** In the order in which they were tried; the jail's own policy is one of them. */
  readonly tried: readonly TriedPolicy[];
  /** undefined: each policy would have banned a user, or the sweep was aborted. */
  readonly proposal: Proposal | undefined;
}

/** A shorter history shows neither slow guessing nor the habits of users. */
export const MIN_SPAN: Duration = duration(86_400_000);
/** About 600 bytes each. */
const MAX_KEPT = 200_000;
/** Number of thresholds for which lengths of bans are tried. */
const MAX_BEST = 3;

export async function readHistory(logs: readonly LogToMerge[]): Promise<JailHistory> {
  const keeping = new KeptLines(MAX_KEPT);
  let lines = 0;
  await mergeLogs({
    logs,
    onBatch: (batch) => void (lines += batch.lines),
    onMatch: (match) => keeping.add(match),
  });
  const kept = keeping.finish();
  const countOf = (kind: RoutedMatch["match"]["kind"]): number =>
    kept.filter(({ match }) => match.kind === kind).length;
  return {
    ...{ kept, lines, leftOut: keeping.leftOut, span: spanOf(kept) },
    ...{ failures: countOf("failure"), logins: countOf("success") },
  };
}

/** Sweeps the policies. The history must have a span. */
export async function tune({ compiled, history, ...options }: TuneOptions): Promise<Tuning> {
  const { span, logins } = history;
  if (span === undefined) throw new Error("a history without times cannot be replayed");
  const length = duration(span.last - span.first);
  const current = thresholdsOf(compiled.jail.config);
  const sweep = new Sweep(compiled, history.kept, options);
  const first = thresholdsToTry(current, length);
  const most = first.length + (MAX_BEST + 1) * banTimesToTry(current, length).length;
  await sweep.try(first, most);
  const best = bestThresholds(sweep.tried, current, { logins, count: MAX_BEST });
  const more = [current, ...best].flatMap((one) => banTimesToTry(one, length));
  await sweep.try(more, most);
  const isComplete = !options.signal.aborted;
  const proposal = isComplete ? proposePolicy(sweep.tried, current, logins) : undefined;
  return { current, tried: sweep.tried, proposal };
}

class Sweep {
  readonly tried: TriedPolicy[] = [];
  readonly #compiled: CompiledJail;
  readonly #lines: readonly RoutedMatch[];
  readonly #options: Omit<TuneOptions, "compiled" | "history">;

  constructor(
    compiled: CompiledJail,
    lines: readonly RoutedMatch[],
    options: Omit<TuneOptions, "compiled" | "history">,
  ) {
    this.#compiled = compiled;
    this.#lines = lines;
    this.#options = options;
  }

  /** Tries those policies that were not tried before. */
  async try(policies: readonly Thresholds[], most: number): Promise<void> {
    for (const policy of policies) {
      if (this.#options.signal.aborted) return;
      if (this.tried.some((one) => isSameThresholds(one, policy))) continue;
      const tally = await this.#replay(policy);
      this.tried.push(describeTried(policy, tally));
      this.#options.onTried(this.tried.length, most);
      // Lets a signal of the user arrive.
      await setImmediate();
    }
  }

  async #replay(policy: Thresholds): Promise<ReplayTally> {
    const { jail, definition } = this.#compiled;
    const one = createJail(withThresholds(jail.config, policy), jail.filter);
    const replay = new PolicyReplay({
      policy: { name: jail.name, jails: [{ jail: one, definition }], guards: "all" },
      ports: this.#options.ports,
      jailsOf: () => [one],
      filters: [jail.filter],
      exempt: this.#options.exempt,
    });
    await replay.begin();
    for (const line of this.#lines) replay.take(line);
    return replay.tally;
  }
}

function withThresholds(
  config: JailConfig,
  { maxretry, findtime, bantime, increment }: Thresholds,
): JailConfig {
  const growth = { ...config.increment, enabled: increment };
  return { ...config, maxretry, findtime, bantime, increment: growth };
}

function describeTried(policy: Thresholds, tally: ReplayTally): TriedPolicy {
  const { attempts, stopped, bans, peak, stoppedLogins } = tally;
  const subjects = tally.subjects();
  return {
    ...policy,
    ...{ attempts, through: attempts - stopped, bans, peak, stoppedLogins },
    subjects: subjects.length,
    innocents: subjects.filter(({ innocent }) => innocent !== undefined),
  };
}
