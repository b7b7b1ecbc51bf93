import type { Duration } from "../domain/duration.ts";
import type { PortScope } from "../domain/port-scope.ts";

/** Longer bans for repeat offenders. */
export interface Escalation {
  /** Bantime is multiplied by the n-th for the n-th ban, the last one for all later; Infinity: it never ends. */
  readonly multipliers: readonly number[];
  readonly maxtime: Duration;
  /** Up to this much, and a tenth of the ban, is added at random, so that the end of a ban cannot be foreseen. */
  readonly jitter: Duration;
}

/** What a jail does about an offense. */
export interface Policy {
  readonly bantime: Duration | "forever";
  readonly escalation: Escalation | undefined;
  readonly scope: PortScope;
}
