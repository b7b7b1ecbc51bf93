/**
 * Reports changes that an enforcer refuses: those refused for the same reason are one problem with a count, repeated at
 * most once a minute. Remembers at most MAX_PROBLEMS of them.
 */
import type { Clock } from "../../domain/clock.ts";
import type { Refusal } from "../../domain/enforcer.ts";
import type { Emit } from "../../telemetry/events.ts";

const QUIET_MS = 60_000;
const MAX_PROBLEMS = 16;

interface Reported {
  /** Monotonic time of its last report. */
  readonly at: number;
  /** Number of refusals since then. */
  omitted: number;
}

export class RefusalReporter {
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #reported = new Map<string, Reported>();

  constructor({ clock, emit }: { readonly clock: Clock; readonly emit: Emit }) {
    this.#clock = clock;
    this.#emit = emit;
  }

  report(refusals: readonly Refusal[]): void {
    const problems = Map.groupBy(refusals, ({ change, error }) => `${change.kind} ${error}`);
    for (const [problem, same] of problems) this.#reportProblem(problem, same);
  }

  /** Must be called when nothing is refused any more: the next refusal is a new problem. */
  forget(): void {
    this.#reported.clear();
  }

  #reportProblem(problem: string, same: readonly Refusal[]): void {
    const [first] = same;
    if (first === undefined) return;
    const now = this.#clock.monotonic();
    const before = this.#reported.get(problem);
    if (before !== undefined && now - before.at < QUIET_MS) {
      before.omitted += same.length;
      return;
    }
    this.#reported.delete(problem);
    const [oldest] = this.#reported.keys();
    if (this.#reported.size >= MAX_PROBLEMS && oldest !== undefined) this.#reported.delete(oldest);
    this.#reported.set(problem, { at: now, omitted: 0 });
    const { change, error: reason } = first;
    const others = (before?.omitted ?? 0) + same.length - 1;
    this.#emit({
      ...{ event: "enforce-refused", ip: change.subject, change: change.kind, reason },
      others: others === 0 ? undefined : others,
    });
  }
}
