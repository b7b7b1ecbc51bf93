/**
 * The catalog of operational events. Each one is a log line and a metric; there are no free-form log calls.
 * Level by consequence. error: something was lost or a human must act. warn: unexpected, recovered by itself.
 * info: lifecycle and every failure, ban and unban. debug: for the one who looks.
 * Adding an event: one variant of `TelemetryEvent` and one entry of `EVENTS`; the reference page follows from it.
 */
import type { Duration } from "../domain/duration.ts";
import type { Instant, Until } from "../domain/instant.ts";

export type Level = "error" | "warn" | "info" | "debug";

export type TelemetryEvent =
  | {
      readonly event: "daemon-started";
      readonly version: string;
      readonly jails: number;
      readonly enforcer: string;
    }
  | { readonly event: "daemon-stopping"; readonly reason: string }
  | {
      readonly event: "config-loaded";
      readonly path: string;
      readonly jails: number;
      readonly changed: readonly string[];
    }
  | {
      readonly event: "config-refused";
      readonly path: string;
      readonly problems: readonly string[];
    }
  | {
      readonly event: "config-in-doubt";
      readonly warnings: readonly string[];
      /** Warnings left out. */
      readonly more: number;
    }
  | {
      readonly event: "jail-started";
      readonly jail: string;
      readonly source: string;
      readonly policy: string;
    }
  | { readonly event: "jail-stopped"; readonly jail: string }
  | {
      readonly event: "jail-failed";
      readonly jail: string;
      readonly state: string;
      readonly before: string | undefined;
      readonly cause: string;
      readonly reason: string;
      readonly fix: string;
    }
  | {
      readonly event: "jail-left-out";
      readonly jail: string;
      /** It goes on as it was before the reload. */
      readonly kept: boolean;
      /** Each with file and line. */
      readonly reasons: readonly string[];
    }
  | { readonly event: "option-in-doubt"; readonly reason: string }
  | {
      readonly event: "jail-protects";
      readonly jail: string;
      readonly state: string;
      readonly before: string | undefined;
    }
  | {
      readonly event: "jail-degraded";
      readonly jail: string;
      readonly before: string | undefined;
      readonly cause: string;
      readonly reason: string;
      readonly fix: string;
    }
  | {
      readonly event: "drift-found";
      readonly jail: string;
      readonly shape: string;
      readonly lines: number;
      readonly addresses: number;
      readonly reason: string;
      /** The rule that would recognize it, when one can be offered. */
      readonly rule: string | undefined;
      readonly fix: string;
    }
  | {
      readonly event: "failure";
      readonly jail: string;
      readonly ip: string;
      readonly user: string | undefined;
      readonly rule: string;
      readonly count: number;
      readonly of: number;
      readonly at: Instant;
    }
  | {
      readonly event: "ban";
      readonly jail: string;
      readonly ip: string;
      readonly until: Until;
      readonly reason: string;
      readonly origin: string;
      readonly length: Duration | undefined;
      readonly observed?: true;
      /** Observed by bailiff's firewall, made by the jail's own actions. */
      readonly by_actions?: true;
      readonly bulk?: true;
    }
  | {
      readonly event: "unban";
      readonly jail: string;
      readonly ip: string;
      readonly reason: string;
      readonly who: string;
      readonly bulk?: true;
    }
  | {
      readonly event: "ban-extended";
      readonly jail: string;
      readonly ip: string;
      readonly until: Until;
      readonly reason: string;
      readonly observed?: true;
      /** Observed by bailiff's firewall, made by the jail's own actions. */
      readonly by_actions?: true;
      readonly bulk?: true;
    }
  | {
      readonly event: "ignored";
      readonly jail: string;
      readonly ip: string;
      readonly reason: string;
    }
  | {
      readonly event: "lockout-guarded";
      readonly jail: string;
      readonly ip: string;
      readonly reason: string;
      readonly offenses: number;
      readonly until: Instant;
    }
  | {
      readonly event: "threshold-raised";
      readonly jail: string;
      readonly ip: string;
      readonly of: number;
      readonly reason: string;
    }
  | {
      readonly event: "failures-forgiven";
      readonly jail: string;
      readonly ip: string;
      readonly user: string;
      readonly count: number;
    }
  | {
      readonly event: "shared-address";
      readonly jail: string;
      readonly ip: string;
      readonly accounts: number;
    }
  | {
      readonly event: "breaker-tripped";
      readonly jail: string;
      readonly rule: string;
      readonly reason: string;
      readonly fix: string;
    }
  | {
      readonly event: "breaker-reset";
      readonly jail: string;
      readonly rule: string;
      readonly who: string;
    }
  | {
      readonly event: "ban-rate-reached";
      readonly jail: string;
      readonly rule: string;
      readonly per_minute: number;
      readonly fix: string;
    }
  | {
      readonly event: "ban-rate-recovered";
      readonly jail: string;
      readonly rule: string;
      /** Offenses decided after they had waited. */
      readonly released: number;
      /** Offenses that found no room to wait. */
      readonly dropped: number;
    }
  | {
      readonly event: "allow-changed";
      readonly subject: string;
      readonly change: "added" | "removed";
      readonly who: string;
      readonly bulk?: true;
    }
  | {
      /** One line in place of those of every address: the events it sums up are marked `bulk`. */
      readonly event: "bulk-change";
      readonly change: BulkChange;
      readonly jail?: string;
      readonly count: number;
      readonly reason: string;
      readonly who: string;
    }
  | {
      readonly event: "lock-obstructed";
      /** How many of the lock's names others have. */
      readonly names: number;
      readonly reason: string;
      readonly fix: string;
    }
  | {
      readonly event: "enforce-refused";
      readonly ip: string;
      readonly change: "add" | "remove";
      readonly reason: string;
    }
  | {
      readonly event: "canary-passed";
      readonly jail: string;
      readonly took: Duration;
      /** Steps that cannot be tried here. */
      readonly untried: readonly string[];
      readonly who: string;
    }
  | {
      readonly event: "canary-failed";
      readonly jail: string;
      readonly step: string;
      readonly reason: string;
      readonly fix: string;
      readonly who: string;
    }
  | {
      readonly event: "action-failed";
      readonly jail: string;
      readonly action: string;
      readonly command: string;
      readonly ip: string | undefined;
      readonly reason: string;
      readonly took: Duration;
    }
  | { readonly event: "firewall-changed"; readonly by: string }
  | {
      readonly event: "firewall-repaired";
      readonly missing: number;
      readonly extra: number;
      readonly structure: boolean;
      readonly took: Duration;
      readonly by: string;
    }
  | {
      readonly event: "still-talking";
      readonly jail: string;
      readonly ip: string;
      readonly since: Instant;
      readonly lines: number;
      readonly dropped: number | undefined;
      readonly cause: string;
      readonly reason: string;
      readonly fix: string;
    }
  | { readonly event: "firewall-unavailable"; readonly reason: string }
  | { readonly event: "firewall-monitor-lost"; readonly reason: string }
  | { readonly event: "source-started"; readonly source: string; readonly from: string }
  | { readonly event: "source-waiting"; readonly source: string; readonly reason: string }
  | {
      readonly event: "source-failed";
      readonly source: string;
      readonly reason: string;
      readonly retry_in: Duration | undefined;
    }
  | { readonly event: "source-rotated"; readonly source: string; readonly how: string }
  | {
      readonly event: "source-moved";
      readonly jail: string;
      readonly from: string;
      readonly to: string;
      readonly reason: string;
    }
  | { readonly event: "source-ended"; readonly source: string }
  | {
      readonly event: "lines-passed-over";
      readonly source: string;
      /** Where they are. */
      readonly place: string;
      /** By their stamps they were read before. */
      readonly read: number;
      /** They have no stamp to tell. */
      readonly unstamped: number;
    }
  | { readonly event: "line-cut"; readonly source: string; readonly bytes: number }
  | { readonly event: "lines-untimed"; readonly source: string; readonly lines: number }
  | { readonly event: "line-given-up"; readonly source: string; readonly lines: number }
  | {
      readonly event: "line-failed";
      readonly source: string;
      readonly lines: number;
      /** Of the first. */
      readonly reason: string;
    }
  | { readonly event: "clock-skewed"; readonly source: string; readonly skew: Duration }
  | { readonly event: "clock-stepped"; readonly step: Duration }
  | { readonly event: "record-failed"; readonly reason: string; readonly unsaved: number }
  | { readonly event: "record-recovered"; readonly saved: number }
  | { readonly event: "record-replaced"; readonly path: string; readonly reason: string }
  | { readonly event: "record-row-unreadable"; readonly table: string; readonly reason: string }
  | { readonly event: "record-entry-refused"; readonly kind: string; readonly reason: string }
  | { readonly event: "queue-overflowed"; readonly queue: string; readonly dropped: number }
  | {
      readonly event: "notice-failed";
      /** By its host alone. */
      readonly to: string;
      readonly reason: string;
      readonly waiting: number;
      readonly dropped: number;
      readonly retry_in: Duration;
    }
  | { readonly event: "subjects-evicted"; readonly jail: string; readonly evicted: number }
  | {
      readonly event: "name-unresolved";
      readonly name: string;
      readonly reason: string;
      /** Of the answer that still counts. */
      readonly last_answer_at: Instant | undefined;
    }
  | { readonly event: "control-refused"; readonly reason: string }
  | { readonly event: "control-reopened"; readonly path: string }
  | {
      readonly event: "compatibility-failed";
      readonly part: "socket" | "log";
      readonly reason: string;
    }
  | { readonly event: "events-suppressed"; readonly of: string; readonly count: number }
  | { readonly event: "bug"; readonly part: string; readonly reason: string };

/** What happened to many addresses at once. */
export type BulkChange = "banned" | "extended" | "unbanned" | "allowed" | "disallowed";

export type EventName = TelemetryEvent["event"];
export type Emit = (event: TelemetryEvent) => void;

export const EVENTS: {
  readonly [name in EventName]: { readonly level: Level; readonly message: string };
} = {
  "daemon-started": { level: "info", message: "daemon started" },
  "daemon-stopping": { level: "info", message: "daemon stopping" },
  "config-loaded": { level: "info", message: "configuration loaded" },
  "config-refused": { level: "error", message: "configuration refused, the old one stays live" },
  "config-in-doubt": { level: "warn", message: "the configuration may not mean what it says" },
  "jail-started": { level: "info", message: "jail started" },
  "jail-stopped": { level: "info", message: "jail stopped" },
  "jail-protects": { level: "info", message: "jail protects" },
  "jail-degraded": { level: "warn", message: "jail degraded" },
  "jail-failed": { level: "error", message: "jail does not protect" },
  "jail-left-out": { level: "error", message: "jail cannot run as it is written" },
  "option-in-doubt": { level: "warn", message: "not as its author meant" },
  "drift-found": { level: "warn", message: "lines that no rule knows look like failures" },
  failure: { level: "info", message: "failure" },
  ban: { level: "info", message: "ban" },
  unban: { level: "info", message: "unban" },
  "ban-extended": { level: "info", message: "ban extended" },
  ignored: { level: "info", message: "offense not banned" },
  "lockout-guarded": { level: "warn", message: "not banned: somebody is logged in there" },
  "threshold-raised": { level: "info", message: "more failures are allowed here" },
  "failures-forgiven": { level: "info", message: "typing errors forgiven after a login" },
  "shared-address": { level: "warn", message: "not banned: many people live behind it" },
  "breaker-tripped": { level: "error", message: "rule stopped: it bans people who log in here" },
  "breaker-reset": { level: "info", message: "rule bans again" },
  "ban-rate-reached": { level: "warn", message: "rule bans at its limit, other offenders wait" },
  "ban-rate-recovered": { level: "info", message: "no offender waits for a ban any more" },
  "bulk-change": { level: "info", message: "many addresses changed at once" },
  "allow-changed": { level: "info", message: "allow-list changed" },
  "enforce-refused": { level: "error", message: "the firewall refused a change, it stays pending" },
  "canary-passed": { level: "info", message: "canary: self-test passed" },
  "canary-failed": { level: "warn", message: "canary: a trial of our own failed" },
  "action-failed": { level: "error", message: "a command of an action failed" },
  "firewall-changed": { level: "warn", message: "another program changed the firewall" },
  "firewall-repaired": { level: "warn", message: "firewall repaired" },
  "still-talking": { level: "error", message: "banned, and its lines keep coming" },
  "firewall-unavailable": {
    level: "error",
    message: "the firewall cannot be used, no ban takes effect",
  },
  "lock-obstructed": {
    level: "warn",
    message: "another user holds names of the lock that keeps two bailiffs apart",
  },
  "firewall-monitor-lost": { level: "warn", message: "firewall monitor lost, restarting it" },
  "source-started": { level: "info", message: "reading" },
  "source-waiting": { level: "warn", message: "source not there yet" },
  "source-failed": { level: "error", message: "source failed" },
  "source-rotated": { level: "debug", message: "log rotated, following" },
  "source-moved": { level: "warn", message: "its lines are elsewhere, reading there" },
  "source-ended": { level: "info", message: "source ended" },
  "lines-passed-over": {
    level: "warn",
    message: "a log was rewritten or copied: lines read before do not count again",
  },
  "line-cut": { level: "warn", message: "line was cut and is not believed at its end" },
  "lines-untimed": {
    level: "warn",
    message: "older failures without a readable time are not counted",
  },
  "line-given-up": { level: "warn", message: "rules took too long on a line and were given up" },
  "line-failed": {
    level: "error",
    message: "a line could not be processed and was skipped, please report this bug",
  },
  "clock-skewed": { level: "warn", message: "log time is off by a constant, corrected" },
  "clock-stepped": { level: "warn", message: "the clock was changed, ends of bans moved with it" },
  "record-failed": { level: "error", message: "cannot write the database, going on in memory" },
  "record-recovered": { level: "info", message: "database writes work again" },
  "record-replaced": {
    level: "error",
    message: "database was damaged, set aside and started anew",
  },
  "record-entry-refused": {
    level: "error",
    message: "the database refuses what a line led to, skipped, please report this bug",
  },
  "record-row-unreadable": {
    level: "error",
    message: "a row of the database cannot be read and is left out",
  },
  "queue-overflowed": { level: "error", message: "queue full, entries dropped" },
  "notice-failed": { level: "warn", message: "notices could not be sent, trying again" },
  "subjects-evicted": { level: "warn", message: "too many subjects tracked, least recent evicted" },
  "name-unresolved": {
    level: "warn",
    message: "name or file in ignoreip gives no addresses; what it gave last still counts",
  },
  "control-refused": { level: "warn", message: "control connection refused" },
  "control-reopened": { level: "warn", message: "control socket was removed, made anew" },
  "compatibility-failed": {
    level: "error",
    message: "what answers in fail2ban's place does not work",
  },
  "events-suppressed": { level: "info", message: "events left out, there were too many" },
  bug: { level: "error", message: "internal error" },
};
