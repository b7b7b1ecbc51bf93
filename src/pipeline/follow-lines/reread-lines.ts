/**
 * Finds lines that a jail has already read: at another place before it moved, or in the same log before a program
 * rewrote or copied it. Owns, for each rewritten log, what its jails had read before. Bounded: MAX_LOGS.
 */
import { printOf, TOLERANCE_MS, type ReadLines } from "../../detect/read-mark.ts";
import type { Instant } from "../../domain/instant.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import type { Match } from "../../domain/match.ts";
import type { Jail } from "../../jails/jail.ts";
import type { LinePlace } from "../../parse/route/line-sink.ts";
import type { Emit } from "../../telemetry/events.ts";

const MAX_LOGS = 256;

interface RewrittenLog {
  /** Lines of the log that each jail had read before. */
  readonly before: ReadonlyMap<Jail, ReadLines>;
  read: number;
  unstamped: number;
}

export class RereadLines {
  readonly #jails: ReadonlySet<Jail>;
  readonly #emit: Emit;
  readonly #where: string;
  readonly #logs = new Map<string, RewrittenLog>();
  /** The log of the current batch; undefined: it was not rewritten. */
  #log: RewrittenLog | undefined;
  #unstamped: "new" | "unknown" = "new";
  /** Lines of the log with later times than this one are new, although the jail may have read newer ones elsewhere. */
  #readUntil = Number.POSITIVE_INFINITY;
  #arrival: LineBatch["arrival"] = "backlog";
  #now = 0;
  /** Whether lines of this source have timestamps. If so, a line without one was not written as the others. */
  #hasStamps = false;

  constructor(
    jails: ReadonlySet<Jail>,
    { emit, where }: { readonly emit: Emit; readonly where: string },
  ) {
    this.#jails = jails;
    this.#emit = emit;
    this.#where = where;
  }

  /** Begins a batch; `withoutRead` is then called once for each line. */
  begin(batch: LineBatch, now: Instant): void {
    this.#now = now;
    this.#arrival = batch.arrival;
    this.#log = undefined;
    if (batch.rewritten === undefined) return;
    this.#unstamped = batch.rewritten.unstamped;
    this.#readUntil = (batch.rewritten.lastReadAt ?? Number.POSITIVE_INFINITY) + TOLERANCE_MS;
    const key = keyOf(batch);
    const known = batch.rewritten.begins ? undefined : this.#logs.get(key);
    this.#log = known ?? { before: readBy(this.#jails), read: 0, unstamped: 0 };
    this.#logs.set(key, this.#log);
    const [oldest] = this.#logs.keys();
    if (this.#logs.size > MAX_LOGS && oldest !== undefined) this.#logs.delete(oldest);
  }

  /** Returns the jails that have not read the line. */
  withoutRead(
    jails: readonly Jail[],
    match: Match,
    text: string,
    place: LinePlace,
  ): readonly Jail[] {
    const log = this.#log;
    // A timestamp ahead of the clock, like a missing one, does not show whether the line was read before.
    const isStamped = match.isTimed && match.at <= this.#now;
    if (isStamped) this.#hasStamps = true;
    else if (log !== undefined && (this.#unstamped === "unknown" || this.#hasStamps)) {
      log.unstamped++;
      return [];
    }
    // Its real time is unknown, and as the newest line read it would make all lines before it look read.
    if (match.at > this.#now) return jails;
    const print = printOfLine(match, text, place);
    let reread: Jail[] | undefined;
    for (const jail of jails) {
      const isRead =
        (match.at <= this.#readUntil && log?.before.get(jail)?.hasTaken(match.at, print)) ||
        jail.read.isReread(match.at, print, this.#arrival);
      if (isRead) (reread ??= []).push(jail);
    }
    if (reread === undefined) return jails;
    if (log !== undefined) log.read++;
    return jails.filter((jail) => !reread.includes(jail));
  }

  end(batch: LineBatch): void {
    if (this.#log === undefined || batch.rewritten?.ends !== true) return;
    const key = keyOf(batch);
    this.#logs.delete(key);
    const { read, unstamped } = this.#log;
    if (read + unstamped === 0) return;
    const place = key.replace(/^file:/, "");
    this.#emit({ event: "lines-passed-over", source: this.#where, place, read, unstamped });
  }
}

/**
 * Hashes a line. A recognizer gets the line with its header, which differs between places, so its result is hashed
 * instead.
 */
function printOfLine(match: Match, text: string, { message, end }: LinePlace): number {
  return message < 0
    ? printOf(`${match.rule} ${match.ip} ${match.user}`, 0, Number.POSITIVE_INFINITY)
    : printOf(text, message, end);
}

function readBy(jails: ReadonlySet<Jail>): ReadonlyMap<Jail, ReadLines> {
  return new Map([...jails].map((jail) => [jail, jail.read.readLines()]));
}

function keyOf({ cursor }: LineBatch): string {
  return cursor?.key ?? "";
}
