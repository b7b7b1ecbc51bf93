/**
 * What is known of the lines of one filter's programs that its rules do not know: shapes, shares per day, and which
 * version of the program wrote them. Nothing of it happens on the main path; the miner is loaded for the first such line.
 * Kept over a restart, small: the days, the program and the most suspicious shapes.
 */
import type { FilterDefinition } from "../domain/filter-definition.ts";
import type { Instant } from "../domain/instant.ts";
import {
  addLines,
  type DayCount,
  judgeShape,
  type LineShare,
  recentShare,
  shareDrifted,
  type Suspicion,
  usualShare,
} from "./drift/drift.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";
import { createLineRouter } from "../parse/route/line-router.ts";
import type { MessageMiner, MinedShape } from "./drift/message-miner.ts";
import { unfoldRepeated } from "../parse/route/repeated.ts";
import {
  type DriftMemo,
  emptyDriftMemo,
  type KeptProgram,
  readDriftMemo,
  writeDriftMemo,
} from "./program-drift/drift-memo.ts";
import type { StateStore } from "../record/state-store.ts";
import type { findProgramFile, packageOf } from "../host/process/program-version.ts";
import { createMissedLines, type MissedLines } from "./program-drift/missed-lines.ts";

export interface DriftShape {
  /** By which an operator names it; the same as long as it is known. */
  readonly number: number;
  readonly mined: MinedShape;
  readonly suspicion: Suspicion;
}

export interface DriftFacts {
  readonly recent: LineShare;
  readonly usual: LineShare | undefined;
  /** Far more lines are unknown than used to be, and some of them are suspicious. */
  readonly shareDrifted: boolean;
  readonly change: DriftMemo["change"];
  readonly lastLine: Instant | undefined;
  readonly skipped: number;
  readonly evicted: number;
}

export interface ProgramDrift {
  readonly lines: MissedLines;
  /** Takes the place of the filter it was made with: what that knows by now is no drift. */
  use(filter: Filter): void;
  /** Which filter reads which sources: lines of another scope say nothing about this one, and are forgotten. */
  bind(scope: string): void;
  /** Looks at what waits. Returns the shapes that have just come to look like failures. */
  mine(now: Instant): Promise<readonly DriftShape[]>;
  /** Now and then: which version of the program runs, what is old, what is to be kept. */
  look(definition: FilterDefinition, now: Instant): Promise<void>;
  /** Most suspicious first. */
  shapes(): readonly DriftShape[];
  facts(now: Instant): DriftFacts;
  save(): void;
}

/** Finds files and packages of programs; loaded by the first look. */
export type OpenPrograms = () => Promise<{
  readonly findProgramFile: typeof findProgramFile;
  readonly packageOf: typeof packageOf;
}>;

export interface ProgramDriftOptions {
  readonly filter: Filter;
  readonly stateStore: StateStore;
  readonly chance: () => number;
  readonly openPrograms: OpenPrograms;
  /** Called when lines wait to be looked at. */
  readonly waiting: () => void;
  /** Numbers no shape has had. */
  readonly nextNumber: (taken: number) => number;
}

const MOST_KEPT = 16;
const EXAMPLES_KEPT = 2;
/** A shape not seen for so long is over. */
const FORGET_MS = 7 * 86_400_000;
const SAVE_EVERY_MS = 300_000;

export function createProgramDrift(options: ProgramDriftOptions): ProgramDrift {
  const { stateStore, chance, openPrograms, waiting } = options;
  const name = `drift ${options.filter.name}`;
  const lines = createMissedLines(chance, waiting);
  let kept = readDriftMemo(stateStore.load(name));
  let scope = kept.scope;
  const numbers = new Map<string, number>();
  const told = new Set<string>();
  let filter = options.filter;
  let miner: MessageMiner | undefined;
  let days: readonly DayCount[] = kept.days;
  let program = kept.program;
  let change = kept.change;
  let counted = { known: 0, unknown: 0 };
  let lastLine: Instant | undefined;
  let looks = 0;
  let savedAt: number | undefined;

  async function openMiner(): Promise<MessageMiner> {
    if (miner !== undefined) return miner;
    const { createMessageMiner } = await import("./drift/message-miner.ts");
    miner ??= createMessageMiner();
    for (const shape of kept.shapes.splice(0)) {
      const restored = miner.restore(shape);
      if (restored === undefined) continue;
      numbers.set(restored.key, options.nextNumber(shape.number));
      if (shape.told) told.add(restored.key);
    }
    forgetKnown(miner);
    return miner;
  }

  function use(next: Filter): void {
    if (next === filter) return;
    filter = next;
    if (miner !== undefined) forgetKnown(miner);
  }

  function bind(next: string): void {
    if (next === scope) return;
    scope = next;
    kept = emptyDriftMemo();
    miner = undefined;
    told.clear();
    lines.take();
    counted = { known: lines.recognized, unknown: lines.unknown };
    days = [];
    change = undefined;
    lastLine = undefined;
    save();
  }

  /** Rules have come that know them. */
  function forgetKnown(from: MessageMiner): void {
    const router = createLineRouter([{ filter, accepts: undefined }], () => 0);
    from.forget(({ examples }) => {
      if (examples.length === 0) return false;
      let known = 0;
      const text = examples.map((example) => `${example}\n`).join("");
      const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
      const sink = { matched: () => void known++, unrecognized: () => undefined };
      router.route(batch, 0 as Instant, sink);
      return known === examples.length;
    });
  }

  async function mine(now: Instant): Promise<readonly DriftShape[]> {
    const messages = lines.take();
    countLines(now);
    if (messages.length === 0) return [];
    const into = await openMiner();
    const touched = new Set<MinedShape>();
    for (const message of messages) {
      const repeated = unfoldRepeated(message, 0, message.length);
      touched.add(into.add(repeated?.message.trimEnd() ?? message, now, lines.failures));
    }
    const fresh = [...touched]
      .filter(({ key }) => !told.has(key))
      .map((mined) => describe(mined))
      .filter(({ suspicion }) => suspicion.failures);
    for (const { mined } of fresh) told.add(mined.key);
    return fresh;
  }

  function countLines(now: Instant): void {
    const known = lines.recognized - counted.known;
    const unknown = lines.unknown - counted.unknown;
    if (known + unknown === 0) return;
    counted = { known: lines.recognized, unknown: lines.unknown };
    days = addLines(days, { known, unknown }, now);
    lastLine = now;
    if (change !== undefined) {
      const since = { known: change.since.known + known, unknown: change.since.unknown + unknown };
      change = { ...change, since };
    }
  }

  function describe(mined: MinedShape): DriftShape {
    const known = numbers.get(mined.key);
    const number = known ?? options.nextNumber(0);
    if (known === undefined) numbers.set(mined.key, number);
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

  function shapes(): readonly DriftShape[] {
    const all = (miner?.shapes() ?? []).map(describe);
    return all.sort((a, b) => b.suspicion.rank - a.suspicion.rank);
  }

  async function look(definition: FilterDefinition, now: Instant): Promise<void> {
    countLines(now);
    looks++;
    if (kept.shapes.length > 0) await openMiner();
    miner?.forget(({ last }) => last < now - FORGET_MS);
    for (const set of [numbers, told]) {
      if (set.size <= 4 * MOST_NUMBERED) continue;
      const known = new Set(miner?.shapes().map(({ key }) => key));
      for (const key of set.keys()) if (!known.has(key)) set.delete(key);
    }
    // Not while the daemon starts.
    if (looks > 1) await noteProgram(definition.programs, now);
    if (savedAt === undefined) savedAt = now;
    else if (now - savedAt >= SAVE_EVERY_MS) {
      savedAt = now;
      save();
    }
  }

  /** A stat each time; packages are looked through only when it is another file than before. */
  async function noteProgram(names: readonly string[], now: Instant): Promise<void> {
    const programs = await openPrograms();
    const file = programs.findProgramFile(names);
    if (file === undefined || file.identity === program?.identity) return;
    const found = await programs.packageOf(file.path);
    const present: KeptProgram = {
      path: file.path,
      identity: file.identity,
      version: found === undefined ? undefined : `${found.name} ${found.version}`,
    };
    const before = program;
    program = present;
    if (before !== undefined && (before.version ?? "") !== (present.version ?? "unknown"))
      change = {
        at: now,
        from: before.version,
        to: present.version,
        path: present.path,
        before: recentShare(days, now),
        since: { known: 0, unknown: 0 },
      };
    save();
  }

  function save(): void {
    const worth = shapes()
      .filter(({ mined }) => mined.examples.length > 0)
      .slice(0, MOST_KEPT)
      .map(({ number, mined }) => ({
        number,
        told: told.has(mined.key),
        examples: mined.examples.slice(0, EXAMPLES_KEPT),
        count: mined.count,
        addresses: mined.addresses(),
        first: mined.first,
        last: mined.last,
      }));
    const shapesKept = miner === undefined ? kept.shapes : worth;
    stateStore.save(
      name,
      writeDriftMemo({ scope, days, program, change, shapes: [...shapesKept] }),
    );
  }

  function facts(now: Instant): DriftFacts {
    const recent = recentShare(days, now);
    const usual = usualShare(days, now);
    const suspicious = shapes().some(
      ({ suspicion, mined }) => suspicion.rank >= SUSPICIOUS && mined.count >= SUSPICIOUS_LINES,
    );
    return {
      recent,
      usual,
      shareDrifted: suspicious && shareDrifted(recent, usual),
      change,
      lastLine,
      skipped: lines.skipped,
      evicted: miner?.evicted ?? 0,
    };
  }

  return { lines, use, bind, mine, look, shapes, facts, save };
}

const SUSPICIOUS = 3;
const SUSPICIOUS_LINES = 20;
const MOST_NUMBERED = 256;
