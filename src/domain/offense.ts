import type { Subject } from "./cidr.ts";
import type { Duration } from "./duration.ts";
import type { Instant } from "./instant.ts";
import type { JailName } from "./jail-name.ts";

/** The moment a subject reaches maxretry in a jail. */
export interface Offense {
  readonly jail: JailName;
  readonly subject: Subject;
  readonly at: Instant;
  readonly failures: number;
  readonly findtime: Duration;
  readonly rule: string;
}
