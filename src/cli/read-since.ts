/** Reads the option --since of commands that look at the statistics. */
import { parseDuration } from "../domain/duration.ts";
import { CodedError } from "../domain/errors.ts";
import { DAY_MS } from "../domain/stats.ts";

const MAX_SINCE_MS = 730 * DAY_MS;

/** Returns milliseconds. A number without a unit is refused: elsewhere it means seconds, but here days are expected. */
export function readSince(text: string): number {
  const since = parseDuration(text);
  const isBare = /^\d+$/.test(text);
  if (!isBare && since !== undefined && since > 0 && since <= MAX_SINCE_MS) return since;
  throw new CodedError("bad-duration", `"${text}" is not a valid duration for --since`, {
    hint: `${isBare ? `did you mean ${text}d? ` : ""}write 12h, 30d or 52w, at most 104w`,
  });
}
