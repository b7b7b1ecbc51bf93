/** Asks the rules about a message that has no head, from each place where it may begin. */
import type { CurrentLine } from "./current-line.ts";
import type { Header } from "../header/header.ts";
import type { MessageSearch } from "./message-search.ts";
import type { RuleIndex } from "./rule-index.ts";

export interface PlainReading {
  readonly header: Header;
  readonly line: CurrentLine;
  readonly search: MessageSearch;
}

/**
 * Behind the time; behind a level or facility there, which is the writer's and no part of the message; and from the line's
 * start, because what looks like a time may be a client's word, which dates nothing then. Whether a rule knows it.
 */
export function consultPlain(
  { header, line, search }: PlainReading,
  index: RuleIndex,
  text: string,
  start: number,
  end: number,
): boolean {
  const { bodyStart, messageStart, stamped } = header;
  search.consult(index, text, bodyStart, end);
  if (line.recognizers === 0 && messageStart !== bodyStart)
    search.consult(index, text, messageStart, end);
  if (line.recognizers === 0 && stamped && bodyStart > start) {
    header.stamped = false;
    header.reading++;
    search.consult(index, text, start, end);
    header.stamped = line.recognizers === 0;
    header.reading++;
  }
  return line.recognizers > 0;
}
