import type { BanBook } from "../domain/ban-book.ts";
import type { Instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Allow } from "./allow.ts";
import { announceTogether } from "./announce-together.ts";
import { describeAllowance } from "./describe-allowance.ts";
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
  // By entry, not by ban: there are few of the one and maybe 100,000 of the other.
  const entries = [allow.door, ...jails.map((jail) => allow.listOf(jail))].flatMap(
    ({ subjects }) => [...subjects],
  );
  // A ban may share addresses with several entries.
  const found = new Map(
    [...new Set(entries)].flatMap((entry) =>
      [...book.activeBans({ near: entry })].flatMap((ban) => {
        const reason = allow.listOf(ban.jail).covers(ban.subject);
        return reason === undefined ? [] : [[ban.id, { ban, reason }] as const];
      }),
    ),
  );
  const lifted: BlockKey[] = [];
  const byCommand = new Map(
    book.allowEntries(now).map((entry) => [describeAllowance(entry), entry]),
  );
  for (const [because, group] of Map.groupBy(found.values(), (one) => one.reason)) {
    // Whoever put the entry there has lifted them; what the configuration says has nobody's name.
    const entry = byCommand.get(because);
    const who = entry?.who ?? "daemon";
    const said = entry === undefined || entry.reason === "" ? "" : `: ${entry.reason}`;
    const reason = entry === undefined ? because : `allowed${said}`;
    const announcer = announceTogether(group.length, { emit, who, reason });
    const order = { who, reason };
    for (const { subject, scope, jail } of book.close(
      { bans: group.map(({ ban }) => ban) },
      order,
      now,
    )) {
      announcer.emit({ event: "unban", jail, ip: subject, reason, who });
      lifted.push({ subject, scope });
    }
    announcer.finish();
  }
  return lifted;
}
