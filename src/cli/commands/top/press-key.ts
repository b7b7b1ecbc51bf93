/** Computes what a key does: the next state, and what must be asked of the daemon. */
import { rowsOf, type Row, selectedIndex, SORTS, type TopState } from "./top-state.ts";

/** A key by its name ("up", "return", "escape"), or the character that it types. */
export interface Key {
  readonly name: string;
  /** The printable character; undefined: it types none. */
  readonly text: string | undefined;
}

export type Effect =
  | { readonly kind: "quit" }
  /** Ask about the address of the detail. */
  | { readonly kind: "open"; readonly subject: string }
  | { readonly kind: "unban"; readonly subject: string; readonly jail: string }
  /** Ask for bans again. */
  | { readonly kind: "refresh" };

export interface Pressed {
  readonly state: TopState;
  readonly effect?: Effect;
}

const MAX_FILTER = 60;

/** `page`: number of rows on the screen. */
export function pressKey(state: TopState, key: Key, page: number): Pressed {
  if (key.name === "ctrl-c") return { state, effect: { kind: "quit" } };
  switch (state.mode.name) {
    case "list":
      return inList({ ...state, note: "" }, key, page);
    case "filter":
      return inFilter(state, key);
    case "help":
      return { state: { ...state, mode: { name: "list" } } };
    case "confirm":
      return inConfirm(state, state.mode, key);
    case "detail":
      return inDetail(state, state.mode, key, page);
  }
}

function inList(state: TopState, key: Key, page: number): Pressed {
  const rows = rowsOf(state);
  const row = rows[selectedIndex(rows, state.selected)];
  const step = stepOf(key, page);
  if (step !== undefined) return { state: moveSelection(state, rows, step) };
  switch (key.name) {
    case "q":
      return { state, effect: { kind: "quit" } };
    case "s":
      return { state: { ...state, sort: nextOf(SORTS, state.sort) } };
    case "/":
      return { state: { ...state, mode: { name: "filter" } } };
    case "?":
    case "h":
      return { state: { ...state, mode: { name: "help" } } };
    case "escape":
      if (state.filter === "") return { state };
      return { state: { ...state, filter: "" }, effect: { kind: "refresh" } };
    case "return":
      return row === undefined ? { state } : openDetail(state, row.subject);
    case "u":
      return row === undefined ? { state } : askToUnban(state, row);
    default:
      return { state };
  }
}

function openDetail(state: TopState, subject: string): Pressed {
  const mode = { name: "detail", subject, lines: undefined, scroll: 0 } as const;
  return { state: { ...state, mode }, effect: { kind: "open", subject } };
}

function askToUnban(state: TopState, { subject, jail, ban }: Row): Pressed {
  if (ban === undefined)
    return { state: { ...state, note: `${subject} is not banned in ${jail}` } };
  return {
    state: { ...state, selected: `${subject} ${jail}`, mode: { name: "confirm", subject, jail } },
  };
}

function inConfirm(
  state: TopState,
  { subject, jail }: { readonly subject: string; readonly jail: string },
  key: Key,
): Pressed {
  const list: TopState = { ...state, mode: { name: "list" } };
  if (key.name !== "y") return { state: { ...list, note: "nothing was changed" } };
  return { state: list, effect: { kind: "unban", subject, jail } };
}

function inFilter(state: TopState, key: Key): Pressed {
  const { filter } = state;
  const list: TopState = { ...state, mode: { name: "list" } };
  const refresh = { kind: "refresh" } as const;
  switch (key.name) {
    case "return":
      return { state: list, effect: refresh };
    case "escape":
      return { state: { ...list, filter: "" }, effect: refresh };
    case "backspace":
      return { state: { ...state, filter: Array.from(filter).slice(0, -1).join("") } };
    default:
      if (key.text === undefined || filter.length >= MAX_FILTER) return { state };
      return { state: { ...state, filter: filter + key.text } };
  }
}

function inDetail(
  state: TopState,
  mode: Extract<TopState["mode"], { readonly name: "detail" }>,
  key: Key,
  page: number,
): Pressed {
  if (key.name === "escape" || key.name === "q" || key.name === "return")
    return { state: { ...state, mode: { name: "list" } } };
  const step = stepOf(key, page);
  if (step === undefined) return { state };
  const last = Math.max(0, (mode.lines?.length ?? 0) - page);
  const scroll = Math.min(last, Math.max(0, mode.scroll + step));
  return { state: { ...state, mode: { ...mode, scroll } } };
}

/** Returns by how many rows the key moves; undefined: it does not. */
function stepOf({ name }: Key, page: number): number | undefined {
  switch (name) {
    case "up":
    case "k":
      return -1;
    case "down":
    case "j":
      return 1;
    case "pageup":
      return -page;
    case "pagedown":
    case "space":
      return page;
    case "home":
    case "g":
      return -Number.MAX_SAFE_INTEGER;
    case "end":
    case "G":
      return Number.MAX_SAFE_INTEGER;
    default:
      return undefined;
  }
}

function moveSelection(state: TopState, rows: readonly Row[], step: number): TopState {
  const from = Math.max(0, selectedIndex(rows, state.selected));
  const to = Math.min(rows.length - 1, Math.max(0, from + step));
  return { ...state, selected: rows[to]?.key };
}

function nextOf<Item>(list: readonly Item[], item: Item): Item {
  return list[(list.indexOf(item) + 1) % list.length] ?? item;
}
