/** A length of time, which fail2ban also takes as a sum of words (`1d 2h`). */
import { readSeconds } from "../read-seconds.ts";
import type { Draft } from "./draft.ts";

export function writeLength({ lines, wrong }: Draft, key: string, text: string): void {
  const seconds = readSeconds(text);
  if (!seconds.ok) wrong(key, text, seconds.error);
  else if (seconds.value < 0) wrong(key, text, "a length of time");
  else lines.push(`${key} = "${Math.round(seconds.value)}s"`);
}
