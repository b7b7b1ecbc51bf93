import type { Instant } from "./instant.ts";
import type { JailName } from "./jail-name.ts";

/** An enforcer that was opened on this host, as recorded, so that its blocks can be found and removed later. */
export interface KnownEnforcer {
  /** Identifies what holds the blocks: kind and place. */
  readonly place: string;
  readonly name: string;
  readonly kind: string;
  /** The settings with which it was opened last, as JSON. */
  readonly settings: string;
  /** Jails whose bans are in it. */
  readonly jails: readonly JailName[];
  /** Whether the bans of all jails that no enforcer names are in it. */
  readonly others: boolean;
  /** When everything of bailiff was removed from it; undefined: it may hold blocks. */
  readonly clearedAt: Instant | undefined;
}
