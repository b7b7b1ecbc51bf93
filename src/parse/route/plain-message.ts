/** Matches the rules against a message without a header, from each position where it may begin. */
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
 * Matches after the time, and after a level or facility there, which belongs to the writer and not to the message. Also
 * matches from the line's start, because an apparent time may be a client's text, which then dates nothing. Each filter
 * takes the first of these that it recognizes, whatever others do. Returns whether a rule recognizes it.
 */
export function consultPlain(
  { header, line, search }: PlainReading,
  index: RuleIndex,
  text: string,
  start: number,
  end: number,
): boolean {
  const { bodyStart, messageStart, stamped } = header;
  line.isBehindTime = stamped;
  search.consult(index, text, bodyStart, end);
  if (messageStart !== bodyStart) search.consultOthers(index, text, messageStart, end);
  line.isBehindTime = false;
  const { recognizers } = line;
  if (stamped && bodyStart > start) {
    header.stamped = false;
    header.reading++;
    search.consultOthers(index, text, start, end);
    header.stamped = recognizers > 0 || line.recognizers === 0;
    header.reading++;
  }
  return line.recognizers > 0;
}
