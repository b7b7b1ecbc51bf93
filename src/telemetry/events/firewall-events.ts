/** Defines events about changes, repairs and failures of the firewall. */
import type { Duration } from "../../domain/duration.ts";
import type { Instant } from "../../domain/instant.ts";
import type { EventKinds } from "../event-kind.ts";

export type FirewallEvent =
  | { readonly event: "firewall-changed"; readonly by: string }
  | {
      readonly event: "firewall-repaired";
      readonly missing: number;
      readonly extra: number;
      readonly structure: boolean;
      readonly took: Duration;
      readonly by: string;
    }
  | { readonly event: "firewall-unavailable"; readonly reason: string }
  | { readonly event: "firewall-monitor-lost"; readonly reason: string }
  | {
      readonly event: "enforce-refused";
      readonly ip: string;
      readonly change: "add" | "remove";
      readonly reason: string;
    }
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
    message: "the firewall cannot be used, no ban takes effect",
  },
  "firewall-monitor-lost": { level: "warn", message: "firewall monitor lost, restarting it" },
  "enforce-refused": { level: "error", message: "the firewall refused a change, it stays pending" },
  "ban-bypassed": { level: "error", message: "banned, but its lines keep coming" },
  "lock-obstructed": {
    level: "warn",
    message: "another user has taken names of the lock that prevents a second daemon",
  },
};
