/**
 * Detects banned subjects that are still active, by lines well after the ban began. Remembers the newest MAX_BYPASSES
 * bans, and drops the oldest silent one first. Pure: times are arguments.
 *
 * Lines soon after a ban do not count. Some are still in transit when it begins. Programs also report open connections
 * when these time out, minutes later and without another packet.
 */
import type { Ban } from "../../domain/ban.ts";
import type { Subject } from "../../domain/cidr.ts";
import { type Duration, duration } from "../../domain/duration.ts";
import type { Instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { Counting } from "../../domain/match.ts";
import type { PortScope } from "../../domain/port-scope.ts";

/** A banned subject, and the lines that came after its ban. */
export interface BanBypass {
  readonly jail: JailName;
  readonly subject: Subject;
  readonly scope: PortScope;
  readonly since: Instant;
  readonly lines: number;
  /** Log times of the first and last of these lines; undefined: none came. */
  readonly first: Instant | undefined;
  readonly last: Instant | undefined;
}

export interface BannedLine {
  readonly jail: JailName;
  readonly subject: Subject;
  readonly at: Instant;
  readonly counting: Counting;
}

/** began: the first unexpected line came. confirmed: enough lines came to exclude late reports. */
export type BypassStage = "nothing" | "began" | "confirmed";

export interface BanBypasses {
  /** Adds a ban that began or that existed before the start. */
  onBan(ban: Pick<Ban, "jail" | "subject" | "scope" | "from">): void;
  onLine(line: BannedLine, now: Instant): BypassStage;
  of(jail: JailName, subject: Subject): BanBypass | undefined;
  /** Resets the count of a subject's lines. */
  restart(jail: JailName, subject: Subject): void;
  forget(jail: JailName, subject: Subject): void;
  /** Returns confirmed bypasses that have not stopped. */
  confirmed(now: Instant): readonly BanBypass[];
  /** Returns the newest bypasses first. */
  newest(limit: number): readonly BanBypass[];
}

const MAX_BYPASSES = 256;
const GRACE: Duration = duration(5000);
/** Lines during this time after a ban do not count: programs report some connections when they time out. */
const GRACE_OF_CONNECTIONS: Duration = duration(600_000);
const MIN_LINES = 3;
const MIN_SPREAD: Duration = duration(10_000);
/** A bypass ends after this long without a line. */
const QUIET: Duration = duration(600_000);

interface Record {
  readonly jail: JailName;
  readonly subject: Subject;
  readonly scope: PortScope;
  readonly since: Instant;
  lines: number;
  first: Instant | undefined;
  last: Instant | undefined;
  seenAt: Instant | undefined;
}

export function createBanBypasses(): BanBypasses {
  const records = new Map<string, Record>();
  const keyOf = (jail: JailName, subject: Subject): string => `${jail} ${subject}`;

  function onBan({ jail, subject, scope, from }: Parameters<BanBypasses["onBan"]>[0]): void {
    const key = keyOf(jail, subject);
    const known = records.get(key);
    if (known?.since === from && known.scope === scope) return;
    records.delete(key);
    if (records.size >= MAX_BYPASSES) records.delete(quietest());
    records.set(key, { jail, subject, scope, since: from, ...SILENT });
  }

  function quietest(): string {
    for (const [key, { lines }] of records) if (lines === 0) return key;
    return records.keys().next().value ?? "";
  }

  function onLine({ jail, subject, at, counting }: BannedLine, now: Instant): BypassStage {
    const record = records.get(keyOf(jail, subject));
    if (record === undefined) return "nothing";
    const grace = counting === "once" ? GRACE_OF_CONNECTIONS : GRACE;
    if (at <= record.since + grace) return "nothing";
    // The activity had ended, so counting begins again.
    if (record.seenAt !== undefined && now - record.seenAt >= QUIET) Object.assign(record, SILENT);
    const before = isConfirmed(record);
    record.lines++;
    record.first ??= at;
    record.last = at;
    record.seenAt = now;
    if (record.lines === 1) return "began";
    return !before && isConfirmed(record) ? "confirmed" : "nothing";
  }

  return {
    onBan,
    onLine,
    of: (jail, subject) => records.get(keyOf(jail, subject)),
    restart(jail, subject) {
      const record = records.get(keyOf(jail, subject));
      if (record !== undefined) Object.assign(record, SILENT);
    },
    forget: (jail, subject) => void records.delete(keyOf(jail, subject)),
    confirmed: (now) =>
      [...records.values()].filter(
        (record) => isConfirmed(record) && now - (record.seenAt ?? now) < QUIET,
      ),
    newest: (limit) => [...records.values()].slice(-limit).reverse(),
  };
}

const SILENT = { lines: 0, first: undefined, last: undefined, seenAt: undefined } as const;

function isConfirmed({ lines, first, last }: Record): boolean {
  return (
    lines >= MIN_LINES && first !== undefined && last !== undefined && last - first >= MIN_SPREAD
  );
}
