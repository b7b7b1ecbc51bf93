/** Deletes what no window and no detector of these jails needs any more, and what the record no longer keeps. */
import type { BanBook } from "../domain/ban-book.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { reachOf } from "../jails/jail.ts";
import type { LiveJail } from "../pipeline/live-jail.ts";

export async function pruneBook(
  book: BanBook,
  running: readonly LiveJail[],
  now: Instant,
): Promise<void> {
  const jails = running.map(({ jail }) => jail);
  const windows = instant(now - Math.max(0, ...jails.map(({ config }) => config.findtime)));
  const detectors = instant(now - Math.max(0, ...jails.map(reachOf)));
  await book.prune(now, { windows, detectors });
}
