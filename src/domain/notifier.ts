import type { Instant } from "./instant.ts";

/** A self-contained message for a person: its reader has no other information at hand. */
export interface Notice {
  /** The event it reports: "jail-failed". */
  readonly what: string;
  /** error: protection or data was lost. warn: a fault, or a limit was reached. info: recovered. */
  readonly level: "error" | "warn" | "info";
  readonly jail: string | undefined;
  /** The state of the jail that the notice is about, if any. */
  readonly state: string | undefined;
  /** The stable name of the cause, if any. */
  readonly cause: string | undefined;
  readonly ip: string | undefined;
  /** One line, without unescaped log text. */
  readonly reason: string;
  readonly fix: string | undefined;
  /** Names the problem: the same for its begin, its changes and its end. */
  readonly problem: string;
  /** began: the problem lasts until a notice with `ended`. happened: nothing will report its end. */
  readonly phase: "began" | "ended" | "happened";
  readonly at: Instant;
  readonly host: string;
}

/**
 * Port: notifies people.
 *
 * `notify` returns immediately: the implementer queues within a bound, groups, retries, and reports in events what it
 * could not deliver. It never throws and never delays its caller. `close` tries to deliver the queue once more, for at
 * most three seconds.
 */
export interface Notifier {
  /** The name of its queue. A queue-overflowed event with this name is not sent to it, because the queue is full. */
  readonly queue: string;
  notify(notice: Notice): void;
  close(): Promise<void>;
}
