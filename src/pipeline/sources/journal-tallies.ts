/**
 * Counts the lines of each jail that a shared reader of the journal delivers: one reader serves jails with different
 * matches, so lines that arrive for one do not show that another gets its lines. Bounded by the jails.
 */
import type { Clock } from "../../domain/clock.ts";
import type { Instant } from "../../domain/instant.ts";
import { CUT_MARK, type LineBatch, type LineFields } from "../../domain/line-batch.ts";
import type { SourceStatus } from "../../domain/line-source.ts";
import { createMatchTest } from "../../source/journal/journal-sender.ts";
import { describeJournal } from "../../source/journal/journal-source.ts";
import type { Jail } from "../../jails/jail.ts";
import type { Watch } from "./source-plan.ts";

export interface JournalTallies {
  /** Sets the jails that read from now on. Those that read before with the same matches keep their counts. */
  use(watches: readonly Watch[]): void;
  count(batch: LineBatch): void;
  /** Returns the status of the reader, restricted to one jail. */
  statusFor(jail: Jail, status: SourceStatus): SourceStatus;
}

type JournalFields = LineFields["journal"];

interface Tally {
  readonly where: string;
  readonly takes: (fields: JournalFields) => boolean;
  lines: number;
  cutLines: number;
  lastLineAt: Instant | undefined;
}

export function createJournalTallies(clock: Clock): JournalTallies {
  /** Tallies by the matches of the source. */
  let tallies: ReadonlyMap<string, Tally> = new Map();
  let byJail: ReadonlyMap<Jail, Tally> = new Map();

  function use(watches: readonly Watch[]): void {
    const next = new Map<string, Tally>();
    const jails = new Map<Jail, Tally>();
    for (const { jail, source } of watches) {
      if (source.kind !== "journal") continue;
      const where = describeJournal(source);
      const tally = next.get(where) ?? tallies.get(where) ?? newTally(where, source.matches);
      next.set(where, tally);
      jails.set(jail, tally);
    }
    tallies = next;
    byJail = jails;
  }

  function count({ text, fields }: LineBatch): void {
    if (fields === undefined || fields.length === 0) return;
    const now = clock.now();
    const cut = text.includes(CUT_END) ? text.split("\n") : undefined;
    for (const tally of tallies.values()) {
      const before = tally.lines;
      for (const [i, { journal }] of fields.entries()) {
        if (!tally.takes(journal)) continue;
        tally.lines++;
        if (cut?.[i]?.endsWith(CUT_MARK) === true) tally.cutLines++;
      }
      if (tally.lines > before) tally.lastLineAt = now;
    }
  }

  return {
    use,
    count,
    statusFor(jail, status) {
      const tally = byJail.get(jail);
      if (tally === undefined) return status;
      const { where, lines, cutLines, lastLineAt } = tally;
      return { ...status, where, lines, cutLines, lastLineAt };
    },
  };
}

const CUT_END = `${CUT_MARK}\n`;

function newTally(where: string, matches: readonly (readonly string[])[]): Tally {
  return {
    where,
    takes: remember(createMatchTest(matches)),
    lines: 0,
    cutLines: 0,
    lastLineAt: undefined,
  };
}

/** Caches results, because lines of one program share their fields object. */
function remember(takes: (fields: JournalFields) => boolean): (fields: JournalFields) => boolean {
  const known = new WeakMap<JournalFields, boolean>();
  return (fields) => known.getOrInsertComputed(fields, takes);
}
