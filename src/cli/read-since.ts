/** Reads the option --since of commands that look at the statistics. */
import { parseDuration } from "../domain/duration.ts";
import { CodedError } from "../domain/errors.ts";
import { DAY_MS } from "../domain/stats.ts";

const MAX_SINCE_MS = 730 * DAY_MS;

/** Returns milliseconds. */
export function readSince(text: string): number {
  const since = parseDuration(text);
  if (since !== undefined && since > 0 && since <= MAX_SINCE_MS) return since;
  throw new CodedError("bad-duration", `"${text}" is not a valid duration for --since`, {
    hint: "write 12h, 30d or 52w, at most 104w",
  });
}
