/**
 * Reports lines of a syslog daemon's log as unrecognized while no line has a header of another program. Then the log
 * may be in a form that is not supported. In other logs, lines without a header are the rest of other lines.
 */
import { isProgramOf } from "../../domain/program-glob.ts";
import type { CurrentLine } from "./current-line.ts";
import type { Header } from "../header/header.ts";
import { isHeaded } from "../header/program-names.ts";
import type { MessageSearch } from "./message-search.ts";
import type { RoutedFilter } from "./routed-filter.ts";
import { type IndexedFilter, RuleIndex } from "./rule-index.ts";
import type { RuleLiterals } from "./rule-literals.ts";
import type { StreamMemory } from "./stream-memory.ts";

export interface UnheadedLog {
  /** Notes a line after it was routed. */
  note(text: string, end: number, memory: StreamMemory): void;
}

interface Reading {
  readonly header: Header;
  readonly line: CurrentLine;
  readonly search: MessageSearch;
  readonly literals: RuleLiterals;
}

/** Returns undefined if other filters read the log too, or it was configured for one. */
export function createUnheadedLog(
  indexed: readonly IndexedFilter[],
  routed: readonly RoutedFilter[],
  { header, line, search, literals }: Reading,
): UnheadedLog | undefined {
  const alone = indexed.filter(
    ({ entry, filter }) =>
      routed[entry]?.isAlone === true &&
      routed[entry].owns === undefined &&
      filter.programs.length > 0,
  );
  if (alone.length === 0) return undefined;
  let index: RuleIndex | undefined;
  const report = (from: number): void =>
    search.report((index ??= new RuleIndex(alone, literals)), from);

  /** Returns whether the program is the filter's, written in other letters. */
  function isRenamed(text: string): boolean {
    const name = text.slice(header.programStart, header.programEnd);
    const lower = name.toLowerCase();
    return lower !== name && alone.some(({ filter: { programs } }) => isProgramOf(programs, lower));
  }

  return {
    note(text, end, memory) {
      if (memory.hasHeaders) return;
      const { programStart, programEnd, bodyStart, messageStart } = header;
      const isNamed = programEnd > programStart && isHeaded(header);
      if (isNamed && !isRenamed(text)) {
        memory.hasHeaders = true;
        return;
      }
      if (messageStart === end) return;
      // No rule was matched against a line of another program.
      if (isNamed) search.pass();
      if (line.recognizers === 0) report(isNamed ? messageStart : bodyStart);
    },
  };
}
