import type { JailConfig } from "../../../config/config.ts";
import { duration, MAX_DURATION } from "../../../domain/duration.ts";
import { badValue } from "../command-error.ts";
import { readSeconds } from "../../config/read-seconds.ts";

/** Parses a duration above zero in fail2ban's format. */
export function readLength(text: string): JailConfig["findtime"] {
  const seconds = readSeconds(text);
  if (!seconds.ok) throw badValue(`expected ${seconds.error}`);
  const length = duration(Math.trunc(seconds.value) * 1000);
  if (length > 0 && length <= MAX_DURATION) return length;
  throw badValue(`a length of ${seconds.value} seconds is out of range`);
}
