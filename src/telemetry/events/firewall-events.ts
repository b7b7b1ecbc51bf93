/** Defines events about changes, repairs and failures of the firewall. */
import type { Duration } from "../../domain/duration.ts";
import type { Instant } from "../../domain/instant.ts";
import type { EventKinds } from "../event-kind.ts";

/** An event of one enforcer. */
interface OfEnforcer {
  /** Its name; added where the event leaves the enforcer. */
  readonly enforcer?: string;
}

export type FirewallEvent =
  | (OfEnforcer & { readonly event: "firewall-changed"; readonly by: string })
  | (OfEnforcer & {
      readonly event: "firewall-repaired";
      readonly missing: number;
      readonly extra: number;
      readonly structure: boolean;
      readonly took: Duration;
      readonly by: string;
    })
  | (OfEnforcer & { readonly event: "firewall-unavailable"; readonly reason: string })
  | (OfEnforcer & { readonly event: "firewall-monitor-lost"; readonly reason: string })
  | (OfEnforcer & {
      readonly event: "list-reload-failed";
      readonly reason: string;
      /** The start of what the command printed, on one line. */
      readonly output: string;
    })
  | (OfEnforcer & {
      readonly event: "enforce-refused";
      readonly ip: string;
      readonly change: "add" | "remove";
      readonly reason: string;
      /** Number of further changes that were refused for the same reason since its last event; undefined: none. */
      readonly others: number | undefined;
    })
  | {
      readonly event: "list-updated";
      readonly list: string;
      /** Number of networks in force. */
      readonly entries: number;
      readonly invalid: number;
      readonly refused: number;
      readonly cut: number;
    }
  | {
      readonly event: "list-failed";
      readonly list: string;
      readonly reason: string;
      /** When the content that stays in force was last confirmed; undefined: it never was. */
      readonly good_at: Instant | undefined;
    }
  | { readonly event: "list-not-saved"; readonly list: string; readonly reason: string }
  | { readonly event: "enforcer-cleared"; readonly enforcer: string }
  | { readonly event: "enforcer-not-cleared"; readonly enforcer: string; readonly reason: string }
  | {
      readonly event: "ban-bypassed";
      readonly jail: string;
      readonly ip: string;
      readonly since: Instant;
      readonly lines: number;
      readonly dropped: number | undefined;
      readonly cause: string;
      readonly reason: string;
      readonly fix: string;
    }
  | {
      readonly event: "lock-obstructed";
      /** Number of the lock's names that other programs use. */
      readonly names: number;
      readonly reason: string;
      readonly fix: string;
    };

export const FIREWALL_EVENTS: EventKinds<FirewallEvent> = {
  "firewall-changed": { level: "warn", message: "another program changed the firewall" },
  "firewall-repaired": { level: "warn", message: "firewall repaired" },
  "firewall-unavailable": {
    level: "error",
    message: "an enforcer cannot be used, its bans take no effect",
  },
  "firewall-monitor-lost": { level: "warn", message: "firewall monitor lost, restarting it" },
  "list-reload-failed": { level: "error", message: "the reload command of a deny list failed" },
  "enforce-refused": { level: "error", message: "the firewall refused a change, it stays pending" },
  "list-updated": { level: "info", message: "a block list has new content" },
  "list-failed": {
    level: "warn",
    message: "a block list cannot be used, its last good content stays in force",
  },
  "list-not-saved": {
    level: "warn",
    message: "no copy of a block list can be kept, a restart has to read it again",
  },
  "enforcer-cleared": {
    level: "info",
    message: "removed everything of an enforcer that is no longer used",
  },
  "enforcer-not-cleared": {
    level: "warn",
    message: "an enforcer is no longer used, but its bans cannot be removed",
  },
  "ban-bypassed": { level: "error", message: "banned, but its lines keep coming" },
  "lock-obstructed": {
    level: "warn",
    message: "another user has taken names of the lock that prevents a second daemon",
  },
};
