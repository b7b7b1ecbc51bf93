/** Reads and writes a duration, which fail2ban also accepts as a sum (`1d 2h`) and followed by a comment. */
import { KINDS } from "../../../config/kinds/kinds.ts";
import { duration, formatDuration, MAX_DURATION } from "../../../domain/duration.ts";
import { INCREMENT, JAIL, POLICY } from "../../../config/jail-settings.ts";
import type { Settings } from "../../../config/setting.ts";
import { stopsPython } from "../python-formula.ts";
import { readSeconds } from "../read-seconds.ts";
import type { Draft } from "./draft.ts";

export interface LengthOption {
  /** fail2ban's name of the option. */
  readonly option: string;
  readonly text: string;
  /** Name of the value that is used instead of an unreadable one, in fail2ban's terms. */
  readonly instead: string;
}

/** Returns whole seconds; at least one if the value is above zero. */
export function readLength(draft: Draft, { option, text, instead }: LengthOption): number {
  const formula = text.replace(/#.*/s, "");
  const seconds = readSeconds(formula);
  if (seconds.ok)
    return seconds.value > 0 ? Math.max(1, Math.trunc(seconds.value)) : Math.trunc(seconds.value);
  const got = text === "" ? "nothing" : text;
  draft.unusable(option, got, seconds.error, instead, stopsPython(formula, seconds.error));
  return secondsOf(instead);
}

/** Writes a duration that must be above zero; `why` explains how fail2ban handles zero or less. */
export function writeLength(
  draft: Draft,
  key: string,
  { why, ...length }: LengthOption & { readonly why: string },
): void {
  const { option, text, instead } = length;
  let seconds = readLength(draft, length);
  if (seconds <= 0) {
    draft.doubt(option, text, "a length above zero", `${why}; ${instead} is used`);
    seconds = secondsOf(instead);
  }
  if (!fits(key, `${seconds}s`)) {
    const longest = duration(SETTINGS[key]?.max ?? MAX_DURATION);
    const most = formatDuration(longest);
    draft.doubt(option, text, `at most ${most}`, `${most} is used`);
    seconds = longest / 1000;
  }
  draft.lines.push(`${key} = "${seconds}s"`);
}

function secondsOf(text: string): number {
  const seconds = readSeconds(text);
  return seconds.ok ? seconds.value : 0;
}

const SETTINGS: Settings = { ...POLICY, ...INCREMENT, ...JAIL };

/** Reports whether the value is valid in native configuration. */
export function fits(key: string, value: unknown): boolean {
  const setting = SETTINGS[key];
  return setting !== undefined && KINDS[setting.is].read(value, setting, new Map()).ok;
}
