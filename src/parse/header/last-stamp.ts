/**
 * Finds when a log ends that was written before `now`. Its last timestamp without a year decides the year of all others
 * in it: they are not after it.
 */
import { type Instant, instant } from "../../domain/instant.ts";
import { createHeader } from "./header.ts";
import { readHeader } from "./read-header.ts";
import { createStampContext, setMoment } from "./stamp.ts";
import { type LocalOffset, resolveStamp } from "./timestamp.ts";

const DAY = 86_400_000;
/** A clock may be ahead by this much. */
const MAX_AHEAD = 3_600_000;

/**
 * Returns the time of the last line with a timestamp, in the newest year in which it is not after `now`, apart from
 * MAX_AHEAD. undefined: the text has no timestamp at the start of a line, or the last one has a year. `text` ends with "\n".
 */
export function lastStampWithoutYear(
  text: string,
  now: Instant,
  localOffset: LocalOffset,
): Instant | undefined {
  const header = createHeader(createStampContext(localOffset));
  setMoment(header.stamp.context, now);
  for (let end = text.length - 1; end >= 0; ) {
    const start = end === 0 ? 0 : text.lastIndexOf("\n", end - 1) + 1;
    readHeader(text, start, end, header);
    const { stamp, stamped } = header;
    const at = stamped ? resolveStamp(stamp, now, localOffset) : undefined;
    if (at !== undefined) {
      if (stamp.year !== 0 || !Number.isNaN(stamp.epoch)) return undefined;
      return at <= now + MAX_AHEAD ? at : resolveStamp(stamp, instant(now - DAY), localOffset);
    }
    end = start - 1;
  }
  return undefined;
}
