/**
 * Finds jails that begin to read a log. They come from another log, are new, or were switched off for a while. Keeps in
 * the book which jail reads which log, because the marks of removed jails stay there.
 */
import type { BanBook } from "../../domain/ban-book.ts";
import type { Cursor } from "../../domain/line-batch.ts";
import type { Jail } from "../../jails/jail.ts";
import { isInContainer } from "../live-jail.ts";
import { isMove } from "../read-marks.ts";
import { readPlaceOf, type Watch } from "./source-plan.ts";
import { parseJson } from "../../domain/json.ts";

export interface Arrivals {
  /**
   * Selects them from the watches of one log. `reader`: whether the log is already read, for other jails or this one.
   */
  among(watches: readonly Watch[], reader: "open" | "none"): readonly Watch[];
  /** Returns the cursors to save once these jails read their new places. */
  settle(watches: readonly Watch[]): readonly Cursor[];
}

/** Key of the saved list of jails that read. */
const LIST = "reading jails";

export function createArrivals(book: BanBook): Arrivals {
  let known = readList(book.cursor(LIST)?.value);

  function isArrival({ jail, source }: Watch, reader: "open" | "none"): boolean {
    const [from, to] = [jail.read.place, readPlaceOf(source)];
    // Logs of different containers have no line in common, so each is read like a new log.
    if (isMove(from, to)) return !(isInContainer(jail) && source.kind === "file");
    // If both places share files, another reader may have read more of them.
    if (reader === "open" && from !== to) return true;
    // Books of earlier releases have no list.
    return known !== undefined && !known.has(jail.name);
  }

  return {
    among: (watches, reader) => watches.filter((watch) => isArrival(watch, reader)),
    settle(watches) {
      for (const { jail, source } of watches) jail.read.settle(readPlaceOf(source));
      const names = watches.map(({ jail }) => jail.name).sort();
      if (known?.size === names.length && names.every((name) => known?.has(name))) return [];
      known = new Set<string>(names);
      return [{ key: LIST, value: JSON.stringify(names) }];
    },
  };
}

/** Gives jails that join others of their filter the sessions of logins in progress. */
export function shareSessions(arrivals: readonly Watch[], watches: readonly Watch[]): void {
  const residents = watches.filter((watch) => !arrivals.includes(watch));
  for (const arrival of arrivals) {
    const like = residents.find((resident) => isLike(arrival, resident));
    if (like !== undefined) arrival.jail.attempts = like.jail.attempts;
  }
}

function isLike(a: Watch, b: Watch): boolean {
  const keyOf = ({ jail, source }: Watch): string => JSON.stringify([jail.filter.variant, source]);
  return keyOf(a) === keyOf(b);
}

export function isNew({ read }: Jail): boolean {
  return read.place === undefined;
}

function readList(text: string | undefined): ReadonlySet<string> | undefined {
  const names = parseJson(text);
  return Array.isArray(names) ? new Set(names.map(String)) : undefined;
}
