import type { BanBook } from "../domain/ban-book.ts";
import type { Instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Allow } from "./allow.ts";
import type { BlockKey } from "./enforcement.ts";

export interface LiftOptions {
  readonly book: BanBook;
  readonly allow: Allow;
  readonly jails: readonly JailName[];
  readonly now: Instant;
  readonly emit: Emit;
}

/** Whoever is allowed now is not banned any longer, however the ban came about. Returns what the firewall must let go. */
export function liftAllowed({ book, allow, jails, now, emit }: LiftOptions): readonly BlockKey[] {
  const lifted: BlockKey[] = [];
  // By entry, not by ban: there are few of the one and maybe 100,000 of the other.
  const lists = [allow.door, ...jails.map((jail) => allow.listOf(jail))];
  for (const entry of new Set(lists.flatMap(({ subjects }) => [...subjects]))) {
    // The book gives so many at a time: those lifted make room for the next.
    for (let found = -1; found !== 0; ) {
      found = 0;
      for (const { subject, scope, jail } of book.bansOf(entry)) {
        const because = allow.listOf(jail).covers(subject);
        if (because === undefined) continue;
        book.close({ subject, jail }, { who: "daemon", reason: because }, now);
        emit({ event: "unban", jail, ip: subject, reason: because, who: "daemon" });
        lifted.push({ subject, scope });
        found++;
      }
    }
  }
  return lifted;
}
