import type { Subject } from "./cidr.ts";
import type { EnforcerGap } from "./enforcer-view.ts";
import type { Instant, Until } from "./instant.ts";
import type { JailName } from "./jail-name.ts";
import type { PortScope } from "./port-scope.ts";

/** canary: a self-test of a reserved address, for a minute at most; it never becomes history. */
export type Origin = "detected" | "manual" | "fleet" | "restored" | "canary";

/**
 * Refuses a subject's traffic for one jail. Two jails may ban one subject; the end of one ban does not end the other.
 */
export interface Ban {
  readonly subject: Subject;
  readonly jail: JailName;
  readonly scope: PortScope;
  readonly from: Instant;
  readonly until: Until;
  readonly origin: Origin;
  /** For display: "5 failures in 10m", or the administrator's text. */
  readonly reason: string;
  /** Rule of the last failure; "" for a manual ban. */
  readonly rule: string;
  readonly failures: number;
  /** Number of earlier bans that lengthened this one. */
  readonly escalation: number;
}

/** pending: in the book, not (or no longer) confirmed by every enforcer of its jail. */
export type BanState = "pending" | "enforced";

export interface BookedBan extends Ban {
  /** Id in the book: joins a ban with its evidence, also after it ended. */
  readonly id: number;
  readonly state: BanState;
  /** The required enforcers that have not confirmed it; empty if enforced, or if no enforcer is required. */
  readonly gaps: readonly EnforcerGap[];
}
