/** Defines events about the daemon: its lifecycle, configuration, clients and internal failures. */
import type { Duration } from "../../domain/duration.ts";
import type { EventKinds } from "../event-kind.ts";

export type DaemonEvent =
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
      /** Jails that are new or differ. */
      readonly changed: readonly string[];
      readonly removed: readonly string[];
    }
  | {
      readonly event: "config-refused";
      readonly path: string;
      readonly problems: readonly string[];
    }
  | {
      readonly event: "config-in-doubt";
      readonly warnings: readonly string[];
      /** Number of omitted warnings. */
      readonly more: number;
    }
  | { readonly event: "option-in-doubt"; readonly reason: string }
  | { readonly event: "clock-stepped"; readonly step: Duration }
  | { readonly event: "control-refused"; readonly reason: string }
  | { readonly event: "control-reopened"; readonly path: string }
  | {
      readonly event: "compatibility-failed";
      readonly part: "socket" | "log";
      readonly reason: string;
    }
  | {
      readonly event: "notice-failed";
      /** Name of the channel. */
      readonly channel: string;
      /** Where it sends them: the host of its URL. */
      readonly to: string;
      readonly reason: string;
      readonly waiting: number;
      readonly dropped: number;
      /** Wait before the next try; undefined: there is nothing to retry. */
      readonly retry_in: Duration | undefined;
    }
  | { readonly event: "queue-overflowed"; readonly queue: string; readonly dropped: number }
  | { readonly event: "events-suppressed"; readonly of: string; readonly count: number }
  | { readonly event: "bug"; readonly part: string; readonly reason: string };

export const DAEMON_EVENTS: EventKinds<DaemonEvent> = {
  "daemon-started": { level: "info", message: "daemon started" },
  "daemon-stopping": { level: "info", message: "daemon stopping" },
  "config-loaded": { level: "info", message: "configuration loaded" },
  "config-refused": {
    level: "error",
    message: "configuration refused, the previous one stays in force",
  },
  "config-in-doubt": { level: "warn", message: "the configuration has doubtful settings" },
  "option-in-doubt": { level: "warn", message: "option may not do what its author expects" },
  "clock-stepped": { level: "warn", message: "the clock was changed, ends of bans moved with it" },
  "control-refused": { level: "warn", message: "control connection refused" },
  "control-reopened": { level: "warn", message: "control socket was removed, re-created" },
  "compatibility-failed": {
    level: "error",
    message: "fail2ban compatibility does not work",
  },
  "notice-failed": { level: "warn", message: "notices could not be sent" },
  "queue-overflowed": { level: "error", message: "queue full, entries dropped" },
  "events-suppressed": { level: "info", message: "repeated events suppressed" },
  bug: { level: "error", message: "internal error" },
};
