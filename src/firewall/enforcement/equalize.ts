/**
 * Compares the firewall with the book and makes it equal. Lists the firewall when there are few bans. With many, looks
 * up each ban instead, because the time of a list grows with the square of their number; unwanted blocks are then
 * detected by their number, or removed by a later `sweep`, which delays no ban.
 */
import type { Clock } from "../../domain/clock.ts";
import type { Block, BlockLookup, Change, EnforcedBlock, Enforcer } from "../../domain/enforcer.ts";
import type { EnforcerView } from "../../domain/enforcer-view.ts";
import type { Instant } from "../../domain/instant.ts";
import { amount } from "../../domain/amount.ts";
import { OBSERVED } from "../../domain/port-scope.ts";
import { judgeHold } from "../judge-hold.ts";
import { nextTurn } from "../../host/timers.ts";
import { chunksOf } from "../chunks-of.ts";
import type { BlockLimit } from "./block-limit.ts";
import { createListedBlocks } from "./listed-blocks.ts";

export interface EqualizeOptions {
  readonly enforcer: Enforcer;
  readonly view: EnforcerView;
  /** Chooses the blocks of an enforcer with a limited capacity. */
  readonly limit: BlockLimit | undefined;
  readonly clock: Clock;
  /** Whether blocks of the enforcer prove that bans are in force. */
  readonly proves: () => boolean;
  /** Applies changes to the enforcer, and records in the book what it refuses. */
  readonly apply: (changes: readonly Change[], now: Instant) => Promise<Applied>;
}

export interface Applied {
  readonly enforced: readonly Block[];
  readonly refused: number;
  /** Whether everything was applied, except changes that are always refused. */
  readonly complete: boolean;
}

export interface Equalized {
  /** Number of blocks that the firewall should hold. */
  readonly blocks: number;
  readonly missing: number;
  /** Number of missing blocks that were restored; the others were refused. */
  readonly restored: number;
  /** Number of unwanted blocks that were removed. undefined: there may be some, which `sweep` finds. */
  readonly extra: number | undefined;
  /** Whether everything could be repaired. */
  readonly complete: boolean;
  /** Blocks of bans that have dropped packets. */
  readonly busy: readonly EnforcedBlock[];
}

/**
 * Number of blocks processed together. Small enough that most temporary objects are freed before V8 promotes them to
 * the old generation, where 100,000 bans would leave 60 MB; large enough to fill a transaction.
 */
const CHUNK = 1000;

/** Maximum number of blocks for which the firewall is listed: about 30 ms. */
const LISTED_AT_MOST = 10_000;

export async function equalize(options: EqualizeOptions): Promise<Equalized> {
  const { enforcer, view, clock, apply } = options;
  const now = clock.now();
  const reading = await openReading(options);
  const compared = view.beginComparison();
  const busy: EnforcedBlock[] = [];
  let [blocks, missing, refused, held] = [0, 0, 0, 0];
  let complete = true;
  // A full enforcer has room for a block only after another was removed.
  const isLimited = options.limit !== undefined;
  const postponed: Change[] = [];
  const bring = async (changes: readonly Change[]): Promise<void> => {
    if (changes.length === 0) return;
    const applied = await apply(changes, now);
    complete &&= applied.complete;
    refused += applied.refused;
  };
  for (const wanted of chunksOf(wantedBlocks(options, now), CHUNK)) {
    const { found, at } = await reading.read(wanted);
    const changes = wanted.flatMap((block, i): readonly Change[] => {
      const one = found[i];
      if (block.scope !== OBSERVED) blocks++;
      const isBusy = one?.packets !== undefined && one.packets > 0;
      if (isBusy && block.isListed !== true) busy.push(one);
      const hold =
        one === undefined ? "missing" : judgeHold(one, block, at, enforcer.abilities.maxHold);
      if (hold === "missing") missing++;
      return hold === "held" ? [] : [{ kind: "add", ...block }];
    });
    if (isLimited) postponed.push(...changes);
    else await bring(changes);
    held += wanted.length;
    // Let other work run: 100,000 blocks take some hundred turns.
    await nextTurn();
  }
  const extra = await reading.extra(held - (isLimited ? postponed.length : refused));
  await bring(removalsOf(extra ?? []));
  for (const changes of chunksOf(postponed, CHUNK)) await bring(changes);
  const restored = Math.max(0, missing - refused);
  if (options.proves()) compared();
  return { blocks, missing, restored, extra: extra?.length, complete, busy };
}

/** Removes blocks that are not in the book. Returns how many there were, and whether all could be removed. */
export async function sweep(
  options: EqualizeOptions,
): Promise<Pick<Equalized, "complete"> & { readonly extra: number }> {
  const { enforcer, clock, apply } = options;
  const now = clock.now();
  const listed = createListedBlocks(await enforcer.list());
  for (const wanted of chunksOf(wantedBlocks(options, now), CHUNK)) {
    for (const block of wanted) listed.take(block);
    await nextTurn();
  }
  const left = listed.left();
  const complete = left.length === 0 || (await apply(removalsOf(left), now)).complete;
  return { extra: left.length, complete };
}

/** Returns the blocks that the enforcer should hold. Those without room in it become pending. */
function wantedBlocks({ view, limit }: EqualizeOptions, now: Instant): Iterable<Block> {
  if (limit === undefined) return view.desiredBlocks(now);
  const { chosen, leftOut } = limit.chooseAll(view.desiredBlocks(now));
  for (const key of leftOut) view.markPending(key, explainFull(limit));
  return chosen;
}

/** Explains why an enforcer does not hold a ban that it has no room for. */
export function explainFull({ capacity }: BlockLimit): string {
  return `full: ${amount(capacity, "ban")} at most, those that end last`;
}

/** Access to the state of the blocks that the firewall should hold. */
interface Reading {
  /** Returns the state of each block, in order. `at` is the time of the reading. */
  read(
    blocks: readonly Block[],
  ): Promise<{ readonly found: readonly (EnforcedBlock | undefined)[]; readonly at: Instant }>;
  /**
   * Returns blocks that are not wanted, given that `held` of the wanted ones are held. undefined: there may be some.
   */
  extra(held: number): Promise<readonly EnforcedBlock[] | undefined>;
}

async function openReading({ enforcer, view, clock }: EqualizeOptions): Promise<Reading> {
  const { lookup } = enforcer;
  // A list is faster with few bans, and also with many bans if few are held, as after a flush.
  if (
    lookup !== undefined &&
    view.countBans() > LISTED_AT_MOST &&
    (await lookup.exceeds(LISTED_AT_MOST))
  )
    return readByLookup(lookup, clock);
  const at = clock.now();
  const listed = createListedBlocks(await enforcer.list());
  return {
    read: async (blocks) => ({ found: blocks.map((block) => listed.take(block)), at }),
    extra: async () => listed.left(),
  };
}

function readByLookup(lookup: BlockLookup, clock: Clock): Reading {
  return {
    read: async (blocks) => ({ at: clock.now(), found: await lookup.find(blocks) }),
    extra: async (held) => ((await lookup.size()) === held ? [] : undefined),
  };
}

function removalsOf(blocks: readonly EnforcedBlock[]): readonly Change[] {
  return blocks.map(({ subject, scope }) => ({ kind: "remove", subject, scope }));
}
