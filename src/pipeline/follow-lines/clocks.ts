/** Stores the learned clock and zone errors of a source's hosts in the book, with their age. */
import * as v from "valibot";
import type { BanBook } from "../../domain/ban-book.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Cursor } from "../../domain/line-batch.ts";
import type { ClockDifference } from "../../parse/header/place-in-time.ts";
import { readPlaceOf } from "../sources/source-plan.ts";
import type { Watch } from "../sources/source-plan.ts";
import { parseJson } from "../../domain/json.ts";

/** Age at which a learned difference is dropped, because a wrong zone has probably been corrected. */
const MAX_AGE_MS = 30 * 86_400_000;

const SAVED = v.object({
  at: v.number(),
  hosts: v.array(
    v.tuple([v.pipe(v.number(), v.safeInteger()), v.pipe(v.number(), v.safeInteger())]),
  ),
});

export function clocksCursor(
  watches: readonly Watch[],
  learned: readonly ClockDifference[],
  now: Instant,
): Cursor {
  const hosts = learned.map(({ host, late }) => [host, late]);
  return { key: keyOf(watches), value: JSON.stringify({ at: now, hosts }) };
}

export function recallClocks(
  book: Pick<BanBook, "cursor">,
  watches: readonly Watch[],
  now: Instant,
): readonly ClockDifference[] {
  const saved = v.safeParse(SAVED, parseJson(book.cursor(keyOf(watches))?.value));
  if (!saved.success || !(now - saved.output.at <= MAX_AGE_MS)) return [];
  return saved.output.hosts.map(([host, late]) => ({ host, late }));
}

function keyOf(watches: readonly Watch[]): string {
  const [first] = watches;
  return `clocks ${first === undefined ? "" : readPlaceOf(first.source)}`;
}
