/** Reads the time that a line states, for comparisons of places. */
import { type Instant } from "../../domain/instant.ts";
import { createHeader } from "../../parse/header/header.ts";
import { readHeader } from "../../parse/header/read-header.ts";
import { createStampContext, setMoment } from "../../parse/header/stamp.ts";
import { type LocalOffset, resolveStamp } from "../../parse/header/timestamp.ts";

/** Returns undefined if the line contains no time. */
export function lineInstant(
  line: string,
  now: Instant,
  localOffset: LocalOffset,
): Instant | undefined {
  const header = createHeader(createStampContext(localOffset));
  setMoment(header.stamp.context, now);
  readHeader(line, 0, line.length, header);
  return header.stamped ? resolveStamp(header.stamp, now, localOffset) : undefined;
}
