/**
 * One source while it is watched: feeds its habit from its counter, and tries it with a line of our own when it is
 * silent. What a reader catches up on is not what comes, so it settles first; our own lines are nobody's habit.
 */
import type { Clock } from "../../../domain/clock.ts";
import { type Instant, instant } from "../../../domain/instant.ts";
import type { SourceStatus } from "../../../domain/line-source.ts";
import { silenceLimit } from "../../judge/expectation.ts";
import { createHabit } from "../../judge/habit.ts";
import { formatHabit, restoreHabit } from "../../judge/habit-text.ts";
import { judgeFlow } from "../../judge/judge-flow.ts";
import { observeLook } from "../../judge/observe-look.ts";
import { journalHas } from "../../../host/logs/journal-has.ts";
import { type LogPathResult, PROBE_TAG, probeLogPath } from "../../../host/logs/probe-log-path.ts";
import type { FlowFacts } from "./flow-proof.ts";
import type { SyslogRoute } from "./syslog-route.ts";

export interface FlowLook {
  readonly source: SourceStatus;
  /** Of the week. */
  readonly hour: number;
  /** Lines sent by probes since the look before. */
  readonly own: number;
}

export interface FlowWatch {
  see(look: FlowLook): void;
  /** Whether it is silent and nothing recent tells why. */
  readonly wantsProbe: boolean;
  /** Sends it; returns how many lines of ours came. */
  probe(lines: () => number, signal: AbortSignal): Promise<number>;
  /** `lines` is what its counter says now. undefined: it was not watched long enough. */
  facts(lines: number): FlowFacts | undefined;
  /** For `createFlowWatch`, after a restart. */
  text(): string;
}

/** A probe that came is believed so long; one that was lost is repeated sooner. */
const CAME_KEEPS_MS = 3_600_000;
const LOST_KEEPS_MS = 120_000;
/** Where little is expected, a probe is a courtesy. */
const RARE_MS = 21_600_000;
const SETTLING_LOOKS = 2;
const FILE_WAITS: readonly number[] = Array.from({ length: 25 }, () => 200);
const JOURNAL_WAITS: readonly number[] = [300, 1200, 3500];
const PASSED = "probe passed";
const UNTRIED = "probe untried";

/** `text` is what a former one gave. */
export function createFlowWatch(
  clock: Clock,
  route: SyslogRoute | undefined,
  text: string | undefined,
): FlowWatch {
  const [head, ...rows] = text?.split("\n") ?? [];
  const habit = restoreHabit(rows.join("\n")) ?? createHabit();
  let passed = head === PASSED;
  let last:
    | { readonly lines: number; readonly at: number; readonly seen: Instant; readonly hour: number }
    | undefined;
  let looks = 0;
  let judgment = judgeFlow(habit, habit.hour.of);
  let probed:
    | { readonly at: number; readonly seen: Instant; readonly result: LogPathResult }
    | undefined;

  function see({ source, hour, own }: FlowLook): void {
    const at = clock.monotonic();
    // A reader that began anew counts from nothing.
    if (last !== undefined && source.lines < last.lines) looks = 0;
    looks++;
    const settled = looks > SETTLING_LOOKS && source.state === "reading";
    const elapsed = settled && last !== undefined ? at - last.at : 0;
    const came = source.lines - (looks === 1 ? 0 : (last?.lines ?? 0));
    const ours = route?.kind === "file" ? own : 0;
    observeLook(habit, { hour, elapsed, lines: Math.max(0, came - ours) });
    last = { lines: source.lines, at, seen: clock.now(), hour };
    judgment = judgeFlow(habit, hour);
  }

  /** How long it has been quiet by now, not by the look; what that means is the look's to say. */
  function evidenceNow(lines: number): string {
    if (last === undefined) return judgment.evidence;
    const quiet = lines === last.lines ? habit.quiet + clock.monotonic() - last.at : 0;
    const now = judgeFlow({ ...habit, quiet }, last.hour);
    return now.verdict === judgment.verdict ? now.evidence : judgment.evidence;
  }

  async function probe(lines: () => number, signal: AbortSignal): Promise<number> {
    if (route === undefined) return 0;
    const before = lines();
    const arrived =
      route.kind === "file"
        ? () => lines() > before
        : (sent: string) => journalHas({ tag: PROBE_TAG, text: sent, directory: route.directory });
    const waits = route.kind === "file" ? FILE_WAITS : JOURNAL_WAITS;
    const facility = route.kind === "file" ? route.facility : "authpriv";
    const result = await probeLogPath({ facility, arrived, waits, signal });
    if (signal.aborted) return 0;
    passed ||= result.kind === "came";
    probed = { at: clock.monotonic(), seen: clock.now(), result };
    // One that comes late ends the silence: its way is open again.
    return result.kind === "came" ? 1 : 0;
  }

  return {
    see,
    probe,
    get wantsProbe() {
      if (judgment.verdict !== "silent" || route === undefined || looks < SETTLING_LOOKS)
        return false;
      if (probed === undefined) return true;
      const lately = probed.result.kind === "came" ? CAME_KEEPS_MS : LOST_KEEPS_MS;
      return clock.monotonic() - probed.at >= (judgment.sure ? lately : RARE_MS);
    },
    facts(lines) {
      if (looks < SETTLING_LOOKS || last === undefined) return undefined;
      const silentSince = instant(clock.now() - habit.quiet);
      return {
        at: last.seen,
        judgment: { ...judgment, evidence: evidenceNow(lines) },
        beyond: habit.missed / silenceLimit(habit),
        probeable: route !== undefined,
        // What came before the silence says nothing about it.
        probe: probed !== undefined && probed.seen >= silentSince ? probed : undefined,
        passed,
      };
    },
    text: () => `${passed ? PASSED : UNTRIED}\n${formatHabit(habit)}`,
  };
}
