/** Reads durations, and ban times, which may be permanent. */
import {
  type Duration,
  duration,
  formatDuration,
  MAX_DURATION,
  parseDuration,
} from "../../domain/duration.ts";
import { fail, ok } from "../../domain/result.ts";
import { describeValue } from "./describe-value.ts";
import { type Kind, type Limits, mistake, type Reading } from "./kind.ts";

export type BanLength = Duration | "forever";

const EXAMPLES = 'a duration such as "10m", "1h30m" or "7d"';

export const durationKind: Kind<Duration> = {
  describe: (limits) => `${EXAMPLES}${bounds(limits)}`,
  read(value, limits) {
    return readDuration(value, limits, this.describe(limits));
  },
};

export const banLengthKind: Kind<BanLength> = {
  describe: (limits) => `${EXAMPLES}${bounds(limits)}, or "forever"`,
  read(value, limits) {
    if (value === "forever") return ok(value);
    return readDuration(value, limits, this.describe(limits), "forever");
  },
};

function bounds({ min = 1, max }: Limits): string {
  const least = min > 1 ? formatDuration(duration(min)) : undefined;
  if (max !== undefined) return `, from ${least ?? "0s"} to ${formatDuration(duration(max))}`;
  if (least !== undefined) return `, at least ${least}`;
  return min > 0 ? ", above zero" : "";
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly default?: unknown;
  /** Text for no end, if the setting allows it. */
  readonly endless?: string | undefined;
}

/** Reads a duration. A whole number is seconds, as in `parseDuration`. */
function readDuration(
  value: unknown,
  limits: Limits,
  expected: string,
  endless?: string,
): Reading<Duration> {
  const range = { min: 1, max: MAX_DURATION, ...limits, endless };
  const text = Number.isInteger(value) ? String(value) : value;
  const length = typeof text === "string" ? parseDuration(text) : undefined;
  if (length !== undefined && length >= range.min && length <= range.max) return ok(length);
  const hint =
    length !== undefined
      ? `write "${withinRange(length, range)}"`
      : typeof text === "string"
        ? suggest(text.trim().slice(0, 64), range)
        : undefined;
  return fail(mistake(describeValue(value), expected, hint));
}

/**
 * Suggests a valid value: the maximum for a longer one, the default for a shorter one, because the minimum is rarely
 * meant.
 */
function withinRange(length: number, { min, max, default: usual }: Range): string {
  if (length < min && typeof usual === "string") return usual;
  return formatDuration(duration(Math.min(Math.max(length, min), max)));
}

const UNIT_WORDS: readonly (readonly [RegExp, string, number])[] = [
  [/^(?:s|secs?|seconds?)$/, "s", 1],
  [/^(?:m|mins?|minutes?)$/, "m", 1],
  [/^(?:h|hrs?|hours?)$/, "h", 1],
  [/^(?:d|days?)$/, "d", 1],
  [/^(?:w|weeks?)$/, "w", 1],
  [/^(?:mo|mon|months?)$/, "d", 30],
  [/^(?:y|yrs?|years?)$/, "d", 365],
];

function suggest(text: string, range: Range): string | undefined {
  const { endless, min, max } = range;
  if (
    endless !== undefined &&
    (text.startsWith("-") || /^(?:never|permanent|inf\w*|always)$/i.test(text))
  ) {
    return `write "${endless}" for a ban without end`;
  }
  if (/^\d+$/.test(text) && Number(text) > 0) return tooLong(range);
  const [, amount, word] = /^(\d{1,9}) ?([a-z]+)$/i.exec(text) ?? [];
  const unit = UNIT_WORDS.find(([words]) => words.test((word ?? "").toLowerCase()));
  if (amount === undefined || unit === undefined || Number(amount) === 0) return undefined;
  const written = `${Number(amount) * unit[2]}${unit[1]}`;
  const length = parseDuration(written);
  if (length === undefined) return tooLong(range);
  return `write "${length >= min && length <= max ? written : withinRange(length, range)}"`;
}

function tooLong({ max, endless }: Range): string {
  const days = max / 86_400_000;
  const most = Number.isInteger(days) ? `${days}d` : formatDuration(duration(max));
  const instead = endless === undefined ? "" : `; or write "${endless}"`;
  return `at most "${most}"${instead}`;
}
