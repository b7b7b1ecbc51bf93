/** Defines events about failures, bans and exemptions of addresses. */
import type { Duration } from "../../domain/duration.ts";
import type { Instant, Until } from "../../domain/instant.ts";
import type { EventKinds } from "../event-kind.ts";

export type BanEvent =
  | {
      readonly event: "failure";
      readonly jail: string;
      readonly ip: string;
      readonly user: string | undefined;
      readonly rule: string;
      readonly count: number;
      readonly of: number;
      readonly at: Instant;
      /** The trusted proxy through which it came. */
      readonly proxy?: string | undefined;
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
      /** Set if the jail's actions make the ban, not bailiff's firewall. */
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
      /** Set if the jail's actions make the ban, not bailiff's firewall. */
      readonly by_actions?: true;
      readonly bulk?: true;
    }
  | {
      /** An action reported the ban to others. */
      readonly event: "ban-reported";
      readonly jail: string;
      readonly ip: string;
      readonly action: string;
    }
  | {
      readonly event: "ignored";
      readonly jail: string;
      readonly ip: string;
      readonly reason: string;
    }
  | {
      /** Summarizes a change of many addresses, whose own events are marked `bulk`. */
      readonly event: "bulk-change";
      readonly change: "banned" | "extended" | "unbanned" | "allowed" | "disallowed";
      readonly jail?: string;
      readonly count: number;
      readonly reason: string;
      readonly who: string;
    }
  | {
      readonly event: "bans-moved";
      readonly jail: string;
      readonly bans: number;
      /** As `scope` in `Ban`. */
      readonly to: string;
    }
  | {
      readonly event: "allow-changed";
      readonly subject: string;
      readonly change: "added" | "removed";
      readonly who: string;
      readonly bulk?: true;
    }
  | {
      readonly event: "name-unresolved";
      readonly name: string;
      readonly reason: string;
      /** Time of the last successful answer, which is still used. */
      readonly last_answer_at: Instant | undefined;
    };

export const BAN_EVENTS: EventKinds<BanEvent> = {
  failure: { level: "info", message: "failure" },
  ban: { level: "info", message: "ban" },
  unban: { level: "info", message: "unban" },
  "ban-extended": { level: "info", message: "ban extended" },
  "bans-moved": { level: "info", message: "bans cover other ports now, like their jail" },
  "ban-reported": { level: "info", message: "ban reported to others" },
  ignored: { level: "info", message: "offense not banned" },
  "bulk-change": { level: "info", message: "many addresses changed together" },
  "allow-changed": { level: "info", message: "allow-list changed" },
  "name-unresolved": {
    level: "warn",
    message: "name or file in ignoreip has no addresses; the last known ones stay exempt",
  },
};
