/**
 * Keeps the state of a follower and reports each change once. A file that comes back immediately is not reported,
 * because every rotation leaves the path free for a moment.
 */
import { codeOf } from "../../domain/thrown-error.ts";
import { reasonOf } from "../../host/explain-system-error.ts";
import type { Clock } from "../../domain/clock.ts";
import { formatInstant, instant } from "../../domain/instant.ts";
import type { Emit } from "../../telemetry/events.ts";

/** Shorter absences are not reported. */
const ABSENCE_MS = 2000;

export type FollowerState =
  | { readonly state: "reading"; readonly reason: undefined; readonly from: string }
  | {
      readonly state: "waiting" | "failed";
      readonly reason: string;
      /** Whether it exists but may not be opened. */
      readonly denied?: boolean;
    };

export class FollowerReport {
  readonly #source: string;
  readonly #clock: Clock;
  readonly #emit: Emit;
  #state: FollowerState = { state: "waiting", reason: "not looked yet" };
  /** Monotonic time at which to report the state; Infinity once reported. */
  #reportAt = Infinity;
  /** Whether the last report said that this file is read. */
  #hasReportedReading = false;

  constructor(source: string, clock: Clock, emit: Emit) {
    this.#source = source;
    this.#clock = clock;
    this.#emit = emit;
  }

  get state(): FollowerState {
    return this.#state;
  }

  /** When to call `set` again to report a pending state, even if nothing changes. */
  get dueAt(): number {
    return this.#reportAt;
  }

  set(state: FollowerState): void {
    const now = this.#clock.monotonic();
    if (state.state !== this.#state.state || state.reason !== this.#state.reason) {
      const vanished = this.#state.state === "reading" && state.state === "waiting";
      this.#reportAt = vanished ? now + ABSENCE_MS : now;
      this.#state = state;
    }
    if (now >= this.#reportAt) this.#emitState(this.#state);
  }

  rotated(how: string): void {
    this.#emit({ event: "source-rotated", source: this.#source, how });
  }

  /** Reports what was not read and why. */
  leftOut(what: string): void {
    this.#emit({ event: "lines-missed", source: this.#source, reason: `not read: ${what}` });
  }

  /**
   * Reports where reading resumes: that the rest of a rotated file comes first, or that lines written after `at` (epoch
   * milliseconds; 0: unknown) were not found, and how many newer rotated files are read completely.
   */
  resumed(outcome: "found" | "rotated" | "lost", at: number, newer: number): void {
    if (outcome === "rotated") this.rotated("while stopped; the rest of the old file comes first");
    else if (outcome === "lost") this.#lost(at, newer);
  }

  #lost(at: number, newer: number): void {
    const rest = newer > 0 ? `; ${newer} newer rotated files are read completely` : "";
    const since = at === 0 ? "" : ` after ${formatInstant(instant(at))}`;
    const reason = `the file read last is gone, and its lines${since} were not found${rest}`;
    this.#emit({ event: "lines-missed", source: this.#source, reason });
  }

  #emitState(state: FollowerState): void {
    this.#reportAt = Infinity;
    const source = this.#source;
    switch (state.state) {
      case "waiting":
        this.#emit({ event: "source-waiting", source, reason: state.reason });
        break;
      case "failed":
        this.#emit({ event: "source-failed", source, reason: state.reason, retry_in: undefined });
        break;
      case "reading":
        if (!this.#hasReportedReading)
          this.#emit({ event: "source-started", source, from: state.from });
    }
    this.#hasReportedReading = state.state === "reading";
  }
}

/** Explains a system error and what to do about it. */
export function failedToOpen(error: unknown): FollowerState {
  const code = codeOf(error);
  if (code === "EACCES" || code === "EPERM") {
    const reason =
      "permission denied: let the daemon's user read it and its folders (often: make it a member of group adm)";
    return { state: "failed", reason, denied: true };
  }
  if (code === "EMFILE" || code === "ENFILE") {
    return {
      state: "failed",
      reason: "too many open files: raise LimitNOFILE or name fewer files",
    };
  }
  return { state: "failed", reason: reasonOf(error) };
}
