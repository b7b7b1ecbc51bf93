import type { Duration } from "../domain/duration.ts";
import type { PortScope } from "../domain/port-scope.ts";

/** Lengthens bans of repeat offenders. */
export interface Escalation {
  /** The n-th ban is bantime multiplied by the n-th value, or by the last one after that; Infinity: permanent. */
  readonly multipliers: readonly number[];
  readonly maxtime: Duration;
  /** A random time up to this, and up to a tenth of the ban, is added, so that the end of a ban cannot be predicted. */
  readonly jitter: Duration;
}

/** What a jail does about an offense. */
export interface Policy {
  readonly bantime: Duration | "forever";
  readonly escalation: Escalation | undefined;
  readonly scope: PortScope;
}
