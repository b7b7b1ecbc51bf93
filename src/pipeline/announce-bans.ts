/** Announces the bans of one commit in the log, and returns what the firewall must apply. */
import type { BanOpening } from "../domain/ban-book.ts";
import { duration } from "../domain/duration.ts";
import type { Instant } from "../domain/instant.ts";
import { OBSERVED } from "../domain/port-scope.ts";
import type { Emit } from "../telemetry/events.ts";
import type { BanKey } from "../firewall/ban-key.ts";

export function announceBans(
  openings: readonly BanOpening[],
  now: Instant,
  emit: Emit,
): readonly BanKey[] {
  for (const opening of openings) announce(opening, now, emit);
  return openings.flatMap(keysToSync);
}

function announce({ ban, change }: BanOpening, now: Instant, emit: Emit): void {
  const { jail, subject: ip, until, reason, origin, scope } = ban;
  if (change === "unchanged") return;
  const length = until === "forever" ? undefined : duration(until - now);
  const observed = scope === OBSERVED ? ({ observed: true } as const) : {};
  if (change === "opened")
    emit({ event: "ban", jail, ip, until, reason, origin, length, ...observed });
  else emit({ event: "ban-extended", jail, ip, until, reason, ...observed });
}

function keysToSync({ ban, change, previousScope }: BanOpening): readonly BanKey[] {
  if (change === "unchanged") return [];
  return previousScope === undefined ? [ban] : [ban, { ...ban, scope: previousScope }];
}
