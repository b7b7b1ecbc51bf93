/** Finds a jail's lines in a log that no reader follows. Uses the router of the main path. */
import type { Clock } from "../domain/clock.ts";
import type { LineBatch, LineFields } from "../domain/line-batch.ts";
import type { Match } from "../domain/match.ts";
import type { RecordStart } from "../domain/record-start.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";
import { createLineRouter } from "../parse/route/line-router.ts";
import type { LineRouter } from "../parse/route/line-sink.ts";
import { joinLines } from "../source/join-lines.ts";
import { rowFormOf } from "../source/step-row.ts";
import { joinRows } from "../source/take-rows.ts";
import type { LocalOffset } from "../parse/header/timestamp.ts";

export interface OwnLine {
  readonly text: string;
  /** Index of the line in the text, from 0. */
  readonly number: number;
  /** What the filter recognizes in the line; undefined: nothing. */
  readonly match: Match | undefined;
}

export interface LineRecognizer {
  /**
   * Returns the lines of the filter's programs; if it names no programs, the lines that it recognizes. `text`: complete
   * lines.
   */
  ownLines(text: string, fields: readonly LineFields[] | undefined): readonly OwnLine[];
}

function joinRecords(text: string, begins: RecordStart): Pick<LineBatch, "text" | "records"> {
  const form = rowFormOf(begins);
  const { text: joined, records } =
    form === undefined ? joinLines(text, begins, undefined) : joinRows(text, form);
  return { text: joined, records };
}

export function createLineRecognizer(
  filter: Filter,
  localOffset: LocalOffset,
  clock: Clock,
): LineRecognizer {
  const router: LineRouter = createLineRouter([{ filter, accepts: undefined }], localOffset);
  return {
    ownLines(text, fields) {
      const { begins } = filter;
      const isJoined = begins === undefined || fields !== undefined;
      const read = isJoined ? { text } : joinRecords(text, begins);
      const batch = { ...read, fields, arrival: "backlog", cursor: undefined } as const;
      const own = new Map<number, OwnLine>();
      const note = (
        place: { readonly number: number; readonly start: number; readonly end: number },
        match: Match | undefined,
      ): void => {
        const { number, start, end } = place;
        own.set(number, { text: read.text.slice(start, end), number, match });
      };
      router.route(batch, clock.now(), {
        matched: (_entry, match, place) => note(place, match),
        unrecognized: (_entries, place) => {
          if (filter.programs.length > 0) note(place, undefined);
        },
      });
      return [...own.values()];
    },
  };
}

/** Reports whether a recognized line is about a client; other lines may be messages of a program's start. */
export function isAboutClient({ match }: OwnLine): boolean {
  return (
    match !== undefined && (match.kind !== "neutral" || (match.ip ?? match.host) !== undefined)
  );
}
