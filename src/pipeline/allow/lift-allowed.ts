import type { BanBook } from "../../domain/ban-book.ts";
import type { Instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { Allow } from "./allow.ts";
import { announceBans } from "../announce-bans.ts";
import { announceTogether } from "../announce-together.ts";
import { describeAllowance } from "./describe-allowance.ts";
import type { BanKey } from "../../firewall/ban-key.ts";
import type { Jail } from "../../jails/jail.ts";
import { narrowBan, narrowWindows } from "./narrow-bans.ts";

export interface LiftOptions {
  readonly book: BanBook;
  readonly allow: Allow;
  /** Names of all jails that ban, and the name of bans by hand. */
  readonly names: readonly JailName[];
  /** Jails that can identify the offenders in a banned network. */
  readonly jails: readonly Jail[];
  readonly now: Instant;
  readonly emit: Emit;
}

/**
 * Unbans every allowed subject, however it was banned. A network that contains an exempt address is replaced by bans of
 * its offenders. Returns the keys to apply to the firewall.
 */
export function liftAllowed(options: LiftOptions): readonly BanKey[] {
  const { book, allow, names, now, emit } = options;
  // Iterate by entry, not by ban: there are few entries, but maybe 100,000 bans.
  const entries = [allow.shared, ...names.map((jail) => allow.listOf(jail))].flatMap(
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
  // Add the narrower bans first, so that an offender who stays banned is never free.
  const steps = [
    ...narrowWindows(options),
    ...[...found.values()].flatMap(({ ban }) => narrowBan(ban, options)),
  ];
  const openings = steps.length === 0 ? [] : book.commit({ steps, cursors: [] });
  const lifted: BanKey[] = [...announceBans(openings, now, emit)];
  const byCommand = new Map(
    book.allowEntries(now).map((entry) => [describeAllowance(entry), entry]),
  );
  for (const [because, group] of Map.groupBy(found.values(), (one) => one.reason)) {
    // The administrator who added the entry lifts the bans; for an entry of the configuration, no name is known.
    const entry = byCommand.get(because);
    const who = entry?.who ?? "daemon";
    const said = entry === undefined || entry.reason === "" ? "" : ` (${entry.reason})`;
    const reason = entry === undefined ? because : `allowed${said}`;
    const announcer = announceTogether(group.length, { emit, who, reason });
    // Only the entry is pardoned, not all of a network that contains it.
    const order = { who, reason, failures: "kept" } as const;
    for (const { subject, scope, jail } of book.close(
      { bans: group.map(({ ban }) => ban) },
      order,
      now,
    )) {
      announcer.emit({ event: "unban", jail, ip: subject, reason, who });
      lifted.push({ subject, scope, jail });
    }
    announcer.finish();
  }
  return lifted;
}
