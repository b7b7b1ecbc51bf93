/** Reads all journal entries of some journal matches, to try a filter on them. */
import { instant } from "../../domain/instant.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import { readJournalHistory } from "../../source/journal/journal-history.ts";

/** Reads entries. `matches`: "FIELD=value" words, "+" between alternatives. */
export function readJournal(
  matches: readonly string[],
  /** A folder of journal files; undefined: the host's. */
  directory: string | undefined,
  signal: AbortSignal,
): AsyncIterable<LineBatch> {
  const groups: string[][] = [[]];
  for (const word of matches) {
    if (word === "+") groups.push([]);
    else groups.at(-1)?.push(word);
  }
  return readJournalHistory({
    matches: groups.filter((group) => group.length > 0),
    directory,
    since: instant(0),
    signal,
  });
}
