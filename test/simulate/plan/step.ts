/** Defines plans: a list of actions, each at a moment. A plan without some of its steps is a valid plan, too. */
import type { JailPolicy, LoginOutcome } from "../happenings.ts";
import type { HeaderStyle } from "../world/sshd.ts";
import type { Delivery } from "../world/relay.ts";
import type { Rotation } from "../world/auth-log.ts";
import type { BookChange } from "../world/login-book.ts";

/**
 * Where messages of services go: to the syslog daemon, which writes a file, to journald, which forwards them to it, or
 * through a relay.
 */
export const PLANNED_LOGS = ["file", "journal", "relay"] as const;
export type PlannedLogs = (typeof PLANNED_LOGS)[number];

export interface Plan {
  readonly seed: number;
  readonly days: number;
  readonly style: HeaderStyle;
  readonly logs: PlannedLogs;
  /** Offset of local time from UTC at the start, in milliseconds, positive in the east. */
  readonly zone: number;
  /** How far the stamps of services are ahead of true time, in milliseconds. */
  readonly skew: number;
  /** The configuration at the start. */
  readonly jails: readonly JailPolicy[];
  /** Steps, in order of time. */
  readonly steps: readonly Step[];
}

/** Where the process of an unprivileged account runs. */
export type Forger = "session" | "user-manager" | "unit-of-sshd" | "ended-at-once";

export interface Step {
  /** True time in milliseconds since the beginning. */
  readonly at: number;
  readonly action: Action;
}

export type Action =
  /** A client connects; it has no effect if its packets are dropped. */
  | {
      readonly kind: "login";
      readonly ip: string;
      readonly user: string;
      readonly outcome: LoginOutcome;
    }
  | { readonly kind: "rotate"; readonly how: Rotation }
  | { readonly kind: "truncate" | "cut-head" | "rewrite" | "remove-log" | "reopen-log" }
  | { readonly kind: "writer"; readonly to: "elsewhere" | "stopped" | "usual" }
  /** "crash" ends journald without closing its file. */
  | {
      readonly kind: "journal";
      readonly what:
        | "rotate"
        | "vacuum-few"
        | "vacuum-all"
        | "stop"
        | "start"
        | "crash"
        | "limit"
        | "end-limit";
    }
  | { readonly kind: "relay"; readonly what: "stall" }
  | ({ readonly kind: "relay"; readonly what: "resume" } & Delivery)
  /** Something happens to the processes that read the journal. */
  | { readonly kind: "journal-reader"; readonly what: "end" | "end-amid-entry" | "hang" | "resume" }
  /** A local account writes a line in the name of sshd. */
  | { readonly kind: "forge"; readonly ip: string; readonly by: Forger }
  /** Something happens to btmp. */
  | { readonly kind: "btmp"; readonly what: BookChange }
  | { readonly kind: "permissions"; readonly to: "none" | "usual" }
  | { readonly kind: "events"; readonly are: "delivered" | "held" | "lost" }
  /**
   * The process crashes after this many uses of its ports, at the latest at the next start, and stays down until then.
   */
  | { readonly kind: "crash"; readonly uses: number }
  | { readonly kind: "stop" | "start" }
  | {
      readonly kind: "firewall";
      readonly what: "flush" | "accept-before" | "accept-no-more" | "busy" | "refuses" | "works";
    }
  | { readonly kind: "firewall"; readonly what: "slow"; readonly milliseconds: number }
  | { readonly kind: "firewall"; readonly what: "insert"; readonly subject: string }
  /** Another program removes every `nth` element of bailiff's sets. */
  | { readonly kind: "firewall"; readonly what: "delete"; readonly nth: number }
  | {
      readonly kind: "command";
      readonly command: "ban" | "unban" | "allow" | "disallow";
      readonly subject: string;
      readonly jail: string | undefined;
      readonly time: number | undefined;
    }
  | { readonly kind: "reset-breaker" }
  | { readonly kind: "reload"; readonly jails: readonly JailPolicy[] }
  | { readonly kind: "clock"; readonly step: number }
  /** The offset of local time changes, by the rule of the zone or because an administrator sets another zone. */
  | { readonly kind: "zone"; readonly by: "rule" | "administrator"; readonly step: number }
  | { readonly kind: "disk"; readonly is: "full" | "free" }
  | {
      readonly kind: "session";
      readonly ip: string;
      readonly user: string;
      readonly is: "open" | "ended";
    };
