/**
 * Learns the usual rate of one source from its line counter, and probes a silent source. Ignores probe lines, and lines
 * that the reader reads while it catches up.
 */
import type { Clock } from "../../../domain/clock.ts";
import { type Instant, instant } from "../../../domain/instant.ts";
import type { SourceStatus } from "../../../domain/line-source.ts";
import { silenceLimit } from "../../judge/expectation.ts";
import { createHabit, type Habit, HOUR_MS } from "../../judge/habit.ts";
import { formatHabit, restoreHabit } from "../../judge/habit-text.ts";
import { type FlowJudgment, judgeFlow } from "../../judge/judge-flow.ts";
import { observeLook } from "../../judge/observe-look.ts";
import { journalContains } from "../../../host/logs/journal-contains.ts";
import {
  type LogPathProbe,
  type LogPathResult,
  PROBE_TAG,
  probeLogPath,
} from "../../../host/logs/probe-log-path.ts";
import type { FlowFacts } from "./flow-proof.ts";
import type { SyslogRoute } from "./syslog-route.ts";

export interface FlowLook {
  readonly source: SourceStatus;
  /** Hour of the week, local time. */
  readonly hour: number;
  /** Number of probe lines sent since the last look. */
  readonly own: number;
}

export interface FlowWatch {
  see(look: FlowLook): void;
  /** Whether the source is silent and no recent probe explains that. */
  readonly wantsProbe: boolean;
  /** Sends a probe; returns how many of its lines arrived. */
  probe(lines: () => number, signal: AbortSignal): Promise<number>;
  /** Returns facts for a proof; undefined: observed too briefly. `lines`: the present counter. */
  facts(lines: number): FlowFacts | undefined;
  /** Returns the state as text, for `createFlowWatch` after a restart. */
  text(): string;
}

/** A probe that arrived is valid for this long; a lost one is repeated sooner. */
const ARRIVED_VALID_MS = 3_600_000;
const LOST_RETRY_MS = 120_000;
/** Interval of probes of a source from which few lines are expected. */
const UNSURE_RETRY_MS = 21_600_000;
const SETTLING_LOOKS = 2;
const FILE_WAITS: readonly number[] = Array.from({ length: 25 }, () => 200);
const JOURNAL_WAITS: readonly number[] = [300, 1200, 3500];
const PASSED = "probe passed";
const UNTRIED = "probe untried";

/** The counter of a source at one look. */
interface Sample {
  readonly lines: number;
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
  readonly seen: Instant;
  readonly hour: number;
}

interface Probe {
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
  readonly seen: Instant;
  readonly result: LogPathResult;
}

/** Creates a watch. `text` is the result of `text()` in an earlier run. */
export function createFlowWatch(
  clock: Clock,
  route: SyslogRoute | undefined,
  text: string | undefined,
): FlowWatch {
  const [passed, ...rows] = text?.split("\n") ?? [];
  const habit = restoreHabit(rows.join("\n")) ?? createHabit();
  return new SourceFlow({ clock, route, habit, hasPassed: passed === PASSED });
}

interface SourceFlowState {
  readonly clock: Clock;
  readonly route: SyslogRoute | undefined;
  readonly habit: Habit;
  readonly hasPassed: boolean;
}

class SourceFlow implements FlowWatch {
  readonly #clock: Clock;
  readonly #route: SyslogRoute | undefined;
  readonly #habit: Habit;
  /** Whether any probe has arrived so far. */
  #hasPassed: boolean;
  #last: Sample | undefined;
  #looks = 0;
  #judgment: FlowJudgment;
  #probed: Probe | undefined;

  constructor({ clock, route, habit, hasPassed }: SourceFlowState) {
    this.#clock = clock;
    this.#route = route;
    this.#habit = habit;
    this.#hasPassed = hasPassed;
    this.#judgment = judgeFlow(habit, habit.hour.of);
  }

  see({ source, hour, own }: FlowLook): void {
    const last = this.#last;
    const at = this.#clock.monotonic();
    // The counter of a restarted reader begins at zero.
    if (last !== undefined && source.lines < last.lines) this.#looks = 0;
    this.#looks++;
    const isSettled = this.#looks > SETTLING_LOOKS && source.state === "reading";
    const elapsed = isSettled && last !== undefined ? at - last.at : 0;
    const came = source.lines - (this.#looks === 1 ? 0 : (last?.lines ?? 0));
    const probeLines = this.#route?.kind === "file" ? own : 0;
    observeLook(this.#habit, { hour, elapsed, lines: Math.max(0, came - probeLines) });
    this.#last = { lines: source.lines, at, seen: this.#clock.now(), hour };
    this.#judgment = judgeFlow(this.#habit, hour);
  }

  get wantsProbe(): boolean {
    const { verdict, sure } = this.#judgment;
    if (verdict !== "silent" || this.#route === undefined) return false;
    if (this.#looks < SETTLING_LOOKS) return false;
    if (this.#probed === undefined) return true;
    const { at, result } = this.#probed;
    const pause = result.kind === "came" ? ARRIVED_VALID_MS : LOST_RETRY_MS;
    return this.#clock.monotonic() - at >= (sure ? pause : UNSURE_RETRY_MS);
  }

  async probe(lines: () => number, signal: AbortSignal): Promise<number> {
    if (this.#route === undefined) return 0;
    const result = await probeLogPath({ ...probeOf(this.#route, lines), signal });
    if (signal.aborted) return 0;
    this.#hasPassed ||= result.kind === "came";
    this.#probed = { at: this.#clock.monotonic(), seen: this.#clock.now(), result };
    // If the probe line arrives late, the route works again, and the silence ends.
    return result.kind === "came" ? 1 : 0;
  }

  facts(lines: number): FlowFacts | undefined {
    if (this.#looks < SETTLING_LOOKS || this.#last === undefined) return undefined;
    const probed = this.#probed;
    const silentSince = instant(this.#clock.now() - this.#habit.quiet);
    return {
      at: this.#last.seen,
      judgment: { ...this.#judgment, evidence: this.#evidenceNow(this.#last, lines) },
      beyond: this.#habit.missed / silenceLimit(this.#habit),
      probeable: this.#route !== undefined,
      // A probe before the silence does not explain it.
      probe: probed !== undefined && probed.seen >= silentSince ? probed : undefined,
      passed: this.#hasPassed,
    };
  }

  /** Describes the lines and the silence until now; the verdict is that of the last look. */
  #evidenceNow(last: Sample, lines: number): string {
    const elapsed = this.#clock.monotonic() - last.at;
    const quiet = lines === last.lines ? this.#habit.quiet + elapsed : 0;
    const { observed, activeLooks } = this.#habit;
    const now = {
      observed: observed + elapsed / HOUR_MS,
      activeLooks: Math.max(activeLooks, lines > 0 ? 1 : 0),
    };
    const { verdict, evidence } = judgeFlow({ ...this.#habit, ...now, quiet }, last.hour);
    return verdict === this.#judgment.verdict ? evidence : this.#judgment.evidence;
  }

  text(): string {
    return `${this.#hasPassed ? PASSED : UNTRIED}\n${formatHabit(this.#habit)}`;
  }
}

/** Returns how a probe is sent along a route and how its arrival is noticed. */
function probeOf(route: SyslogRoute, lines: () => number): Omit<LogPathProbe, "signal"> {
  if (route.kind === "journal")
    return {
      facility: "authpriv",
      arrived: (text) => journalContains({ tag: PROBE_TAG, text, directory: route.directory }),
      waits: JOURNAL_WAITS,
    };
  const before = lines();
  return { facility: route.facility, arrived: () => lines() > before, waits: FILE_WAITS };
}
