import type { Subject } from "./cidr.ts";
import type { Instant, Until } from "./instant.ts";
import type { JailName } from "./jail-name.ts";
import type { PortScope } from "./port-scope.ts";

/** canary: a trial of our own, of a reserved address and for a minute at most; it never becomes history. */
export type Origin = "detected" | "manual" | "fleet" | "restored" | "canary";

/** A subject refused by one jail. Two jails may ban one subject; neither lifts the other's ban. */
export interface Ban {
  readonly subject: Subject;
  readonly jail: JailName;
  readonly scope: PortScope;
  readonly from: Instant;
  readonly until: Until;
  readonly origin: Origin;
  /** For people: "5 failures in 10m", or what the administrator wrote. */
  readonly reason: string;
  /** Rule of the last failure; "" for a manual ban. */
  readonly rule: string;
  readonly failures: number;
  /** How many earlier bans raised its length. */
  readonly escalation: number;
}

/** pending: in the book, not (or no longer) confirmed by the enforcer. */
export type BanState = "pending" | "enforced";

export interface BookedBan extends Ban {
  /** Of the book: joins a ban with its evidence, also after it ended. */
  readonly id: number;
  readonly state: BanState;
  /** The enforcer's own words while pending. */
  readonly error: string | undefined;
}
