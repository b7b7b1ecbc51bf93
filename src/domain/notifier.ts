import type { Instant } from "./instant.ts";

/** Something a human should know, whole in itself: whoever gets it has nothing else at hand. */
export interface Notice {
  /** The event it tells of: "jail-failed". */
  readonly what: string;
  /** error: nothing protects, or something was lost. warn: in trouble, or held back. info: well again. */
  readonly level: "error" | "warn" | "info";
  readonly jail: string | undefined;
  /** The jail's state, when the notice is about it. */
  readonly state: string | undefined;
  /** One stable word, when there is one. */
  readonly cause: string | undefined;
  readonly ip: string | undefined;
  /** One line; nothing in it is unescaped log text. */
  readonly reason: string;
  readonly fix: string | undefined;
  readonly at: Instant;
  readonly host: string;
}

/**
 * Port: who tells people.
 *
 * `notify` takes a notice and returns at once: the implementer queues within a bound, gathers, retries and says in
 * events what it could not deliver. It never throws and never delays its caller. `close` tries once more what is
 * queued, for no more than three seconds.
 */
export interface Notifier {
  /** The name of its queue, as in queue-overflowed: that one it is not told of. */
  readonly queue: string;
  notify(notice: Notice): void;
  close(): Promise<void>;
}
