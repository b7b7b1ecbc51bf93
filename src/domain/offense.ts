import type { Subject } from "./cidr.ts";
import type { Duration } from "./duration.ts";
import type { Instant } from "./instant.ts";
import type { JailName } from "./jail-name.ts";

/** The moment a subject reaches maxretry in a jail, or a detector finds it. */
export interface Offense {
  readonly jail: JailName;
  readonly subject: Subject;
  readonly at: Instant;
  readonly failures: number;
  readonly findtime: Duration;
  readonly rule: string;
  /** What a detector found, for display; missing: maxretry was reached. */
  readonly because?: string | undefined;
  /** Number of earlier bans that the ban time assumes in addition; missing: 0. */
  readonly severity?: number | undefined;
}
