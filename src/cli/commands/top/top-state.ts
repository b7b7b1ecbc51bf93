/** Defines what `bailiff top` shows, and how events, answers and keys change it. Everything is bounded. */
import type { BanReply, FoundBansReply } from "../../../control/ban-messages.ts";
import type { StatusReply } from "../../../control/status-messages.ts";

/** An address that failed in a jail while the screen was open. */
export interface SeenAddress {
  readonly subject: string;
  readonly jail: string;
  /** Number of its failures since the screen was opened. */
  readonly failures: number;
  /** Failures in the window, and how many lead to a ban. */
  readonly count: number;
  readonly of: number;
  readonly user: string | undefined;
  /** Milliseconds since 1970. */
  readonly lastAt: number;
}

export const SORTS = ["last", "failures", "address", "end"] as const;
export type Sort = (typeof SORTS)[number];

/** What keys do. */
export type Mode =
  | { readonly name: "list" }
  /** Types the filter. */
  | { readonly name: "filter" }
  | { readonly name: "help" }
  | { readonly name: "confirm"; readonly subject: string; readonly jail: string }
  /** Shows everything about an address; `lines` undefined: not answered yet. */
  | {
      readonly name: "detail";
      readonly subject: string;
      readonly lines: readonly string[] | undefined;
      readonly scroll: number;
    };

export interface TopState {
  readonly status: StatusReply | undefined;
  /** By address and jail, the least recent first. */
  readonly seen: ReadonlyMap<string, SeenAddress>;
  /** The newest current bans, or those that match the filter. */
  readonly bans: FoundBansReply;
  /** The last events as lines, oldest first. */
  readonly events: readonly string[];
  /** Failures of the last minute, in batches, oldest first. */
  readonly recent: readonly { readonly at: number; readonly failures: number }[];
  /** Number of events that were not received, because too many came. */
  readonly missed: number;
  readonly sort: Sort;
  /** Part of an address, jail, user or reason. */
  readonly filter: string;
  /** Key of the selected row; undefined: the first one. */
  readonly selected: string | undefined;
  readonly mode: Mode;
  /** The result of the last order, or why it failed. */
  readonly note: string;
}

export const MAX_SEEN = 1000;
export const MAX_EVENTS = 50;
const MINUTE_MS = 60_000;

export const INITIAL: TopState = {
  status: undefined,
  seen: new Map(),
  bans: { found: 0, bans: [] },
  events: [],
  recent: [],
  missed: 0,
  sort: "last",
  filter: "",
  selected: undefined,
  mode: { name: "list" },
  note: "",
};

/** An event as the screen needs it. */
export interface ShownEvent {
  readonly line: string;
  /** undefined: it is no failure. */
  readonly failure: Omit<SeenAddress, "failures"> | undefined;
}

/** Adds events, oldest first. `missed`: number of those that were not received before them. */
export function withEvents(
  state: TopState,
  events: readonly ShownEvent[],
  { missed, now }: { readonly missed: number; readonly now: number },
): TopState {
  const seen = new Map(state.seen);
  const failures = events.flatMap(({ failure }) => failure ?? []);
  for (const failure of failures) {
    const key = keyOf(failure);
    const before = seen.get(key)?.failures ?? 0;
    // Moves it to the end.
    seen.delete(key);
    seen.set(key, { ...failure, failures: before + 1 });
    const [oldest] = seen.keys();
    if (seen.size > MAX_SEEN && oldest !== undefined) seen.delete(oldest);
  }
  const batch = failures.length === 0 ? [] : [{ at: now, failures: failures.length }];
  return {
    ...state,
    seen,
    events: [...state.events, ...events.map(({ line }) => line)].slice(-MAX_EVENTS),
    recent: [...state.recent, ...batch].filter(({ at }) => now - at < MINUTE_MS),
    missed: state.missed + missed,
  };
}

export function withAnswers(
  state: TopState,
  { status, bans }: { readonly status: StatusReply; readonly bans: FoundBansReply },
  now: number,
): TopState {
  const recent = state.recent.filter(({ at }) => now - at < MINUTE_MS);
  return { ...state, status, bans, recent };
}

/** Shows what the daemon said about an address, unless the person has left it. */
export function withDetail(state: TopState, subject: string, lines: readonly string[]): TopState {
  const { mode } = state;
  if (mode.name !== "detail" || mode.subject !== subject) return state;
  return { ...state, mode: { ...mode, lines } };
}

/** One row: a current ban, or an address that fails. */
export interface Row {
  readonly key: string;
  readonly subject: string;
  readonly jail: string;
  /** undefined: it is not banned. */
  readonly ban: BanReply | undefined;
  readonly seen: SeenAddress | undefined;
}

export function keyOf({ subject, jail }: Pick<Row, "subject" | "jail">): string {
  return `${subject} ${jail}`;
}

/** Returns the rows that the filter selects, in order. */
export function rowsOf({ bans, seen, filter, sort }: TopState): readonly Row[] {
  const banned = bans.bans.map((ban): Row => {
    const key = keyOf(ban);
    return { key, subject: ban.subject, jail: ban.jail, ban, seen: seen.get(key) };
  });
  const keys = new Set(banned.map(({ key }) => key));
  const failing = [...seen]
    .filter(([key]) => !keys.has(key))
    .map(([key, one]): Row => {
      return { key, subject: one.subject, jail: one.jail, ban: undefined, seen: one };
    });
  const wanted = filter.toLowerCase();
  // The daemon has selected the bans.
  const selected = failing.filter(({ subject, jail, seen: one }) =>
    [subject, jail, one?.user ?? ""].some((text) => text.toLowerCase().includes(wanted)),
  );
  return [...banned, ...selected].toSorted((a, b) => compare(a, b, sort));
}

function compare(a: Row, b: Row, sort: Sort): number {
  const byKey = a.key < b.key ? -1 : 1;
  switch (sort) {
    case "last":
      return lastOf(b) - lastOf(a) || byKey;
    case "failures":
      return (b.seen?.failures ?? 0) - (a.seen?.failures ?? 0) || byKey;
    case "address":
      return byKey;
    case "end":
      return endOf(a) - endOf(b) || byKey;
  }
}

/** Returns when something of the row was last seen, in milliseconds since 1970. */
export function lastOf({ ban, seen }: Row): number {
  return Math.max(seen?.lastAt ?? 0, ban === undefined ? 0 : Date.parse(ban.from));
}

/** Bans that end first come first, permanent ones after them, then what is not banned. */
function endOf({ ban }: Row): number {
  if (ban === undefined) return Number.MAX_VALUE;
  return ban.until === null ? Number.MAX_SAFE_INTEGER : Date.parse(ban.until);
}

/** Returns the position of the selected row: the first one if it is gone; -1: there is no row. */
export function selectedIndex(rows: readonly Row[], selected: string | undefined): number {
  const found = rows.findIndex(({ key }) => key === selected);
  return found >= 0 || rows.length === 0 ? found : 0;
}
