/**
 * Chooses which blocks an enforcer with a limited capacity holds: bans before entries of block lists, and of bans those
 * that end last, because the others would leave soon anyway. Remembers the blocks held, at most `capacity`.
 */
import type { Block, Change } from "../../domain/enforcer.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { PortScope } from "../../domain/port-scope.ts";

type BlockKey = Pick<Block, "subject" | "scope">;

export interface Chosen<T> {
  readonly chosen: readonly T[];
  /** Bans without room. */
  readonly leftOut: readonly BlockKey[];
}

export class BlockLimit {
  readonly capacity: number;
  readonly #held = new Map<string, Block>();
  /** Number of bans that are not held. */
  #leftOut = 0;
  #leftOutListed = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Number of bans for which there is no room, at the last choice among all. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Number of entries of block lists for which there is no room, at the last choice among all. */
  get leftOutListed(): number {
    return this.#leftOutListed;
  }

  /** Chooses among all wanted blocks. */
  chooseAll(wanted: Iterable<Block>): Chosen<Block> {
    const all = [...wanted].sort((a, b) => compareEnds(b, a));
    const chosen = all.slice(0, this.capacity);
    const rest = all.slice(this.capacity);
    const leftOut = rest.filter(({ isListed }) => isListed !== true);
    this.#held.clear();
    for (const block of chosen) this.#held.set(keyOf(block), block);
    this.#leftOut = leftOut.length;
    this.#leftOutListed = rest.length - leftOut.length;
    return { chosen, leftOut };
  }

  /** Chooses among changes and the blocks held. Blocks that must leave are removed before others are added. */
  chooseChanges(changes: readonly Change[]): Chosen<Change> {
    const removals: Change[] = [];
    const additions = new Map<string, Change>();
    const leftOut: BlockKey[] = [];
    for (const change of changes) {
      const key = keyOf(change);
      if (change.kind === "remove") {
        this.#held.delete(key);
        additions.delete(key);
        removals.push(change);
        continue;
      }
      const loser = this.#makeRoom(key, change);
      if (loser !== undefined) {
        if (loser.isListed === true) this.#leftOutListed++;
        else {
          leftOut.push(loser);
          this.#leftOut++;
        }
        if (loser === change) continue;
        additions.delete(keyOf(loser));
        removals.push({ kind: "remove", subject: loser.subject, scope: loser.scope });
      }
      const { kind: _, ...block } = change;
      this.#held.set(key, block);
      additions.set(key, change);
    }
    return { chosen: [...removals, ...additions.values()], leftOut };
  }

  /** Returns whether a block that was left out may find room now. */
  get hasRoom(): boolean {
    return this.#leftOut + this.#leftOutListed > 0 && this.#held.size < this.capacity;
  }

  /** Returns the block that must leave for this one, which may be itself; undefined: none. */
  #makeRoom(key: string, added: Block): Block | undefined {
    if (this.#held.has(key) || this.#held.size < this.capacity) return undefined;
    let soonest: Block = added;
    for (const block of this.#held.values()) {
      // No block can leave before one of a list.
      if (soonest.isListed === true) break;
      if (rankOf(block) < rankOf(soonest)) soonest = block;
    }
    if (soonest !== added) this.#held.delete(keyOf(soonest));
    return soonest;
  }
}

/** Returns what an enforcer leaves out; nothing if it has no limit. */
export function leftOutOf(
  limit: BlockLimit | undefined,
): Pick<BlockLimit, "leftOut" | "leftOutListed"> {
  const { leftOut = 0, leftOutListed = 0 } = limit ?? {};
  return { leftOut, leftOutListed };
}

/** Compares without subtraction, because two permanent blocks would yield NaN. */
function compareEnds(a: Block, b: Block): number {
  const [first, second] = [rankOf(a), rankOf(b)];
  return first === second ? 0 : first < second ? -1 : 1;
}

function rankOf({ until, isListed }: Block): number {
  if (isListed === true) return Number.NEGATIVE_INFINITY;
  return until === "forever" ? Number.POSITIVE_INFINITY : until;
}

function keyOf({
  subject,
  scope,
}: {
  readonly subject: Subject;
  readonly scope: PortScope;
}): string {
  return `${subject} ${scope}`;
}
