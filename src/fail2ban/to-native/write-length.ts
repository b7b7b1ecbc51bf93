/** A length of time, which fail2ban also takes as a sum of words (`1d 2h`) and with a comment behind it. */
import { KINDS } from "../../config/kinds.ts";
import { INCREMENT, JAIL, POLICY, type Settings } from "../../config/schema.ts";
import { readSeconds } from "../read-seconds.ts";
import type { Draft } from "./draft.ts";

export interface LengthOption {
  /** As fail2ban calls it. */
  readonly option: string;
  readonly text: string;
  /** As it calls a length that stands in where nothing can be made of the text. */
  readonly instead: string;
}

/** In seconds; negative: without end, where fail2ban takes one. */
export function readLength(draft: Draft, { option, text, instead }: LengthOption): number {
  const seconds = readSeconds(text.replace(/#.*/s, ""));
  if (seconds.ok) return seconds.value > 0 ? Math.max(1, Math.round(seconds.value)) : seconds.value;
  draft.unusable(option, text === "" ? "nothing" : text, seconds.error, instead);
  return secondsOf(instead);
}

/** One that must be above zero; `why` says what fail2ban makes of zero or less. */
export function writeLength(
  draft: Draft,
  key: string,
  { why, ...length }: LengthOption & { readonly why: string },
): void {
  const { option, text, instead } = length;
  let seconds = readLength(draft, length);
  if (seconds <= 0 || !fits(key, `${seconds}s`)) {
    const wanted = seconds <= 0 ? "a length above zero" : "a length of less than a hundred years";
    const hint = `${seconds <= 0 ? `${why}; ` : ""}${instead} is used`;
    draft.doubt(option, text, wanted, hint);
    seconds = secondsOf(instead);
  }
  draft.lines.push(`${key} = "${seconds}s"`);
}

function secondsOf(text: string): number {
  const seconds = readSeconds(text);
  return seconds.ok ? seconds.value : 0;
}

const SETTINGS: Settings = { ...POLICY, ...INCREMENT, ...JAIL };

/** Whether our own configuration takes a value. */
export function fits(key: string, value: unknown): boolean {
  const setting = SETTINGS[key];
  return setting !== undefined && KINDS[setting.is].read(value, setting, new Map()).ok;
}
