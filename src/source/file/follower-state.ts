/**
 * What a follower says about its file, and when it tells the world: each change once, and a file that is back at once
 * not at all, since every rotation leaves the name free for a moment.
 */
import { codeOf } from "../../domain/thrown-error.ts";
import { reasonOf } from "../../host/explain-system-error.ts";
import type { Clock } from "../../domain/clock.ts";
import { formatInstant, instant } from "../../domain/instant.ts";
import type { Emit } from "../../telemetry/events.ts";

/** Only a longer absence is worth a word. */
const ABSENCE_MS = 2000;

export type FollowerState =
  | { readonly state: "reading"; readonly reason: undefined; readonly from: string }
  | {
      readonly state: "waiting" | "failed";
      readonly reason: string;
      /** Whether it is there and may not be opened. */
      readonly denied?: boolean;
    };

export class FollowerReport {
  readonly #source: string;
  readonly #clock: Clock;
  readonly #emit: Emit;
  #state: FollowerState = { state: "waiting", reason: "not looked yet" };
  /** Monotonic time to tell of the state at; Infinity once it has been told. */
  #tellAt = Infinity;
  /** Whether the world was last told that this file is read. */
  #toldReading = false;

  constructor(source: string, clock: Clock, emit: Emit) {
    this.#source = source;
    this.#clock = clock;
    this.#emit = emit;
  }

  get state(): FollowerState {
    return this.#state;
  }

  /** When `set` must be called again even if nothing changed. */
  get dueAt(): number {
    return this.#tellAt;
  }

  set(state: FollowerState): void {
    const now = this.#clock.monotonic();
    if (state.state !== this.#state.state || state.reason !== this.#state.reason) {
      const vanished = this.#state.state === "reading" && state.state === "waiting";
      this.#tellAt = vanished ? now + ABSENCE_MS : now;
      this.#state = state;
    }
    if (now >= this.#tellAt) this.#tell(this.#state);
  }

  rotated(how: string): void {
    this.#emit({ event: "source-rotated", source: this.#source, how });
  }

  /** What was written to a file after `at`, in epoch milliseconds, was not found; so many newer files are read. */
  lost(at: number, newer: number): void {
    const rest = newer > 0 ? `; ${newer} newer old files are read as a whole` : "";
    const since = at === 0 ? "" : ` after ${formatInstant(instant(at))}`;
    this.rotated(
      `while nobody read; the file read last is gone, what it got${since} was not found${rest}`,
    );
  }

  #tell(told: FollowerState): void {
    this.#tellAt = Infinity;
    const source = this.#source;
    switch (told.state) {
      case "waiting":
        this.#emit({ event: "source-waiting", source, reason: told.reason });
        break;
      case "failed":
        this.#emit({ event: "source-failed", source, reason: told.reason, retry_in: undefined });
        break;
      case "reading":
        if (!this.#toldReading) this.#emit({ event: "source-started", source, from: told.from });
    }
    this.#toldReading = told.state === "reading";
  }
}

/** An error of the system in words that say what to do. */
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
