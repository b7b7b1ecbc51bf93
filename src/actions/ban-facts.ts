/** Reads the facts about a ban from the book, when an action's command uses them. */
import type { Ban } from "../domain/ban.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Subject } from "../domain/cidr.ts";
import type { Clock } from "../domain/clock.ts";
import { instant } from "../domain/instant.ts";
import type { BanFacts, JailTally } from "./ban-tags.ts";
import { hostNames } from "../host/host.ts";
import type { Jail } from "../jails/jail.ts";

export interface FactSources {
  readonly book: BanBook;
  readonly clock: Clock;
  /** The current configuration of the jail. */
  readonly jail: () => Jail;
  /** Bans of this jail since the daemon started. */
  readonly bannedTotal: () => number;
  /** Returns the fields that the filter captures in the lines of a ban, by name. */
  readonly capture: (lines: readonly string[]) => ReadonlyMap<string, string>;
}

/** A ban in the book, current or past. */
export type KnownBan = Ban & { readonly id: number };

/** A ban's history covers a day, like fail2ban's dbpurgeage, and at most this many bans of the address. */
const MERGED_MS = 86_400_000;
const MERGED_BANS = 50;

export function factsOf(sources: FactSources, ban: KnownBan, restored: boolean): BanFacts {
  const { book } = sources;
  const { subject, from, until, failures } = ban;
  const lines = once(() => book.evidence(ban.id).map(({ line }) => line));
  return {
    ...factsOfJail(sources),
    subject,
    time: from / 1000,
    bantime: until === "forever" ? -1 : Math.round((until - from) / 1000),
    failures,
    restored,
    bancount: () => bancountOf(sources, subject),
    matches: lines,
    captured: once(() => capturedOf(sources, ban, lines())),
    history: (scope) => historyOf(sources, subject, scope),
  };
}

/** Returns facts for commands that concern no ban: start, stop, flush. */
export function factsOfJail({ book, clock, jail: jailNow, bannedTotal }: FactSources): BanFacts {
  const jail = jailNow();
  const tally = (): JailTally => ({
    banned: book.countBans().get(jail.name) ?? 0,
    bannedTotal: bannedTotal(),
    found: jail.window.tracked,
    foundTotal: jail.failures,
  });
  return {
    jail: jail.name,
    subject: undefined,
    time: clock.now() / 1000,
    bantime: bantimeOf(jail),
    failures: 0,
    restored: false,
    bancount: () => 0,
    matches: () => [],
    captured: () => new Map(),
    history: () => ({ failures: 0, lines: [] }),
    tally,
    host: hostNames,
  };
}

/** Returns how often the address was banned, counting this ban. fail2ban counts only with bantime.increment. */
function bancountOf({ book, jail }: FactSources, subject: Subject): number {
  const { enabled, overalljails } = jail().config.increment;
  if (!enabled) return 1;
  return book.earlierBans(subject, overalljails ? "all" : jail().name, instant(0)) + 1;
}

export function bantimeOf({ config: { bantime } }: Jail): number {
  return bantime === "forever" ? -1 : Math.round(bantime / 1000);
}

/** Returns the captured fields of a ban: the user from the book, the others from its lines. */
function capturedOf(
  { book, capture }: FactSources,
  ban: KnownBan,
  lines: readonly string[],
): ReadonlyMap<string, string> {
  const captured = new Map(capture(lines));
  const user = book.evidence(ban.id).findLast((failure) => failure.user !== undefined)?.user;
  if (user !== undefined) captured.set("user", user);
  return captured;
}

function historyOf(
  { book, clock, jail }: FactSources,
  subject: Subject,
  scope: "jail" | "all",
): { readonly failures: number; readonly lines: readonly string[] } {
  const wanted = (ban: KnownBan): boolean =>
    ban.subject === subject && (scope === "all" || ban.jail === jail().name);
  const since = instant(clock.now() - MERGED_MS);
  const past = book.history({ subject, since, limit: MERGED_BANS });
  const bans = [...[...past].reverse(), ...book.bansOf(subject)].filter(wanted);
  return {
    failures: bans.reduce((sum, { failures }) => sum + failures, 0),
    lines: bans.flatMap(({ id }) => book.evidence(id).map(({ line }) => line)),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
