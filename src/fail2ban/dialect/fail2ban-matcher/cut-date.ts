/**
 * Cuts the date out of a line, as fail2ban does. A line without a date gets the date of an earlier line, at most a
 * minute old.
 */
import type { Instant } from "../../../domain/instant.ts";
import type { SearchContext } from "../../../parse/expression/python-expression.ts";
import type { LocalOffset } from "../../../parse/header/timestamp.ts";
import type { DateDetector, FoundDate } from "../date-detector.ts";
import { resolveDate } from "../date-fields.ts";
import type { CutLine } from "./cut-line.ts";
import { createDateCache } from "./date-cache.ts";

export interface DateRules {
  readonly dates: DateDetector;
  /** Offset from UTC in minutes, positive in the east, for dates without a zone. */
  readonly defaultZone: number | undefined;
  readonly localOffset: LocalOffset;
}

export interface DateCutter {
  /** Cuts the date out of a line, which may end in a newline. */
  cut(source: string, now: Instant, context: SearchContext): CutLine;
  /** Returns a line whose time the source knows; cuts nothing. */
  keep(source: string, at: Instant): CutLine;
}

/** How long a line's date is used for later lines without one. */
const RECENT_MS = 60_000;

export function createDateCutter({ dates, defaultZone, localOffset }: DateRules): DateCutter {
  const cache = createDateCache();
  /** The last line with a date. */
  let last: CutLine | undefined;

  function cut(source: string, now: Instant, context: SearchContext): CutLine {
    const length = lengthOf(source);
    const at = cache.recall(source, now);
    if (at === undefined) return search(source, length, now, context);
    dates.again();
    last = { source, length, start: 0, end: cache.length, at, lent: "" };
    return last;
  }

  function search(source: string, length: number, now: Instant, context: SearchContext): CutLine {
    const line = source.slice(0, length);
    const found = dates.find(line, context);
    if (found === undefined) return takeRecent(line, now) ?? whole(line, undefined);
    const { dateStart: start, dateEnd: end } = found;
    const isEmpty = start === end;
    const at = isEmpty ? now : resolveDate(found.fields, { now, localOffset, defaultZone });
    remember(line, found, at, now);
    // A pattern such as {NONE} matched nothing, so the age of the line is unknown.
    if (isEmpty) return takeRecent(line, now) ?? whole(line, undefined);
    const dated = { source, length, start, end, at, lent: "" };
    if (at === undefined) return takeRecent(line, now) ?? dated;
    last = dated;
    return dated;
  }

  /**
   * Caches a date, if its pattern matched at the start of the line: it will be tried first and accepted immediately.
   * Any other match changes the order of patterns, so it invalidates the cache.
   */
  function remember(line: string, found: FoundDate, at: Instant | undefined, now: Instant): void {
    const { template, dateStart, dateEnd, fields } = found;
    if (at === undefined || !template.lineBegin || dateStart !== 0 || !fields.get("S"))
      return cache.forget();
    const guessed =
      fields.get("Y") || fields.get("y") ? "nothing" : fields.get("d") ? "year" : "day";
    cache.remember(line, { length: dateEnd, at, now, guessed });
  }

  function takeRecent(line: string, now: Instant): CutLine | undefined {
    if (last?.at === undefined || last.at <= now - RECENT_MS) return undefined;
    const { source, start, end, lent } = last;
    return { ...whole(line, last.at), lent: lent || source.slice(start, end) };
  }

  function keep(source: string, at: Instant): CutLine {
    last = whole(source.slice(0, lengthOf(source)), at);
    return last;
  }

  return { cut, keep };
}

function whole(line: string, at: Instant | undefined): CutLine {
  return { source: line, length: line.length, start: 0, end: 0, at, lent: "" };
}

/** Returns the length without the newline. */
function lengthOf(source: string): number {
  let { length } = source;
  while (
    length > 0 &&
    (source.charCodeAt(length - 1) === 10 || source.charCodeAt(length - 1) === 13)
  )
    length--;
  return length;
}
