/**
 * Compares the newest journal entry with what the reader delivered. A separate journalctl opens this machine's files
 * and finds the newest entry, while the reader follows all journals of all boots. So a fault in one of them does not
 * affect the other.
 */
import type { AlarmClock } from "../../../domain/clock.ts";
import type { Instant } from "../../../domain/instant.ts";
import type { JournalPosition, SourceStatus } from "../../../domain/line-source.ts";
import { isAfter } from "../../../source/journal/journal-position.ts";
import { readJournalEnd } from "../../../source/journal/read-journal-end.ts";
import { ago } from "../../judge/time-ago.ts";
import type { Comparison } from "./comparison.ts";
import { createUnreadEntry, type UnreadEntry } from "./unread-entry.ts";

/** Time limit for a new entry to arrive at the reader; journalctl writes entries immediately. */
const WAIT_MS = 5000;
const ASK_EVERY_MS = 250;

export interface JournalQuestion {
  readonly matches: readonly (readonly string[])[];
  /** Whether `matches` joins those of several jails that select different entries. */
  readonly isShared: boolean;
  /** The present status of the reader. */
  readonly status: () => SourceStatus | undefined;
}

export interface JournalComparison {
  /** Returns undefined if the journal or the reader gives no answer. */
  compare(question: JournalQuestion, signal: AbortSignal): Promise<Comparison | undefined>;
}

/** Creates the comparison for one journal. `directory`: a folder of journal files other than the system's. */
export function createJournalComparison(
  clock: AlarmClock,
  directory: string | undefined,
): JournalComparison {
  const unread = createUnreadEntry();
  return {
    async compare({ matches, isShared, status }, signal) {
      unread.selectBy(JSON.stringify(matches));
      const asked = await readJournalEnd({ matches, directory, lines: 1 });
      if (!asked.ok) return undefined;
      const newest = asked.value.at(-1);
      const at = clock.now();
      const whose = isShared ? ", for any jail of it" : "";
      const first = status()?.delivered;
      for (let waited = 0; ; waited += ASK_EVERY_MS) {
        const { delivered, gap } = status() ?? {};
        if (delivered === undefined) return undefined;
        unread.reached(delivered, gap, at);
        if (newest === undefined || !isAfter(newest, delivered))
          return judgeRead(newest, { unread, whose, at });
        unread.note(newest, delivered);
        if (waited >= WAIT_MS || signal.aborted) {
          const evidence = `the newest such entry of the journal (${ago(newest.receivedAt, at)}${whose}) was not read; the last one read is from ${ago(delivered.receivedAt, at)}`;
          return { kind: delivered === first ? "stuck" : "catching-up", at, evidence };
        }
        await clock.sleep(ASK_EVERY_MS, signal, "loose");
      }
    },
  };
}

/** Judges a reader that has read whatever the journal still has. */
function judgeRead(
  newest: JournalPosition | undefined,
  { unread, whose, at }: { unread: UnreadEntry; whose: string; at: Instant },
): Comparison {
  const [waiting, missed] = [unread.waiting, unread.missed(at)];
  if (waiting !== undefined) {
    const evidence = `an entry of the journal (${ago(waiting.receivedAt, at)}${whose}) was deleted before it was read, and none was read since`;
    return { kind: "stuck", at, evidence };
  }
  if (missed !== undefined) {
    const evidence = `an entry of the journal (${ago(missed.receivedAt, at)}${whose}) was deleted before it was read: failures among such entries were not seen`;
    return { kind: "missed", at, evidence };
  }
  const evidence =
    newest === undefined
      ? "the journal has no such entry"
      : `the newest such entry of the journal (${ago(newest.receivedAt, at)}${whose}) was read`;
  return { kind: "complete", at, evidence };
}
