/** Defines events about what a jail protects, its self-tests and its actions. */
import type { Duration } from "../../domain/duration.ts";
import type { EventKinds } from "../event-kind.ts";

export type JailEvent =
  | {
      readonly event: "jail-started";
      readonly jail: string;
      readonly source: string;
      readonly policy: string;
    }
  | { readonly event: "jail-stopped"; readonly jail: string }
  | {
      readonly event: "jail-ok";
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
      /** Whether the jail keeps its configuration from before the reload. */
      readonly kept: boolean;
      /** Reasons, each with file and line. */
      readonly reasons: readonly string[];
    }
  | {
      readonly event: "drift-found";
      readonly jail: string;
      readonly shape: string;
      readonly lines: number;
      readonly addresses: number;
      readonly reason: string;
      /** A rule that recognizes the lines; undefined: none can be proposed. */
      readonly rule: string | undefined;
      readonly fix: string;
    }
  | {
      readonly event: "canary-passed";
      readonly jail: string;
      readonly took: Duration;
      /** Steps that cannot be tested on this host. */
      readonly untested: readonly string[];
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
      /** undefined: the failure concerns bans of several jails. */
      readonly jail: string | undefined;
      readonly action: string;
      readonly command: string;
      readonly ip: string | undefined;
      readonly reason: string;
      readonly took: Duration;
    }
  | { readonly event: "subjects-evicted"; readonly jail: string; readonly evicted: number };

export const JAIL_EVENTS: EventKinds<JailEvent> = {
  "jail-started": { level: "info", message: "jail started" },
  "jail-stopped": { level: "info", message: "jail stopped" },
  "jail-ok": { level: "info", message: "jail has no fault" },
  "jail-degraded": { level: "warn", message: "jail degraded" },
  "jail-failed": { level: "error", message: "jail does not protect" },
  "jail-left-out": { level: "error", message: "jail cannot run as configured" },
  "drift-found": { level: "warn", message: "unrecognized lines look like failures" },
  "canary-passed": { level: "info", message: "canary: self-test passed" },
  "canary-failed": { level: "warn", message: "canary: self-test failed" },
  "action-failed": { level: "error", message: "action command failed" },
  "subjects-evicted": { level: "warn", message: "too many subjects tracked, least recent evicted" },
};
