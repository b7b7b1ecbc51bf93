/**
 * Compares the newest journal entry with what the reader delivered. A separate journalctl opens this machine's files
 * and finds the newest entry, while the reader follows all journals of all boots. So a fault in one of them does not
 * affect the other.
 */
import type { AlarmClock } from "../../../domain/clock.ts";
import type { SourceStatus } from "../../../domain/line-source.ts";
import { isAfter } from "../../../source/journal/journal-position.ts";
import { readJournalEnd } from "../../../source/journal/read-journal-end.ts";
import { ago, type Comparison } from "./comparison.ts";

/** Time limit for a new entry to arrive at the reader; journalctl writes entries immediately. */
const WAIT_MS = 5000;
const ASK_EVERY_MS = 250;

export interface JournalQuestion {
  readonly matches: readonly (readonly string[])[];
  /** Whether `matches` joins those of several jails that select different entries. */
  readonly isShared: boolean;
  readonly directory: string | undefined;
  /** The present status of the reader. */
  readonly status: () => SourceStatus | undefined;
  readonly clock: AlarmClock;
}

/** Returns undefined if the journal or the reader gives no answer. */
export async function compareJournal(
  { matches, isShared, directory, status, clock }: JournalQuestion,
  signal: AbortSignal,
): Promise<Comparison | undefined> {
  const asked = await readJournalEnd({ matches, directory, lines: 1 });
  if (!asked.ok) return undefined;
  const newest = asked.value.at(-1);
  const at = clock.now();
  const whose = isShared ? ", for any jail of it" : "";
  if (newest === undefined)
    return { kind: "complete", at, evidence: "the journal has no such entry" };
  const first = status()?.delivered;
  for (let waited = 0; ; waited += ASK_EVERY_MS) {
    const delivered = status()?.delivered;
    if (delivered === undefined) return undefined;
    const newestIs = `the newest such entry of the journal (${ago(newest.receivedAt, at)}${whose})`;
    if (!isAfter(newest, delivered))
      return { kind: "complete", at, evidence: `${newestIs} was read` };
    const lastIs = `the last one read is from ${ago(delivered.receivedAt, at)}`;
    if (waited >= WAIT_MS || signal.aborted) {
      const evidence = `${newestIs} was not read; ${lastIs}`;
      return { kind: delivered === first ? "stuck" : "catching-up", at, evidence };
    }
    await clock.sleep(ASK_EVERY_MS, signal, "loose");
  }
}
