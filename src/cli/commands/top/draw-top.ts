/** Draws the state of `bailiff top` as lines of exactly the size of the screen, without control characters. */
import { amount } from "../../../domain/amount.ts";
import { hideControls } from "../../hide-controls.ts";
import { safe } from "../../terminal.ts";
import { STATES } from "../status.ts";
import { lastOf, type Row, rowsOf, selectedIndex, type TopState } from "./top-state.ts";

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export interface ScreenLine {
  readonly text: string;
  readonly style: "plain" | "bold" | "selected" | "alarm";
}

const MIN_COLUMNS = 40;
const MIN_ROWS = 10;
/** Lines that are no rows of the table: title, alarm, heading, line above the events, keys. */
const FIXED_LINES = 5;
const MAX_EVENT_LINES = 6;
/** Lines around a detail: title and keys. */
const DETAIL_FRAME = 2;

/** Returns `size.rows` lines. `now`: milliseconds since 1970. */
export function drawTop(state: TopState, size: ScreenSize, now: number): readonly ScreenLine[] {
  const lines = composeScreen(state, size, now);
  return Array.from({ length: size.rows }, (_, y) => {
    const { text, style } = lines[y] ?? plain("");
    return { text: cut(hideControls(text).replace(/[\t\n]/g, " "), size.columns), style };
  });
}

function composeScreen(state: TopState, size: ScreenSize, now: number): readonly ScreenLine[] {
  const { columns, rows } = size;
  if (columns < MIN_COLUMNS || rows < MIN_ROWS)
    return [plain(`needs ${MIN_COLUMNS} × ${MIN_ROWS}; q quits`)];
  const { mode } = state;
  if (mode.name === "help") return [bold("bailiff top: keys"), plain(""), ...HELP.map(plain)];
  if (mode.name === "detail") return drawDetail(mode, rows);
  const height = tableHeight(size);
  const all = rowsOf(state);
  const index = selectedIndex(all, state.selected);
  const first = Math.max(0, Math.min(index - Math.floor(height / 2), all.length - height));
  const shown = all.slice(first, first + height);
  const layout = layoutOf(shown, columns);
  const table = shown.map((row, i): ScreenLine => {
    const isSelected = first + i === index;
    const text = `${isSelected ? ">" : " "}${formatRow(cellsOf(row, now), layout)}`;
    return { text, style: isSelected ? "selected" : "plain" };
  });
  const empty = all.length === 0 ? [plain(describeEmpty(state))] : [];
  const body = [...table, ...empty];
  const events = state.events.slice(-eventHeight(size));
  return [
    bold(describeTitle(state, now)),
    describeAlarm(state),
    bold(` ${formatRow(HEADINGS, layout)}`),
    ...Array.from({ length: height }, (_, y) => body[y] ?? plain("")),
    bold(describeCounts(state, all.length, { first, height })),
    ...Array.from({ length: eventHeight(size) }, (_, y) => plain(events[y] ?? "")),
    describeKeys(state),
  ];
}

/** Returns the number of rows, or lines of a detail, that are on the screen. */
export function pageHeight({ mode }: Pick<TopState, "mode">, size: ScreenSize): number {
  return mode.name === "detail" ? Math.max(1, size.rows - DETAIL_FRAME) : tableHeight(size);
}

function tableHeight(size: ScreenSize): number {
  return Math.max(1, size.rows - FIXED_LINES - eventHeight(size));
}

function eventHeight({ rows }: ScreenSize): number {
  return Math.min(MAX_EVENT_LINES, Math.floor(rows / 4));
}

function describeTitle({ status, recent, missed }: TopState, now: number): string {
  const time = new Date(now).toTimeString().slice(0, 8);
  if (status === undefined) return `bailiff  ${time}  asking the daemon`;
  const counts = STATES.map((state) => {
    return { state, count: status.jails.filter((jail) => jail.state === state).length };
  });
  const jails = counts
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state}`);
  const failures = recent.reduce((sum, one) => sum + one.failures, 0);
  return [
    `bailiff  ${time}`,
    jails.length === 0 ? "no jail" : jails.join(", "),
    amount(status.banned_total, "ban"),
    `${amount(failures, "failure")}/min${missed > 0 ? `, ${missed} events missed` : ""}`,
  ].join("  ");
}

/** Names what is worst: a suspected compromise, or a jail that does not protect. */
function describeAlarm({ status }: TopState): ScreenLine {
  const [newest] = status?.suspected_compromises ?? [];
  if (newest !== undefined) {
    const what = `SUSPECTED COMPROMISE: login of ${safe(newest.user)} from ${newest.ip}`;
    return { text: `${what} (${safe(newest.jail)})`, style: "alarm" };
  }
  const jail = status?.jails.find(({ cause }) => cause !== null);
  if (jail === undefined) return plain("");
  return { text: `${safe(jail.name)} is ${jail.state}: ${safe(jail.reason)}`, style: "alarm" };
}

const HEADINGS = ["ADDRESS", "JAIL", "STATE", "FAIL", "LAST", "ENDS", "USER OR REASON"];
/** Widths of the columns between address and reason. */
const MIDDLE = [12, 9, 5, 5, 6] as const;
const GAP = 1;
const MAX_ADDRESS = 43;
const MIN_ADDRESS = 15;

function layoutOf(rows: readonly Row[], columns: number): readonly number[] {
  const middle = MIDDLE.reduce((sum, width) => sum + width + GAP, 0);
  const room = Math.max(MIN_ADDRESS, columns - 1 - middle);
  const longest = Math.max(MIN_ADDRESS, ...rows.map(({ subject }) => subject.length));
  const address = Math.min(longest, MAX_ADDRESS, room);
  return [address, ...MIDDLE, Math.max(0, columns - 1 - middle - address - GAP)];
}

function formatRow(cells: readonly string[], layout: readonly number[]): string {
  return layout.map((width, i) => pad(cut(cells[i] ?? "", width), width)).join(" ".repeat(GAP));
}

function cellsOf(row: Row, now: number): readonly string[] {
  const { subject, jail, ban, seen } = row;
  const state = ban === undefined ? `${seen?.count ?? 0} of ${seen?.of ?? 0}` : BANNED[ban.state];
  const ends =
    ban === undefined ? "" : ban.until === null ? "never" : age(Date.parse(ban.until) - now);
  const user = seen?.user === undefined ? "" : `user ${safe(seen.user)}`;
  return [
    ...[subject, safe(jail), state, String(seen?.failures ?? 0), age(now - lastOf(row)), ends],
    ban === undefined ? user : safe(ban.reason),
  ];
}

const BANNED = {
  enforced: "banned",
  pending: "PENDING",
  observed: "observed",
  actions: "actions",
} as const;

/** Formats a length of time in one unit. */
function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

function describeEmpty({ filter, status }: TopState): string {
  if (filter !== "") return " nothing matches the filter; Esc clears it";
  return status === undefined ? "" : " no current ban, and no failure since this screen was opened";
}

function describeCounts(
  { bans, sort, filter }: TopState,
  rows: number,
  { first, height }: { readonly first: number; readonly height: number },
): string {
  const shown = rows === 0 ? "0" : `${first + 1}-${Math.min(rows, first + height)}`;
  const more = bans.found - bans.bans.length;
  return [
    `rows ${shown} of ${rows}`,
    ...(more > 0 ? [`the newest ${bans.bans.length} bans of ${bans.found}`] : []),
    `sorted by ${sort}`,
    ...(filter === "" ? [] : [`filter: ${safe(filter)}`]),
  ].join(", ");
}

function describeKeys({ mode, filter, note }: TopState): ScreenLine {
  if (mode.name === "filter") return bold(`filter: ${safe(filter)}_  (Enter: done, Esc: none)`);
  if (mode.name === "confirm")
    return { text: `lift the ban of ${mode.subject} in ${mode.jail}? y/n`, style: "alarm" };
  if (note !== "") return bold(safe(note));
  return plain("↑↓ select  Enter open  u unban  s sort  / filter  ? help  q quit");
}

function drawDetail(
  { subject, lines, scroll }: Extract<TopState["mode"], { readonly name: "detail" }>,
  rows: number,
): readonly ScreenLine[] {
  const shown = lines?.slice(scroll, scroll + rows - DETAIL_FRAME) ?? [`asking about ${subject}`];
  const body = Array.from({ length: rows - DETAIL_FRAME }, (_, y) => plain(shown[y] ?? ""));
  return [bold(`bailiff why ${subject}`), ...body, plain("↑↓ scroll  Esc back")];
}

const HELP = [
  "↑ ↓ k j        select a row",
  "PgUp PgDn      one screen up or down",
  "Home End g G   first or last row",
  "Enter          show everything about the address",
  "u              lift the ban, after a confirmation",
  "s              sort by last activity, failures, address, end of the ban",
  "/              filter by a part of address, jail, user or reason",
  "Esc            clear the filter, or go back",
  "q Ctrl-C       quit",
  "",
  "any key goes back",
];

function plain(text: string): ScreenLine {
  return { text, style: "plain" };
}

function bold(text: string): ScreenLine {
  return { text, style: "bold" };
}

function cut(text: string, width: number): string {
  const characters = Array.from(text);
  if (characters.length <= width) return text;
  return width === 0 ? "" : `${characters.slice(0, width - 1).join("")}…`;
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - Array.from(text).length));
}
