/** Defines events about what prevents wrong bans. */
import type { Instant } from "../../domain/instant.ts";
import type { EventKinds } from "../event-kind.ts";

export type GuardEvent =
  | {
      /** A peer that looks like a proxy had an offense and was not banned. */
      readonly event: "proxy-suspected";
      readonly jail: string;
      readonly ip: string;
      readonly reason: string;
      readonly fix: string;
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
      /** A detector that only reports found an offender. */
      readonly event: "offense-suspected";
      readonly jail: string;
      readonly ip: string;
      readonly reason: string;
    }
  | {
      readonly event: "siege-began";
      readonly jail: string;
      /** Number of addresses without a login that failed within 7 days. */
      readonly sources: number;
    }
  | {
      readonly event: "siege-ended";
      readonly jail: string;
      readonly sources: number;
    }
  | {
      /** Many sources that each try little; `campaign` is its name. */
      readonly event: "campaign-began";
      readonly jail: string;
      readonly campaign: string;
      readonly sources: number;
      readonly reason: string;
    }
  | {
      readonly event: "detector-demoted";
      readonly jail: string;
      readonly detector: string;
      readonly reason: string;
    }
  | {
      readonly event: "campaign-ended";
      readonly jail: string;
      readonly campaign: string;
      readonly sources: number;
      readonly tries: number;
    }
  | {
      readonly event: "compromise-suspected";
      readonly jail: string;
      readonly ip: string;
      readonly user: string;
      readonly reason: string;
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
      /** Number of waiting offenses that were decided. */
      readonly released: number;
      /** Number of offenses that were dropped because the queue was full. */
      readonly dropped: number;
    };

export const GUARD_EVENTS: EventKinds<GuardEvent> = {
  "proxy-suspected": { level: "warn", message: "not banned: it looks like a proxy" },
  "lockout-guarded": { level: "warn", message: "not banned: someone is logged in from there" },
  "threshold-raised": { level: "info", message: "threshold raised" },
  "failures-forgiven": { level: "info", message: "typing errors forgiven after a login" },
  "offense-suspected": { level: "info", message: "not banned: its detector only reports" },
  "siege-began": { level: "info", message: "many addresses without a login fail" },
  "siege-ended": { level: "info", message: "few addresses without a login fail again" },
  "campaign-began": { level: "warn", message: "many addresses try a little each" },
  "detector-demoted": { level: "warn", message: "a detector only reports from now on" },
  "campaign-ended": { level: "info", message: "as many addresses as usual fail again" },
  "compromise-suspected": { level: "error", message: "an account was probably guessed" },
  "shared-address": { level: "warn", message: "not banned: many people share the address" },
  "breaker-tripped": {
    level: "error",
    message: "rule suspended: it banned addresses from which users log in",
  },
  "breaker-reset": { level: "info", message: "rule bans again" },
  "ban-rate-reached": { level: "warn", message: "rule bans at its limit, other offenders wait" },
  "ban-rate-recovered": { level: "info", message: "no offender is waiting for a ban" },
};
