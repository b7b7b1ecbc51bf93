/** Reads the newest lines of a jail's log again, where the service's own filter looks for them. */
import type { FilterDefinition } from "../../../domain/filter-definition.ts";
import type { LineBatch } from "../../../domain/line-batch.ts";
import { readFileEnd } from "../../../source/file/read-file-end.ts";
import { readJournalEnd } from "../../../source/journal/read-journal-end.ts";
import type { WatchedJail } from "../../jail-check.ts";

const MAX_FILES = 4;
const MAX_ENTRIES = 300;

export type NewestLines = Pick<LineBatch, "text" | "fields">;

export async function readNewestLines(
  { live, source }: WatchedJail,
  other: Pick<FilterDefinition, "journal">,
): Promise<readonly NewestLines[]> {
  const { source: setting } = live.search;
  if (setting?.kind === "file")
    return (source?.openFiles ?? []).slice(0, MAX_FILES).flatMap(({ path }) => readFile(path));
  if (setting?.kind !== "journal") return [];
  const { directory } = setting;
  // Not by the jail's matches: an update may also have renamed the unit or the program that they name.
  const matches = other.journal.map((match) => match.split(/\s+/));
  const read = await readJournalEnd({ matches, directory, lines: MAX_ENTRIES });
  if (!read.ok) return [];
  const text = read.value.map((entry) => `${entry.text}\n`).join("");
  return [{ text, fields: read.value.map(({ fields }) => fields) }];
}

function readFile(path: string): readonly NewestLines[] {
  try {
    const { text } = readFileEnd(path);
    return [{ text: text.slice(0, text.lastIndexOf("\n") + 1), fields: undefined }];
  } catch {
    // The check of the source reports why a file cannot be read.
    return [];
  }
}
