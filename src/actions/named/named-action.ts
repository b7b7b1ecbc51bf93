/** Defines an action that jails name: a side effect of bans, which is never part of making them. */
import type { Ban } from "../../domain/ban.ts";
import type { BanBook, PastBan } from "../../domain/ban-book.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { AlarmClock } from "../../domain/clock.ts";
import type { CompiledJail } from "../../jails/compile-jails.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { FailingAction } from "../failing-action.ts";

/** A change of a ban. Its facts are read from the book when the action needs them. */
export interface BanChange {
  readonly kind: "ban" | "extended" | "unban";
  readonly subject: Subject;
  /** The jail as configured now. */
  readonly live: CompiledJail;
}

export interface NamedActionOptions {
  readonly name: string;
  readonly book: BanBook;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  /** Ends what still runs when closing takes too long. */
  readonly signal: AbortSignal;
}

/** Keeps small named texts over a restart. */
export interface ActionState {
  load(name: string): string | undefined;
  save(name: string, text: string): void;
}

export interface RunningNamedAction {
  /** Takes a change, and returns immediately. */
  onChange(change: BanChange): void;
  /** Returns what fails repeatedly; empty: nothing. */
  failing(): readonly FailingAction[];
  /** Describes in a few words what was done and what waits; missing: nothing to tell. */
  describe?(): string;
  /** Ends what waits, until the signal aborts. */
  close(): Promise<void>;
}

/** A ban in the book, current or past. */
export type RecordedBan = Ban & { readonly id: number; readonly why?: PastBan["why"] };

/**
 * Returns the ban that a change is about: the current one, else the newest past one. undefined: neither exists, or it
 * belongs to a self-test.
 */
export function readBan(
  book: BanBook,
  { kind, subject, live }: BanChange,
): RecordedBan | undefined {
  const jail = live.jail.name;
  const current = kind === "unban" ? undefined : book.ban(jail, subject);
  if (current?.origin === "canary") return undefined;
  const past = (): RecordedBan | undefined =>
    book.history({ subject, jail, limit: 10 }).find((one) => one.subject === subject);
  return current ?? past();
}
