/**
 * Stores in the book how far each jail has read. Each mark is committed with the decisions about its lines, so that a
 * move survives a restart.
 */
import * as v from "valibot";
import type { SavedMark } from "../detect/read-mark.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { Cursor } from "../domain/line-batch.ts";
import type { Jail } from "../jails/jail.ts";
import { parseJson } from "../domain/json.ts";

export function restoreReadMark({ name, read }: Jail, book: BanBook, now: Instant): void {
  const saved = read.place === undefined ? parse(book.cursor(keyOf(name))?.value) : undefined;
  if (saved !== undefined) read.restore(saved, now);
}

/** Returns the marks of jails whose marks have changed. */
export function changedReadMarks(jails: Iterable<Jail>): readonly Cursor[] {
  const cursors: Cursor[] = [];
  for (const { name, read } of jails) {
    const change = read.takeChange();
    if (change !== undefined) cursors.push({ key: keyOf(name), value: format(change) });
  }
  return cursors;
}

/** Saves the marks that have changed without a line. */
export function saveReadMarks(jails: readonly { readonly jail: Jail }[], book: BanBook): void {
  const cursors = changedReadMarks(jails.map(({ jail }) => jail));
  if (cursors.length > 0) book.commit({ steps: [], cursors });
}

/** Returns whether a jail moved to another place: no file is read in both. */
export function isMove(from: string | undefined, to: string): boolean {
  if (from === undefined || from === to) return false;
  if (!from.startsWith("file:") || !to.startsWith("file:")) return true;
  const files = new Set(from.slice("file:".length).split("|"));
  return !to
    .slice("file:".length)
    .split("|")
    .some((file) => files.has(file));
}

function keyOf(jail: JailName): string {
  return `read ${jail}`;
}

function format({ place, read, before }: SavedMark): string {
  return JSON.stringify({
    place,
    read: pack(read),
    ...(before === undefined ? {} : { before: pack(before) }),
    ...(read.counted.length === 0 ? {} : { counted: packCounts(read) }),
    ...(before === undefined || before.counted.length === 0
      ? {}
      : { countedBefore: packCounts(before) }),
  });
}

function packCounts({ counted }: SavedMark["read"]): unknown {
  return counted.map(({ second, count }) => [second, count]);
}

/** Converts to JSON. An infinite time (nothing was read yet) becomes null, because JSON has no infinity. */
function pack({ at, recent }: SavedMark["read"]): unknown {
  return [Number.isFinite(at) ? at : null, ...recent.map((line) => [line.at, line.print])];
}

const EXTENT = v.tupleWithRest([v.nullable(v.number())], v.tuple([v.number(), v.number()]));
const COUNTS = v.optional(v.array(v.tuple([v.number(), v.number()])), []);
const MARK = v.object({
  place: v.string(),
  read: EXTENT,
  before: v.optional(EXTENT),
  counted: COUNTS,
  countedBefore: COUNTS,
});

function parse(text: string | undefined): SavedMark | undefined {
  const mark = v.safeParse(MARK, parseJson(text));
  if (!mark.success) return undefined;
  const { place, read, before, counted, countedBefore } = mark.output;
  return {
    place,
    read: unpack(read, counted),
    before: before && unpack(before, countedBefore),
  };
}

function unpack(
  [at, ...recent]: v.InferOutput<typeof EXTENT>,
  counted: v.InferOutput<typeof COUNTS>,
): SavedMark["read"] {
  return {
    at: at ?? Number.NEGATIVE_INFINITY,
    recent: recent.map(([when, print]) => ({ at: when, print })),
    counted: counted.map(([second, count]) => ({ second, count })),
  };
}
