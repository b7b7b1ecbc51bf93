/**
 * Numbers and judges the shapes of one filter's unrecognized lines. The miner is loaded for the first such line.
 * Bounded by the miner's limits.
 */
import type { Instant } from "../../domain/instant.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { createLineRouter } from "../../parse/route/line-router.ts";
import { unfoldRepeated } from "../../parse/route/repeated.ts";
import { judgeShape, type Suspicion } from "../drift/drift.ts";
import type { MessageMiner, MinedShape } from "../drift/message-miner.ts";
import type { KeptDriftShape } from "./drift-state.ts";

export interface DriftShape {
  /** Number by which an administrator refers to the shape while it exists. */
  readonly number: number;
  readonly mined: MinedShape;
  readonly suspicion: Suspicion;
}

export interface ShapeTableOptions {
  readonly filter: Filter;
  readonly kept: readonly KeptDriftShape[];
  /** Returns `taken`, which is then never assigned again; for 0 a new number. */
  readonly nextNumber: (taken: number) => number;
}

const MAX_KEPT = 16;
const MAX_EXAMPLES_KEPT = 2;
/** Maximum number of remembered numbers and reports; those of unknown shapes are dropped beyond it. */
const MAX_REMEMBERED_KEYS = 1024;
/** A shape not seen for this long is removed. */
const FORGET_MS = 7 * 86_400_000;

export class ShapeTable {
  readonly #nextNumber: ShapeTableOptions["nextNumber"];
  #filter: Filter;
  /** Shapes of the previous run, until the miner is loaded. */
  #kept: readonly KeptDriftShape[];
  #miner: MessageMiner | undefined;
  readonly #numbers = new Map<string, number>();
  readonly #reported = new Set<string>();

  constructor({ filter, kept, nextNumber }: ShapeTableOptions) {
    this.#filter = filter;
    this.#kept = kept;
    this.#nextNumber = nextNumber;
  }

  /** Replaces the filter, and removes shapes that it recognizes. */
  use(filter: Filter): void {
    if (filter === this.#filter) return;
    this.#filter = filter;
    if (this.#miner !== undefined) this.#forgetRecognized(this.#miner);
  }

  clear(): void {
    this.#kept = [];
    this.#miner = undefined;
    this.#reported.clear();
  }

  /** Mines messages; returns shapes that have just begun to look like failures. */
  async add(
    messages: readonly string[],
    now: Instant,
    failures: number,
  ): Promise<readonly DriftShape[]> {
    const miner = await this.#openMiner();
    const touched = new Set<MinedShape>();
    for (const message of messages) {
      const repeated = unfoldRepeated(message, 0, message.length);
      touched.add(miner.add(repeated?.message.trimEnd() ?? message, now, failures));
    }
    const fresh = [...touched]
      .filter(({ key }) => !this.#reported.has(key))
      .map((mined) => this.#describe(mined))
      .filter(({ suspicion }) => suspicion.failures);
    for (const { mined } of fresh) this.#reported.add(mined.key);
    return fresh;
  }

  async #openMiner(): Promise<MessageMiner> {
    if (this.#miner !== undefined) return this.#miner;
    const { MessageMiner } = await import("../drift/message-miner.ts");
    const miner = this.#miner ?? new MessageMiner();
    this.#miner = miner;
    for (const shape of this.#kept) {
      const restored = miner.restore(shape);
      if (restored === undefined) continue;
      this.#numbers.set(restored.key, this.#nextNumber(shape.number));
      if (shape.told) this.#reported.add(restored.key);
    }
    this.#kept = [];
    this.#forgetRecognized(miner);
    return miner;
  }

  /** Removes shapes that the filter's rules recognize now. */
  #forgetRecognized(miner: MessageMiner): void {
    const router = createLineRouter([{ filter: this.#filter, accepts: undefined }], () => 0);
    miner.forget(({ examples }) => {
      if (examples.length === 0) return false;
      let recognized = 0;
      const text = examples.map((example) => `${example}\n`).join("");
      const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
      const sink = { matched: () => void recognized++, unrecognized: () => undefined };
      router.route(batch, 0 as Instant, sink);
      return recognized === examples.length;
    });
  }

  async restoreKept(): Promise<void> {
    if (this.#kept.length > 0) await this.#openMiner();
  }

  /** Removes shapes not seen for FORGET_MS, with their numbers and reports. */
  forgetOld(now: Instant): void {
    this.#miner?.forget(({ last }) => last < now - FORGET_MS);
    for (const remembered of [this.#numbers, this.#reported]) {
      if (remembered.size <= MAX_REMEMBERED_KEYS) continue;
      const known = new Set(this.#miner?.shapes().map(({ key }) => key));
      for (const key of remembered.keys()) if (!known.has(key)) remembered.delete(key);
    }
  }

  /** Returns the shapes, most suspicious first. */
  list(): readonly DriftShape[] {
    const all = (this.#miner?.shapes() ?? []).map((mined) => this.#describe(mined));
    return all.sort((a, b) => b.suspicion.rank - a.suspicion.rank);
  }

  #describe(mined: MinedShape): DriftShape {
    const known = this.#numbers.get(mined.key);
    const number = known ?? this.#nextNumber(0);
    if (known === undefined) this.#numbers.set(mined.key, number);
    const suspicion = judgeShape({
      count: mined.count,
      addresses: mined.addresses(),
      peerSaid: mined.peerSaid,
      hasName: mined.slots.includes("user"),
      failureWords: mined.failureWords,
      saysSuccess: mined.saysSuccess,
    });
    return { number, mined, suspicion };
  }

  /** Returns the most suspicious shapes, to be saved for the next run. */
  toKeep(): readonly KeptDriftShape[] {
    if (this.#miner === undefined) return this.#kept;
    return this.list()
      .filter(({ mined }) => mined.examples.length > 0)
      .slice(0, MAX_KEPT)
      .map(({ number, mined }) => ({
        number,
        told: this.#reported.has(mined.key),
        examples: mined.examples.slice(0, MAX_EXAMPLES_KEPT),
        count: mined.count,
        addresses: mined.addresses(),
        first: mined.first,
        last: mined.last,
      }));
  }

  /** Number of shapes evicted for lack of space. */
  get evicted(): number {
    return this.#miner?.evicted ?? 0;
  }
}
