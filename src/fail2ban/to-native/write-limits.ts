/** How many failures within which time are too many, and how long a ban lasts. */
import { readSeconds } from "../read-seconds.ts";
import type { Draft } from "./draft.ts";
import { writeLength } from "./write-length.ts";

export function writeLimits(draft: Draft): void {
  const { options } = draft.jail;
  const maxretry = options.get("maxretry");
  if (maxretry !== undefined) writeNumber(draft, "maxretry", maxretry);
  writeLength(draft, "findtime", options.get("findtime") ?? "600");
  writeBantime(draft);
  noteMatches(draft);
}

function noteMatches({ jail, note }: Draft): void {
  const [matches, retries] = ["maxmatches", "maxretry"].map((key) => Number(jail.options.get(key)));
  if (matches !== undefined && retries !== undefined && matches < retries)
    note(
      "left",
      `maxmatches = ${matches}: every line that counted for a ban is kept, up to twenty`,
    );
}

function writeNumber({ lines, wrong }: Draft, key: string, text: string): void {
  if (/^\d+$/.test(text.trim())) lines.push(`${key} = ${Number(text)}`);
  else wrong(key, text, "a whole number");
}

function writeBantime(draft: Draft): void {
  const text = draft.jail.options.get("bantime") ?? "600";
  const seconds = readSeconds(text);
  if (seconds.ok && seconds.value < 0) draft.lines.push('bantime = "forever"');
  else writeLength(draft, "bantime", text);
}
