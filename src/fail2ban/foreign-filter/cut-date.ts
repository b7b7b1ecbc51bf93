/**
 * Cuts the date out of a line, the way fail2ban does: where a line has none, the last one is taken if it is not older
 * than a minute. Owns what is remembered of the lines before.
 */
import type { Instant } from "../../domain/instant.ts";
import type { SearchContext } from "../../parse/python-expression.ts";
import type { LocalOffset } from "../../parse/timestamp.ts";
import type { DateDetector, FoundDate } from "../date-detector.ts";
import { resolveDate } from "../date-fields.ts";
import { createHeadMemory } from "./head-memory.ts";

export interface DateRules {
  readonly dates: DateDetector;
  /** Minutes east, for dates without a zone. */
  readonly defaultZone: number | undefined;
  readonly localOffset: LocalOffset;
}

/** A line in three, and when it says it was written. */
export interface CutLine {
  readonly before: string;
  readonly date: string;
  readonly after: string;
  readonly at: Instant | undefined;
}

export interface DateCutter {
  cut(line: string, now: Instant, context: SearchContext): CutLine;
  /** A line whose time its source knows: nothing is cut. */
  keep(line: string, at: Instant): CutLine;
}

/** How long the date of the line before stands in for a missing one. */
const RECENT_MS = 60_000;

export function createDateCutter({ dates, defaultZone, localOffset }: DateRules): DateCutter {
  const heads = createHeadMemory();
  let last: { readonly at: Instant; readonly text: string } | undefined;

  function cut(line: string, now: Instant, context: SearchContext): CutLine {
    const known = heads.recall(line, now);
    if (known === undefined) return search(line, now, context);
    dates.again();
    const date = line.slice(0, known.length);
    last = { at: known.at, text: date };
    return { before: "", date, after: line.slice(known.length), at: known.at };
  }

  function search(line: string, now: Instant, context: SearchContext): CutLine {
    const found = dates.find(line, context);
    if (found === undefined) return takeRecent(line, now) ?? whole(line, undefined);
    const date = line.slice(found.dateStart, found.dateEnd);
    if (date === "") return takeRecent(line, now) ?? whole(line, now);
    const at = resolveDate(found.fields, { now, localOffset, defaultZone });
    const before = line.slice(0, found.dateStart);
    const after = line.slice(found.dateEnd);
    if (at === undefined) return takeRecent(line, now) ?? { before, date, after, at };
    last = { at, text: date };
    remember(line, found, at, now);
    return { before, date, after, at };
  }

  /** A pattern bound to the start of the line is tried first and taken at once, so the next line is read alike. */
  function remember(line: string, found: FoundDate, at: Instant, now: Instant): void {
    const { template, dateStart, dateEnd, fields } = found;
    if (template.lineBegin && dateStart === 0 && fields.get("S"))
      heads.remember(line, { length: dateEnd, at, now });
  }

  function takeRecent(line: string, now: Instant): CutLine | undefined {
    if (last === undefined || last.at <= now - RECENT_MS) return undefined;
    return { before: "", date: last.text, after: line, at: last.at };
  }

  function keep(line: string, at: Instant): CutLine {
    last = { at, text: "" };
    return whole(line, at);
  }

  return { cut, keep };
}

function whole(line: string, at: Instant | undefined): CutLine {
  return { before: "", date: "", after: line, at };
}

/** What expressions look at. */
export function textOf({ before, after }: CutLine): string {
  return before === "" ? after : before + after;
}

/** As it was read. */
export function lineOf({ before, date, after }: CutLine): string {
  return before + date + after;
}
