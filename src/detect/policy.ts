import type { Duration } from "../domain/duration.ts";
import type { PortScope } from "../domain/port-scope.ts";

/** Settings that lengthen bans of repeat offenders. */
export interface Escalation {
  /** The n-th ban is bantime multiplied by the n-th value, or by the last one after that; Infinity: permanent. */
  readonly multipliers: readonly number[];
  readonly maxtime: Duration;
  /** Maximum random time added to a ban, and at most a tenth of it, so that the end of a ban cannot be predicted. */
  readonly jitter: Duration;
}

/** A jail's settings for the ban of an offense. */
export interface Policy {
  readonly bantime: Duration | "forever";
  readonly escalation: Escalation | undefined;
  readonly scope: PortScope;
}
