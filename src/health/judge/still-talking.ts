/**
 * Detects banned subjects that stay active: lines of theirs that were written well after the ban. Remembers the newest
 * MAX_TALKS bans; the oldest silent one is dropped first. Pure: times are given.
 *
 * Lines soon after a ban do not count: some are on their way when it begins, and programs report connections that were
 * open then minutes later, without another packet, when these time out.
 */
import type { Ban } from "../../domain/ban.ts";
import type { Subject } from "../../domain/cidr.ts";
import { type Duration, duration } from "../../domain/duration.ts";
import type { Instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { Counting } from "../../domain/match.ts";
import type { PortScope } from "../../domain/port-scope.ts";

/** The activity of a banned subject. */
export interface Talk {
  readonly jail: JailName;
  readonly subject: Subject;
  readonly scope: PortScope;
  readonly since: Instant;
  readonly lines: number;
  /** Log times of the first and last of these lines; undefined: none came. */
  readonly first: Instant | undefined;
  readonly last: Instant | undefined;
}

export interface HeardLine {
  readonly jail: JailName;
  readonly subject: Subject;
  readonly at: Instant;
  readonly counting: Counting;
}

/** began: the first unexpected line. insists: the line that leaves no doubt. */
export type Heard = "nothing" | "began" | "insists";

export interface StillTalking {
  /** A ban began, or exists since before the start. */
  banned(ban: Pick<Ban, "jail" | "subject" | "scope" | "from">): void;
  heard(line: HeardLine, now: Instant): Heard;
  of(jail: JailName, subject: Subject): Talk | undefined;
  /** Resets the count of its lines. */
  restart(jail: JailName, subject: Subject): void;
  forget(jail: JailName, subject: Subject): void;
  /** Bans whose lines leave no doubt and have not stopped. */
  insisting(now: Instant): readonly Talk[];
  /** Newest first. */
  newest(limit: number): readonly Talk[];
}

const MAX_TALKS = 256;
const GRACE: Duration = duration(5000);
/** Programs may report a whole connection only when it times out. */
const GRACE_OF_CONNECTIONS: Duration = duration(600_000);
const MIN_LINES = 3;
const MIN_SPREAD: Duration = duration(10_000);
/** After this long without a line the activity is over. */
const QUIET: Duration = duration(600_000);

interface Record {
  readonly jail: JailName;
  readonly subject: Subject;
  readonly scope: PortScope;
  readonly since: Instant;
  lines: number;
  first: Instant | undefined;
  last: Instant | undefined;
  heardAt: Instant | undefined;
}

export function createStillTalking(): StillTalking {
  const records = new Map<string, Record>();
  const keyOf = (jail: JailName, subject: Subject): string => `${jail} ${subject}`;

  function banned({ jail, subject, scope, from }: Parameters<StillTalking["banned"]>[0]): void {
    const key = keyOf(jail, subject);
    const known = records.get(key);
    if (known?.since === from && known.scope === scope) return;
    records.delete(key);
    if (records.size >= MAX_TALKS) records.delete(quietest());
    records.set(key, { jail, subject, scope, since: from, ...SILENT });
  }

  function quietest(): string {
    for (const [key, { lines }] of records) if (lines === 0) return key;
    return records.keys().next().value ?? "";
  }

  function heard({ jail, subject, at, counting }: HeardLine, now: Instant): Heard {
    const record = records.get(keyOf(jail, subject));
    if (record === undefined) return "nothing";
    const grace = counting === "once" ? GRACE_OF_CONNECTIONS : GRACE;
    if (at <= record.since + grace) return "nothing";
    // It had stopped: only what comes now is reported.
    if (record.heardAt !== undefined && now - record.heardAt >= QUIET)
      Object.assign(record, SILENT);
    const before = insists(record);
    record.lines++;
    record.first ??= at;
    record.last = at;
    record.heardAt = now;
    if (record.lines === 1) return "began";
    return !before && insists(record) ? "insists" : "nothing";
  }

  return {
    banned,
    heard,
    of: (jail, subject) => records.get(keyOf(jail, subject)),
    restart(jail, subject) {
      const record = records.get(keyOf(jail, subject));
      if (record !== undefined) Object.assign(record, SILENT);
    },
    forget: (jail, subject) => void records.delete(keyOf(jail, subject)),
    insisting: (now) =>
      [...records.values()].filter(
        (record) => insists(record) && now - (record.heardAt ?? now) < QUIET,
      ),
    newest: (limit) => [...records.values()].slice(-limit).reverse(),
  };
}

const SILENT = { lines: 0, first: undefined, last: undefined, heardAt: undefined } as const;

function insists({ lines, first, last }: Record): boolean {
  return (
    lines >= MIN_LINES && first !== undefined && last !== undefined && last - first >= MIN_SPREAD
  );
}
