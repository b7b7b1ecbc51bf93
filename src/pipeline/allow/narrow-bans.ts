/**
 * Narrows bans and windows of networks that now contain an exempt address to the offenders. They are counted as they
 * would have been with that address: a subject that reached maxretry stays banned, and the failures of others still
 * count. Reads the offenders from the lines that led to the ban; without such lines, as for a manual ban, nothing
 * replaces it.
 */
import { countedSubject } from "../../detect/counted-subject.ts";
import type { Ban, BookedBan } from "../../domain/ban.ts";
import type { BanBook, BookStep, CountedFailure } from "../../domain/ban-book.ts";
import { type Subject, splitSubject, subjectContains } from "../../domain/cidr.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import { createLineRouter } from "../../parse/route/line-router.ts";
import type { Allow } from "./allow.ts";
import type { Jail } from "../../jails/jail.ts";

export interface NarrowOptions {
  readonly book: Pick<BanBook, "evidence" | "failuresSince" | "windowFailures">;
  readonly allow: Pick<Allow, "listOf">;
  readonly jails: readonly Jail[];
  readonly now: Instant;
}

/** Returns the steps that replace the ban in the book. Failures that still count are already in the jail's window. */
export function narrowBan(ban: BookedBan, options: NarrowOptions): readonly BookStep[] {
  const jail = options.jails.find(({ name }) => name === ban.jail);
  const { ip, prefix } = splitSubject(ban.subject);
  if (jail === undefined || prefix === splitSubject(ip as Subject).prefix) return [];
  const list = options.allow.listOf(jail.name);
  if (list.contains(ban.subject)) return [];
  const failures = lastOf(options.book.evidence(ban.id), jail).flatMap((failure) =>
    narrowFailure({ ...failure, subject: ban.subject }, jail, options),
  );
  const offenders = Map.groupBy(failures, ({ subject }) => subject);
  return [...offenders].flatMap(([subject, failures]): readonly BookStep[] => {
    const counted = failures.map((failure) => ({ kind: "failure" as const, ...failure }));
    const count = failures.reduce((sum, { weight }) => sum + weight, 0);
    // The failures become the evidence of the ban that follows.
    if (count >= jail.config.maxretry)
      return [...counted, { kind: "ban", ban: narrowed(ban, subject), who: "daemon" }];
    for (const { at, weight } of failures) jail.window.observe(subject, at, weight);
    return counted;
  });
}

/**
 * Returns the steps by which the failures of networks without a ban count for their addresses alone. They are already
 * in the windows of the jails.
 */
export function narrowWindows(options: NarrowOptions): readonly BookStep[] {
  const { book, allow, jails, now } = options;
  const longest = Math.max(0, ...jails.map(({ config }) => config.findtime));
  const byName = new Map(jails.map((jail) => [jail.name, jail]));
  const found = new Map<string, { jail: Jail; subject: Subject }>();
  for (const { jail: name, subject } of book.failuresSince(instant(now - longest))) {
    const jail = byName.get(name);
    const key = `${name} ${subject}`;
    if (jail === undefined || !subject.includes("/") || found.has(key)) continue;
    const list = allow.listOf(name);
    if (list.covers(subject) !== undefined && !list.contains(subject))
      found.set(key, { jail, subject });
  }
  return [...found.values()].flatMap(({ jail, subject }): readonly BookStep[] => {
    const newest = book.windowFailures({ subject, jail: jail.name, limit: MAX_NARROWED });
    const failures = newest.toReversed().flatMap((one) => narrowFailure(one, jail, options));
    jail.window.forget(subject);
    for (const { subject: of, at, weight } of failures) jail.window.observe(of, at, weight);
    const counted = failures.map((failure) => ({ kind: "failure" as const, ...failure }));
    return [{ kind: "consumed", subject, jail: jail.name }, ...counted];
  });
}

/** Three times the largest maxretry. */
const MAX_NARROWED = 3000;

/** Returns the failure as it counts now; empty: its address is exempt or unknown. */
function narrowFailure(
  failure: CountedFailure,
  jail: Jail,
  { allow, now }: NarrowOptions,
): readonly CountedFailure[] {
  const list = allow.listOf(jail.name);
  const from = addressIn(failure.line, jail, now);
  if (from === undefined || !subjectContains(failure.subject, from)) return [];
  const subject = countedSubject(from, jail.config, list);
  return list.covers(subject) === undefined ? [{ ...failure, subject }] : [];
}

/** Returns the failures of the offense, because earlier ones are stored too. */
function lastOf(failures: readonly CountedFailure[], { config }: Jail): readonly CountedFailure[] {
  const last = failures.at(-1);
  return last === undefined ? [] : failures.filter(({ at }) => at >= last.at - config.findtime);
}

function narrowed(ban: BookedBan, subject: Subject): Ban {
  const { jail, scope, from, until, origin, rule, failures, escalation } = ban;
  const reason = `${ban.reason}; narrowed from ${ban.subject}, which contains an exempt address now`;
  return { subject, jail, scope, from, until, origin, reason, rule, failures, escalation };
}

/** Returns the peer of the line according to the jail's filter. */
function addressIn(line: string, { filter }: Jail, now: Instant): Ip | undefined {
  // The journal stores messages without a header, in which the router would look for the program.
  const heads = ["", `${filter.programs[0] ?? "program"}[1]: `];
  for (const head of heads) {
    let found: Ip | undefined;
    const text = `${head}${line}\n`;
    const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
    createLineRouter([{ filter, accepts: undefined, owns: () => true }], () => 0).route(
      batch,
      now,
      {
        matched: (_entry, { ip }) => {
          found ??= ip;
        },
        unrecognized: () => undefined,
      },
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
