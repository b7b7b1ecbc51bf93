import type { Instant } from "../domain/instant.ts";

/** The result of a complete reading of the firewall, equal to the book or repaired to be so. */
export interface ReadBack {
  readonly at: Instant;
  /** The table, chain, rules and sets as read; undefined when nothing is enforced. */
  readonly structure: string | undefined;
  /** Why it is not certain that the blocks have an effect; undefined: no doubt. */
  readonly doubt?: string | undefined;
  /** Number of blocks in force. */
  readonly blocks: number;
  /** Number of them that had to be restored. */
  readonly restored: number;
  /** Number of blocks that the enforcer refused. */
  readonly refused: number;
  /** Number of bans for which the enforcer has no room. */
  readonly leftOut: number;
  /** Number of entries of block lists for which it has no room. */
  readonly leftOutListed: number;
}
